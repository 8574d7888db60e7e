"""Presence of a lane: its regions on the timeline, and its curve in the columns of a picture."""

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
class _Presence:
    """Presence values and regions of a lane, computed once: an hour has 360 000 values."""

    lane: Lane
    values: Floats
    regions: tuple[Span, ...]


_cache: OrderedDict[int, _Presence] = OrderedDict()


def lane_regions(lane: Lane) -> tuple[Span, ...]:
    """Return the regions of a lane, or else those of its presence curve, at the scene's rate."""
    return _presence_of(lane).regions


def region_at(lane: Lane, frame: int) -> Span | None:
    """Return the region that contains `frame`; None between regions."""
    return next((span for span in lane_regions(lane) if span.start <= frame < span.stop), None)


def presence_columns(lane: Lane, edges: Floats) -> Floats:
    """Return the highest presence (n,), 0..1, of the columns between rising scene frames `edges` (n + 1,)."""
    values = _presence_of(lane).values
    columns = np.zeros(len(edges) - 1, np.float32)
    if not values.size or not lane.place.frames:
        return columns
    place = (edges - lane.place.start) * (len(values) / lane.place.frames)
    first = np.floor(place[:-1]).astype(np.int64)
    stop = np.maximum(np.ceil(place[1:]).astype(np.int64), first + 1)
    inside = (stop > 0) & (first < len(values))
    if inside.any():
        ranges = np.stack([first[inside].clip(0), stop[inside].clip(1, len(values))], axis=1).ravel()
        columns[inside] = np.maximum.reduceat(np.append(values, 0), ranges)[::2]
    return columns


def presence_at(lane: Lane, frame: int) -> float | None:
    """Return the presence at a scene frame, 0..1; None outside the lane or where it has none."""
    if not lane.presence or not lane.place.start <= frame < lane.place.stop:
        return None
    return lane.presence[(frame - lane.place.start) * len(lane.presence) // lane.place.frames]


def _presence_of(lane: Lane) -> _Presence:
    """Return the values of a lane, cached by its identity, since its presence takes long to hash."""
    presence = _cache.get(id(lane))
    if presence is None or presence.lane is not lane:
        values = np.asarray(lane.presence, np.float32)
        presence = _cache[id(lane)] = _Presence(lane, values, lane.regions or _regions_of(lane, values))
        while len(_cache) > _MOST:
            _cache.popitem(last=False)
    return presence


def _regions_of(lane: Lane, values: Floats) -> tuple[Span, ...]:
    """Return the regions of a presence curve `values` (n,), evenly over the lane."""
    if not values.size:
        return ()
    count = max(1, round(lane.place.seconds * _GRID_HZ))
    grid = values[np.arange(count) * len(values) // count]
    spans = (Span(r.start, r.stop - r.start, _GRID_HZ).at(lane.place.rate) for r in regions(grid))
    whole = Span(0, lane.place.frames, lane.place.rate)
    return tuple(span.intersect(whole).moved(lane.place.start) for span in spans)
