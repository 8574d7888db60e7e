"""The audio file behind a clip."""

import stat
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from flowsep_plugin.audio.span import Span
from flowsep_plugin.errors import MediaError
from flowsep_plugin.media import probe


@dataclass(frozen=True, slots=True)
class Media:
    """An audio file, or the sound inside a session file, that clips play.

    path : the file, already joined to the session's folder.
    rate (Hz), channels, frames : from the session or the file's header; None where neither has them.
    member : name of the sound inside the session file at `path` (DAWproject, OTIOZ, AAF, split Ardour files).
    stream : which sound stream of a video is played, as in `media.open_media`; None for the default one.
    lead : frames before the sound of a video begins. A session counts from the beginning of the video, and reading the
    file from the sound's first frame: `file_span` and `media_span` convert.
    """

    path: Path
    rate: int | None = None
    channels: int | None = None
    frames: int | None = None
    member: str | None = None
    stream: str | None = None
    lead: int = 0

    @property
    def file_frames(self) -> int | None:
        """Length of the file as it is read, without `lead`; None where it is not known."""
        return None if self.frames is None else max(0, self.frames - self.lead)

    def file_span(self, span: Span) -> Span:
        """Return a span of this media, such as a clip's cut, in frames of the file as it is read; it may start below 0.

        Inverse: `media_span`.
        """
        return span.moved(-self._lead_at(span.rate))

    def media_span(self, span: Span) -> Span:
        """Return a span of the file, in frames as it is read, as one of this media. Inverse: `file_span`."""
        return span.moved(self._lead_at(span.rate))

    def _lead_at(self, rate: int) -> int:
        return self.lead if self.rate in (None, rate) else round(Fraction(self.lead * rate, self.rate))

    @property
    def is_online(self) -> bool:
        """Whether the file at `path` exists."""
        return self.why_offline is None

    @property
    def why_offline(self) -> str | None:
        """Why there is no file at `path`, as the end of a sentence about it; None where there is one."""
        try:
            mode = self.path.stat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            return "does not exist"
        except ValueError:  # a NUL, or a character that the system's names do not have
            return "has a name that no file can have"
        except OSError as error:  # too long a name, a loop of links, a folder that may not be entered
            return f"cannot be reached ({error.strerror or error})"
        return None if stat.S_ISREG(mode) else "is a folder, a pipe or a device"


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


def media_read(media: Media | None, path: Path) -> Media:
    """Return the media of what is read at `path`: `media` itself, or the copy of a sound inside a session file."""
    return media if media is not None and media.member is None else probe_media(path)


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
    lead = info.lead_frames
    return Media(path, info.rate, info.channels, lead + info.frames, lead=lead)
