"""Trimming and levelling of dry sources."""

import numpy as np

FRAME = 441
ACTIVE_DB = -45.0
LEVEL = 0.1
PEAK = 0.98


def frame_power(samples: np.ndarray) -> np.ndarray:
    """Mean power of every 10 ms frame, `(frames // 441,)`; one value for less than a frame."""
    whole = len(samples) // FRAME * FRAME
    if whole == 0:
        return np.array([np.mean(np.square(samples)) if len(samples) else 0.0])
    return np.square(samples[:whole].reshape(-1, FRAME)).mean(1)


def active(power: np.ndarray, below_loudest_db: float = ACTIVE_DB) -> np.ndarray:
    """Which frames are within `below_loudest_db` of the loudest."""
    return power > power.max(initial=0.0) * 10 ** (below_loudest_db / 10)


def trim(samples: np.ndarray, margin: int = 4 * FRAME) -> np.ndarray:
    """Cut the silence off both ends, but for `margin` samples."""
    heard = np.flatnonzero(active(frame_power(samples)))
    if len(heard) == 0:
        return samples[:0]
    return samples[max(0, heard[0] * FRAME - margin) : (heard[-1] + 1) * FRAME + margin]


def level(samples: np.ndarray) -> np.ndarray:
    """Bring the root-mean-square of the active frames to `LEVEL`, as far as the peak allows; the mean goes."""
    samples = samples - samples.mean()
    power = frame_power(samples)
    loudness = np.sqrt(power[active(power)].mean()) if power.max() > 0 else 0.0
    if loudness <= 0:
        return samples
    gain = min(LEVEL / loudness, PEAK / np.abs(samples).max())
    return (samples * gain).astype(np.float32)


def fade(samples: np.ndarray, frames: int = 220) -> np.ndarray:
    """Take the click off both ends."""
    frames = min(frames, len(samples) // 2)
    if frames == 0:
        return samples
    ramp = np.linspace(0, 1, frames, dtype=np.float32)
    faded = samples.copy()
    faded[:frames] *= ramp
    faded[len(faded) - frames :] *= ramp[::-1]
    return faded
