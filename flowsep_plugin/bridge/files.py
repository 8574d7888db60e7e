"""Audio files through Pedalboard's `AudioFile`: block by block, whole or not at all."""

import contextlib
import secrets
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, Self

import numpy as np

from flowsep_plugin.audio.clip import Source
from flowsep_plugin.audio.types import Samples
from flowsep_plugin.errors import MediaError, UsageError
from flowsep_plugin.separate.arguments import whole_rate

from .chains import Effects

_BLOCK_SECONDS = 10


class FileSource:
    """An open `pedalboard.io.AudioFile` as a `Source`."""

    def __init__(self, file: Any, path: Path) -> None:
        self._file, self._path = file, path
        self.rate, self.channels, self.frames = whole_rate(file.samplerate), int(file.num_channels), int(file.frames)
        if self.frames < 1:
            raise MediaError(f"{path}: the file is empty, 0 frames; export it again")

    def read(self, start: int, stop: int) -> Samples:
        """Return frames `[start, stop)` as (channels, stop - start). Raises MediaError where a sample is NaN or Inf."""
        block = np.zeros((self.channels, max(0, stop - start)), np.float32)
        first, last = max(0, start), min(self.frames, stop)
        if first < last:
            self._file.seek(first)
            samples = self._file.read(last - first)
            if not np.isfinite(samples.sum(dtype=np.float64)):
                raise MediaError(f"{self._path}: NaN or Inf after frame {first}; repair the file in your editor")
            block[:, first - start : first - start + samples.shape[1]] = samples
        return block


class FileWriter:
    """An audio file written under a temporary name; `commit` gives it its final name, otherwise nothing is left."""

    def __init__(self, io: ModuleType, path: Path, bit_depth: int) -> None:
        self.path = path
        self._io, self._depth = io, bit_depth
        self._temporary = path.with_name(f".flowsep-{secrets.token_hex(6)}{path.suffix}")
        self._file: Any = None

    def write(self, block: Samples, rate: int) -> None:
        """Append a block (channels, n); the first one sets the number of channels. Raises MediaError."""
        try:
            if self._file is None:
                self._file = self._io.AudioFile(
                    str(self._temporary), "w", samplerate=rate, num_channels=block.shape[0], bit_depth=self._depth
                )
            self._file.write(block)
        except (OSError, ValueError, RuntimeError) as error:
            raise MediaError(f"{self.path}: cannot be written ({error}); choose another folder or format") from error

    def commit(self) -> None:
        """Close the file and give it its final name. Raises MediaError."""
        if self._file is None:
            return
        try:
            self._file.close()
            self._temporary.replace(self.path)
        except (OSError, RuntimeError) as error:
            raise MediaError(f"{self.path}: cannot be written ({error}); choose another folder") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        """Remove the temporary file unless it was renamed."""
        if self._file is not None:
            with contextlib.suppress(OSError, RuntimeError):
                self._file.close()
        self._temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def open_source(io: ModuleType, path: Path) -> Iterator[FileSource]:
    """Open the file at `path` for reading. Raises MediaError."""
    try:
        file = io.AudioFile(str(path))
    except (OSError, ValueError, RuntimeError) as error:
        raise MediaError(f"{path}: cannot be read ({error}); export it as WAV, FLAC or AIFF") from error
    with file:
        yield FileSource(file, path)


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
        raise UsageError(f"files need Pedalboard ({error}); run pip install 'flowsep-plugin[bridge]'") from error
    io: ModuleType = pedalboard.io
    return io
