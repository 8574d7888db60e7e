"""The 24-bit grid: which float32 values a 24-bit file can hold.

No dither: stems on the grid whose sum is on it null in the file to the last bit.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from flowsep_plugin.audio.types import Samples

STEP: Final = 2.0**-23
"""One LSB of a 24-bit file."""

_FULL: Final = np.float32(2**23)


def codes24(samples: Samples) -> NDArray[np.int32]:
    """Return 24-bit words, same shape: clip(rint(x * 2^23), -2^23, 2^23 - 1); float32 scales without rounding."""
    return _words(samples).astype(np.int32)


def quantise24(samples: Samples) -> Samples:
    """Round `samples` to the values that a 24-bit file holds, same shape: multiples of 2^-23 in [-1, 1 - 2^-23]."""
    return _words(samples) / _FULL


def _words(samples: Samples) -> Samples:
    words: Samples = np.clip(np.rint(samples * _FULL), -_FULL, _FULL - 1)
    return words
