"""Choose the components of a mixture that are the sound of a query, and fuse the choice with the text's own mask.

The component separator has no words; a listener (YAMNet) gives the probable classes of AudioSet for every subset of its
components, and a query is compared with the classes by its sentence vector. That gives features of every subset
(`subset_features`), a softmax over subsets, and the expected mask. It is fused with the mask of the text-conditioned
network, which is better on sounds it was trained on and worse on others, by weights that depend on how sure both are.
All weights were fitted on libraries that no network was trained on, and are part of the bundle.
"""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import expit, softmax

from flowsep_plugin.audio.types import Floats, Mel
from flowsep_plugin.errors import BundleError
from flowsep_plugin.untrusted.decoding import Origin, read_json

from .matcher import Matcher
from .zero_shot import Classes

CHOICE_FILE = "choice.json"

EVIDENCE = ("score_max", "score_mean", "class_max", "class_mean", "match")
"""Features of a subset of components, or of the mixture, for a query.

score : logits of the query's classes, standardised; class : log of their probability; each as maximum and mean over the
patches of a window.     match : log-odds of the learned matcher.
"""

SUBSET_FEATURES = (
    *EVIDENCE, *(f"{name}_over_rest" for name in EVIDENCE), *(f"{name}_over_mixture" for name in EVIDENCE),
    "level", "level_squared", "single", "all_but_one", "alike", "nameable", "rest_nameable", "agreement",
)  # fmt: skip
"""Features of a subset S of components, as one sound against the rest. `over_…` are differences.

level : S's energy over the rest's, 10 dB.     alike : cosine of the class probabilities of S and of the rest.
nameable : log of the most probable class.     agreement : 1 minus the share of energy on which S's mask and the
text-conditioned network's differ.
"""

WINDOW_EVIDENCE = ("score_max", "class_max", "match")
WINDOW_FEATURES = (
    "flow_sure", "flow_level", "choice_sure", "choice_level", "agreement",
    *(f"best_{name}" for name in WINDOW_EVIDENCE), *(f"mixture_{name}" for name in WINDOW_EVIDENCE),
)  # fmt: skip
"""Features of a window and a query, on which fusion and presence depend.

flow_sure : energy-weighted mean of |2 m - 1| of the text-conditioned mask m; flow_level : its energy share, 10 dB.
choice_sure : the largest probability of a subset; choice_level : energy share of the chosen mask; agreement : of that
with m.     best : expectation over the chosen subsets; mixture : the same of the whole mixture.
"""

_CHOICE_BYTES = 1 << 20
_GREATEST_WEIGHT = 1e6
_TINY = 1e-4
_SOFTPLUS_ONE = 0.541325
_ENERGY = 2.0


@lru_cache(maxsize=8)
def proper_subsets(components: int) -> Floats:
    """Return all subsets of K components but the empty and the full one, (2^K - 2, K) of 1 and 0.

    Row i and row -1-i are complements.
    """
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
        """Return the rule where fitting starts: the text-conditioned network alone, and an even choice."""
        rows = [np.zeros(len(SUBSET_FEATURES) + 1, np.float32)]
        rows += [np.zeros(len(WINDOW_FEATURES) + 1, np.float32) for _ in range(3)]
        for row, constant in zip(rows[1:], (_SOFTPLUS_ONE, -20.0, 20.0), strict=True):
            row[-1] = constant
        return cls(*rows)

    @classmethod
    def parse(cls, raw: Mapping[str, Any], where: str) -> "ChoiceRule":
        """Build the rule from decoded JSON. Raises BundleError that names the row whose weights do not fit."""
        names = {"subset": SUBSET_FEATURES} | dict.fromkeys(("flow", "choice", "presence"), WINDOW_FEATURES)
        rows = {}
        for row, features in names.items():
            values = raw.get(row)
            if not isinstance(values, Mapping) or set(values) != {*features, "constant"}:
                raise BundleError(f"{where}: {row} does not weigh {', '.join(features)}, constant; fit it again")
            weights = [values[name] for name in (*features, "constant")]
            if not all(isinstance(weight, (int, float)) and abs(weight) <= _GREATEST_WEIGHT for weight in weights):
                raise BundleError(f"{where}: {row} has a weight beyond {_GREATEST_WEIGHT:g}; fit it again")
            rows[row] = np.array(weights, np.float32)
        return cls(**rows)

    @classmethod
    def load(cls, path: Path) -> "ChoiceRule":
        """Read a JSON file. Raises BundleError where it is damaged or lacks a weight."""
        try:
            raw = read_json(path, Origin(str(path), BundleError, "install the model again"), _CHOICE_BYTES)
        except FileNotFoundError as error:
            raise BundleError(f"{path}: cannot be read ({error}); install the model again") from error
        return cls.parse(raw if isinstance(raw, dict) else {}, str(path))

    def as_json(self) -> dict[str, dict[str, float]]:
        """Return what `parse` reads: weights by feature, by row."""
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
    """Vectors of Q queries: `weights` (Q, C) of the classes, `text` (Q, rank) of the matcher."""

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
        """Return `EVIDENCE` (n, Q, 1 + S, evidence) for each of Q queries, of the mixture and every subset."""
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
        """Return (alike, nameable) of each subset, (n, S): cosine with the rest's classes, log of the likeliest one."""
        probability = expit(self.logits[:, 1:]).mean(2)
        unit = probability / (np.linalg.norm(probability, axis=-1, keepdims=True) + 1e-9)
        return (unit * unit[:, ::-1]).sum(-1), np.log(probability.max(-1) + _TINY)


