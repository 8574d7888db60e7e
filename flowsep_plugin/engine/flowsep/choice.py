"""Which components of a mixture are the sound that a text asks for, and how far to trust that.

The component separator knows no words; a listener (YAMNet) has heard every subset of its components and says which of
AudioSet's classes it might be. A query is compared with the classes by its sentence vector. From that come numbers
about every subset (`subset_features`), a softmax over them, and the expected mask. It is fused with the mask of the
text-conditioned network, which knows its own sounds better and others worse, by weights that depend on how sure both
are. All weights are fitted on libraries that none of the networks learned from, and lie in the bundle.
"""

import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import expit, softmax

from flowsep_plugin.audio.types import Floats, Mel
from flowsep_plugin.errors import BundleError

from .matcher import Matcher
from .zero_shot import Classes

CHOICE_FILE = "choice.json"

EVIDENCE = ("score_max", "score_mean", "class_max", "class_mean", "match")
"""Numbers about a sound that the listener heard and a query.

score : logits of the query's classes, standardised; class : log of their probability; each as maximum and mean over the
patches of a window.     match : log-odds of the learned matcher.
"""

SUBSET_FEATURES = (
    *EVIDENCE, *(f"{name}_over_rest" for name in EVIDENCE), *(f"{name}_over_mixture" for name in EVIDENCE),
    "level", "level_squared", "single", "all_but_one", "alike", "nameable", "rest_nameable", "agreement",
)  # fmt: skip
"""Numbers about a subset S of components, as one sound against the rest. `over_…` are differences.

level : S's energy over the rest's, 10 dB.     alike : cosine of the class probabilities of S and of the rest.
nameable : log of the most probable class.     agreement : 1 minus the share of energy on which S's mask and the
text-conditioned network's differ.
"""

WINDOW_EVIDENCE = ("score_max", "class_max", "match")
WINDOW_FEATURES = (
    "flow_sure", "flow_level", "choice_sure", "choice_level", "agreement",
    *(f"best_{name}" for name in WINDOW_EVIDENCE), *(f"mixture_{name}" for name in WINDOW_EVIDENCE),
)  # fmt: skip
"""Numbers about a window and a query: what fusion and presence depend on.

flow_sure : energy-weighted mean of |2 m - 1| of the text-conditioned mask m; flow_level : its energy share, 10 dB.
choice_sure : the largest probability of a subset; choice_level : energy share of the chosen mask; agreement : of that
with m.     best : expectation over the chosen subsets; mixture : the same of the whole mixture.
"""

_TINY = 1e-4
_SOFTPLUS_ONE = 0.541325
_ENERGY = 2.0


@lru_cache(maxsize=8)
def proper_subsets(components: int) -> Floats:
    """All subsets of `components` but the empty and the full one, (2^K - 2, K) of 1/0; row i and row -1-i make all."""
    rows = list(itertools.product((0.0, 1.0), repeat=components))[1:-1]
    return np.asarray(rows, np.float32)


