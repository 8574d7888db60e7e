"""A session in one form for all formats: frozen, positions as integers, with the file that it was read from."""

from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path

from flowsep_plugin.errors import UsageError

from .clip import ClipRef
from .marker import Marker
from .media import Probe, probe_media
from .tempo import TempoMap
from .timecode import FrameRate
from .track import Track


@dataclass(frozen=True, slots=True)
class SessionDocument:
    """The session file that a timeline was read from; writing adds to it, and keeps what flowsep does not read.

    format : name in the table of formats.   digest : SHA-256 of the file as it was read.
    probe : finds its media; writers read the session again with it.
    frame_rate : with which it was read, where the file does not state its own; None for the file's.
    """

    path: Path
    format: str
    digest: str
    probe: Probe = probe_media
    frame_rate: FrameRate | None = None


@dataclass(frozen=True, slots=True)
class Timeline:
    """Tracks, markers and tempo of a session, all at its rate (Hz).

    origin : time of day at frame 0, in frames since 00:00:00:00; BWF time references count from there too.
    frame_rate : of its timecode; None where the session has none.
    possible_rates : the frame rates that it can have where its file leaves that open; empty where it is certain.
    untouched : content besides tracks that flowsep leaves as it is, such as a project bay; a noun phrase each.
    Raises ValueError for a rate of 0 or below.
    """

    name: str
    rate: int
    tracks: tuple[Track, ...] = ()
    markers: tuple[Marker, ...] = ()
    _: KW_ONLY
    tempo: TempoMap = field(default_factory=TempoMap)
    origin: int = 0
    frame_rate: FrameRate | None = None
    possible_rates: tuple[FrameRate, ...] = ()
    untouched: tuple[str, ...] = ()
    document: SessionDocument | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.rate <= 0:
            raise ValueError(f"a session's rate is above 0, got {self.rate} Hz")

    def clips(self) -> Iterator[tuple[Track, ClipRef]]:
        """Yield every clip with its track, track by track."""
        return ((track, clip) for track in self.tracks for clip in track.clips)

    def find(self, clip_id: str) -> tuple[Track, ClipRef]:
        """Return the clip of an id, with its track. Raises UsageError where there is none."""
        for track, clip in self.clips():
            if clip.id == clip_id:
                return track, clip
        raise UsageError(f"{self.name}: there is no clip {clip_id!r}; list the session to see its clips")
