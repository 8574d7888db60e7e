"""Snapping of dragged edges to clip and lane edges, regions, markers, the playhead and ruler lines."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from flowsep_ui.timeline.scene import Scene


def snap(frame: int, targets: Sequence[int], reach: int) -> int:
    """Return the nearest of the sorted `targets` within `reach` frames, else `frame` itself."""
    place = bisect_left(targets, frame)
    near = [t for t in targets[max(0, place - 1) : place + 1] if abs(t - frame) <= reach]
    return min(near, key=lambda t: abs(t - frame), default=frame)


def snap_targets(scene: Scene) -> tuple[int, ...]:
    """Return the sorted snap targets of `scene`: its ends, clip edges, markers, lane edges, regions."""
    frames = {0, scene.frames}
    for track in scene.tracks:
        for clip in track.clips:
            frames.update((clip.place.start, clip.place.stop))
        for lane in track.lanes:
            for part in lane.parts:
                frames.update((part.place.start, part.place.stop))
                frames.update(edge for region in part.regions for edge in (region.start, region.stop))
    for marker in scene.markers:
        frames.update((marker.span.start, marker.span.stop))
    return tuple(sorted(frames))


def with_more(targets: Sequence[int], more: Iterable[int]) -> tuple[int, ...]:
    """Return `targets` and `more` (the playhead, bar lines in view), sorted."""
    return tuple(sorted({*targets, *more}))
