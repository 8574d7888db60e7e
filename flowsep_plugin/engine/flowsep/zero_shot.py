"""Match a text to what the listener hears, without training: through the names of the listener's classes.

A query's weight on a class is the softmax of their sentence vectors' cosine over `TEMPERATURE`. The weighted class
probability then says how likely the query's sound is there, and the weighted standardised logit how unusually likely.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from scipy.special import expit

from flowsep_plugin.audio.types import Floats
from flowsep_plugin.errors import BundleError

NAMES, VECTORS = "classes.txt", "classes.npz"
TEMPERATURE = 0.05
LEAST_LOGIT = np.float32(-30.0)
"""Logits are cut off here: in silent patches they fall to -600, which says no more and would drown every average."""

_LEAST_PROBABILITY = np.float32(1e-6)


@dataclass(frozen=True, slots=True)
class Classes:
    """The listener's classes; C of them, in the network's order.

    names : what AudioSet calls them.
    vectors : (C, width), the mean sentence vector of each one's phrases, of length 1.
    mean, spread : (C,), mean and standard deviation of its logit over everyday mixtures.
    """

    names: tuple[str, ...]
    vectors: Floats
    mean: Floats
    spread: Floats

    @classmethod
    def load(cls, folder: Path) -> "Classes":
        """Read `classes.txt` and `classes.npz` of the bundle in `folder`. Raises BundleError."""
        try:
            names = tuple((folder / NAMES).read_text(encoding="utf-8").splitlines())
            with (folder / VECTORS).open("rb") as file, np.load(file, allow_pickle=False) as stored:
                vectors, mean, spread = (stored[key].astype(np.float32) for key in ("vectors", "mean", "spread"))
        except (OSError, EOFError, ValueError, KeyError, BadZipFile) as error:
            raise BundleError(
                f"{folder.name}: {NAMES} or {VECTORS} cannot be read ({error}); install it again"
            ) from error
        if not len(names) == len(vectors) == len(mean) == len(spread):
            raise BundleError(f"{folder.name}: {NAMES} has {len(names)} names, {VECTORS} {len(vectors)} vectors")
        return cls(names, vectors, mean, spread)

    def weights(self, sentences: Floats) -> Floats:
        """Weights `(queries, C)` of the classes for sentence vectors `(queries, width)` of length 1; rows sum to 1."""
        cosines = sentences @ self.vectors.T / np.float32(TEMPERATURE)
        mask_logits = np.exp(cosines - cosines.max(axis=-1, keepdims=True))
        return np.asarray(mask_logits / mask_logits.sum(axis=-1, keepdims=True), np.float32)

    def match(self, logits: Floats, weights: Floats) -> "Match":
        """Match `logits` (..., patches, C) with the `weights` (queries, C) of queries."""
        logits = np.maximum(logits, LEAST_LOGIT)
        weighted = np.maximum(expit(logits) @ weights.T, _LEAST_PROBABILITY)
        standardised = ((logits - self.mean) / self.spread) @ weights.T
        return Match(np.asarray(np.log(weighted), np.float32), np.asarray(standardised, np.float32))


@dataclass(frozen=True, slots=True)
class Match:
    """How well queries match what was heard; both `(..., patches, queries)`.

    log_probability : ln of the weighted class probability, -13.8 at least.
    logit : the weighted logit, in standard deviations above the class's usual one.
    """

    log_probability: Floats
    logit: Floats

    def features(self) -> Floats:
        """`(..., queries, 4)`: mean and maximum over patches of `log_probability`, then of `logit`."""
        values = [
            reduce(array, axis=-2) for array in (self.log_probability, self.logit) for reduce in (np.mean, np.max)
        ]
        return np.stack(values, axis=-1)


def sentence_vectors(states: Floats, mask: Floats) -> Floats:
    """Sentence vectors `(texts, width)` of length 1: the mean of the token states `(texts, tokens, width)`.

    mask : (texts, tokens) of 1 and 0; padding does not count.
    """
    mean = (states * mask[..., None]).sum(axis=1) / np.maximum(mask.sum(axis=1, keepdims=True), 1)
    return np.asarray(mean / np.maximum(np.linalg.norm(mean, axis=-1, keepdims=True), 1e-12), np.float32)


def mean_vectors(vectors: Floats, counts: Sequence[int]) -> Floats:
    """Mean of every group of successive rows, of length 1: `(sum(counts), width)` -> `(len(counts), width)`."""
    groups = np.split(vectors, np.cumsum(counts)[:-1])
    means = np.stack([group.mean(axis=0) for group in groups])
    return np.asarray(means / np.linalg.norm(means, axis=-1, keepdims=True), np.float32)
