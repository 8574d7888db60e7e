"""Spectrograms in tiles for scrolling and zooming: zoom level z has a column every 2**z frames, a tile 256 columns.

Tiles of one level join without a seam, as column k of level z is centred at frame `(2k + 1) * 2**(z - 1)` in each.
Values are bytes: 0 at `FLOOR_DB` and below, 255 at full scale. Where columns are closer than a window, the windows
overlap; where they are further apart, a column shows the loudest of a few moments in it, at the same cost.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

import numpy as np
import scipy.fft
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from flowsep_plugin.audio.clip import Source
from flowsep_plugin.audio.mel import hann
from flowsep_plugin.audio.types import Floats, Samples

from . import LogAxis, shown_hertz

COLUMNS: Final = 256
ROWS: Final = 192
FLOOR_DB: Final = -110.0
_LONG_SECONDS, _SHORT_SECONDS = 0.085, 0.0107
_SPECTRA_PER_COLUMN: Final = 3
_BATCH: Final = 64

_LOUDEST: Final = np.float32(1e15)
"""Magnitudes from here on, which no picture shows, have one colour; their squares are finite."""

Tile: TypeAlias = NDArray[np.uint8]
"""Levels (ROWS, COLUMNS), highest frequency first."""


@dataclass(frozen=True, slots=True)
class TileKey:
    """Address of a tile: its `index`, from 0 at frame 0, at a `zoom` level."""

    zoom: int
    index: int

    @property
    def start(self) -> int:
        """First frame of the tile."""
        return self.index * COLUMNS << self.zoom

    @property
    def stop(self) -> int:
        """First frame after the tile."""
        return (self.index + 1) * COLUMNS << self.zoom


def zoom_for(frames_per_pixel: float) -> int:
    """Return the zoom level whose columns are 0.5 to 1 pixel wide; at least 3, 8 frames per column."""
    return max(3, int(np.floor(np.log2(max(1.0, frames_per_pixel)))))


def tiles_over(first: int, stop: int, zoom: int) -> range:
    """Return the indices of the tiles that touch frames `[first, stop)`."""
    size = COLUMNS << zoom
    return range(first // size, -(-stop // size))


def make_tile(source: Source, key: TileKey) -> Tile:
    """Return tile `key` of `source` as (ROWS, COLUMNS) bytes, the loudest channel at each frequency.

    Raises what `source.read` raises.
    """
    hop = 1 << key.zoom
    size = window_size(source.rate, hop)
    count = max(1, min(_SPECTRA_PER_COLUMN, hop // size))
    axis = log_axis(source.rate, size)
    starts = key.start + ((2 * np.arange(COLUMNS * count) + 1) * hop) // (2 * count) - size // 2
    decibels = np.empty((COLUMNS, ROWS), np.float32)
    for first in range(0, COLUMNS, _BATCH):
        windows = _windows(source, starts[first * count : (first + _BATCH) * count], size)
        magnitudes = np.abs(scipy.fft.rfft(windows * _window(size), axis=-1)).max(axis=0)
        power = np.square(np.minimum(magnitudes, _LOUDEST))
        decibels[first : first + _BATCH] = axis.rows_of(power.reshape(-1, count, size // 2 + 1).max(axis=1))
    levels = (decibels.T[::-1] - FLOOR_DB) * (255 / -FLOOR_DB)
    return np.ascontiguousarray(levels.clip(0, 255).astype(np.uint8))


def window_size(rate: int, hop: int) -> int:
    """Return the window size in frames, a power of two: 85 ms, down to 11 ms where columns are close in time."""
    longest, shortest = (1 << max(6, round(float(np.log2(rate * s)))) for s in (_LONG_SECONDS, _SHORT_SECONDS))
    return min(longest, max(shortest, 1 << int(np.ceil(np.log2(hop * 16)))))


def row_of(hertz: float, rate: int) -> float:
    """Return the row of a frequency in a tile, from 0 at the top to ROWS - 1. Inverse: `hertz_of`."""
    low, high = shown_hertz(rate)
    return float((1 - np.log(hertz / low) / np.log(high / low)) * (ROWS - 1))


def hertz_of(row: float, rate: int) -> float:
    """Return the frequency in Hz at a row of a tile. Inverse: `row_of`."""
    low, high = shown_hertz(rate)
    return float(low * (high / low) ** (1 - row / (ROWS - 1)))


@lru_cache(maxsize=16)
def log_axis(rate: int, size: int) -> LogAxis:
    """Return the cached mapping from bins of windows of `size` frames at `rate` Hz to rows."""
    return LogAxis(*shown_hertz(rate), ROWS, size, rate)


@lru_cache(maxsize=8)
def _window(size: int) -> Floats:
    """Return a Hann window `(size,)`, scaled so that a full-scale sine reads 0 dB."""
    window = hann(size)
    return np.asarray(window * (2 / window.sum()), np.float32)


def _windows(source: Source, starts: NDArray[np.int64], size: int) -> Samples:
    """Return windows of `size` frames from each of `starts`, (channels, n, size), in one read where they overlap."""
    step = int(starts[1] - starts[0]) if len(starts) > 1 else 1
    if step < 2 * size and (np.diff(starts) == step).all():
        block = source.read(int(starts[0]), int(starts[-1]) + size)
        return np.asarray(sliding_window_view(block, size, axis=-1)[:, ::step])
    return np.stack([source.read(int(start), int(start) + size) for start in starts], axis=1)
