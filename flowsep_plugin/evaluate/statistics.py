"""Means that say how sure they are."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from flowsep_plugin.audio.types import Doubles

_RESAMPLES = 2000


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean of `count` values, with the interval that holds it with 95 % confidence."""

    value: float
    low: float
    high: float
    count: int


def bootstrap(values: Sequence[float], *, seed: int = 0) -> Mean:
    """Mean and percentile bootstrap interval of `values`, 2000 resamples. One value is its own interval.

    Raises ValueError without values.
    """
    given = np.asarray(values, np.float64)
    if not given.size:
        raise ValueError("no values to take a mean of")
    draw = np.random.default_rng(seed)
    means = np.concatenate(
        [given[draw.integers(given.size, size=(100, given.size))].mean(axis=1) for _ in range(_RESAMPLES // 100)]
    )
    low, high = np.percentile(means, [2.5, 97.5])
    return Mean(float(given.mean()), float(low), float(high), int(given.size))


def frechet_distance(a: Doubles, b: Doubles) -> float:
    """Fréchet distance of Gaussians fitted to embeddings `(items, width)` (Heusel et al. 2017); 0 for equal sets.

    Below some hundreds of items it is biased upwards: compare sets of equal size only.
    Raises ValueError where a set has less than two items.
    """
    if len(a) < 2 or len(b) < 2:
        raise ValueError(f"a Fréchet distance needs two items a set, got {len(a)} and {len(b)}")
    apart = a.mean(axis=0) - b.mean(axis=0)
    first, second = np.atleast_2d(np.cov(a, rowvar=False)), np.atleast_2d(np.cov(b, rowvar=False))
    root = _root(first)
    between = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ second @ root), 0.0)).sum()
    return float(max(apart @ apart + np.trace(first) + np.trace(second) - 2 * between, 0.0))


def _root(matrix: Doubles) -> Doubles:
    """The symmetric square root of a covariance."""
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T, np.float64)