@dataclass(frozen=True, slots=True)
class ChoiceRule:
    """Fitted weights; a last entry of each row is the constant.

    subset : a weight for each of `SUBSET_FEATURES`.     flow, choice, presence : for each of `WINDOW_FEATURES`:
    softplus of the first two multiplies the log-odds of the text-conditioned network and of the choice; `presence` is
    the log-odds that the sound is in the window at all.
    """

    subset: Floats
    flow: Floats
    choice: Floats
    presence: Floats

    @classmethod
    def unfitted(cls) -> "ChoiceRule":
        """The text-conditioned network alone, and an even choice: where fitting starts."""
        rows = [np.zeros(len(SUBSET_FEATURES) + 1, np.float32)]
        rows += [np.zeros(len(WINDOW_FEATURES) + 1, np.float32) for _ in range(3)]
        for row, constant in zip(rows[1:], (_SOFTPLUS_ONE, -20.0, 20.0), strict=True):
            row[-1] = constant
        return cls(*rows)

    @classmethod
    def parse(cls, raw: Mapping[str, Any], where: str) -> "ChoiceRule":
        """Build the rule from decoded JSON. Raises BundleError that names the weights that do not fit."""
        names = {"subset": SUBSET_FEATURES} | dict.fromkeys(("flow", "choice", "presence"), WINDOW_FEATURES)
        rows = {}
        for row, features in names.items():
            values = raw.get(row)
            if not isinstance(values, Mapping) or set(values) != {*features, "constant"}:
                raise BundleError(f"{where}: {row} does not weigh {', '.join(features)}, constant; fit it again")
            rows[row] = np.array([float(values[name]) for name in (*features, "constant")], np.float32)
        return cls(**rows)

    @classmethod
    def load(cls, path: Path) -> "ChoiceRule":
        """Read a JSON file. Raises BundleError."""
        try:
            raw = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise BundleError(f"{path}: cannot be read ({error}); install the model again") from error
        return cls.parse(raw if isinstance(raw, dict) else {}, str(path))

    def as_json(self) -> dict[str, dict[str, float]]:
        """The inverse of `parse`."""
        return {
            row: {
                name: round(float(value), 5)
                for name, value in zip((*names, "constant"), getattr(self, row), strict=True)
            }
            for row, names in (
                ("subset", SUBSET_FEATURES),
                *((name, WINDOW_FEATURES) for name in ("flow", "choice", "presence")),
            )
        }


@dataclass(frozen=True, slots=True)
class QueryVectors:
    """Vectors that texts are compared by: `weights` (Q, C) of the classes, `text` (Q, rank) of the matcher."""

    weights: Floats
    text: Floats


@dataclass(frozen=True, slots=True)
class Evidence:
    """The listener's outputs for windows of a clip, before any query: n windows, S subsets, P patches, C classes.

    logits : (n, 1 + S, P, C), of the mixture first, then of each of `proper_subsets`.
    audio : (n, 1 + S, rank), the matcher's vectors of the same.
    """

    logits: Floats
    audio: Floats
    classes: Classes
    matcher: Matcher

    def of_query(self, query: QueryVectors) -> Floats:
        """`EVIDENCE` for each of Q queries and everything heard, (n, Q, 1 + S, evidence)."""
        match = self.classes.match(self.logits, query.weights)
        score, classes = match.logit, match.log_probability
        parts = [
            score.max(2),
            score.mean(2),
            classes.max(2),
            classes.mean(2),
            self.matcher.score(self.audio, query.text),
        ]
        return np.asarray(np.stack([np.moveaxis(part, -1, 1) for part in parts], axis=-1), np.float32)

    def likeness(self) -> tuple[Floats, Floats]:
        """(alike, nameable) of each subset, (n, S): cosine with the rest's classes; log of the most probable class."""
        probability = expit(self.logits[:, 1:]).mean(2)
        unit = probability / (np.linalg.norm(probability, axis=-1, keepdims=True) + 1e-9)
        return (unit * unit[:, ::-1]).sum(-1), np.log(probability.max(-1) + _TINY)


def energy_of(mel: Mel, widths: Floats) -> Floats:
    """Share of each mel value in the window's energy, (n, frames, bands); `mel` natural log-mel of the mixture."""
    power = np.exp(_ENERGY * (mel - mel.max((1, 2), keepdims=True))) * widths
    return np.asarray(power / power.sum((1, 2), keepdims=True), np.float32)


def subset_features(masks: Floats, energy: Floats, flow: Floats, evidence: Evidence, query: QueryVectors) -> Floats:
    """`SUBSET_FEATURES` of every subset, (n, Q, S, features).

    masks : (n, K, frames, bands).     energy : as `energy_of`.     flow : masks of the text-conditioned network
    (n, Q, frames, bands).
    """
    members = proper_subsets(masks.shape[1])
    values = evidence.of_query(query)
    own, mixture = values[:, :, 1:], values[:, :, :1]
    flat, flow_flat = masks.reshape(*masks.shape[:2], -1), flow.reshape(*flow.shape[:2], -1)
    shares = energy.reshape(len(energy), 1, -1)
    level = _level((flat * shares).sum(-1) @ members.T)
    size, whole = members.sum(1), np.ones_like(own[..., 0])
    alike, nameable = evidence.likeness()
    of_window = [level, np.square(level), alike, nameable, nameable[:, ::-1]]
    level, squared, alike, nameable, rest_nameable = (part[:, None] * whole for part in of_window)
    residual = [
        level, squared, (size == 1) * whole, (size == masks.shape[1] - 1) * whole, alike, nameable, rest_nameable,
        1 - _difference(flat, flow_flat, shares, members),
    ]  # fmt: skip
    parts = [own, own - own[:, :, ::-1], own - mixture, np.stack(residual, axis=-1)]
    return np.asarray(np.concatenate(parts, axis=-1), np.float32)


