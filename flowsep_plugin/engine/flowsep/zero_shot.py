"""Match queries to the listener's outputs without training, through the names of its classes.

A query's weight on a class is the softmax of their sentence vectors' cosine over `TEMPERATURE`. The weighted class
probability is how likely the query's sound is present, the weighted standardised logit how unusually likely.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.special import expit

from flowsep_plugin.audio.types import Floats
from flowsep_plugin.engine.base import NearestLabels
from flowsep_plugin.errors import BundleError
from flowsep_plugin.untrusted.arrays import DAMAGED, read_arrays
from flowsep_plugin.untrusted.regular_file import read_regular_text

NAMES, VECTORS = "classes.txt", "classes.npz"
TEMPERATURE = 0.05
LEAST_LOGIT = np.float32(-30.0)
"""Logits are cut off here: in silent patches they fall to -600, which would swamp every average."""

NEAREST = 3
FAR_COSINE = 0.45
"""A query whose nearest class has a smaller cosine is far from all: 5 % of 7501 English wordings of sounds, 81 % of 719
German ones, and nonsense ("asdf qwer": 0.32)."""

_LEAST_PROBABILITY = np.float32(1e-6)


@dataclass(frozen=True, slots=True)
class Classes:
    """The listener's classes; C of them, in the network's order.

    names : AudioSet's names of them.     vectors : (C, width), mean sentence vectors of their phrases, of length 1.
    mean, spread : (C,), mean and standard deviation of their logits over everyday mixtures.
    """

    names: tuple[str, ...]
    vectors: Floats
    mean: Floats
    spread: Floats

    @classmethod
    def load(cls, folder: Path) -> "Classes":
        """Read `classes.txt` and `classes.npz` of the bundle in `folder`. Raises BundleError."""
        try:
            names = tuple(read_regular_text(folder / NAMES).splitlines())
            arrays = read_arrays(folder / VECTORS, ("vectors", "mean", "spread"))
            vectors, mean, spread = (array.astype(np.float32) for array in arrays)
        except DAMAGED as error:
            raise BundleError(
                f"{folder.name}: {NAMES} or {VECTORS} cannot be read ({error}); install it again"
            ) from error
        if (vectors.ndim, mean.ndim, spread.ndim) != (2, 1, 1):
            raise BundleError(f"{folder.name}: {VECTORS} has arrays of other axes; install it again")
        if not len(names) == len(vectors) == len(mean) == len(spread):
            raise BundleError(f"{folder.name}: {NAMES} has {len(names)} names, {VECTORS} {len(vectors)} vectors")
        return cls(names, vectors, mean, spread)

    def weights(self, sentences: Floats) -> Floats:
        """Return weights (Q, C) of the classes for sentence vectors (Q, width) of length 1; rows sum to 1."""
        cosines = sentences @ self.vectors.T / np.float32(TEMPERATURE)
        weights = np.exp(cosines - cosines.max(axis=-1, keepdims=True))
        return np.asarray(weights / weights.sum(axis=-1, keepdims=True), np.float32)

    def nearest(self, sentences: Floats) -> tuple[NearestLabels, ...]:
        """Return the NEAREST nearest classes for each of the sentence vectors (Q, width) of length 1."""
        cosines = sentences @ self.vectors.T
        order = np.argsort(-cosines, axis=-1, kind="stable")[:, :NEAREST]
        return tuple(
            NearestLabels(tuple(self.names[index] for index in row), is_far=bool(of_query[row[0]] < FAR_COSINE))
            for row, of_query in zip(order, cosines, strict=True)
        )

    def match(self, logits: Floats, weights: Floats) -> "ClassMatch":
        """Match the listener's `logits` (..., patches, C) with the class `weights` (Q, C) of queries."""
        logits = np.maximum(logits, LEAST_LOGIT)
        weighted = np.maximum(expit(logits) @ weights.T, _LEAST_PROBABILITY)
        standardised = ((logits - self.mean) / self.spread) @ weights.T
        return ClassMatch(np.asarray(np.log(weighted), np.float32), np.asarray(standardised, np.float32))


@dataclass(frozen=True, slots=True)
class ClassMatch:
    """How well queries match patches; both arrays (..., patches, Q).

    log_probability : ln of the weighted class probability, at least -13.8.
    logit : the weighted logit, in standard deviations above the class's usual one.
    """

    log_probability: Floats
    logit: Floats

    def features(self) -> Floats:
        """Return (..., Q, 4): mean and maximum over patches of `log_probability`, then of `logit`."""
        values = [
            reduce(array, axis=-2) for array in (self.log_probability, self.logit) for reduce in (np.mean, np.max)
        ]
        return np.stack(values, axis=-1)


def sentence_vectors(states: Floats, mask: Floats) -> Floats:
    """Return sentence vectors (texts, width) of length 1: means of the token states (texts, tokens, width).

    mask : (texts, tokens) of 1 and 0; padding does not count.
    """
    mean = (states * mask[..., None]).sum(axis=1) / np.maximum(mask.sum(axis=1, keepdims=True), 1)
    return np.asarray(mean / np.maximum(np.linalg.norm(mean, axis=-1, keepdims=True), 1e-12), np.float32)


def mean_vectors(vectors: Floats, counts: Sequence[int]) -> Floats:
    """Return the mean of every group of successive rows, of length 1: (sum(counts), width) to (groups, width)."""
    groups = np.split(vectors, np.cumsum(counts)[:-1])
    means = np.stack([group.mean(axis=0) for group in groups])
    return np.asarray(means / np.linalg.norm(means, axis=-1, keepdims=True), np.float32)
