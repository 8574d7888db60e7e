"""Regions in which a sound is present, from its presence curve."""

from dataclasses import dataclass

import numpy as np

from flowsep_plugin.audio.types import Floats

_OPEN = 0.5
_SHORTEST, _GAP = 5, 20
"""Grid frames: shorter regions are dropped, closer ones joined."""


@dataclass(frozen=True, slots=True)
class Region:
    """Half-open range `[start, stop)` of grid frames, and the highest presence in it, 0..1."""

    start: int
    stop: int
    peak: float


def regions(presence: Floats) -> tuple[Region, ...]:
    """Return where `presence` (frames,) is above one half; gaps under 0.2 s are closed, regions under 50 ms dropped."""
    above = np.flatnonzero(np.diff(np.concatenate([[0], (presence > _OPEN).astype(int), [0]])))
    joined: list[list[int]] = []
    for start, stop in above.reshape(-1, 2):
        if joined and start - joined[-1][1] < _GAP:
            joined[-1][1] = int(stop)
        else:
            joined.append([int(start), int(stop)])
    return tuple(
        Region(start, stop, round(float(presence[start:stop].max()), 3))
        for start, stop in joined
        if stop - start >= _SHORTEST
    )