def _level(share: Floats) -> Floats:
    """Energy over the rest's, in 10 dB, of shares of the energy in 0..1."""
    return np.asarray(np.log10((share + _TINY) / (1 - share + _TINY)))


def _difference(flat: Floats, flow: Floats, shares: Floats, members: Floats) -> Floats:
    """Share of energy, (n, Q, S), in the squared difference of each subset's mask and the text-conditioned one."""
    weighted = flat * shares
    gram = weighted @ flat.transpose(0, 2, 1)
    cross = flow @ weighted.transpose(0, 2, 1)
    own = (np.square(flow) * shares).sum(-1)
    squares = np.einsum("sk,nkl,sl->ns", members, gram, members, optimize=True)
    return np.asarray(squares[:, None] - 2 * cross @ members.T + own[..., None], np.float32)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A choice for n windows and Q queries: `mask` (n, Q, frames, bands) and `WINDOW_FEATURES` (n, Q, features)."""

    mask: Floats
    features: Floats


def choose(
    rule: ChoiceRule, masks: Floats, energy: Floats, flow: Floats, evidence: Evidence, query: QueryVectors
) -> Chosen:
    """The expected mask over all subsets, and how sure that is. Arguments as for `subset_features`."""
    features = subset_features(masks, energy, flow, evidence, query)
    probability = softmax(features @ rule.subset[:-1], axis=-1)
    mask = np.einsum("nqk,nkfb->nqfb", probability @ proper_subsets(masks.shape[1]), masks, optimize=True)
    shares = energy[:, None]
    own = [features[..., SUBSET_FEATURES.index(name)] for name in WINDOW_EVIDENCE]
    over = [features[..., SUBSET_FEATURES.index(f"{name}_over_mixture")] for name in WINDOW_EVIDENCE]
    window = [
        (np.abs(2 * flow - 1) * shares).sum((2, 3)), _level((flow * shares).sum((2, 3))), probability.max(-1),
        _level((mask * shares).sum((2, 3))), 1 - (np.square(mask - flow) * shares).sum((2, 3)),
        *((probability * part).sum(-1) for part in own),
        *(part[:, :, 0] - more[:, :, 0] for part, more in zip(own, over, strict=True)),
    ]  # fmt: skip
    return Chosen(mask, np.asarray(np.stack(window, axis=-1), np.float32))


def fuse(rule: ChoiceRule, flow_logits: Floats, chosen: Chosen) -> Floats:
    """Log-odds (n, Q, frames, bands) of the text-conditioned network and the choice together."""
    flow, choice = (_softplus(_weighed(row, chosen.features))[..., None, None] for row in (rule.flow, rule.choice))
    return np.asarray(flow * flow_logits + choice * logit(chosen.mask), np.float32)


def presence(rule: ChoiceRule, chosen: Chosen) -> Floats:
    """Log-odds (n, Q) that each text's sound is in each window at all."""
    return _weighed(rule.presence, chosen.features)


def _weighed(row: Floats, features: Floats) -> Floats:
    return np.asarray(features @ row[:-1] + row[-1], np.float32)


def logit(mask: Floats) -> Floats:
    """Log-odds of a mask, cut off at 1e-4 and 1 - 1e-4."""
    mask = np.clip(mask, _TINY, 1 - _TINY)
    return np.asarray(np.log(mask / (1 - mask)), np.float32)


def both(one: Floats, other: Floats) -> Floats:
    """Log-odds that two independent things hold, from the log-odds of each."""
    return np.asarray(-np.logaddexp(np.logaddexp(-one, -other), -(one + other)))


def _softplus(values: Floats) -> Floats:
    return np.asarray(np.logaddexp(0, values))
