"""Values of the sound store: the state of a file, a request for details, and the result of a thread."""

from dataclasses import dataclass, field
from pathlib import Path

from flowsep_plugin.audio.types import Samples
from flowsep_plugin.media.peaks import Peaks
from flowsep_plugin.spectrogram.tiles import Tile, TileKey

from .pool import WorkTicket


@dataclass(frozen=True, slots=True)
class SoundState:
    """The state of one file.

    peaks : exact ones, growing while they are computed.     sketch : rough ones of the whole file, until then.
    error : why the file cannot be read.     stamp : its size and modification time (ns) when it was read.
    """

    peaks: Peaks | None = None
    sketch: Peaks | None = None
    error: str | None = None
    stamp: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class DetailRequest:
    """A request for details of a file: a spectrogram tile, or a block of samples by its number."""

    path: Path
    detail: TileKey | int


@dataclass(frozen=True, slots=True)
class LoadResult:
    """The result of a thread: a new `state` of the file, or the `value` of a `request` (None where it failed).

    is_end : no further results follow.
    """

    path: Path
    state: SoundState | None = None
    request: DetailRequest | None = None
    value: Tile | Samples | None = None
    is_end: bool = True
    ticket: WorkTicket = field(default_factory=WorkTicket)


def stamp_of(path: Path) -> tuple[int, int] | None:
    """Return size and modification time (ns) of a file; None where it does not exist."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns
