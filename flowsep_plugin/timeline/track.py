"""A track: clips under one name."""

from dataclasses import dataclass

from .clip import ClipRef


@dataclass(frozen=True, slots=True)
class Track:
    """Clips in the order of their places. `channels`: width, None where the session does not say.

    like : id of the track whose mixer settings (level, pan) a new one copies; the host's own id for `id`.
    """

    id: str
    name: str
    clips: tuple[ClipRef, ...] = ()
    channels: int | None = None
    muted: bool = False
    like: str | None = None
