"""The audio file behind a clip."""

from dataclasses import dataclass
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


def probed(path: Path) -> Media:
    """Return what the file's header says; only the path where it is missing or cannot be read."""
    try:
        info = probe(path)
    except (MediaError, OSError):
        return Media(path)
    return Media(path, info.rate, info.channels, info.frames)
