"""From the listener's outputs to log-odds that a class sounds, on one scale for common and rare classes.

YAMNet's own probabilities are badly scaled: a rare class seldom passes 0.1, and "Speech" or "Music" is likely
everywhere. A class's logit is therefore standardised by its statistics over everyday mixtures, which the bundle has,
and corrected by a low-rank map of the standardised logits and the pooled features (`head.npz`): U and V of rank 64,
where V comes from the class's sentence vector, so that classes without recordings gain from those with similar names.
It was fitted on mixtures of one to three recordings of the training split, by `training/loops/naming.py`. Its
correction counts by 0.6, and the log-odds of the bundle's matcher, where it has one, by 0.3: more is better on
libraries that it was fitted on, and worse on others.
"""

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import as_file, files

import numpy as np
from scipy.special import expit

from flowsep_plugin.audio.types import Floats
from flowsep_plugin.engine.bundle import ModelBundle
from flowsep_plugin.engine.flowsep.matcher import MATCHER_FILE, Matcher, audio_features, text_features
from flowsep_plugin.engine.flowsep.zero_shot import LEAST_LOGIT, Classes
from flowsep_plugin.untrusted.arrays import read_arrays

from .captions import caption_table

HEAD = "head.npz"
ARRAYS = ("audio", "audio_bias", "classes", "own", "bias")
_UNFITTED = (0.3, 0.7, -3.0)
_CORRECTION, _MATCH = np.float32(0.6), np.float32(0.3)
_SLOPE, _OFFSET = 0.85, 0.858
"""From averaged log-odds to the chance that a shown class is right; fitted on the folds `valid` and `fit`."""


def chance(score: float) -> float:
    """Return the estimated chance that a class with this averaged log-odds is in the clip, 0..1."""
    return float(expit(_SLOPE * score + _OFFSET))


@dataclass(frozen=True, slots=True)
class ListenerHead:
    """Fitted weights for C classes.

    audio, audio_bias : (features, rank) and (rank,).     classes : (C, rank).     own : (2,), weights of the logit and
    of the standardised logit.     bias : (C,).
    """

    audio: Floats
    audio_bias: Floats
    classes: Floats
    own: Floats
    bias: Floats

    def correction(self, features: Floats) -> Floats:
        """Return what is added to the log-odds, (n, C), for `head_features` (n, features)."""
        corrections = _CORRECTION * (features @ self.audio + self.audio_bias) @ self.classes.T
        return np.asarray(corrections + self.bias, np.float32)


def head_features(standardised: Floats, embedding: Floats) -> Floats:
    """Return features (n, C + E) of standardised logits (n, C) and the listener's pooled features (n, E)."""
    return np.concatenate([0.5 * standardised, np.log1p(np.maximum(embedding, 0))], axis=-1).astype(np.float32)


@lru_cache(maxsize=1)
def delivered_head() -> ListenerHead:
    """Return the fitted weights of the package, for the classes of `caption_table`."""
    with as_file(files(__package__).joinpath(HEAD)) as path:
        return ListenerHead(*(array.astype(np.float32) for array in read_arrays(path, ARRAYS)))


@dataclass(frozen=True, slots=True)
class ClassScorer:
    """Scores for the classes of a bundle.

    head : None where they are not AudioSet's 521 in their order.     matcher : the bundle's; None where it has none.
    text : (C, rank), the matcher's vectors of the classes.
    """

    classes: Classes
    head: ListenerHead | None
    matcher: Matcher | None = None
    text: Floats | None = None

    @classmethod
    def load(cls, bundle: ModelBundle) -> "ClassScorer":
        """Return the scorer of a bundle. Raises BundleError where its files are damaged."""
        classes = Classes.load(bundle.folder)
        if classes.names != tuple(caption_table()):
            return cls(classes, None)
        if MATCHER_FILE not in bundle.card.files:
            return cls(classes, delivered_head())
        matcher = Matcher.load(bundle.folder / MATCHER_FILE)
        return cls(classes, delivered_head(), matcher, matcher.of_text(text_features(classes.vectors, classes)))

    def __call__(self, logits: Floats, embedding: Floats) -> Floats:
        """Return log-odds (n, C) for the listener's logits (n, C) and pooled features (n, E) of n patches."""
        logits = np.maximum(logits, LEAST_LOGIT)
        standardised = (logits - self.classes.mean) / self.classes.spread
        if self.head is None:
            of_logit, of_standardised, bias = _UNFITTED
            return np.asarray(of_logit * logits + of_standardised * standardised + bias, np.float32)
        scores = self.head.own[0] * logits + self.head.own[1] * standardised
        scores += self.head.correction(head_features(standardised, embedding))
        if self.matcher is not None and self.text is not None:
            audio = audio_features(logits[:, None], embedding[:, None], self.classes)
            scores += _MATCH * self.matcher.score(self.matcher.of_audio(audio), self.text)
        return np.asarray(scores, np.float32)
