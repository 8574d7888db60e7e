"""What the timeline view shows, and what it says back: frozen, without Qt, time in whole frames with their rate.

    Scene ─┬─ SceneTrack ─┬─ SceneClip   place on the timeline at the scene's rate, cut of its file at the file's rate
           │              └─ Lane        a stem or the rest under its source, with its presence and its LaneState
           └─ MarkerView                 a point where its span is empty, a region else

The view never changes a scene; who owns it makes a new one and shows that.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Final, Literal, TypeAlias

from flowsep_plugin.audio.span import Span
from flowsep_plugin.timeline import FrameRate, TempoMap

LaneKind: TypeAlias = Literal["stem", "rest"]
RulerMode: TypeAlias = Literal["time", "timecode", "bars"]
RULERS: Final[tuple[RulerMode, ...]] = ("time", "timecode", "bars")
Spot: TypeAlias = Literal["clip", "lane", "track", "ruler", "empty"]


@dataclass(frozen=True, slots=True)
class LaneState:
    """What is heard of a lane. `gain_db`: 0 leaves it as it is."""

    solo: bool = False
    mute: bool = False
    gain_db: float = 0.0


@dataclass(frozen=True, slots=True)
class Lane:
    """A stem, or the rest, under the clip it came from.

    path : its file, whose first frame lies at `place.start`; None while there is none yet (a take being made).
    place : at the scene's rate.     colour : "#rrggbb"; empty takes one by its position.
    presence : 0..1, evenly over `place`; empty where nothing is known.
    regions : where the sound is, at the scene's rate; a click on the strip picks one. Empty takes them from `presence`.
    note : said beside the title ("not found", "draft").
    """

    id: str
    title: str
    kind: LaneKind
    colour: str
    path: Path | None
    place: Span
    presence: tuple[float, ...] = ()
    regions: tuple[Span, ...] = ()
    state: LaneState = LaneState()
    note: str = ""
    height: int = 72


@dataclass(frozen=True, slots=True)
class SceneClip:
    """A clip on a track.

    path : its file, None where there is none.     place : at the scene's rate.     cut : at the file's rate.
    gain : linear.     fades : frames of the scene, in and out.     colour : "#rrggbb"; empty takes the theme's.
    play_rate, reverse : how the cut is played into the place.
    why_not : why it cannot be separated, drawn on it; None where it can.
    """

    id: str
    name: str
    path: Path | None
    place: Span
    cut: Span
    gain: float = 1.0
    fades: tuple[int, int] = (0, 0)
    colour: str = ""
    why_not: str | None = None
    play_rate: Fraction = Fraction(1)
    reverse: bool = False
    muted: bool = False


@dataclass(frozen=True, slots=True)
class SceneTrack:
    """A row of clips, and the lanes below it. `height`: of the clips, in pixels without HiDPI scaling."""

    id: str
    name: str
    clips: tuple[SceneClip, ...] = ()
    lanes: tuple[Lane, ...] = ()
    height: int = 120


@dataclass(frozen=True, slots=True)
class MarkerView:
    """A marker where `span` is empty, a region else; at the scene's rate."""

    name: str
    span: Span
    colour: str = ""


@dataclass(frozen=True, slots=True)
class Scene:
    """All that is drawn. `rate`: frames a second of every place in it; `frames`: its length.

    frame_rate : of the timecode; None where the session does not say, then the ruler counts 25 a second.
    origin : what the session's clock shows at frame 0, in frames since midnight.
    """

    name: str
    rate: int
    frames: int
    tracks: tuple[SceneTrack, ...] = ()
    markers: tuple[MarkerView, ...] = ()
    tempo: TempoMap = field(default_factory=TempoMap)
    frame_rate: FrameRate | None = None
    origin: int = 0


@dataclass(frozen=True, slots=True)
class Selection:
    """A range of the timeline, at the scene's rate.

    clip_id : the clip that it was made in, None for a free range.     track_ids : what it reaches over.
    """

    span: Span
    clip_id: str | None = None
    track_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FileDrop:
    """Files let fall on the view: where in time, and on which track (None: below all, for a new one)."""

    paths: tuple[Path, ...]
    seconds: float
    track_id: str | None


@dataclass(frozen=True, slots=True)
class ContextRequest:
    """A context menu is asked for, at `x`, `y` of the screen; what lies under it, and when it is."""

    x: int
    y: int
    spot: Spot
    seconds: float
    track_id: str | None = None
    clip_id: str | None = None
    lane_id: str | None = None
