"""Decodes one sound stream of a container from its first frame to its last; runs in a child process.

What libav takes away is taken away: frames outside an mp4's edit list, an encoder's delay (`skip_samples`), padding.
"""

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from flowsep_plugin.audio.types import Floats
from flowsep_plugin.errors import MediaError
from flowsep_plugin.media.frames import GuardedFile
from flowsep_plugin.media.sound_file import open_bytes

from .layouts import speaker_mask
from .library import libav, one_line_errors, open_demuxer, pass_over_others
from .placing import TimeStamps
from .records import DecodedSound
from .samples import interleaved
from .sniff import sniff

_FLOAT_BYTES: Final = 4
_MOST_EXPANSION: Final = 10_000
"""Decoded bytes for each byte of the file, beyond which decoding ends; Opus in silence has 1000."""

_LEAST_LIMIT_BYTES: Final = 1 << 30
_SILENT_BLOCK: Final = 1 << 16
_LONGEST_GAP_SECONDS: Final = 600


def decode_to(path: Path, index: int, target: Path, announce: Callable[[], Any], need: int) -> DecodedSound:
    """Decode stream `index` of the container at `path` into the file `target`, as interleaved float32.

    announce : called once `target` is open.     need : bytes that are expected, for the check of free space.
    Raises MediaError where nothing can be decoded, or the stream changes its rate or channels; OSError where the disk
    is full.
    """
    kind = sniff(path)
    if kind is None:
        raise MediaError(f"{path} has changed while it was read; try again")
    av = libav(path, kind.name)
    with target.open("r+b") as out:
        announce()
        with open_bytes(path) as file, one_line_errors(path), open_demuxer(av, file, kind.demuxer) as container:
            limit = max(_LEAST_LIMIT_BYTES, path.stat().st_size * _MOST_EXPANSION)
            stream = container.streams.audio[index]
            spool = _Spool(path, GuardedFile(out, target.parent, need), limit, _longest_gap(container))
            spool.stop = _stop(stream) if kind.demuxer == "mov" else None
            for frame, is_after_damage in _frames(av, container, stream, spool):
                spool.add(frame, is_after_damage)
        return spool.finish()


def _frames(av: Any, container: Any, stream: Any, spool: "_Spool") -> Iterator[tuple[Any, bool]]:
    """Yield the decoded frames of a stream, and whether packets before one were damaged; those are counted."""
    stream.thread_type = "NONE"
    pass_over_others(container, stream)
    packets, is_after_damage = container.demux(stream), False
    while True:
        try:
            packet = next(packets, None)
        except av.error.FFmpegError:  # as at the end of a file that is cut off
            spool.damaged += 1
            packet = None
        if packet is not None and packet.pts is not None and spool.first_packet is None:
            spool.first_packet = packet.pts * Fraction(packet.time_base)
        try:
            decoded = stream.codec_context.decode(packet)
        except av.error.EOFError:
            decoded = []
        except av.error.FFmpegError:  # decoders have various codes for damage
            spool.damaged, is_after_damage, decoded = spool.damaged + 1, True, []
        for frame in decoded:
            yield frame, is_after_damage
            is_after_damage = False
        if packet is None:
            return


class _Spool:
    """Writes decoded frames to a file, with silence in gaps, and sees that rate and channels do not change."""

    def __init__(self, path: Path, file: GuardedFile, limit_bytes: int, longest_gap_seconds: float) -> None:
        self._path, self._file, self._limit_bytes = path, file, limit_bytes
        self._longest_gap_seconds = longest_gap_seconds
        self._shape: tuple[int, int] | None = None
        self._mask: int | None = None
        self._stamps = TimeStamps(1, 0)
        self._last: tuple[Floats, Fraction | None] | None = None
        self.damaged = 0
        self.first_packet: Fraction | None = None
        self.stop: Fraction | None = None
        """Time stamp at which the stream ends, in seconds, where its container says so."""

    def add(self, frame: Any, is_after_damage: bool) -> None:
        """Append a frame. Raises MediaError where it has another rate or other channels than the first one."""
        samples, shape = interleaved(frame), (int(frame.sample_rate), int(frame.layout.nb_channels))
        if self._shape is None:
            self._shape, self._mask = shape, speaker_mask(frame.layout)
            self._stamps = TimeStamps(shape[0], round(self._longest_gap_seconds * shape[0]))
        elif shape != self._shape:
            raise self._changed(shape)
        seconds = None if frame.pts is None else frame.pts * Fraction(frame.time_base)
        self._write_last()
        self._silence(self._stamps.silence_before(seconds, after_damage=is_after_damage))
        self._last = samples, seconds

    def finish(self) -> DecodedSound:
        """Return what was written. Raises MediaError where that is nothing."""
        self._write_last(stop=self.stop if self._has_delay() else None)
        self._file.flush()
        if self._shape is None or not self._stamps.frames:
            fault = (
                "its sound is damaged, nothing of it can be decoded" if self.damaged else "it holds no audio, 0 frames"
            )
            raise MediaError(f"{self._path}: {fault}; copy or export it again")
        damage = f"{self.damaged} damaged packets were passed over"
        return DecodedSound(
            rate=self._shape[0], channels=self._shape[1], frames=self._stamps.frames, mask=self._mask,
            damaged=self.damaged, remarks=(*((damage,) if self.damaged else ()), *self._stamps.remarks()),
        )  # fmt: skip

    def _silence(self, frames: int) -> None:
        assert self._shape is not None
        while frames > 0:
            count = min(frames, _SILENT_BLOCK)
            self._file.write(bytes(count * self._shape[1] * _FLOAT_BYTES))
            self._count(count)
            frames -= count

    def _has_delay(self) -> bool:
        """Whether frames of the first packet were taken off: an encoder's delay, whose padding is at the end then."""
        first = self._stamps.first
        return first is not None and self.first_packet is not None and self.first_packet < first

    def _write_last(self, stop: Fraction | None = None) -> None:
        """Write the frame that was held back, without what of it is after `stop`."""
        if self._last is None or self._shape is None:
            return
        (samples, seconds), self._last = self._last, None
        if stop is not None and seconds is not None:
            count = round((stop - seconds) * self._shape[0])
            samples = samples[:count] if 0 < count < len(samples) else samples
        self._file.write(samples.tobytes())
        self._count(len(samples))

    def _count(self, frames: int) -> None:
        assert self._shape is not None
        self._stamps.frames += frames
        if self._stamps.frames * self._shape[1] * _FLOAT_BYTES > self._limit_bytes:
            seconds = self._stamps.frames / self._shape[0]
            raise MediaError(f"{self._path}: more than {seconds:.0f} s of sound in so small a file; export it again")

    def _changed(self, shape: tuple[int, int]) -> MediaError:
        assert self._shape is not None
        at = self._stamps.frames / self._shape[0]
        return MediaError(
            f"{self._path}: the sound changes from {self._shape[0]} Hz, {self._shape[1]} channels to {shape[0]} Hz, "
            f"{shape[1]} channels at {at:.3f} s; convert it to one rate and layout first"
        )


def _stop(stream: Any) -> Fraction | None:
    """Return the time stamp at which a track of an MP4 ends by its edit list, in seconds; libav 8 plays on."""
    if stream.duration is None:
        return None
    return Fraction((stream.start_time or 0) + stream.duration) * Fraction(stream.time_base)


def _longest_gap(container: Any) -> float:
    """Return the longest silence that a gap is filled with, in seconds: the container's length, where it says one."""
    return container.duration / 1e6 if container.duration else _LONGEST_GAP_SECONDS