def energy_of(mel: Mel, widths: Floats) -> Floats:
    """Return each mel value's share of its window's energy, (n, frames, bands).

    mel : (n, frames, bands), natural log-mel of the mixture.     widths : (bands,), hertz of each band.
    """
    power = np.exp(_ENERGY * (mel - mel.max((1, 2), keepdims=True))) * widths
    return np.asarray(power / power.sum((1, 2), keepdims=True), np.float32)


def subset_features(masks: Floats, energy: Floats, flow: Floats, evidence: Evidence, query: QueryVectors) -> Floats:
    """Return `SUBSET_FEATURES` of every subset, (n, Q, S, features).

    masks : (n, K, frames, bands) of the components.     energy : (n, frames, bands), as `energy_of`.
    flow : (n, Q, frames, bands), masks of the text-conditioned network.
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
    others = [
        level, squared, (size == 1) * whole, (size == masks.shape[1] - 1) * whole, alike, nameable, rest_nameable,
        1 - _difference(flat, flow_flat, shares, members),
    ]  # fmt: skip
    parts = [own, own - own[:, :, ::-1], own - mixture, np.stack(others, axis=-1)]
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
class ComponentChoice:
    """A choice for n windows and Q queries: `mask` (n, Q, frames, bands) and `WINDOW_FEATURES` (n, Q, features)."""

    mask: Floats
    features: Floats


def choose(
    rule: ChoiceRule, masks: Floats, energy: Floats, flow: Floats, evidence: Evidence, query: QueryVectors
) -> ComponentChoice:
    """Return the expected mask over all subsets, and how sure it is.

    masks : (n, K, frames, bands).     energy : (n, frames, bands).     flow : (n, Q, frames, bands); see
    `subset_features`.
    """
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
    return ComponentChoice(mask, np.asarray(np.stack(window, axis=-1), np.float32))


def fuse(rule: ChoiceRule, flow_logits: Floats, choice: ComponentChoice) -> Floats:
    """Return mask logits (n, Q, frames, bands) of the text-conditioned network, as given, and the choice together."""
    trust = [_softplus(_weighed(row, choice.features))[..., None, None] for row in (rule.flow, rule.choice)]
    return np.asarray(trust[0] * flow_logits + trust[1] * logit(choice.mask), np.float32)


def presence(rule: ChoiceRule, choice: ComponentChoice) -> Floats:
    """Return the log-odds (n, Q) that each query's sound is present in each window at all."""
    return _weighed(rule.presence, choice.features)


def _weighed(row: Floats, features: Floats) -> Floats:
    return np.asarray(features @ row[:-1] + row[-1], np.float32)


def logit(mask: Floats) -> Floats:
    """Return the log-odds (n, …) of a mask (n, …), cut off at 1e-4 and 1 - 1e-4."""
    mask = np.clip(mask, _TINY, 1 - _TINY)
    return np.asarray(np.log(mask / (1 - mask)), np.float32)


def both(one: Floats, other: Floats) -> Floats:
    """Return the log-odds that two independent things hold, from the log-odds of each, (n, …) both."""
    return np.asarray(-np.logaddexp(np.logaddexp(-one, -other), -(one + other)))


def _softplus(values: Floats) -> Floats:
    return np.asarray(np.logaddexp(0, values))
