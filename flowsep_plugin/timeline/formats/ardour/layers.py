"""Regions of one track that lie over one another: Ardour plays an opaque region in place of those below it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from flowsep_plugin.timeline.clip import ClipRef
from flowsep_plugin.timeline.difference import Difference


@dataclass(frozen=True, slots=True)
class RegionLayer:
    """Layer of a region on its track: `index` grows upwards; an opaque region hides those below it."""

    index: int
    opaque: bool


def with_covers(clips: Sequence[ClipRef], layers: Mapping[str, RegionLayer]) -> list[ClipRef]:
    """Return the clips of a track in order of their starts, those that others cover with what does.

    layers : by clip id. A clip that is covered from start to end has a silence reason, others a difference.
    """
    ordered = sorted(clips, key=lambda clip: clip.place.start)
    covers: dict[str, list[ClipRef]] = {}
    playing: list[ClipRef] = []
    for clip in ordered:
        playing = [other for other in playing if other.place.stop > clip.place.start]
        for other in () if clip.muted else playing:
            low, high = sorted((other, clip), key=lambda one: layers[one.id].index)
            if layers[high.id].opaque and clip.place.frames:
                covers.setdefault(low.id, []).append(high)
        playing += [] if clip.muted else [clip]
    return [_covered(clip, covers[clip.id]) if clip.id in covers else clip for clip in ordered]


def _covered(clip: ClipRef, above: Sequence[ClipRef]) -> ClipRef:
    names = tuple(dict.fromkeys(other.name for other in above))
    if _hides(clip, above):
        return replace(clip, silence_reason=f"is covered by {', '.join(map(repr, names))}")
    overlaps = tuple(Difference("overlap", name) for name in names)
    return replace(clip, differences=(*clip.differences, *overlaps))


def _hides(clip: ClipRef, above: Sequence[ClipRef]) -> bool:
    """Whether the regions above cover the clip from start to end, their fades left out: there it is heard."""
    bodies = sorted((one.place.start + one.fade_in, one.place.stop - one.fade_out) for one in above)
    reached = clip.place.start
    for start, stop in bodies:
        if start > reached:
            break
        reached = max(reached, stop)
    return reached >= clip.place.stop
