"""The audio file behind a clip."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from flowsep_plugin.errors import MediaError
from flowsep_plugin.media import probe


@dataclass(frozen=True, slots=True)
class Media:
    """Where the sound lies.

    path : the file; relative names are already joined to the session's folder.
    rate, channels, frames : as the session or the file says; None where neither does.
    member : name inside the session file (DAWproject, OTIOZ, AAF), which then holds the sound itself.
    """

    path: Path
    rate: int | None = None
    channels: int | None = None
    frames: int | None = None
    member: str | None = None

    @property
    def is_online(self) -> bool:
        """Whether the file is there."""
        return self.path.is_file()


def probe_media(path: Path) -> Media:
    """Return what the file's header says; only the path where it is missing or cannot be read.

    A file that was not touched is not opened again: sessions call one file from hundreds of clips.
    """
    try:
        found = path.stat()
    except (OSError, ValueError):
        return Media(path)
    return _probed(path, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


@lru_cache(4096)
def _probed(path: Path, *identity: int) -> Media:
    try:
        info = probe(path)
    except (MediaError, OSError):
        return Media(path)
    return Media(path, info.rate, info.channels, info.frames)
