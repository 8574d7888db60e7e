"""The rows of a scene from top to bottom, and the clips of a row from left to right."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from .scene import Lane, Scene, SceneClip, SceneTrack

TRACK_GAP: Final = 6
"""Free pixels below a track and its lanes."""

STRIP: Final = 12
"""Height of the presence strip at the foot of a lane, pixels."""

THIN: Final = 22
"""Height of the row of a sound that was not found, at every scale."""

_LOWEST: Final = 28


@dataclass(frozen=True, slots=True)
class Row:
    """A track's clips, or one lane; `top` from the top of the scene, in logical pixels."""

    top: int
    height: int
    track: SceneTrack
    lane: Lane | None = None

    @property
    def bottom(self) -> int:
        """First pixel below the row."""
        return self.top + self.height

    @property
    def id(self) -> str:
        """Id of the lane, or of the track in its row of clips."""
        return self.lane.id if self.lane else self.track.id


@dataclass(frozen=True, slots=True)
class Layout:
    """The rows of a scene from top to bottom, and their total height in pixels."""

    rows: tuple[Row, ...]
    height: int

    @property
    def thin(self) -> tuple[Row, ...]:
        """The rows of sounds that were not found."""
        return tuple(row for row in self.rows if row.lane is not None and row.lane.missing)

    def row_at(self, y: float) -> Row | None:
        """Return the row at `y`; None in gaps and below."""
        place = bisect_right(self.rows, y, key=lambda row: row.top) - 1
        return self.rows[place] if place >= 0 and y < self.rows[place].bottom else None

    def between(self, top: float, bottom: float) -> Sequence[Row]:
        """Return the rows that are visible between two heights."""
        first = bisect_right(self.rows, top, key=lambda row: row.bottom)
        return self.rows[first : bisect_left(self.rows, bottom, key=lambda row: row.top)]

    def row_of(self, row_id: str) -> Row | None:
        """Return the row of a track or lane; None for an unknown id."""
        return next((row for row in self.rows if row.id == row_id), None)


def lay_out(scene: Scene, scale: float = 1.0) -> Layout:
    """Return the layout of `scene`: tracks below each other, lanes under their track, heights times `scale`."""
    rows: list[Row] = []
    top = 0
    for track in scene.tracks:
        for lane in (None, *track.lanes):
            height = row_height(track, lane, scale)
            rows.append(Row(top, height, track, lane))
            top += height + 1
        top += TRACK_GAP
    return Layout(tuple(rows), top)


def row_height(track: SceneTrack, lane: Lane | None, scale: float) -> int:
    """Return the height of a lane, or of a track's clips where `lane` is None, at `scale`."""
    if lane is not None and lane.missing:
        return THIN
    return max(_LOWEST, round((lane.height if lane else track.height) * scale))


class ClipIndex:
    """The clips of one track, sorted, to find those in view by bisection."""

    def __init__(self, clips: Sequence[SceneClip]) -> None:
        self._clips = sorted(clips, key=lambda clip: clip.place.start)
        self._starts = [clip.place.start for clip in self._clips]
        self._reach = list(accumulate((clip.place.stop for clip in self._clips), max))

    def between(self, first: int, stop: int) -> Iterator[SceneClip]:
        """Return the clips that touch frames `[first, stop)`, earliest start first."""
        low, high = bisect_right(self._reach, first), bisect_left(self._starts, stop)
        return (clip for clip in self._clips[low:high] if clip.place.stop > first)

    def at(self, frame: int) -> SceneClip | None:
        """Return the clip at `frame`; of several the one that starts last, which is painted on top."""
        return max(self.between(frame, frame + 1), key=lambda clip: clip.place.start, default=None)
