"""Spectrograms for display: decibels on a logarithmic frequency axis.

The cost depends on the size of the picture, not on the length: a column of a long file shows the loudest of a few
moments in it.
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
_SPECTRA_PER_COLUMN = 4
"""Largest number of spectra per column."""


@dataclass(frozen=True, slots=True)
class Spectrogram:
    """Levels `decibels` (rows, columns) in dBFS, lowest row first; rows are spaced evenly in log frequency."""

    decibels: Floats
    low_hz: float
    high_hz: float


def spectrogram(source: Source, start: int, stop: int, *, columns: int = 1400, rows: int = 256) -> Spectrogram:
    """Return the spectrogram of frames `[start, stop)` of `source`, the loudest channel at each frequency.

    A full-scale sine reads 0 dB.     columns, rows : at least 1; there are never more columns than frames.
    """
    size = 1 << max(6, round(float(np.log2(source.rate * _WINDOW_SECONDS))))
    window = hann(size)
    scale = 2.0 / float(window.sum())
    axis = LogAxis(*shown_hertz(source.rate), rows, size, source.rate)
    columns = max(1, min(columns, stop - start))
    count = max(1, min(_SPECTRA_PER_COLUMN, (stop - start) // (columns * size // 2)))
    decibels = np.empty((rows, columns), np.float32)
    for column in range(columns):
        power = np.zeros(size // 2 + 1)
        for index in range(count):
            centre = start + ((column * count + index) * 2 + 1) * (stop - start) // (2 * columns * count)
            samples = source.read(centre - size // 2, centre + size // 2)
            spectrum = np.abs(np.fft.rfft(samples * window, axis=-1)) * scale
            power = np.maximum(power, np.square(spectrum, dtype=np.float64).max(axis=0))
        decibels[:, column] = axis.rows_of(power)
    return Spectrogram(decibels, axis.low_hz, axis.high_hz)


def shown_hertz(rate: int) -> tuple[float, float]:
    """Return the lowest and the highest frequency in Hz that spectrograms of audio at `rate` show."""
    high = min(_HIGHEST_HZ, rate / 2)
    return min(LOWEST_HZ, high / 4), high


class LogAxis:
    """Maps FFT bins to rows: interpolates where rows are narrower than bins, takes the loudest bin where wider."""

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
        """Return decibels `(..., rows)` of power spectra `(..., size // 2 + 1)`."""
        decibels = 10 * np.log10(power + 10 ** (FLOOR_DB / 10))
        low, high = decibels[..., self._below], decibels[..., self._below + 1]
        loudest = np.maximum.reduceat(decibels, self._ranges, axis=-1)[..., ::2]
        return np.where(self._wide, loudest, low + (high - low) * self._share).astype(np.float32)
