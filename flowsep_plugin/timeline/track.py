"""A track of a session: clips under one name."""

from dataclasses import KW_ONLY, dataclass

from .clip import ClipRef


@dataclass(frozen=True, slots=True)
class Track:
    """Clips in the order of their starts.

    id : the DAW's own identifier.   channels : width of the track; None where the session has none.
    like : id of the track whose level and pan a new one copies; None for a track of the session itself.
    """

    id: str
    name: str
    clips: tuple[ClipRef, ...] = ()
    channels: int | None = None
    _: KW_ONLY
    muted: bool = False
    like: str | None = None
