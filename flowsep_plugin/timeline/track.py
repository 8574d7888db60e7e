"""A track of a session: clips under one name."""

from dataclasses import KW_ONLY, dataclass

from .clip import ClipRef
from .difference import Difference


@dataclass(frozen=True, slots=True)
class Track:
    """Clips in the order of their starts.

    id : the DAW's own identifier.   channels : width of the track; None where the session has none.
    like : id of the track whose level and pan a new one copies; None for a track of the session itself.
    differences : features of the track that the tracks of its stems will not have.
    """

    id: str
    name: str
    clips: tuple[ClipRef, ...] = ()
    channels: int | None = None
    _: KW_ONLY
    muted: bool = False
    like: str | None = None
    differences: tuple[Difference, ...] = ()

    def why_silent(self, clip: ClipRef) -> str | None:
        """Return why the session does not play a clip of this track; None where it does."""
        if clip.muted:
            return "is muted"
        return clip.silence_reason or (f"is on the muted track {self.name!r}" if self.muted else None)
