"""Match queries to the listener's outputs by a learned low-rank product, trained in `training/loops/matcher.py`."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from flowsep_plugin.audio.types import Floats
from flowsep_plugin.errors import BundleError
from flowsep_plugin.untrusted.arrays import DAMAGED, read_arrays

from .zero_shot import LEAST_LOGIT, Classes

MATCHER_FILE = "matcher.npz"
_ARRAYS = ("audio_weight", "audio_bias", "text_weight", "text_bias", "scale", "bias")
_CLASS_WEIGHT = np.float32(3.0)
_EMBEDDING_WEIGHT = np.float32(1.0)


def audio_features(logits: Floats, embedding: Floats, classes: Classes) -> Floats:
    """Return features (..., 2 C + E) of the listener's outputs for P patches.

    They are means and maxima of the standardised logits (..., P, C), and the mean of ln(1 + embedding) (..., P, E).
    """
    standard = (np.maximum(logits, LEAST_LOGIT) - classes.mean) / classes.spread
    pooled = [standard.mean(-2), standard.max(-2), _EMBEDDING_WEIGHT * np.log1p(np.maximum(embedding, 0)).mean(-2)]
    return np.asarray(np.concatenate(pooled, axis=-1), np.float32)


def text_features(sentences: Floats, classes: Classes) -> Floats:
    """Return features (Q, D + C) of queries: their sentence vectors (Q, D) and their weights of the classes."""
    weights = np.sqrt(classes.weights(sentences))
    return np.asarray(np.concatenate([sentences * np.float32(4.0), _CLASS_WEIGHT * weights], axis=-1), np.float32)


@dataclass(frozen=True, slots=True)
class Matcher:
    """Projections of audio and text features to one space, (rank, features) and (rank,) each."""

    audio_weight: Floats
    audio_bias: Floats
    text_weight: Floats
    text_bias: Floats
    scale: Floats
    bias: Floats

    @classmethod
    def unfitted(cls, audio: int, text: int) -> "Matcher":
        """Return a matcher that scores 0 for everything, for features of these widths."""
        zero = np.zeros((), np.float32)
        return cls(np.zeros((1, audio), np.float32), np.ones(1, np.float32), np.zeros((1, text), np.float32),
                   np.ones(1, np.float32), zero, zero)  # fmt: skip

    def save(self, path: Path) -> None:
        """Write the arrays to `path`, an .npz file, in half precision."""
        np.savez(path, **{name: getattr(self, name).astype(np.float16) for name in _ARRAYS})

    @classmethod
    def load(cls, path: Path) -> "Matcher":
        """Read an .npz file of `save`. Raises BundleError where it is damaged."""
        try:
            return cls(*(array.astype(np.float32) for array in read_arrays(path, _ARRAYS)))
        except DAMAGED as error:
            raise BundleError(f"{path}: cannot be read ({error}); install the model again") from error

    def of_audio(self, features: Floats) -> Floats:
        """Return unit vectors (..., rank) of `audio_features` (..., 2 C + E)."""
        return _unit(features @ self.audio_weight.T + self.audio_bias)

    def of_text(self, features: Floats) -> Floats:
        """Return unit vectors (Q, rank) of `text_features` (Q, D + C)."""
        return _unit(features @ self.text_weight.T + self.text_bias)

    def score(self, audio: Floats, text: Floats) -> Floats:
        """Return the log-odds (..., Q) that queries name a sound; unit vectors audio (..., rank) and text (Q, rank)."""
        return np.asarray(self.scale * (audio @ text.T) + self.bias, np.float32)


def _unit(values: Floats) -> Floats:
    return np.asarray(values / np.maximum(np.linalg.norm(values, axis=-1, keepdims=True), 1e-9), np.float32)
