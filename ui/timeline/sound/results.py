"""What is known of a file's sound, what is asked of it, and what comes back from a thread."""

from dataclasses import dataclass, field
from pathlib import Path

from flowsep_plugin.audio.types import Samples
from flowsep_plugin.media.peaks import Peaks
from flowsep_plugin.spectrogram.tiles import Tile, TileKey

from .pool import Ticket


@dataclass(frozen=True, slots=True)
class Heard:
    """What is known of one file.

    why_not : why nothing can be known.     stamp : size and time of change when it was looked at.
    """

    peaks: Peaks | None = None
    sketch: Peaks | None = None
    why_not: str | None = None
    stamp: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """One piece of work: a block of samples or a tile of a file."""

    path: Path
    what: TileKey | int


@dataclass(frozen=True, slots=True)
class Answer:
    """What crosses back from a thread."""

    path: Path
    heard: Heard | None = None
    asked: Asked | None = None
    value: Tile | Samples | None = None
    is_end: bool = True
    ticket: Ticket = field(default_factory=Ticket)


def stamp_of(path: Path) -> tuple[int, int] | None:
    """Size and time of change of a file; None where it cannot be seen."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns
