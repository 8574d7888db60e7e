"""Waveforms and spectrograms as pixels: numpy arrays of 0xAARRGGBB, premultiplied, as Qt's painter takes them."""

from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from flowsep_plugin.media.peaks import Columns

from .contrast import Rgb

Pixels: TypeAlias = NDArray[np.uint32]
"""(height, width)."""

_SHADES = 16


def wave_pixels(columns: Columns, height: int, scale: NDArray[np.float32] | float, wave: Rgb, core: Rgb) -> Pixels:
    """Draw channels below each other: `wave` from lowest to highest sample, `core` within the power.

    columns : (channels, width); NaN stays clear.     scale : what samples are multiplied by, one number or (width,).
    """
    channels, width = columns.low.shape
    pixels = np.zeros((height, width), np.uint32)
    edges = [height * n // channels for n in range(channels + 1)]
    for channel, (top, bottom) in enumerate(pairwise(edges)):
        part = pixels[top:bottom]
        low, high, rms = (values[channel] * scale for values in (columns.low, columns.high, columns.rms))
        _band(part, np.maximum(high, low), np.minimum(high, low), wave)
        inner = np.minimum(rms, np.maximum(high, -low))
        _band(part, np.minimum(inner, high), np.maximum(-inner, low), core, least=0.0)
    return pixels


def spectrum_pixels(rows: NDArray[np.uint8], height: int, table: Pixels) -> Pixels:
    """Stretch `rows` (n, width) to `height`, smoothly, and look their bytes up in `table` (256,)."""
    if height <= 0 or not rows.size:
        return np.zeros((max(0, height), rows.shape[1]), np.uint32)
    place = (np.arange(height) + 0.5) * rows.shape[0] / height - 0.5
    first = np.clip(np.floor(place).astype(int), 0, rows.shape[0] - 1)
    second = np.minimum(first + 1, rows.shape[0] - 1)
    share = (np.clip(place - first, 0, 1) * 256).astype(np.uint16)[:, None]
    mixed = (rows[first] * (256 - share) + rows[second] * share) >> 8
    return table[mixed]


def colour_table(stops: tuple[tuple[float, Rgb], ...], low: float, high: float) -> Pixels:
    """256 colours between `stops` (place 0..1, colour); bytes up to `low` take the first, from `high` the last."""
    place = np.clip((np.arange(256) / 255 - low) / (high - low), 0, 1)
    parts = [np.interp(place, [s for s, _ in stops], [c[n] for _, c in stops]).astype(np.uint32) for n in range(3)]
    return np.asarray(0xFF000000 | parts[0] << 16 | parts[1] << 8 | parts[2], np.uint32)


def _band(part: Pixels, high: NDArray[np.float32], low: NDArray[np.float32], colour: Rgb, least: float = 1.0) -> None:
    """Fill every column between two levels (±1 are the edges), soft at the ends, at least `least` pixels high."""
    height = part.shape[0]
    known = np.isfinite(high)
    top = np.where(known, (1 - high.clip(-1, 1)) * height / 2, height)
    bottom = np.where(known, (1 - low.clip(-1, 1)) * height / 2, 0)
    lack = np.maximum(0, least - (bottom - top)) / 2
    top, bottom = np.where(known, top - lack, height), np.where(known, bottom + lack, 0)
    first, stop = np.ceil(top).astype(np.int16), np.floor(bottom).astype(np.int16)
    rows = np.arange(height, dtype=np.int16)[:, None]
    inside = rows >= first
    inside &= rows < stop
    np.copyto(part, _shades(colour)[_SHADES], where=inside)
    _soften(part, first - 1, first - top, known & (bottom > top), colour)
    _soften(part, stop, bottom - stop, known & (bottom > top) & (stop >= first), colour)


def _soften(
    part: Pixels, row: NDArray[np.int16], cover: NDArray[np.float64], where: NDArray[np.bool_], colour: Rgb
) -> None:
    """Set one pixel a column to as much of `colour` as it is covered, over what is there."""
    shade = np.rint(cover * _SHADES).astype(np.int32).clip(0, _SHADES)
    where = where & (row >= 0) & (row < part.shape[0]) & (shade > 0)
    column = np.flatnonzero(where)
    under = part[row[column], column]
    over = _shades(colour)[shade[column]]
    part[row[column], column] = np.where(under == 0, over, _over(over, under, _SHADES - shade[column]))


def _over(over: Pixels, under: Pixels, left: NDArray[np.int32]) -> Pixels:
    """Premultiplied source-over, byte by byte; `left` sixteenths of what is under shine through."""
    made = np.zeros_like(over)
    for shift in (0, 8, 16, 24):
        part = (over >> shift & 255) + ((under >> shift & 255) * left.astype(np.uint32) // _SHADES)
        made |= np.minimum(part, 255).astype(np.uint32) << np.uint32(shift)
    return made


def _shades(colour: Rgb) -> Pixels:
    """`colour` at 0, 1/16, … 16/16, premultiplied."""
    share = np.arange(_SHADES + 1) / _SHADES
    red, green, blue, alpha = (np.rint(part * share).astype(np.uint32) for part in (*colour, 255))
    return np.asarray(alpha << 24 | red << 16 | green << 8 | blue, np.uint32)


def curve_pixels(values: NDArray[np.float32], height: int, colour: Rgb) -> Pixels:
    """Fill every column from the foot to `values` (width,) in 0..1; nothing where it is 0."""
    pixels = np.zeros((height, len(values)), np.uint32)
    high = np.where(values > 0, values * 2 - 1, np.nan).astype(np.float32)
    _band(pixels, high, np.full_like(high, -1), colour)
    return pixels
