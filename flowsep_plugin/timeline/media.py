"""The audio file behind a clip."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from flowsep_plugin.errors import MediaError
from flowsep_plugin.media import probe


@dataclass(frozen=True, slots=True)
class Media:
    """An audio file, or the sound inside a session file, that clips play.

    path : the file, already joined to the session's folder.
    rate (Hz), channels, frames : from the session or the file's header; None where neither has them.
    member : name of the sound inside the session file at `path` (DAWproject, OTIOZ, AAF, split Ardour files).
    """

    path: Path
    rate: int | None = None
    channels: int | None = None
    frames: int | None = None
    member: str | None = None

    @property
    def is_online(self) -> bool:
        """Whether the file at `path` exists."""
        return self.path.is_file()


class Probe(Protocol):
    """Finds the media at a path that a session names; see `probe_media` and `media_finder.MediaFinder`."""

    def __call__(self, path: Path, frames: int | None = None, umid: bytes | None = None) -> Media:
        """Return the media; `frames` is its length where the session has it, to tell files of one name apart.

        umid : id of the package in an MXF file, where the session refers to it.
        """
        ...


def probe_media(path: Path, frames: int | None = None, umid: bytes | None = None) -> Media:
    """Return a file's media with rate, channels and frames from its header; only the path where it cannot be read.

    Cached until the file changes: sessions refer to one file from hundreds of clips. `frames` and `umid` are not used.
    """
    try:
        status = path.stat()
    except (OSError, ValueError):
        return Media(path)
    return _probe_version(path, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def name_in_session(path: Path, session: Path) -> str:
    """Return a file's path relative to the folder of `session`, with slashes; as it is where it is not below it."""
    folder = session.parent
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else str(path)


@lru_cache(4096)
def _probe_version(path: Path, *version: int) -> Media:
    try:
        info = probe(path)
    except (MediaError, OSError):
        return Media(path)
    return Media(path, info.rate, info.channels, info.frames)
