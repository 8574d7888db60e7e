"""From the timeline into a file: which of its frames lie under a stretch of the scene, and how loud they are played."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from flowsep_ui.timeline.scene import Lane, SceneClip

from flowsep_plugin.audio.span import Span
from flowsep_plugin.audio.types import Doubles


@dataclass(frozen=True, slots=True)
class Sounding:
    """What a clip and a lane have in common for who draws them: a file, its place, and its level.

    first : frame of the file at the place's start (its end, where reversed).     speed : file frames a scene frame.
    """

    path: Path
    place: Span
    first: float
    speed: float
    gain: float = 1.0
    fades: tuple[int, int] = (0, 0)
    reverse: bool = False

    def file_edges(self, edges: Doubles) -> Doubles:
        """File frames at rising scene frames `edges`; falling where reversed. Inverse of nothing: for pictures."""
        moved = (edges - self.place.start) * self.speed
        return self.first - moved if self.reverse else self.first + moved

    def scene_frame(self, file_frame: float) -> float:
        """Where a frame of the file lies on the timeline."""
        moved = (file_frame - self.first) / self.speed
        return self.place.start + (-moved if self.reverse else moved)

    def level_at(self, frames: Doubles) -> Doubles:
        """Gain and fades at scene frames, linear."""
        level = np.full(len(frames), self.gain)
        fade_in, fade_out = self.fades
        if fade_in:
            level *= ((frames - self.place.start) / fade_in).clip(0, 1)
        if fade_out:
            level *= ((self.place.stop - frames) / fade_out).clip(0, 1)
        return level


def sounding_clip(clip: SceneClip) -> Sounding | None:
    """A clip's sound; None where it has no file."""
    if clip.path is None:
        return None
    speed = float(clip.play_rate) * clip.cut.rate / clip.place.rate
    first = clip.cut.stop if clip.reverse else clip.cut.start
    return Sounding(clip.path, clip.place, first, speed, clip.gain, clip.fades, clip.reverse)


def sounding_lane(lane: Lane, rate: int | None) -> Sounding | None:
    """A lane's sound, its file being at `rate` (None: not known yet, then the scene's)."""
    if lane.path is None:
        return None
    speed = (rate or lane.place.rate) / lane.place.rate
    return Sounding(lane.path, lane.place, 0, speed, 10 ** (lane.state.gain_db / 20))
