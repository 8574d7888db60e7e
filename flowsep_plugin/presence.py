"""Regions in which a sound is present, from its presence curve and the peaks of its stem."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from flowsep_plugin.audio.types import Floats, Samples

_OPEN = 0.5
_SHORTEST, _GAP = 5, 20
"""Grid frames: shorter regions are dropped, closer ones joined."""

SILENT_PEAK = 2.0**-15
"""Stems that stay below one LSB of 16 bits, -90.3 dBFS, are silent: no playback level makes them audible."""


@dataclass(frozen=True, slots=True)
class Region:
    """Half-open range `[start, stop)` of grid frames, and the highest presence in it, 0..1."""

    start: int
    stop: int
    peak: float


def regions(presence: Floats) -> tuple[Region, ...]:
    """Return where `presence` (frames,) is above one half; gaps under 0.2 s are closed, regions under 50 ms dropped."""
    joined: list[list[int]] = []
    for start, stop in _runs(presence > _OPEN):
        if joined and start - joined[-1][1] < _GAP:
            joined[-1][1] = stop
        else:
            joined.append([start, stop])
    return tuple(
        Region(start, stop, round(float(presence[start:stop].max()), 3))
        for start, stop in joined
        if stop - start >= _SHORTEST
    )


class StemPeaks:
    """Highest absolute sample of each stem in each frame of the presence grid, collected block by block.

    peaks : (stems, frames); 1 is full scale.
    """

    def __init__(self, *, stem_count: int, first: int, frames: int, hop: int, grid_rate: int, rate: int) -> None:
        """Start with zeros for the grid frames `[first, first + frames)`, each `hop` samples at `grid_rate` hertz.

        rate : sample rate of the stems in hertz.
        """
        self.peaks: Floats = np.zeros((stem_count, frames), np.float32)
        grid_frames = np.arange(first, first + frames, dtype=np.int64)
        self._starts = -(-grid_frames * hop * rate // grid_rate)

    def add(self, start: int, stems: Samples, rows: Sequence[int] | None = None) -> None:
        """Take in the stems' next block, (stems, channels, n), which starts at frame `start` of the timeline.

        rows : the stems' rows in `peaks`; None for all.
        """
        if not self.peaks.size or not len(stems):
            return
        stop = start + stems.shape[-1]
        inside = np.unique(self._starts[(self._starts > start) & (self._starts < stop)])
        starts = np.concatenate([[start], inside])
        cells = np.clip(np.searchsorted(self._starts, starts, "right") - 1, 0, self.peaks.shape[1] - 1)
        levels = np.maximum.reduceat(np.abs(stems).max(axis=1), starts - start, axis=1)
        for row, level in zip(range(len(self.peaks)) if rows is None else rows, levels, strict=True):
            np.maximum.at(self.peaks[row], cells, level)


def audible(presence: Floats, peaks: Floats) -> Floats:
    """Return `presence` (stems, frames) with zeros where a stem is silent for 0.2 s, or up to the clip's start or end.

    peaks : of the stems, same shape, as `StemPeaks` collects them.
    """
    result = presence.copy()
    for row, stem_peaks in zip(result, peaks, strict=True):
        for start, stop in _runs(stem_peaks < SILENT_PEAK):
            if stop - start >= _GAP or start == 0 or stop == len(row):
                row[start:stop] = 0
    return result


def _runs(holds: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the half-open ranges in which `holds` (frames,) is true."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], holds.astype(int), [0]])))
    return [(int(start), int(stop)) for start, stop in edges.reshape(-1, 2)]
