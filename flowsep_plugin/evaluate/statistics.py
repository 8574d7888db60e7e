"""Means with confidence intervals, and the Fréchet distance."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from flowsep_plugin.audio.types import Doubles

_RESAMPLES = 2000


@dataclass(frozen=True, slots=True)
class Mean:
    """Mean of `count` values, with its 95 % confidence interval from `low` to `high`."""

    value: float
    low: float
    high: float
    count: int


def bootstrap(values: Sequence[float], *, seed: int = 0) -> Mean:
    """Return mean and percentile bootstrap interval of `values`, from 2000 resamples; of one value, that value.

    Raises ValueError without values.
    """
    sample = np.asarray(values, np.float64)
    if not sample.size:
        raise ValueError("no values to take a mean of")
    draw = np.random.default_rng(seed)
    means = np.concatenate(
        [sample[draw.integers(sample.size, size=(100, sample.size))].mean(axis=1) for _ in range(_RESAMPLES // 100)]
    )
    low, high = np.percentile(means, [2.5, 97.5])
    return Mean(float(sample.mean()), float(low), float(high), int(sample.size))


def frechet_distance(a: Doubles, b: Doubles) -> float:
    """Return the Fréchet distance of Gaussians fitted to embeddings `(items, width)` (Heusel et al. 2017).

    0 for equal sets. With fewer than some hundreds of items it is biased upwards: compare sets of equal size only.
    Raises ValueError where a set has fewer than two items.
    """
    if len(a) < 2 or len(b) < 2:
        raise ValueError(f"a Fréchet distance needs two items in each set; got {len(a)} and {len(b)}")
    difference = a.mean(axis=0) - b.mean(axis=0)
    first, second = np.atleast_2d(np.cov(a, rowvar=False)), np.atleast_2d(np.cov(b, rowvar=False))
    root = _root(first)
    between = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ second @ root), 0.0)).sum()
    return float(max(difference @ difference + np.trace(first) + np.trace(second) - 2 * between, 0.0))


def _root(matrix: Doubles) -> Doubles:
    """Return the symmetric square root (width, width) of a covariance."""
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T, np.float64)
