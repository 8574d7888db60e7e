"""The picture of a video file: the frame that is shown at any time of its sound, upright, at the size of the display.

Times are seconds on the clip's own axis, on which 0 is the first frame of its sound. PyAV is imported when a file is
opened. For one thread at a time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from flowsep_plugin.errors import MediaError
from flowsep_plugin.media.container.library import libav, one_line_errors, open_demuxer
from flowsep_plugin.media.container.sniff import sniff
from flowsep_plugin.media.container.streams import first_picture, start_seconds
from flowsep_plugin.media.sound_file import open_bytes

from .pixels import PixelConverter

_ROUNDING: Final = Fraction(1, 50_000)
"""Seconds by which a position may be before the frame that it means: positions are rounded to frames of the sound."""

_NEAR: Final = 1
"""Seconds ahead that are decoded rather than sought in files without an index of their key frames."""

_LAST_FRAME: Final = Fraction(1, 25)
"""Duration of a last frame that does not state its own, in seconds."""


@dataclass(frozen=True, slots=True)
class PictureFrame:
    """One frame. start, stop : when it is shown, in seconds.

    pixels : (height, width, 4), blue, green, red and 255.
    """

    pixels: NDArray[np.uint8]
    start: Fraction
    stop: Fraction


class PictureReader:
    """Frames of the video stream of `path`, by time; close it, or use it in a `with`.

    sound_start : where the first frame of its sound is after the picture's, as in `AudioStream.start`.
    Reading on is decoding on; a jump decodes from the key frame before. Two decoded frames are held, however long the
    file is. Raises MediaError where the file cannot be opened or has no moving picture.
    """

    def __init__(self, path: Path, sound_start: Fraction = Fraction(0)) -> None:
        self._file = open_bytes(path)
        try:
            kind = sniff(path)
            if kind is None:
                raise MediaError(f"{path} is not a video; choose a file with a moving picture")
            av = libav(path, kind.name)
            self._errors = av.error.FFmpegError
            with one_line_errors(path):
                self._container = open_demuxer(av, self._file, kind.demuxer)
                self._stream = _moving_picture(path, self._container)
                self._begin(sound_start)
        except BaseException:
            self._file.close()
            raise

    def _begin(self, sound_start: Fraction) -> None:
        """Set the decoder up and read the first frame."""
        self._tick = self._stream.time_base
        self._origin = start_seconds(self._stream) + sound_start
        self._stream.thread_type = "AUTO"
        self._converter = PixelConverter()
        self._decoded = self._decode()
        self._current: Any = None
        self._next: Any = self._following()
        self._first: int | None = None if self._next is None else self._next.pts

    @property
    def start(self) -> Fraction:
        """When the first frame is shown; 0 where no frame can be decoded."""
        return Fraction(0) if self._first is None else self._seconds(self._first)

    @property
    def frame_seconds(self) -> Fraction:
        """Average duration of a frame."""
        rate = self._stream.average_rate or self._stream.guessed_rate
        return Fraction(1) / rate if rate else _LAST_FRAME

    def frame_at(self, seconds: Fraction | float, width: int, height: int) -> PictureFrame | None:
        """Return the frame that is shown at `seconds`, fitted into `width` x `height` pixels.

        None before the first frame; the last frame stays. Frames that cannot be decoded are passed over.
        """
        frame = self._frame(Fraction(seconds))
        if frame is None:
            return None
        pixels = self._converter.pixels(frame, self._stream, width, height)
        return PictureFrame(pixels, *self._span(frame))

    def close(self) -> None:
        """Close the file and end the threads of its decoder."""
        self._current = self._next = None
        self._container.close()
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # --- decode, seek ---

    def _frame(self, seconds: Fraction) -> Any:
        """Return the decoded frame at `seconds`; None before the first one."""
        target = (seconds + self._origin + _ROUNDING) // self._tick
        if self._first is None or target < self._first:
            return None
        if self._needs_seek(target):
            self._seek(target)
        while self._next is not None and self._next.pts <= target:
            self._current, self._next = self._next, self._following()
        return self._current

    def _needs_seek(self, target: int) -> bool:
        """Whether decoding on from here does not lead to `target`, or is longer than from the key frame before it."""
        here = self._current if self._current is not None else self._next
        if here is None or target < here.pts:
            return True
        if self._next is None or target < self._next.pts:
            return False
        index = self._stream.index_entries
        if not len(index):
            return bool((target - here.pts) * self._tick > _NEAR)
        key = index.search_timestamp(target)
        return bool(key >= 0 and index[key].timestamp > self._next.pts)

    def _seek(self, target: int) -> None:
        """Place the decoder so that the next frame is shown at `target` or before.

        Key frames are looked up by decoding time, so the one at which decoding begins may be shown after `target`.
        """
        second = int(1 / self._tick)
        begin, back = (self._first or 0) - second, 0
        while True:
            place = max(begin, target - back)
            self._container.seek(place, stream=self._stream)
            self._decoded = self._decode()
            self._current, self._next = None, self._following()
            if place == begin or (self._next is not None and self._next.pts <= target):
                return
            back = 2 * back + second

    def _following(self) -> Any:
        return next(self._decoded, None)

    def _decode(self) -> Iterator[Any]:
        """Yield the frames from here on that can be decoded, each with a time stamp."""
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets)
                frames = packet.decode()
            except StopIteration:
                return
            except EOFError:
                return
            except self._errors:  # a damaged part; a demuxer that cannot go on ends with StopIteration
                continue
            for frame in frames:
                frame.pts = frame.dts if frame.pts is None else frame.pts
                if frame.pts is not None:
                    yield frame

    def _span(self, frame: Any) -> tuple[Fraction, Fraction]:
        if self._next is not None and self._next.pts > frame.pts:
            stop = self._next.pts
        else:
            stop = frame.pts + (frame.duration or self.frame_seconds // self._tick)
        return self._seconds(frame.pts), self._seconds(stop)

    def _seconds(self, ticks: int) -> Fraction:
        return Fraction(ticks * self._tick - self._origin)


def _moving_picture(path: Path, container: Any) -> Any:
    stream = first_picture(container)
    if stream is None:
        raise MediaError(f"{path} has no moving picture")
    return stream
