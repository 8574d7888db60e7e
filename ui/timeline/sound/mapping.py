"""Mapping from the timeline to a file: frames of the file under frames of the scene, and their gain."""

from dataclasses import dataclass

import numpy as np
from flowsep_ui.timeline.scene import LanePart, SceneClip
from flowsep_ui.timeline.sound.results import SoundKey

from flowsep_plugin.audio.span import Span
from flowsep_plugin.audio.types import Doubles


@dataclass(frozen=True, slots=True)
class PlacedSound:
    """A file on the timeline, of a clip or a lane, with its place and gain.

    place : at the scene's rate.     first : frame of the file at its start (at its end, where reversed).
    speed : file frames per scene frame.     gain : linear.     fades : scene frames, in and out.
    """

    path: SoundKey
    place: Span
    first: float
    speed: float
    gain: float = 1.0
    fades: tuple[int, int] = (0, 0)
    reverse: bool = False

    def file_edges(self, edges: Doubles) -> Doubles:
        """Return file frames at rising scene frames `edges`, same shape; falling where reversed. For drawing only."""
        moved = (edges - self.place.start) * self.speed
        return self.first - moved if self.reverse else self.first + moved

    def scene_frame(self, file_frame: float) -> float:
        """Return the scene frame of a frame of the file."""
        moved = (file_frame - self.first) / self.speed
        return self.place.start + (-moved if self.reverse else moved)

    def level_at(self, frames: Doubles) -> Doubles:
        """Return gain and fades at scene frames `frames` (n,), linear, (n,)."""
        level = np.full(len(frames), self.gain)
        fade_in, fade_out = self.fades
        if fade_in:
            level *= ((frames - self.place.start) / fade_in).clip(0, 1)
        if fade_out:
            level *= ((self.place.stop - frames) / fade_out).clip(0, 1)
        return level


def clip_sound(clip: SceneClip) -> PlacedSound | None:
    """Return the file of a clip on the timeline; None where it has none."""
    if clip.path is None:
        return None
    speed = float(clip.play_rate) * clip.cut.rate / clip.place.rate
    first = clip.cut.stop if clip.reverse else clip.cut.start
    return PlacedSound(clip.path, clip.place, first, speed, clip.gain, clip.fades, clip.reverse)


def part_sound(part: LanePart, rate: int | None, gain_db: float = 0.0) -> PlacedSound | None:
    """Return the file of a part of a lane on the timeline; None where it has none.

    rate : of the file; None, while it is unknown, takes the scene's.     gain_db : of its lane.
    """
    if part.path is None:
        return None
    speed = float(part.play_rate) * (rate or part.place.rate) / part.place.rate
    first = part.first if part.first is not None else part.place.frames * speed if part.reverse else 0
    return PlacedSound(part.path, part.place, first, speed, 10 ** (gain_db / 20), reverse=part.reverse)
