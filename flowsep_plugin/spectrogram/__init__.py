"""A spectrogram for the eye: decibels on a logarithmic frequency axis, as many columns as a picture has.

Whatever the length, the cost is that of the picture: a column of a long file shows the loudest of a few moments in it.
"""

from dataclasses import dataclass

import numpy as np

from flowsep_plugin.audio.clip import Source
from flowsep_plugin.audio.mel import hann
from flowsep_plugin.audio.types import Doubles, Floats

LOWEST_HZ = 40.0
FLOOR_DB = -140.0
_HIGHEST_HZ = 20_000.0
_WINDOW_SECONDS = 0.085
_WIDE_BINS = 3
_LOOKS = 4
"""Moments at most that a column of a long file is made of."""


@dataclass(frozen=True, slots=True)
class Spectrogram:
    """`decibels` (rows, columns) re full scale, lowest row first; rows lie evenly in log frequency."""

    decibels: Floats
    low_hz: float
    high_hz: float


def spectrogram(source: Source, start: int, stop: int, *, columns: int = 1400, rows: int = 256) -> Spectrogram:
    """Look at frames `[start, stop)` of `source`, all channels together. A full-scale sine reads 0 dB."""
    size = 1 << max(6, round(float(np.log2(source.rate * _WINDOW_SECONDS))))
    window = hann(size)
    scale = 2.0 / float(window.sum())
    high = min(_HIGHEST_HZ, source.rate / 2)
    axis = LogAxis(min(LOWEST_HZ, high / 4), high, rows, size, source.rate)
    columns = max(1, min(columns, stop - start))
    looks = max(1, min(_LOOKS, (stop - start) // (columns * size // 2)))
    made = np.empty((rows, columns), np.float32)
    for column in range(columns):
        power = np.zeros(size // 2 + 1)
        for look in range(looks):
            centre = start + ((column * looks + look) * 2 + 1) * (stop - start) // (2 * columns * looks)
            part = source.read(centre - size // 2, centre + size // 2)
            spectrum = np.abs(np.fft.rfft(part * window, axis=-1)) * scale
            power = np.maximum(power, np.square(spectrum).max(axis=0))
        made[:, column] = axis.rows_of(power)
    return Spectrogram(made, axis.low_hz, axis.high_hz)


class LogAxis:
    """Brings FFT bins onto rows: between bins where rows are narrower, the loudest of them where they are wider."""

    def __init__(self, low_hz: float, high_hz: float, rows: int, size: int, rate: int) -> None:
        self.low_hz, self.high_hz = low_hz, high_hz
        last = size // 2
        centres = np.geomspace(low_hz, high_hz, rows) * size / rate
        self._below = np.minimum(centres.astype(int), last - 1)
        self._share = np.minimum(centres - self._below, 1.0)
        half = (high_hz / low_hz) ** (0.5 / max(1, rows - 1))
        first = np.clip(np.floor(centres / half).astype(int), 0, last - 1)
        stop = np.clip(np.ceil(centres * half).astype(int), first + 1, last)
        self._ranges = np.stack([first, stop], axis=1).ravel()
        self._wide = stop - first > _WIDE_BINS

    def rows_of(self, power: Doubles | Floats) -> Floats:
        """Decibels of `(..., size // 2 + 1)` power on every row."""
        decibels = 10 * np.log10(power + 10 ** (FLOOR_DB / 10))
        low, high = decibels[..., self._below], decibels[..., self._below + 1]
        loudest = np.maximum.reduceat(decibels, self._ranges, axis=-1)[..., ::2]
        return np.where(self._wide, loudest, low + (high - low) * self._share).astype(np.float32)
