"""Presence of the parts of a lane: their regions on the timeline, and their curve in the columns of a picture."""

from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
from flowsep_ui.timeline.scene import Lane, LanePart

from flowsep_plugin.audio.span import Span
from flowsep_plugin.audio.types import Floats
from flowsep_plugin.presence import regions

_GRID_HZ = 100
"""Grid frames a second of `flowsep_plugin.presence`."""


_MOST = 256


@dataclass(frozen=True, slots=True, eq=False)
class _Presence:
    """Presence values and regions of a part, computed once: an hour has 360 000 values."""

    source: tuple[float, ...]
    values: Floats
    regions: tuple[Span, ...]


_cache: OrderedDict[tuple[int, Span, tuple[Span, ...]], _Presence] = OrderedDict()


def lane_regions(lane: Lane) -> tuple[Span, ...]:
    """Return the regions of all parts of a lane, earliest first."""
    spans = {span for part in lane.parts for span in part_regions(part)}
    return tuple(sorted(spans))


def part_regions(part: LanePart) -> tuple[Span, ...]:
    """Return the regions of a part, or else those of its presence curve, at the scene's rate."""
    return _presence_of(part).regions


def region_at(lane: Lane, frame: int) -> Span | None:
    """Return the region that contains `frame`; None between regions."""
    part = lane.part_at(frame)
    spans = () if part is None else part_regions(part)
    return next((span for span in spans if span.start <= frame < span.stop), None)


def presence_columns(part: LanePart, edges: Floats) -> Floats:
    """Return the highest presence (n,), 0..1, of the columns between rising scene frames `edges` (n + 1,)."""
    values = _presence_of(part).values
    columns = np.zeros(len(edges) - 1, np.float32)
    if not values.size or not part.place.frames:
        return columns
    place = (edges - part.place.start) * (len(values) / part.place.frames)
    first = np.floor(place[:-1]).astype(np.int64)
    stop = np.maximum(np.ceil(place[1:]).astype(np.int64), first + 1)
    inside = (stop > 0) & (first < len(values))
    if inside.any():
        ranges = np.stack([first[inside].clip(0), stop[inside].clip(1, len(values))], axis=1).ravel()
        columns[inside] = np.maximum.reduceat(np.append(values, 0), ranges)[::2]
    return columns


def presence_at(lane: Lane, frame: int) -> float | None:
    """Return the presence at a scene frame, 0..1; None outside the lane's parts or where one has none."""
    part = lane.part_at(frame)
    if part is None or not part.presence:
        return None
    return part.presence[(frame - part.place.start) * len(part.presence) // part.place.frames]


def _presence_of(part: LanePart) -> _Presence:
    """Return the values of a part, cached by the identity of its presence, which takes long to hash."""
    key = (id(part.presence), part.place, part.regions)
    presence = _cache.get(key)
    if presence is None or presence.source is not part.presence:
        values = np.asarray(part.presence, np.float32)
        presence = _cache[key] = _Presence(part.presence, values, part.regions or _regions_of(part, values))
        while len(_cache) > _MOST:
            _cache.popitem(last=False)
    return presence


def _regions_of(part: LanePart, values: Floats) -> tuple[Span, ...]:
    """Return the regions of a presence curve `values` (n,), evenly over the part."""
    if not values.size:
        return ()
    count = max(1, round(part.place.seconds * _GRID_HZ))
    grid = values[np.arange(count) * len(values) // count]
    spans = (Span(r.start, r.stop - r.start, _GRID_HZ).at(part.place.rate) for r in regions(grid))
    whole = Span(0, part.place.frames, part.place.rate)
    return tuple(span.intersect(whole).moved(part.place.start) for span in spans)
