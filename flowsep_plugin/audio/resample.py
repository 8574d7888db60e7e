"""Sample-rate conversion through soxr, without delay and with exact lengths."""

from math import gcd

import numpy as np
import soxr

from .types import Samples


def resampled_frames(frames: int, old: int, new: int) -> int:
    """Return the length at `new` Hz of `frames` frames at `old` Hz: ceil(frames * new / old), in integers."""
    return -(-frames * new // old)


def common_block(old: int, new: int) -> tuple[int, int]:
    """Return the smallest frame counts `(at old, at new)` of equal duration: 48000, 44100 -> (160, 147)."""
    shared = gcd(old, new)
    return old // shared, new // shared


def resample(samples: Samples, old: int, new: int) -> Samples:
    """Convert `samples` from `old` to `new` Hz without delay.

    samples : (channels, frames) float32, or float64.     old, new : > 0, in Hz.
    Returns (channels, ceil(frames * new / old)) of the same type; frame 0 stays at time 0.
    Raises ValueError where a rate is not positive.
    """
    if old <= 0 or new <= 0:
        raise ValueError(f"rates must be positive, got {old} and {new} Hz")
    if old == new:
        return samples
    length = resampled_frames(samples.shape[-1], old, new)
    if samples.shape[-1] == 0:
        return np.zeros((samples.shape[0], 0), samples.dtype)
    converted = soxr.resample(np.ascontiguousarray(samples.T), old, new, quality="HQ").T
    converted = converted.astype(samples.dtype, copy=False)
    if converted.shape[-1] < length:  # soxr rounds to the nearest length; the missing frame follows the last input
        converted = np.pad(converted, ((0, 0), (0, length - converted.shape[-1])))
    return np.ascontiguousarray(converted[:, :length])
