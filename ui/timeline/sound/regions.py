"""Where a lane's sound is: its regions on the timeline, and its presence at every column of a picture."""

from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
from flowsep_ui.timeline.scene import Lane

from flowsep_plugin.audio.span import Span
from flowsep_plugin.audio.types import Floats
from flowsep_plugin.presence import regions

_GRID_HZ = 100
"""Grid frames a second of `flowsep_plugin.presence`."""


_MOST = 256


@dataclass(frozen=True, slots=True, eq=False)
class _Facts:
    """What is worked out of a lane once: an hour's presence has 360 000 values."""

    lane: Lane
    values: Floats
    regions: tuple[Span, ...]


_kept: OrderedDict[int, _Facts] = OrderedDict()


def lane_regions(lane: Lane) -> tuple[Span, ...]:
    """The lane's own regions, or those of its presence curve, at the scene's rate."""
    return _facts(lane).regions


def region_at(lane: Lane, frame: int) -> Span | None:
    """The region that holds `frame`."""
    return next((span for span in lane_regions(lane) if span.start <= frame < span.stop), None)


def presence_columns(lane: Lane, edges: Floats) -> Floats:
    """Highest presence in each of the n columns between n + 1 rising scene frames `edges`; 0 outside the lane."""
    values = _facts(lane).values
    made = np.zeros(len(edges) - 1, np.float32)
    if not values.size or not lane.place.frames:
        return made
    place = (edges - lane.place.start) * (len(values) / lane.place.frames)
    first = np.floor(place[:-1]).astype(np.int64)
    stop = np.maximum(np.ceil(place[1:]).astype(np.int64), first + 1)
    inside = (stop > 0) & (first < len(values))
    if inside.any():
        ranges = np.stack([first[inside].clip(0), stop[inside].clip(1, len(values))], axis=1).ravel()
        made[inside] = np.maximum.reduceat(np.append(values, 0), ranges)[::2]
    return made


def presence_at(lane: Lane, frame: int) -> float | None:
    """Presence at one frame, None where nothing is known."""
    if not lane.presence or not lane.place.start <= frame < lane.place.stop:
        return None
    return lane.presence[(frame - lane.place.start) * len(lane.presence) // lane.place.frames]


def _facts(lane: Lane) -> _Facts:
    """By identity, as a lane's value takes long to hash."""
    facts = _kept.get(id(lane))
    if facts is None or facts.lane is not lane:
        values = np.asarray(lane.presence, np.float32)
        facts = _kept[id(lane)] = _Facts(lane, values, lane.regions or _found(lane, values))
        while len(_kept) > _MOST:
            _kept.popitem(last=False)
    return facts


def _found(lane: Lane, values: Floats) -> tuple[Span, ...]:
    """Regions of a curve of any resolution."""
    if not values.size:
        return ()
    count = max(1, round(lane.place.seconds * _GRID_HZ))
    grid = values[np.arange(count) * len(values) // count]
    spans = (Span(r.start, r.stop - r.start, _GRID_HZ).at(lane.place.rate) for r in regions(grid))
    whole = Span(0, lane.place.frames, lane.place.rate)
    return tuple(span.intersect(whole).moved(lane.place.start) for span in spans)
