"""Input and output values of the timeline view: frozen, without Qt, times in whole frames with their rate.

    Scene ─┬─ SceneTrack ─┬─ SceneClip   place on the timeline at the scene's rate, cut of its file at the file's rate
           │              └─ Lane        a stem or the residual under its clip, with its presence and its LaneMix
           └─ MarkerView                 a point where its span is empty, else a region

The view never changes a scene: its owner builds a new one and shows that.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Final, Literal, TypeAlias

from flowsep_plugin.audio.span import Span
from flowsep_plugin.audition import LaneMix
from flowsep_plugin.timeline import FrameRate, TempoMap

LaneKind: TypeAlias = Literal["stem", "rest"]
RulerMode: TypeAlias = Literal["time", "timecode", "bars"]
RULERS: Final[tuple[RulerMode, ...]] = ("time", "timecode", "bars")
Spot: TypeAlias = Literal["clip", "lane", "track", "ruler", "empty"]


@dataclass(frozen=True, slots=True)
class Lane:
    """A stem, or the residual, under the clip it was separated from.

    path : its file, whose first frame is at `place.start`; None while the job runs.
    place : at the scene's rate.     colour : "#rrggbb"; empty for the colour of its position.
    presence : 0..1, evenly over `place`; may be empty.
    regions : of the sound, at the scene's rate; a click selects one. Empty for those of `presence`.
    note : shown next to the title ("not found", "draft").
    """

    id: str
    title: str
    kind: LaneKind
    colour: str
    path: Path | None
    place: Span
    presence: tuple[float, ...] = ()
    regions: tuple[Span, ...] = ()
    state: LaneMix = field(default_factory=LaneMix)
    note: str = ""
    height: int = 72


@dataclass(frozen=True, slots=True)
class SceneClip:
    """A clip on a track.

    path : its file, or None.     place : at the scene's rate.     cut : at the file's rate.
    gain : linear.     fades : frames of the scene, in and out.     colour : "#rrggbb"; empty for the theme's.
    play_rate, reverse : speed and direction in which the cut is played.
    why_not : why it cannot be separated, shown on it; None where it can.
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
    """A row of clips, and the lanes below it. `height`: of the clips, in logical pixels."""

    id: str
    name: str
    clips: tuple[SceneClip, ...] = ()
    lanes: tuple[Lane, ...] = ()
    height: int = 120


@dataclass(frozen=True, slots=True)
class MarkerView:
    """A marker where `span` is empty, else a region; at the scene's rate."""

    name: str
    span: Span
    colour: str = ""


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that is shown. `rate`: frames per second of every place in it; `frames`: its length.

    frame_rate : of the timecode; None, where the session has none, counts 25 per second.
    origin : time of the session's clock at frame 0, in frames since midnight.
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

    clip_id : the clip that contains it, None for a free range.     track_ids : its tracks; all where empty.
    """

    span: Span
    clip_id: str | None = None
    track_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FileDrop:
    """Files dropped on the view, their time, and their track (None: below all, for a new one)."""

    paths: tuple[Path, ...]
    seconds: float
    track_id: str | None


@dataclass(frozen=True, slots=True)
class ContextRequest:
    """A request for a context menu at `x`, `y` of the screen, with the objects and the time there."""

    x: int
    y: int
    spot: Spot
    seconds: float
    track_id: str | None = None
    clip_id: str | None = None
    lane_id: str | None = None
