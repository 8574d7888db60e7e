"""Rules for mixing sounds; the same seed gives the same mixtures.

`mix` is the rule of the DCASE 2024 task 9 baseline, from the authors of AudioSep; `segment_mixture` is AudioSep's own
training mixer, for mixtures like its training data.
"""

import random
from collections.abc import Sequence

import numpy as np

from flowsep_plugin.audio.types import Samples

_PEAK = 0.9
_LEAST_POWER = 1e-10
_LEAST_RATIO, _MOST_RATIO = 0.02, 50.0


def mix(source: Samples, noise: Samples, snr_db: float) -> tuple[Samples, Samples]:
    """Add `noise` to `source`, both `(frames,)`, at `snr_db` over the whole clip; returns (source, mixture).

    If the mixture's peak exceeds 1, both are scaled to a peak of 0.9. A silent source or noise is added unscaled.
    """
    target_power, power = _power(source) / 10 ** (snr_db / 10), _power(noise)
    gain = np.sqrt(target_power / power) if target_power > 0 and power > 0 else 1.0
    return _declipped(source, source + np.float32(gain) * noise)


def segment_mixture(
    waves: Sequence[Samples], index: int, draw: random.Random, *, most: int = 2, low_db: int = -10, high_db: int = 10
) -> tuple[Samples, Samples]:
    """Mix `waves[index]` with its successors as AudioSep's SegmentMixer does; returns (segment, mixture), `(frames,)`.

    most : maximum number of sources.     low_db, high_db : range of the whole dB by which each level is changed.
    draw : used as AudioSep uses `random`, so `random.Random(k)` gives its mixtures after `random.seed(k)`.
    """
    segment = waves[index]
    noise = np.zeros_like(segment)
    for step in range(1, draw.randint(2, most)):
        noise = noise + _levelled(waves[(index + step) % len(waves)], segment, draw.randint(low_db, high_db))
    return _declipped(segment, segment + _levelled(noise, segment, draw.randint(low_db, high_db)))


def fit(samples: Samples, frames: int, offset: int = 0) -> Samples:
    """Return `frames` of `samples` (n,) from `offset` on, repeated from the start where they are too short."""
    return np.asarray(np.take(samples, np.arange(offset, offset + frames), mode="wrap"), np.float32)


def _levelled(audio: Samples, reference: Samples, change_db: int) -> Samples:
    """Return `audio` at `change_db` relative to the energy of `reference`, both `(frames,)`."""
    ratio = np.sqrt(_power(audio) / max(_power(reference), _LEAST_POWER))
    gain = 10 ** (change_db / 20) / min(max(ratio, _LEAST_RATIO), _MOST_RATIO)
    return np.asarray(np.float32(gain) * audio, np.float32)


def _declipped(source: Samples, mixture: Samples) -> tuple[Samples, Samples]:
    peak = float(np.abs(mixture).max())
    down = np.float32(_PEAK / peak if peak > 1 else 1.0)
    return source * down, mixture * down


def _power(samples: Samples) -> float:
    return float(np.mean(np.square(samples, dtype=np.float64)))
