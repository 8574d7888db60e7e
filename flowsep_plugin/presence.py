"""Regions in which a sound is heard, from its presence curve and the level of its stem.

presence of the estimate: where the sound may be ─┐
level of the rendered stem ───────────────────────┴─► where it is heard ─► regions: its events
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import correlate1d, maximum_filter1d

from flowsep_plugin.audio.types import Floats, Samples

_OPEN = 0.5
_SHORTEST = 3
"""Grid frames: shorter regions are dropped."""
_SHORTEST_GAP, _LONGEST_GAP = 6, 20
"""Grid frames: closer regions are joined, more distant ones never; between the two, those that are half as far apart
as they are long."""
_SILENCE = 20
"""Grid frames: shorter silence within a stem does not end a region by itself."""

_BELOW_LOUDEST_DB = 35.0
"""A stem is heard where it is at most this much below its loudest moment near by. Of 83 mixtures at -3 to 10 dB, 40 dB
finds more of decays that other sounds cover, 30 dB less bleed; at 35 dB places and events are nearest to the truth."""
_LOUDEST_REACH = 1500
"""Grid frames on either side in which the loudest moment is looked for: 15 s."""
_LEVEL_WINDOW = np.full(3, 1 / 3)
"""Weights of the grid frames over which the level of a stem is measured: 30 ms, a period of 33 Hz."""

SILENT_PEAK = 2.0**-15
"""Stems that stay below one LSB of 16 bits, -90.3 dBFS, are silent: no playback level makes them audible."""


@dataclass(frozen=True, slots=True)
class Region:
    """Half-open range `[start, stop)` of grid frames, and the highest presence in it, 0..1."""

    start: int
    stop: int
    peak: float


def regions(presence: Floats) -> tuple[Region, ...]:
    """Return where `presence` (frames,) is above one half; regions under 30 ms are dropped.

    Gaps under 60 ms are closed, and gaps up to 0.2 s that are less than half as long as the regions on both sides, so
    that barks stay apart and words are one phrase.
    """
    joined: list[list[int]] = []
    for start, stop in _runs(presence > _OPEN):
        if joined and start - joined[-1][1] < _longest_gap(joined[-1][1] - joined[-1][0], stop - start):
            joined[-1][1] = stop
        else:
            joined.append([start, stop])
    return tuple(
        Region(start, stop, round(float(presence[start:stop].max()), 3))
        for start, stop in joined
        if stop - start >= _SHORTEST
    )


def _longest_gap(before: int, after: int) -> int:
    """Return the gap from which on regions of these lengths are two, in grid frames."""
    return min(max(min(before, after) // 2, _SHORTEST_GAP), _LONGEST_GAP)


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

    def audible(self, presence: Floats) -> Floats:
        """Return `presence` (stems, frames) with zeros where the stems cannot be heard: they are silent or faint."""
        peaks = self.peaks[:, : presence.shape[-1]]  # a span shorter than a grid frame has no presence
        return prominent(audible(presence, peaks), peaks)


def prominent(presence: Floats, peaks: Floats) -> Floats:
    """Return `presence` (stems, frames) with zeros where a stem is 35 dB below its loudest moment within 15 s.

    peaks : of the stems, same shape; their mean square over 30 ms is the level.
    """
    result = presence.copy()
    for row, stem_peaks in zip(result, peaks, strict=True):
        around = correlate1d(np.square(stem_peaks, dtype=np.float64), _LEVEL_WINDOW, mode="nearest")
        loudest = maximum_filter1d(around, 2 * _LOUDEST_REACH + 1, mode="nearest")
        row[around < loudest * 10 ** (-_BELOW_LOUDEST_DB / 10)] = 0
    return result


def audible(presence: Floats, peaks: Floats) -> Floats:
    """Return `presence` (stems, frames) with zeros where a stem is silent for 0.2 s, or up to the clip's start or end.

    peaks : of the stems, same shape.
    """
    result = presence.copy()
    for row, stem_peaks in zip(result, peaks, strict=True):
        for start, stop in _runs(stem_peaks < SILENT_PEAK):
            if stop - start >= _SILENCE or start == 0 or stop == len(row):
                row[start:stop] = 0
    return result


def _runs(holds: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the half-open ranges in which `holds` (frames,) is true."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], holds.astype(int), [0]])))
    return [(int(start), int(stop)) for start, stop in edges.reshape(-1, 2)]
