"""Any number of channels folded to those of the output."""

from typing import Final

import numpy as np

from flowsep_plugin.audio.types import Samples

_FOLD_51: Final = np.array(
    [[1, 0, 0.7071, 0, 0.7071, 0], [0, 1, 0.7071, 0, 0, 0.7071]], np.float32
) / np.float32(2.4142)  # fmt: skip
"""L R C LFE Ls Rs to two channels by ITU-R BS.775, scaled to stay below full scale."""


def fold(samples: Samples, width: int) -> Samples:
    """Convert (channels, n) to (width, n): mono to all channels, 5.1 by BS.775, else alternate channels averaged."""
    channels = samples.shape[0]
    if channels == width:
        return samples
    if channels == 1:
        return np.repeat(samples, width, axis=0)
    if channels == 6 and width == 2:
        return np.asarray(_FOLD_51 @ samples, np.float32)
    if channels < width:
        return np.concatenate([samples, np.zeros((width - channels, samples.shape[1]), np.float32)])
    return np.stack([samples[first::width].mean(axis=0, dtype=np.float32) for first in range(width)])
