"""Audio files that are opened when they are first read, a bounded number of them at a time."""

import random
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from flowsep_plugin.audio.types import Samples
from flowsep_plugin.errors import MediaError
from flowsep_plugin.media import MediaSource, open_media, with_channels

MOST_FILES: Final = 160
"""Open at a time: below the 256 files that macOS allows a program by default."""

FileStamp: TypeAlias = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class FileVersion:
    """A file, or one sound stream of a video, as it was at one moment; rewritten since, it is another version."""

    path: Path
    stamp: FileStamp
    stream: str | None = None


class FilePool:
    """Reads parts of files, and keeps `most` of them open. For one thread.

    A random one is closed for another: tracks are read in turn, and closing the one that was not read for longest would
    open every file anew in every turn once there is one too many.
    """

    def __init__(self, most: int = MOST_FILES) -> None:
        self._most = most
        self._files: dict[FileVersion, MediaSource] = {}
        self._random = random.Random(0)  # nosec B311 # picks the file to close

    def __len__(self) -> int:
        return len(self._files)

    def open(self, version: FileVersion) -> MediaSource:
        """Return the open file of a version, valid until the next call. Raises MediaError where it cannot be opened."""
        file = self._files.get(version)
        if file is None:
            while len(self._files) >= self._most:
                self._files.pop(self._random.choice(list(self._files))).close()
            file = self._files[version] = open_media(version.path, stream=version.stream)
        return file

    def read(
        self, version: FileVersion, span: tuple[int, int], *, rate: int, channels: tuple[int, ...] | None
    ) -> Samples:
        """Return frames `[first, stop)` of `span` as (channels, stop - first) float32; zeros outside the file.

        rate : the file's, as its session knows it.     channels : indices of those to read; None for all.
        Raises MediaError where the file cannot be read, or has another rate by now; UsageError for a missing channel.
        """
        file = self.open(version)
        if file.rate != rate:
            name = version.path.name
            raise MediaError(f"{name} has {file.rate} Hz now, and {rate} Hz in the session; open the session again")
        return with_channels(file, channels).read(*span)

    def close_unused(self, in_use: Collection[FileVersion] = ()) -> None:
        """Close the files that are not `in_use`."""
        for version in [version for version in self._files if version not in in_use]:
            self._files.pop(version).close()


def stamp_of(path: Path) -> FileStamp:
    """Return inode, size and modification time in ns, which differ once a file is rewritten; zeros if it is missing."""
    try:
        status = path.stat()
    except OSError:
        return (0, 0, 0)
    return (status.st_ino, status.st_size, status.st_mtime_ns)
