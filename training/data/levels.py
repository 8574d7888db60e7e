"""Trimming and levelling of dry sources."""

import numpy as np

from .sources import RATE

BLOCK = RATE // 100
"""Frames of a block of 10 ms, over which power is measured."""

ACTIVE_DB = -45.0
"""Blocks this far below the loudest, or further, are silence."""

LEVEL, PEAK = 0.1, 0.98
"""RMS of the active blocks of every source, and the peak that it may not pass; linear, full scale at 1."""

FADE_FRAMES = RATE // 200
"""Frames of a fade at either end, 5 ms."""


def block_power(samples: np.ndarray) -> np.ndarray:
    """Return the mean power of every whole block of `samples` `(frames,)`, `(blocks,)`; less than a block is one."""
    whole = len(samples) // BLOCK * BLOCK
    if whole == 0:
        return np.array([np.mean(np.square(samples)) if len(samples) else 0.0])
    return np.square(samples[:whole].reshape(-1, BLOCK)).mean(1)


def active(power: np.ndarray) -> np.ndarray:
    """Return which blocks of `power` `(blocks,)` are less than `-ACTIVE_DB` below the loudest; `(blocks,)` bool."""
    return power > power.max(initial=0.0) * 10 ** (ACTIVE_DB / 10)


def trim(samples: np.ndarray, margin: int = 4 * BLOCK) -> np.ndarray:
    """Return `samples` `(frames,)` without the silence at both ends, but for `margin` frames."""
    blocks = np.flatnonzero(active(block_power(samples)))
    if len(blocks) == 0:
        return samples[:0]
    return samples[max(0, blocks[0] * BLOCK - margin) : (blocks[-1] + 1) * BLOCK + margin]


def level(samples: np.ndarray) -> np.ndarray:
    """Return `samples` `(frames,)` without their mean, active blocks at an RMS of `LEVEL`, or the peak at `PEAK`."""
    samples = samples - samples.mean()
    power = block_power(samples)
    rms = np.sqrt(power[active(power)].mean()) if power.max() > 0 else 0.0
    if rms <= 0:
        return samples
    gain = min(LEVEL / rms, PEAK / np.abs(samples).max())
    return (samples * gain).astype(np.float32)


def fade(samples: np.ndarray, frames: int = FADE_FRAMES) -> np.ndarray:
    """Return `samples` `(frames,)` with a linear fade of `frames` at both ends, so that they do not click."""
    frames = min(frames, len(samples) // 2)
    if frames == 0:
        return samples
    ramp = np.linspace(0, 1, frames, dtype=np.float32)
    faded = samples.copy()
    faded[:frames] *= ramp
    faded[len(faded) - frames :] *= ramp[::-1]
    return faded
