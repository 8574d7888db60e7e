"""Input and output values of the timeline view: frozen, without Qt, times in whole frames with their rate.

    Scene ─┬─ SceneTrack ─┬─ SceneClip   place on the timeline at the scene's rate, cut of its file at the file's rate
           │              └─ Lane ─ LanePart   the stems of a sound, or the residuals, with presence and LaneMix
           └─ MarkerView                 a point where its span is empty, else a region

The view never changes a scene: its owner builds a new one and shows that.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Final, Literal, TypeAlias

from flowsep_ui.timeline.sound.results import SoundKey

from flowsep_plugin.audio.span import Span
from flowsep_plugin.audition import LaneMix
from flowsep_plugin.timeline import FrameRate, TempoMap

LaneKind: TypeAlias = Literal["stem", "rest", "draft"]
PartState: TypeAlias = Literal["ready", "stale", "pending", "missing"]
ChipTone: TypeAlias = Literal["plain", "busy", "warning"]
RulerMode: TypeAlias = Literal["time", "timecode", "bars"]
RULERS: Final[tuple[RulerMode, ...]] = ("time", "timecode", "bars")
Spot: TypeAlias = Literal["clip", "lane", "track", "ruler", "empty"]


@dataclass(frozen=True, slots=True)
class Chip:
    """A word about the state of a row, which is never shortened: "draft", "42 %", "failed"."""

    text: str
    tone: ChipTone = "plain"


@dataclass(frozen=True, slots=True)
class LanePart:
    """A stem in a lane: the file of one clip.

    path : its file; None while its job runs, and where the sound was not found.
    place : at the scene's rate.     presence : 0..1, evenly over `place`; may be empty.
    regions : of the sound, at the scene's rate; a click selects one. Empty for those of `presence`.
    state : "stale" until a render with newer settings is there, "pending" until the first one is.
    note : why it failed, or that the sound was not found, for the tooltip.
    play_rate, reverse : speed and direction of the clip in its track.
    first : frame of the file at `place.start`; where reversed, the one after it. None: the file is as long as `place`.
    """

    path: Path | None
    place: Span
    presence: tuple[float, ...] = ()
    regions: tuple[Span, ...] = ()
    state: PartState = "ready"
    note: str = ""
    play_rate: Fraction = Fraction(1)
    reverse: bool = False
    first: int | None = None


@dataclass(frozen=True, slots=True)
class Lane:
    """All stems of one sound on a track, or their residuals, under the clips they were separated from.

    colour : "#rrggbb"; empty for the colour of its position.     chip : its state, beside the name.
    is_audible : whether it is in the mix; False for a muted lane, and beside a solo.
    missing : "not found in this clip", in a thin row without sound; empty where any part has the sound.
    effects : number of active effects; None for a lane that cannot have any, such as a draft.
    """

    id: str
    title: str
    kind: LaneKind
    colour: str
    parts: tuple[LanePart, ...]
    mix: LaneMix = field(default_factory=LaneMix)
    chip: Chip | None = None
    is_audible: bool = True
    missing: str = ""
    effects: int | None = None
    height: int = 72

    @property
    def place(self) -> Span:
        """From the start of the first part to the end of the last."""
        start, stop = min(part.place.start for part in self.parts), max(part.place.stop for part in self.parts)
        return Span(start, stop - start, self.parts[0].place.rate)

    def part_at(self, frame: int) -> LanePart | None:
        """Return the part at `frame` of the scene; of several the last one, which is painted on top."""
        parts = (part for part in reversed(self.parts) if part.place.start <= frame < part.place.stop)
        return next(parts, None)


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
    path: SoundKey | None
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
    """A row of clips, and the lanes below it. `height`: of the clips, in logical pixels.

    mix, is_audible : of the track with its lanes, as those of a lane.
    """

    id: str
    name: str
    clips: tuple[SceneClip, ...] = ()
    lanes: tuple[Lane, ...] = ()
    height: int = 100
    mix: LaneMix = field(default_factory=LaneMix)
    is_audible: bool = True


@dataclass(frozen=True, slots=True)
class MarkerView:
    """A marker where `span` is empty, else a region; at the scene's rate.

    is_own : it was set in the panel, so that it can be moved, renamed and removed.
    """

    name: str
    span: Span
    colour: str = ""
    is_own: bool = False


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
