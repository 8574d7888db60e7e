"""A session as the rest of flowsep sees it: frozen, in integers, with a hold on the file it came from."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from flowsep_plugin.errors import UsageError

from .clip import ClipRef
from .marker import Marker
from .tempo import TempoMap
from .timecode import FrameRate
from .track import Track


@dataclass(frozen=True, slots=True)
class SessionDocument:
    """The file a timeline was read from: what is in it and unknown here is kept when it is written back."""

    path: Path
    format: str
    digest: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """Tracks, markers, tempo, at one rate.

    origin : what the session's clock shows at frame 0, in frames since midnight; BWF time references start there.
    frame_rate : of its timecode; None where the session does not say.
    """

    name: str
    rate: int
    tracks: tuple[Track, ...] = ()
    markers: tuple[Marker, ...] = ()
    tempo: TempoMap = field(default_factory=TempoMap)
    origin: int = 0
    frame_rate: FrameRate | None = None
    document: SessionDocument | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.rate <= 0:
            raise ValueError(f"a session's rate is positive, got {self.rate} Hz")

    def clips(self) -> Iterator[tuple[Track, ClipRef]]:
        """Every clip with its track, in order."""
        return ((track, clip) for track in self.tracks for clip in track.clips)

    def find(self, clip_id: str) -> tuple[Track, ClipRef]:
        """Return the clip of that id. Raises UsageError."""
        for track, clip in self.clips():
            if clip.id == clip_id:
                return track, clip
        raise UsageError(f"{self.name}: there is no clip {clip_id!r}; `flowsep session … list` shows what there is")
