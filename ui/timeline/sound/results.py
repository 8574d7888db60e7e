"""Values of the sound store: the state of a file, a request for details, and the result of a thread."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from flowsep_plugin.audio.types import Samples
from flowsep_plugin.media.peaks import Peaks
from flowsep_plugin.spectrogram.tiles import Tile, TileKey

from .pool import WorkTicket


@dataclass(frozen=True, slots=True)
class StreamOfFile:
    """A sound stream of a video that is not its default one. stream : as in `media.open_media`."""

    path: Path
    stream: str


SoundKey: TypeAlias = Path | StreamOfFile
"""What sounds are stored by: the path of a file, or one of several streams in it."""


def file_of(key: SoundKey) -> tuple[Path, str | None]:
    """Return the file of a key, and which of its streams; None for the default one."""
    return (key.path, key.stream) if isinstance(key, StreamOfFile) else (key, None)


def sound_key(path: Path | None, stream: str | None) -> SoundKey | None:
    """Return the key of a file, or of one of its streams; None where there is no file. Inverse: `file_of`."""
    return path if path is None or stream is None else StreamOfFile(path, stream)


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

    path: SoundKey
    detail: TileKey | int


@dataclass(frozen=True, slots=True)
class LoadResult:
    """The result of a thread: a new `state` of the file, or the `value` of a `request` (None where it failed).

    is_end : no further results follow.
    """

    path: SoundKey
    state: SoundState | None = None
    request: DetailRequest | None = None
    value: Tile | Samples | None = None
    is_end: bool = True
    ticket: WorkTicket = field(default_factory=WorkTicket)


def stamp_of(key: SoundKey) -> tuple[int, int] | None:
    """Return size and modification time (ns) of a file; None where it does not exist."""
    try:
        status = file_of(key)[0].stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns
