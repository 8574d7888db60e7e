"""Cache of peaks on disk, one file per version of an audio file.

    <user cache>/flowsep/peaks/<key>.peaks     8 bytes magic, 4 bytes length, JSON head, then float32 arrays

The key is a digest of the file's size, its modification time, and its first and last 64 KiB: a renamed file keeps its
peaks, a changed one gets new ones. A damaged cache file is deleted and computed again; without a writable folder the
audio is read again each time. The most recently used files are kept up to a total size.
"""

import hashlib
import json
import os
import zlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import platformdirs

from flowsep_plugin.audio.types import Floats
from flowsep_plugin.errors import MediaError

from .atomic import AtomicFile
from .peaks import BASE, LEVELS, STEP, PeakLevel, Peaks, PeaksCallback, make_peaks, sketch_peaks
from .source import open_media

_MAGIC: Final = b"FSPEAKS1"
_LONGEST_HEAD: Final = 1 << 16
_ENDS: Final = 1 << 16
_SKETCH_FROM: Final = 60
"""Files longer than this many seconds are sketched before they are read completely."""


@dataclass(frozen=True, slots=True)
class PeakCache:
    """Cache files in `folder`, of at most `most_bytes` together."""

    folder: Path
    most_bytes: int = 1 << 30

    @classmethod
    def default(cls) -> "PeakCache":
        """Return the cache in the user's cache folder, or in that of FLOWSEP_CACHE_HOME."""
        override = os.environ.get("FLOWSEP_CACHE_HOME")
        return cls(Path(override or platformdirs.user_cache_dir("flowsep", appauthor=False)) / "peaks")

    def peaks(
        self,
        path: Path,
        report: PeaksCallback = lambda peaks: None,
        sketch: PeaksCallback | None = None,
        stream: str | None = None,
    ) -> Peaks:
        """Return the peaks of the audio file at `path`, computing and caching them on a miss.

        stream : of a video, as in `open_media`.

        report : called with the peaks so far after every block.     sketch : called once with a sketch of a long file.
        Both may raise Cancelled; nothing is cached then.
        Raises MediaError where the file cannot be read.
        """
        key = file_key(path, stream)
        if (cached := self.load(key)) is not None:
            return cached
        with open_media(path, allow_truncated=True, stream=stream) as source:
            if sketch is not None and source.frames > _SKETCH_FROM * source.rate:
                sketch(sketch_peaks(source))
            peaks = make_peaks(source, report)
        if file_key(path, stream) != key:  # written to while it was read
            return peaks
        with suppress(MediaError, OSError):
            self._save(key, peaks)
        return self.load(key) or peaks

    def load(self, key: str) -> Peaks | None:
        """Return cached peaks, memory-mapped; None where there are none, or the file is damaged and was deleted."""
        path = self._path(key)
        try:
            peaks = _read(path)
            os.utime(path)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
            with suppress(OSError):
                path.unlink()
            return None
        return peaks

    def _save(self, key: str, peaks: Peaks) -> None:
        parts = [_bytes(array) for level in peaks.levels for array in (level.low, level.high, level.power)]
        check = 0
        for part in parts:
            check = zlib.crc32(part, check)
        head = json.dumps(
            {
                "rate": peaks.rate,
                "channels": peaks.channels,
                "frames": peaks.frames,
                "levels": len(peaks.levels),
                "crc": check,
            }
        ).encode()
        head += b" " * (-(len(head) + 12) % 64)
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = AtomicFile(self._path(key), 12 + len(head) + sum(map(len, parts)))
        try:
            file.file.write(_MAGIC + len(head).to_bytes(4, "little") + head)
            for part in parts:
                file.file.write(part)
            file.commit()
        finally:
            file.discard()
        self._prune()

    def _prune(self) -> None:
        """Delete the least recently used files until the others fit."""
        total = 0
        for path, status in sorted(_statuses(self.folder), key=lambda item: -item[1].st_mtime):
            total += status.st_size
            if total > self.most_bytes:
                with suppress(OSError):
                    path.unlink()

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.peaks"


def file_key(path: Path, stream: str | None = None) -> str:
    """Return the cache key of a file's present content, or of one sound stream of a video.

    Raises MediaError where it cannot be read.
    """
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            digest = hashlib.blake2b(f"{status.st_size} {status.st_mtime_ns} ".encode(), digest_size=16)
            digest.update(file.read(_ENDS))
            file.seek(max(0, status.st_size - _ENDS))
            digest.update(file.read(_ENDS))
    except OSError as error:
        raise MediaError(f"{path} cannot be read ({error.strerror}); check the name and its permissions") from error
    if stream is not None:
        digest.update(f" stream {stream}".encode())
    return digest.hexdigest()


def _read(path: Path) -> Peaks:
    """Return the peaks in a cache file.

    Raises ValueError, KeyError, TypeError, OverflowError or RecursionError where it is damaged or incomplete.
    """
    with path.open("rb") as file:
        if file.read(8) != _MAGIC:
            raise ValueError("not a file of peaks")
        length = int.from_bytes(file.read(4), "little")
        if length > _LONGEST_HEAD:
            raise ValueError("a head of no peaks")
        head: dict[str, Any] = json.loads(file.read(length))
    channels, frames, levels_count = int(head["channels"]), int(head["frames"]), int(head["levels"])
    if channels < 1 or frames < 1 or not 1 <= levels_count <= LEVELS or int(head["rate"]) < 1:
        raise ValueError("sizes that no peaks have")
    sizes = [BASE * STEP**n for n in range(levels_count)]
    values: Floats = np.memmap(path, np.float32, "r", offset=12 + length)
    if zlib.crc32(_bytes(values)) != head["crc"]:
        raise ValueError("damaged peaks")
    place, levels = 0, []
    for size in sizes:
        bins = -(-frames // size)
        parts = values[place : place + 3 * channels * bins].reshape(3, channels, bins)
        levels.append(PeakLevel(size, low=parts[0], high=parts[1], power=parts[2]))
        place += 3 * channels * bins
    return Peaks(rate=int(head["rate"]), channels=channels, frames=frames, done=frames, levels=tuple(levels))


def _bytes(array: Floats) -> memoryview:
    return np.ascontiguousarray(array).data.cast("B")


def _statuses(folder: Path) -> list[tuple[Path, os.stat_result]]:
    statuses = []
    for path in folder.glob("*.peaks"):
        with suppress(OSError):
            statuses.append((path, path.stat()))
    return statuses
