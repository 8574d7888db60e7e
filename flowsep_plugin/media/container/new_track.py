"""Encodes a sound file as a new track of a container that is being written."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import numpy as np

from flowsep_plugin.audio.types import Samples

from .records import TrackFormat

_BLOCK: Final = 4096
_AHEAD_SECONDS: Final = Fraction(1, 2)
_FULL_24: Final = 2.0**31
_LARGEST_24: Final = 2**31 - 256


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackSource:
    """A sound file that becomes a track, with the track's title and language ("" for none)."""

    path: Path
    title: str
    language: str = ""


class TrackEncoder:
    """Encodes a track as far as the packets that are copied have come, so that both lie side by side in the file.

    start : time stamp of the sound's first frame, in seconds.     offset : frames from there to the track's first one.
    """

    def __init__(
        self, av: Any, out: Any, track: TrackSource, format: TrackFormat, start: Fraction, offset: int, is_default: bool
    ) -> None:
        from flowsep_plugin.media.source import open_media

        self._av, self._out, self._format = av, out, format
        self._source = open_media(track.path)
        rate, self._at = self._source.rate, 0
        self._first = round(start * rate) + offset
        self._stream = out.add_stream(format.codec, rate=rate)
        context = self._stream.codec_context
        context.format = format.samples
        context.layout = _layout(av, self._source.channels)
        context.time_base = self._stream.time_base = Fraction(1, rate)
        if format.bits_a_second:
            context.bit_rate = format.bits_a_second * self._source.channels
        if format.samples.startswith("s32"):
            context.options = {**context.options, "bits_per_raw_sample": "24"}
        self._stream.metadata.update({"title": track.title, "handler_name": track.title})
        if track.language:
            self._stream.metadata["language"] = track.language
        if is_default:
            self._stream.disposition = type(self._stream.disposition).default

    def go_on_to(self, seconds: Fraction) -> None:
        """Encode up to half a second after the time stamp `seconds`."""
        stop = round((seconds + _AHEAD_SECONDS) * self._source.rate) - self._first
        while self._at < min(stop, self._source.frames):
            self._encode_block()

    def finish(self) -> None:
        """Encode what is left of the sound file, and what the encoder holds back."""
        while self._at < self._source.frames:
            self._encode_block()
        for packet in self._stream.encode(None):
            self._out.mux_one(packet)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._source.close()

    def _encode_block(self) -> None:
        stop = min(self._source.frames, self._at + _block_frames(self._stream.codec_context))
        frame = self._frame(self._source.read(self._at, stop))
        frame.sample_rate, frame.pts, frame.time_base = (
            self._source.rate,
            self._first + self._at,
            Fraction(1, self._source.rate),
        )
        for packet in self._stream.encode(frame):
            self._out.mux_one(packet)
        self._at = stop

    def _frame(self, samples: Samples) -> Any:
        """Return samples (channels, frames) as a frame in the encoder's format."""
        array: Any = samples
        if self._format.samples.startswith("s32"):
            array = np.clip(np.round(samples.astype(np.float64) * _FULL_24 / 256) * 256, -_FULL_24, _LARGEST_24).astype(
                np.int32
            )
        if not self._format.samples.endswith("p"):
            array = array.T.reshape(1, -1)
        layout = self._stream.codec_context.layout
        return self._av.AudioFrame.from_ndarray(np.ascontiguousarray(array), self._format.samples, layout)


def _block_frames(context: Any) -> int:
    """Return how many frames the encoder takes at once; encoders without a frame size take any number."""
    return int(context.frame_size or _BLOCK)


def _layout(av: Any, channels: int) -> Any:
    """Return the common layout of so many channels, as WAV files have it."""
    names = {1: "mono", 2: "stereo", 3: "3.0", 4: "quad", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}
    return av.AudioLayout(names.get(channels, f"{channels} channels"))
