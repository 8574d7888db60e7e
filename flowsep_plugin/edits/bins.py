"""The bins of the renderer's transform, on the logarithmic frequency axis that shapes are drawn on.

A bin stands for a cell: one hop wide, one bin or a twelfth of an octave high, whichever is more. Its weight is the
share of the cell that a shape covers: 1 well inside, 0 outside, and a slope of one cell at the shape's edges.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Self

import numpy as np

from flowsep_plugin.audio.stft import Stft
from flowsep_plugin.audio.types import Doubles
from flowsep_plugin.spectrogram import shown_hertz

_CELL: Final = 2 ** (1 / 24)
"""Half of a cell's least height, as a factor: a quarter tone."""

_BORDER: Final = 2 ** (1 / 48)
"""A shape that comes this near to the border of the picture, as a factor, reaches it."""


@dataclass(frozen=True, slots=True, eq=False)
class BinAxis:
    """Cells of the bins of `stft` at `rate` Hz: `[low, high)` octaves above `lowest_hz`, (bins,) both.

    octaves : height of the axis, up to half the rate.
    visible : the bins that a spectrogram shows. Those above and below get at least the weight of the nearest one shown,
    as a shape that reaches the border of the picture is meant to reach all that is behind it.
    """

    rate: int
    stft: Stft
    lowest_hz: float
    octaves: float
    visible: slice
    low: Doubles
    high: Doubles

    @classmethod
    @lru_cache(maxsize=8)
    def for_rate(cls, rate: int) -> Self:
        """Return the axis for the renderer's transform at this rate, from an octave below what pictures show."""
        stft = Stft.for_rate(rate)
        lowest, highest = shown_hertz(rate)
        bottom, spacing = lowest / 2, rate / stft.size
        centres = np.arange(stft.bins) * spacing
        visible = slice(int(np.searchsorted(centres, lowest)), int(np.searchsorted(centres, highest, "right")))
        floor, ceiling = np.full(stft.bins, bottom), np.full(stft.bins, rate / 2)
        ceiling[: visible.start], floor[visible.stop :] = lowest, highest
        floor[visible], ceiling[visible] = lowest * _BORDER, highest / _BORDER
        low = np.minimum(centres - spacing / 2, centres / _CELL).clip(floor, ceiling / _CELL**2)
        high = np.maximum(centres + spacing / 2, centres * _CELL).clip(floor * _CELL**2, ceiling)
        octaves = float(np.log2(rate / 2 / bottom))
        return cls(rate, stft, bottom, octaves, visible, np.log2(low / bottom), np.log2(high / bottom))

    def octaves_of(self, hertz: Doubles) -> Doubles:
        """Return the place of frequencies on the axis, 0 for what is below it."""
        return np.asarray(np.log2(np.maximum(hertz, self.lowest_hz) / self.lowest_hz))

    def bins_over(self, low: float, high: float) -> slice:
        """Return the bins to which a shape from `low` to `high` octaves can give a weight."""
        start, stop = int(np.searchsorted(self.high, low, "right")), int(np.searchsorted(self.low, high, "left"))
        return slice(
            0 if start <= self.visible.start < stop else start,
            len(self.low) if start < self.visible.stop <= stop else stop,
        )

    def with_border(self, weights: Doubles, bins: slice) -> Doubles:
        """Return `weights` (frames, bins) of `bins`, where those outside the picture follow its border."""
        if bins.start < self.visible.start < bins.stop:
            hidden = self.visible.start - bins.start
            weights[:, :hidden] = np.maximum(weights[:, :hidden], weights[:, hidden : hidden + 1])
        if bins.start < self.visible.stop < bins.stop:
            hidden = self.visible.stop - bins.start
            weights[:, hidden:] = np.maximum(weights[:, hidden:], weights[:, hidden - 1 : hidden])
        return weights

    def frames_over(self, start_seconds: float, stop_seconds: float) -> tuple[int, int]:
        """Return the half-open range of frames of the transform whose cells may overlap a range of time."""
        per_second = self.rate / self.stft.hop
        return int(np.floor(start_seconds * per_second - 0.5)), int(np.ceil(stop_seconds * per_second + 0.5)) + 1
