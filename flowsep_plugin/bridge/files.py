"""Audio files of the bridge, block by block, whole or not at all.

WAV and FLAC are read and written by `flowsep_plugin.media`, to the last bit: Pedalboard's `AudioFile` scales integers
by 32767 and 8388607 and rounds them (one LSB in every fourth sample that is written).
It reads and writes all other formats.
"""

import contextlib
import secrets
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, Final, Self

import numpy as np

from flowsep_plugin.audio.clip import Source
from flowsep_plugin.audio.levels import check_levels, peak_of
from flowsep_plugin.audio.span import Span
from flowsep_plugin.audio.types import Samples
from flowsep_plugin.errors import MediaError, UsageError
from flowsep_plugin.media import Format, MediaSource, StemWriter, open_media, open_writer, passes_full_scale
from flowsep_plugin.separate.arguments import whole_rate
from flowsep_plugin.version import install_command

from .chains import Effects

_BLOCK_SECONDS = 10
_EXACT: Final[dict[tuple[str, int], Format]] = {
    (".wav", 24): "wav24", (".wav", 32): "wav32f", (".flac", 24): "flac24",
}  # fmt: skip


class FileSource:
    """An open `pedalboard.io.AudioFile` as a `Source`."""

    def __init__(self, file: Any, path: Path) -> None:
        self._file, self._path = file, path
        self.rate, self.channels, self.frames = whole_rate(file.samplerate), int(file.num_channels), int(file.frames)
        if self.frames < 1:
            raise MediaError(f"{path}: the file is empty, 0 frames; export it again")

    def read(self, start: int, stop: int) -> Samples:
        """Return frames `[start, stop)` as (channels, stop - start). Raises MediaError for NaN, Inf and over 1e30."""
        block = np.zeros((self.channels, max(0, stop - start)), np.float32)
        first, last = max(0, start), min(self.frames, stop)
        if first < last:
            self._file.seek(first)
            samples = self._file.read(last - first)
            check_levels(samples, first=first, rate=self.rate, name=str(self._path))
            block[:, first - start : first - start + samples.shape[1]] = samples
        return block


class FileWriter:
    """An audio file of `frames` frames under a temporary name; `commit` gives it its final name, else nothing is left.

    is_integer : whether it is a WAV or FLAC of 24 bits, whose samples are exact on the 24-bit grid.
    """

    def __init__(self, io: ModuleType, path: Path, bit_depth: int, frames: int) -> None:
        self.path = path
        self._format = _EXACT.get((path.suffix.lower(), bit_depth))
        self.is_integer = self._format in ("wav24", "flac24")
        self._io, self._depth, self._frames = io, bit_depth, frames
        self._temporary = path.with_name(f".flowsep-{secrets.token_hex(6)}{path.suffix}")
        self._stack = contextlib.ExitStack()
        self._file: Any = None

    @property
    def clipped(self) -> int:
        """Samples so far that 24 bits do not hold; 0 for a file of Pedalboard's."""
        return self._file.clipped if isinstance(self._file, StemWriter) else 0

    def write(self, block: Samples, rate: int) -> None:
        """Append a block (channels, n); the first one sets the number of channels. Raises MediaError."""
        try:
            if self._file is None:
                self._file = self._stack.enter_context(self._new_file(rate, block.shape[0]))
            self._file.write(block)
        except (OSError, ValueError, RuntimeError) as error:
            raise MediaError(f"{self.path}: cannot be written ({error}); choose another folder or format") from error

    def _new_file(self, rate: int, channels: int) -> Any:
        if not self.path.parent.is_dir():
            raise MediaError(f"{self.path} cannot be written: there is no such folder; create it first")
        if self._format is not None:
            return open_writer(self._temporary, rate, channels, self._frames, self._format)
        return self._io.AudioFile(
            str(self._temporary), "w", samplerate=rate, num_channels=channels, bit_depth=self._depth
        )

    def commit(self) -> None:
        """Close the file and give it its final name. Raises MediaError."""
        if self._file is None:
            return
        try:
            self._stack.close()
            self._temporary.replace(self.path)
        except (OSError, ValueError, RuntimeError) as error:
            raise MediaError(f"{self.path}: cannot be written ({error}); choose another folder") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: Any) -> None:
        """Remove the temporary file unless it was renamed."""
        with contextlib.suppress(OSError, ValueError, RuntimeError):
            self._stack.__exit__(*raised)
        self._temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def open_source(io: ModuleType, path: Path) -> Iterator[MediaSource | FileSource]:
    """Open the file at `path` for reading. Raises MediaError where neither flowsep nor Pedalboard can."""
    try:
        media = open_media(path)
    except MediaError as unreadable:
        with contextlib.ExitStack() as stack:
            try:
                source = FileSource(stack.enter_context(io.AudioFile(str(path))), path)
            except (OSError, ValueError, RuntimeError, MediaError):
                raise unreadable from None
            yield source
    else:
        with media:
            yield media


def is_over_full_scale(source: MediaSource | FileSource) -> bool:
    """Whether a sample of the file is above 1 or below -1. Raises MediaError where it is damaged."""
    if isinstance(source, MediaSource):
        return passes_full_scale(source, Span(0, source.frames, source.rate))
    length = _BLOCK_SECONDS * source.rate
    return any(peak_of(source.read(at, min(at + length, source.frames))) > 1 for at in range(0, source.frames, length))


def process_blocks(effects: Effects, source: Source, writer: FileWriter) -> None:
    """Write `source` through `effects`, block by block. Raises MediaError, UsageError."""
    stream = effects.stream(source.rate, source.channels, source.frames)
    length = _BLOCK_SECONDS * source.rate
    for start in range(0, source.frames, length):
        for block in stream.push(source.read(start, min(start + length, source.frames))):
            writer.write(block, source.rate)
    for block in stream.finish():
        writer.write(block, source.rate)


def pedalboard_io() -> ModuleType:
    """Return the module `pedalboard.io`. Raises UsageError where Pedalboard is not installed."""
    try:
        import pedalboard.io
    except ImportError as error:
        raise UsageError(f"files need Pedalboard ({error}); run {install_command('bridge')}") from error
    io: ModuleType = pedalboard.io
    return io
