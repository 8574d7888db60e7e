"""Integrated loudness, LUFS, as ITU-R BS.1770-4 and EBU R 128 define it."""

import numpy as np

from .types import Doubles, Samples

_BLOCK_SECONDS, _OVERLAPS = 0.4, 4
_ABSOLUTE_LUFS, _RELATIVE_LU = -70.0, -10.0
_OFFSET_LUFS = -0.691
_SURROUND = 1.41


class LoudnessMeter:
    """Measures integrated loudness block by block; the result does not depend on the block size."""

    def __init__(self, rate: int, channels: int) -> None:
        self._step = round(rate * _BLOCK_SECONDS / _OVERLAPS)
        self._stages = k_weighting(rate)
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
        self._sums.append(power[:, : whole * self._step].reshape(channels, whole, self._step).sum(axis=2))
        self._pending = power[:, whole * self._step :]

    def integrated_lufs(self) -> float | None:
        """Return the gated loudness of all blocks; None where they are shorter than 0.4 s or all under -70 LUFS."""
        return _gated(self._weights @ np.concatenate(self._sums, axis=1), self._step) if self._sums else None


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


def _gated(power: Doubles, step: int) -> float | None:
    if len(power) < _OVERLAPS:
        return None
    blocks = np.convolve(power, np.ones(_OVERLAPS), "valid") / (_OVERLAPS * step)
    loud = blocks[_lufs(blocks) > _ABSOLUTE_LUFS]
    if not len(loud):
        return None
    loud = loud[_lufs(loud) > _lufs(loud.mean()) + _RELATIVE_LU]
    return round(float(_lufs(loud.mean())), 1)


def _lufs(power: Doubles) -> Doubles:
    return np.asarray(_OFFSET_LUFS + 10 * np.log10(np.maximum(power, 1e-20)))
