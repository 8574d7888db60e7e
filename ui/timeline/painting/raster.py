"""Waveforms and spectrograms as pixels: numpy arrays of 0xAARRGGBB, premultiplied, as Qt's painter takes them."""

from functools import lru_cache
from typing import TypeAlias

import numpy as np
from flowsep_ui.contrast import Rgb, mixed
from numpy.typing import NDArray

from flowsep_plugin.media.peaks import Columns

Pixels: TypeAlias = NDArray[np.uint32]
"""(height, width)."""

_SHADES = 16
_WAVE, _CORE, _CORE_ON_WAVE = 16, 32, 48
"""Full inks; the fifteen before each are softer."""


def wave_pixels(columns: Columns, height: int, scale: NDArray[np.float32] | float, wave: Rgb, core: Rgb) -> Pixels:
    """Return channels below each other (height, width): `wave` from lowest to highest sample, `core` within the RMS.

    columns : (channels, width); NaN is transparent.     scale : factor of samples, one number or (width,).
    """
    channels, width = columns.low.shape
    inks = np.zeros((height, width), np.uint8)
    parts = inks[: height // channels * channels].reshape(channels, height // channels, width)
    low, high, rms = (values * scale for values in (columns.low, columns.high, columns.rms))
    low, high = np.minimum(low, high), np.maximum(low, high)
    _band(parts, high, low, _WAVE, _WAVE)
    inner = np.minimum(rms, np.maximum(high, -low))
    _band(parts, np.minimum(inner, high), np.maximum(-inner, low), _CORE, _CORE_ON_WAVE, least=0.0)
    return _inks(wave, core)[inks]


def spectrum_pixels(rows: NDArray[np.uint8], height: int, table: Pixels) -> Pixels:
    """Interpolate bytes `rows` (n, width) to (height, width) and look them up in `table` (256,)."""
    if height <= 0 or not rows.size:
        return np.zeros((max(0, height), rows.shape[1]), np.uint32)
    place = (np.arange(height) + 0.5) * rows.shape[0] / height - 0.5
    first = np.clip(np.floor(place).astype(int), 0, rows.shape[0] - 1)
    second = np.minimum(first + 1, rows.shape[0] - 1)
    share = (np.clip(place - first, 0, 1) * 256).astype(np.uint16)[:, None]
    blend = (rows[first] * (256 - share) + rows[second] * share) >> 8
    return table[blend]


def colour_table(stops: tuple[tuple[float, Rgb], ...], low: float, high: float) -> Pixels:
    """Return colours (256,) between `stops` (place 0..1, colour); up to `low` the first, from `high` the last."""
    place = np.clip((np.arange(256) / 255 - low) / (high - low), 0, 1)
    parts = [np.interp(place, [s for s, _ in stops], [c[n] for _, c in stops]).astype(np.uint32) for n in range(3)]
    return np.asarray(0xFF000000 | parts[0] << 16 | parts[1] << 8 | parts[2], np.uint32)


def curve_pixels(values: NDArray[np.float32], height: int, colour: Rgb) -> Pixels:
    """Return columns (height, width) filled from the foot to `values` (width,) in 0..1; transparent where it is 0."""
    inks = np.zeros((1, height, len(values)), np.uint8)
    high = np.where(values > 0, values * 2 - 1, np.nan).astype(np.float32)[None]
    _band(inks, high, np.full_like(high, -1), _WAVE, _WAVE)
    return _inks(colour, colour)[inks[0]]


def _band(
    parts: NDArray[np.uint8],
    high: NDArray[np.float32],
    low: NDArray[np.float32],
    ink: int,
    ink_over: int,
    least: float = 1.0,
) -> None:
    """Fill every column of (channels, height, width) between two levels (±1 are the edges), soft at its ends.

    ink, ink_over : full inks on transparent and on painted ground; softer ones precede them.     least : pixels.
    """
    height = parts.shape[1]
    is_finite = np.isfinite(high)
    top = np.where(is_finite, (1 - np.minimum(1, high)) * (height / 2), height)
    bottom = np.where(is_finite, (1 - np.maximum(-1, low)) * (height / 2), 0)
    lack = np.where(is_finite, np.maximum(0, least - (bottom - top)) / 2, 0)
    top, bottom = np.maximum(0, top - lack), np.minimum(height, bottom + lack)
    first, stop = np.ceil(top).astype(np.int16), np.floor(bottom).astype(np.int16)
    rows = np.arange(height, dtype=np.int16)[:, None]
    inside = rows >= first[:, None]
    inside &= rows < stop[:, None]
    np.copyto(parts, ink, where=inside)
    there = is_finite & (bottom > top)
    _soften(parts, first - 1, first - top, there, ink, ink_over)
    _soften(parts, stop, bottom - stop, there & (stop >= first), ink, ink_over)


def _soften(
    parts: NDArray[np.uint8],
    row: NDArray[np.int16],
    cover: NDArray[np.float64],
    where: NDArray[np.bool_],
    ink: int,
    ink_over: int,
) -> None:
    """Set one pixel per column to the shade of its ink that corresponds to its coverage."""
    shade = np.minimum(_SHADES, np.rint(cover * _SHADES).astype(np.int16))
    channel, column = np.nonzero(where & (row >= 0) & (row < parts.shape[1]) & (shade > 0))
    shade, row = shade[channel, column], row[channel, column]
    full = np.where(parts[channel, row, column] == 0, ink, ink_over)
    parts[channel, row, column] = full - _SHADES + shade


@lru_cache(maxsize=64)
def _inks(wave: Rgb, core: Rgb) -> Pixels:
    """Return the colours (49,) of ink numbers: transparent, then 16 shades each of wave, core, and core on wave."""
    share = np.arange(1, _SHADES + 1) / _SHADES
    shades = [_premultiplied(colour, share) for colour in (wave, core)]
    on_wave = [_premultiplied(mixed(wave, core, part), np.ones(1)) for part in share]
    return np.concatenate([np.zeros(1, np.uint32), *shades, *on_wave])


def _premultiplied(colour: Rgb, alpha: NDArray[np.float64]) -> Pixels:
    red, green, blue, full = (np.rint(part * alpha).astype(np.uint32) for part in (*colour, 255))
    return np.asarray(full << 24 | red << 16 | green << 8 | blue, np.uint32)
