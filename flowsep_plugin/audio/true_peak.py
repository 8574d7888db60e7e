"""True peak, dBTP: the highest level of the audio between its samples, as ITU-R BS.1770-5, Annex 2, measures it."""

import numpy as np

from .types import Floats, Samples

_TAPS = 32
"""Samples around a place from which its level is computed; 0.4 dB are lost at 0.45 of the rate, nothing below 0.4."""
_KAISER_BETA = 7.0
_HIGH_RATE, _HIGHEST_RATE = 96_000, 192_000
_BLOCK_FRAMES = 1 << 16


class TruePeakMeter:
    """Measures the true peak block by block; the result does not depend on the block size.

    Audio is looked at four times between samples, twice from 96 kHz on; from 192 kHz on the samples are close enough.
    """

    def __init__(self, rate: int, channels: int) -> None:
        self._factor = 1 if rate >= _HIGHEST_RATE else 2 if rate >= _HIGH_RATE else 4
        self._filter = interpolator(self._factor)
        self._tail = np.zeros((channels, _TAPS - 1), np.float32)
        self._peak = 0.0

    def add(self, block: Samples) -> None:
        """Add the next block, (channels, n), to the measurement."""
        for first in range(0, block.shape[1], _BLOCK_FRAMES):
            part = np.asarray(block[:, first : first + _BLOCK_FRAMES], np.float32)
            self._peak = max(self._peak, float(np.abs(part).max(initial=0.0)))
            if self._factor > 1:
                joined = np.concatenate([self._tail, part], axis=1)
                self._peak = max(self._peak, self._between(joined))
                self._tail = joined[:, -(_TAPS - 1) :]

    def dbtp(self) -> float | None:
        """Return the true peak of all blocks in dB re full scale, rounded to tenths; None for silence."""
        ending = np.pad(self._tail, ((0, 0), (0, _TAPS - 1))) if self._factor > 1 else self._tail[:, :0]
        peak = max(self._peak, self._between(ending))
        return round(20 * float(np.log10(peak)), 1) if peak > 0 else None

    def _between(self, samples: Samples) -> float:
        """Return the highest level between those samples of (channels, n) that have all their neighbours."""
        from scipy.signal import upfirdn  # takes a second to load, which a panel that only plays does not need

        if samples.shape[1] < _TAPS:
            return 0.0
        levels = upfirdn(self._filter, samples, up=self._factor, axis=1)
        settled = slice((_TAPS - 1) * self._factor, samples.shape[1] * self._factor)
        return float(np.abs(levels[:, settled]).max(initial=0.0))


def interpolator(factor: int) -> Floats:
    """Return the low-pass `(taps * factor,)` that puts `factor - 1` values between samples: a windowed sinc."""
    places = np.arange(_TAPS * factor) / factor - _TAPS / 2
    return np.asarray(np.sinc(places) * np.kaiser(_TAPS * factor + 1, _KAISER_BETA)[:-1], np.float32)
