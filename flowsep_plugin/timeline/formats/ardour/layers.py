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
    """Return the clips of a track in order of their starts, with what covers them and what they cover.

    layers : by clip id. A clip that is covered from start to end has a silence reason. All others that overlap have a
    difference each: stems cover nothing on their source's track, and a muted source does not either.
    """
    ordered = sorted(clips, key=lambda clip: clip.place.start)
    above: dict[str, list[ClipRef]] = {clip.id: [] for clip in ordered}
    below: dict[str, list[ClipRef]] = {clip.id: [] for clip in ordered}
    playing: list[ClipRef] = []
    for clip in ordered:
        playing = [other for other in playing if other.place.stop > clip.place.start]
        for other in () if clip.muted or not clip.place.frames else playing:
            low, high = sorted((other, clip), key=lambda one: layers[one.id].index)
            if layers[high.id].opaque:
                above[low.id].append(high)
                below[high.id].append(low)
        playing += [] if clip.muted else [clip]
    return [_with_overlaps(clip, above[clip.id], below[clip.id]) for clip in ordered]


def _with_overlaps(clip: ClipRef, above: Sequence[ClipRef], below: Sequence[ClipRef]) -> ClipRef:
    if above and _hides(clip, above):
        return replace(clip, silence_reason=f"is covered by {', '.join(map(repr, _names(above)))}")
    overlaps = tuple(Difference("overlap", name) for name in _names((*above, *below)))
    return replace(clip, differences=(*clip.differences, *overlaps)) if overlaps else clip


def _names(clips: Sequence[ClipRef]) -> list[str]:
    return list(dict.fromkeys(clip.name for clip in clips))


def _hides(clip: ClipRef, above: Sequence[ClipRef]) -> bool:
    """Whether the regions above cover the clip from start to end, their fades left out: there it is heard."""
    bodies = sorted((one.place.start + one.fade_in, one.place.stop - one.fade_out) for one in above)
    reached = clip.place.start
    for start, stop in bodies:
        if start > reached:
            break
        reached = max(reached, stop)
    return reached >= clip.place.stop
