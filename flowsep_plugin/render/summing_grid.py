"""Rounds stems so that they and the residual sum to the clip exactly, in float32 as well as in float64.

Every sample gets a grid of its own: multiples of a power of two so fine that 24 bits, what a float32 holds, reach the
sum of the absolute values of all parts, and no finer. Sums of multiples are then multiples, and need no rounding:

- Stems, in any order, then the residual: exact in float32 and float64 where the residual is. It is where it is below
  2^24 of the last bit of the clip's sample: 2 for a clip of 24 bits (6 dB over full scale), 512 for one of 16 bits.
- Any order in float64: exact under the same condition.
- Any order in float32: exact where the sum of the absolute values of all parts is below that bound.
- Float clips have smaller last bits near zero, and there stems that cancel each other leave a residual that float32
  cannot hold. The sum then misses the clip by half a step of the residual, 2^-24 of its size, at most.

The rounding of a stem is at most 2^-24 of the sum of the absolute values, -144 dB.
"""

from typing import Final

import numpy as np

from flowsep_plugin.audio.types import Doubles, Floats, Samples

_BITS: Final = 24
_SMALLEST: Final = -149
"""Exponent of the smallest float32, of which all others are multiples."""


def split_exactly(clip: Samples, stems: Samples) -> tuple[Samples, Samples]:
    """Return `stems` (stems, channels, n) on the summing grid, and the residual of `clip`, (channels, n) float32."""
    steps = _steps(clip, stems)
    rounded = np.rint(stems / steps)
    rounded *= steps
    return rounded, residual_of(clip, rounded)


def residual_of(clip: Samples, stems: Samples) -> Samples:
    """Return the float32 nearest to `clip` (channels, n) minus all `stems` (stems, channels, n)."""
    return _difference(clip, stems).astype(np.float32)


def _steps(clip: Samples, stems: Samples) -> Floats:
    """Return the grid's step at every sample, (channels, n) powers of two."""
    bound = np.abs(stems).sum(axis=0, dtype=np.float64) + np.abs(_difference(clip, stems))
    bound *= 1 + len(stems) * 2.0 ** (2 - _BITS)  # rounding makes the parts larger
    _, exponents = np.frexp(bound)
    steps: Floats = np.ldexp(np.float32(1), np.maximum(exponents - _BITS, _SMALLEST)).astype(np.float32, copy=False)
    return steps


def _difference(clip: Samples, stems: Samples) -> Doubles:
    """Return `clip` (channels, n) minus all `stems` (stems, channels, n) in float64."""
    difference: Doubles = clip - stems.sum(axis=0, dtype=np.float64)
    return difference
