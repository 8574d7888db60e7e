"""Loudness, LUFS, as ITU-R BS.1770-5 and EBU R 128 define it: integrated, momentary, short-term, and its range.

All of them come from the power of every 100 ms, one number each: an hour needs 0.3 MB, whatever its channels.
"""

from dataclasses import dataclass

import numpy as np

from .types import Doubles, Samples

_STEP_SECONDS = 0.1
_MOMENTARY_STEPS, _SHORT_TERM_STEPS = 4, 30
"""Steps of a momentary (400 ms) and of a short-term (3 s) measurement; each next one starts a step later."""
_ABSOLUTE_LUFS, _RELATIVE_LU, _RANGE_RELATIVE_LU = -70.0, -10.0, -20.0
_RANGE_LOW, _RANGE_HIGH = 0.10, 0.95
"""Shares of the short-term loudness between which the loudness range lies (EBU Tech 3342)."""
_OFFSET_LUFS = -0.691
_LEAST_POWER = 1e-20
_SURROUND = 1.41
_LEAST_RATE = 4_000
"""In Hz; the weighting's shelf, at 1682 Hz, needs a rate of more than twice that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loudness:
    """Loudness of a whole clip, rounded to tenths; None where it is not defined.

    integrated_lufs : gated.     range_lu : loudness range, LRA.     true_peak_dbtp : highest level between samples.
    max_momentary_lufs, max_short_term_lufs : the loudest 400 ms and 3 s, without gate.
    """

    integrated_lufs: float | None
    range_lu: float | None
    true_peak_dbtp: float | None
    max_momentary_lufs: float | None
    max_short_term_lufs: float | None


class LoudnessMeter:
    """Measures loudness block by block; the results do not depend on the block size.

    Every result is None for audio that is too short, and under 4 kHz, where the weighting does not exist.
    """

    def __init__(self, rate: int, channels: int) -> None:
        self._step = max(1, round(rate * _STEP_SECONDS))
        self._stages = k_weighting(max(rate, _LEAST_RATE))
        self._is_defined = rate >= _LEAST_RATE
        self._states = [np.zeros((channels, 2)) for _ in self._stages]
        self._sums: list[Doubles] = []
        self._pending = np.zeros((channels, 0))
        self._weights = np.ones(channels)
        if channels in (5, 6):  # L R C (LFE) Ls Rs
            self._weights[-2:] = _SURROUND
            self._weights[3:-2] = 0.0

    def add(self, block: Samples) -> None:
        """Add the next block, (channels, n) in ±1, to the measurement."""
        from scipy.signal import lfilter  # takes a second to load, which a panel that only plays does not need

        weighted = block.astype(np.float64)
        for index, (b, a) in enumerate(self._stages):
            weighted, self._states[index] = lfilter(b, a, weighted, zi=self._states[index])
        power = np.concatenate([self._pending, np.square(weighted)], axis=1)
        channels, whole = len(power), power.shape[1] // self._step
        sums = power[:, : whole * self._step].reshape(channels, whole, self._step).sum(axis=2)
        self._sums.append(self._weights @ sums)
        self._pending = power[:, whole * self._step :]

    def integrated_lufs(self) -> float | None:
        """Return the gated loudness of all blocks; None under 0.4 s, or where all are under -70 LUFS."""
        loud = _louder(self._powers(_MOMENTARY_STEPS), _RELATIVE_LU)
        return round(float(_lufs(loud.mean())), 1) if len(loud) else None

    def range_lu(self) -> float | None:
        """Return the loudness range of EBU Tech 3342, in LU; None under 3 s, or where all is under -70 LUFS.

        The distance of two percentiles of the short-term loudness, of what is at most 20 LU below its mean.
        """
        loud = np.sort(_lufs(_louder(self._powers(_SHORT_TERM_STEPS), _RANGE_RELATIVE_LU)))
        if not len(loud):
            return None
        low, high = (loud[round((len(loud) - 1) * share)] for share in (_RANGE_LOW, _RANGE_HIGH))
        return round(float(high - low), 1)

    def max_momentary_lufs(self) -> float | None:
        """Return the loudness of the loudest 400 ms; None for shorter audio, and for silence."""
        return _maximum(self._powers(_MOMENTARY_STEPS))

    def max_short_term_lufs(self) -> float | None:
        """Return the loudness of the loudest 3 s; None for shorter audio, and for silence."""
        return _maximum(self._powers(_SHORT_TERM_STEPS))

    def _powers(self, steps: int) -> Doubles:
        """Return the mean weighted power `(windows,)` of all windows of that many steps; none for shorter audio."""
        sums = np.concatenate(self._sums) if self._sums and self._is_defined else np.zeros(0)
        self._sums = [sums]  # so that the next call has nothing to join
        if len(sums) < steps:
            return np.zeros(0)
        windows = np.lib.stride_tricks.sliding_window_view(sums, steps)
        return np.asarray(windows.sum(axis=1) / (steps * self._step), np.float64)


def k_weighting(rate: int) -> tuple[tuple[Doubles, Doubles], tuple[Doubles, Doubles]]:
    """Return coefficients (b, a), each `(3,)`, of the shelf and the high-pass of BS.1770 at `rate` Hz.

    Bilinear transform of their analogue prototypes (De Man, 2014).
    """
    gain_db, q, centre = 3.999843853973347, 0.7071752369554196, 1681.974450955533
    k = np.tan(np.pi * centre / rate)
    high = 10 ** (gain_db / 20)
    band = high**0.4996667741545416
    a0 = 1 + k / q + k * k
    shelf = (
        np.array([high + band * k / q + k * k, 2 * (k * k - high), high - band * k / q + k * k]) / a0,
        np.array([1.0, 2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0]),
    )
    q, centre = 0.5003270373238773, 38.13547087602444
    k = np.tan(np.pi * centre / rate)
    a0 = 1 + k / q + k * k
    return shelf, (np.array([1.0, -2.0, 1.0]), np.array([1.0, 2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0]))


def _louder(powers: Doubles, relative_lu: float) -> Doubles:
    """Return the powers that pass both gates: -70 LUFS, and `relative_lu` below the mean of those that pass it."""
    loud = powers[_lufs(powers) > _ABSOLUTE_LUFS]
    return loud[_lufs(loud) > _lufs(loud.mean()) + relative_lu] if len(loud) else loud


def _maximum(powers: Doubles) -> float | None:
    loud = powers[powers > _LEAST_POWER]
    return round(float(_lufs(loud).max()), 1) if len(loud) else None


def _lufs(power: Doubles) -> Doubles:
    return np.asarray(_OFFSET_LUFS + 10 * np.log10(np.maximum(power, _LEAST_POWER)))
