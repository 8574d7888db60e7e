"""Weights of a shape at the bins of the renderer's transform: the share of each bin's cell that the shape covers.

They are counted in whole numbers, or computed for each bin by itself, and depend on the bin's place on the timeline
alone: blocks of any length, and a part of a clip, get the weights of the whole.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from flowsep_plugin.audio.types import Doubles, Floats

from .bins import BinAxis
from .intervals import COLUMNS, PARTS, ROWS, Edges, brush_edges, lasso_edges, pair_count
from .shapes import Box, Brush, Lasso, MaskShape

_MOST_PAIRS: Final = 1 << 20
"""Pairs of lines and columns that are looked at together: some 100 MB."""


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """Weights `values` (frames, bins), 0..1, of frames from `first_frame` and bins from `first_bin` on."""

    first_frame: int
    first_bin: int
    values: Floats

    @property
    def bins(self) -> slice:
        """The bins that they are for."""
        return slice(self.first_bin, self.first_bin + self.values.shape[1])

    def frames(self, first: int) -> slice:
        """The frames that they are for, as places in an array whose frame 0 is frame `first`."""
        return slice(self.first_frame - first, self.first_frame - first + len(self.values))


def shape_weights(shape: MaskShape, axis: BinAxis, first: int, last: int) -> Weights | None:
    """Return the weights of `shape` in frames `[first, last)` of the transform, its bounds only; None where it is not.

    Frame k is centred at k * hop of the timeline.
    """
    begin, end = axis.frames_over(*shape.seconds)
    begin, end = max(begin, first), min(end, last)
    low, high = (float(octaves) for octaves in axis.octaves_of(np.asarray(shape.hertz)))
    bins = axis.bins_over(low, high)
    if begin >= end or bins.start >= bins.stop:
        return None
    if isinstance(shape, Box):
        values = _covered_time(shape, axis, begin, end)[:, None] * _covered(axis, bins, low, high)
    else:
        values = _raster(shape, axis, begin, end, bins)
    return Weights(begin, bins.start, axis.with_border(values, bins).astype(np.float32))


def _covered_time(box: Box, axis: BinAxis, first: int, last: int) -> Doubles:
    """Return the share of the cells of frames `[first, last)` in time that `box` covers, (frames,)."""
    halves = 2 * np.arange(first, last)
    start, stop = ((halves + side) * axis.stft.hop / (2 * axis.rate) for side in (-1, 1))
    covered = np.minimum(stop, box.stop_seconds) - np.maximum(start, box.start_seconds)
    return np.asarray(np.maximum(covered, 0.0) / (stop - start))


def _covered(axis: BinAxis, bins: slice, low: float, high: float) -> Doubles:
    """Return the share of the cells of `bins` in frequency that `[low, high]` octaves covers, (bins,)."""
    bottom, top = axis.low[bins], axis.high[bins]
    covered = np.minimum(top, high) - np.maximum(bottom, low)
    return np.asarray(np.maximum(covered, 0.0) / (top - bottom))


def _raster(shape: Lasso | Brush, axis: BinAxis, first: int, last: int, bins: slice) -> Doubles:
    """Return the weights of a lasso or a stroke in frames `[first, last)` and `bins`, (frames, bins)."""
    columns = first * COLUMNS, last * COLUMNS
    if last - first > 1 and pair_count(shape, axis, *columns) > _MOST_PAIRS:
        middle = (first + last) // 2
        return np.vstack([_raster(shape, axis, *part, bins) for part in ((first, middle), (middle, last))])
    edges = lasso_edges(shape, axis, *columns) if isinstance(shape, Lasso) else brush_edges(shape, axis, *columns)
    return _averages(_row_sums(edges, axis, first, last), axis, bins)


def _row_sums(edges: Edges, axis: BinAxis, first: int, last: int) -> Doubles:
    """Return how much of all rows below each row is inside the intervals, (frames, rows + 1) whole numbers.

    A row that is inside in all columns of a frame counts `COLUMNS * PARTS`.
    """
    rows = int(np.ceil(axis.octaves * ROWS))
    row, part = edges.parts // PARTS, edges.parts % PARTS
    signs = np.where(np.arange(len(row)) % 2 == 0, 1, -1)
    places = (edges.columns // COLUMNS) * (rows + 2) + row
    size = (last - first) * (rows + 2)
    changes = np.bincount(places, signs * (PARTS - part), size) + np.bincount(places + 1, signs * part, size)
    inside = np.cumsum(changes.reshape(last - first, rows + 2)[:, :rows], axis=1)
    return np.pad(np.cumsum(inside, axis=1), [(0, 0), (1, 0)])


def _averages(sums: Doubles, axis: BinAxis, bins: slice) -> Doubles:
    """Return the mean over the cells of `bins` of what `_row_sums` summed, (frames, bins) 0..1."""
    low, high = axis.low[bins] * ROWS, axis.high[bins] * ROWS
    ends = []
    for edge in (low, high):
        below = np.minimum(edge.astype(np.int64), sums.shape[1] - 2)
        share = edge - below
        ends.append(sums[:, below] * (1 - share) + sums[:, below + 1] * share)
    means = (ends[1] - ends[0]) / ((high - low) * (COLUMNS * PARTS))
    return np.asarray(means.clip(0.0, 1.0))
