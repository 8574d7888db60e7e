"""Where a dragged edge likes to stand: clip and lane edges, regions, markers, the playhead, lines of the ruler."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from flowsep_ui.timeline.scene import Scene


def snap(frame: int, targets: Sequence[int], reach: int) -> int:
    """The target nearest to `frame`, or `frame` itself where none is within `reach`. `targets` is sorted."""
    place = bisect_left(targets, frame)
    near = [t for t in targets[max(0, place - 1) : place + 1] if abs(t - frame) <= reach]
    return min(near, key=lambda t: abs(t - frame), default=frame)


def snap_targets(scene: Scene) -> tuple[int, ...]:
    """All that lies fixed in `scene`, sorted, each once: its ends, clip edges, markers, lane edges, regions."""
    found = {0, scene.frames}
    for track in scene.tracks:
        for clip in track.clips:
            found.update((clip.place.start, clip.place.stop))
        for lane in track.lanes:
            found.update((lane.place.start, lane.place.stop))
            found.update(edge for region in lane.regions for edge in (region.start, region.stop))
    for marker in scene.markers:
        found.update((marker.span.start, marker.span.stop))
    return tuple(sorted(found))


def with_more(targets: Sequence[int], more: Iterable[int]) -> tuple[int, ...]:
    """`targets` and `more` (the playhead, bar lines in view), sorted."""
    return tuple(sorted({*targets, *more}))
