"""How K components answer for S sources: groupings, assignments, and the losses that teach them.

A *grouping* gives every component to one source (mixture invariant training, Wisdom et al., NeurIPS 2020); an
*assignment* gives every source exactly one component and leaves the others empty. Errors are shares of the mixture's
energy that lie on the wrong side. All of them are quadratic in the masks, so the best of 4^4 groupings is found from
the components' Gram matrix alone, without making one grouped mask.
"""

import itertools
from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor

ENERGY_POWER = 1.6  # of the mel value e^x: close to its energy (2), but for soft parts counting a little more
DETAIL_POWER = 0.5  # soft sounds count nearly as much as loud ones
_SOFTEST = 1e-4  # masks in logarithms are never smaller


class Match(NamedTuple):
    """Which components make up which source, (B, S, K) of 1/0, and what that leaves on the wrong side, (B,)."""

    members: Tensor
    error: Tensor


def energy_weights(mel: Tensor, power: float) -> Tensor:
    """Weights of log-mel values (B, frames, bands) that sum to 1 for each sample."""
    weights = (power * (mel - mel.amax((1, 2), keepdim=True))).exp()
    return weights / weights.sum((1, 2), keepdim=True)


@lru_cache(maxsize=16)
def groupings(sources: int, components: int) -> Tensor:
    """All ways of giving each component to one of the sources, (ways, sources, components) of 1/0."""
    return _members(list(itertools.product(range(sources), repeat=components)), sources, components)


@lru_cache(maxsize=16)
def assignments(sources: int, components: int) -> Tensor:
    """All ways of giving each source one component of its own, (ways, sources, components) of 1/0."""
    ways = []
    for owners in itertools.permutations(range(components), sources):
        way = [sources] * components  # `sources` is no source: the component stays empty
        for source, component in enumerate(owners):
            way[component] = source
        ways.append(tuple(way))
    return _members(ways, sources, components)


def _members(ways: list[tuple[int, ...]], sources: int, components: int) -> Tensor:
    members = torch.zeros(len(ways), sources + 1, components)
    for way, owners in enumerate(ways):
        members[way, list(owners), range(components)] = 1
    return members[:, :sources]


def best_match(masks: Tensor, truths: Tensor, counts: Tensor, weights: Tensor, *, one_to_one: bool) -> Match:
    """The best grouping, or one-to-one assignment, of each sample.

    masks : (B, K, n), the components'.     truths : (B, S, n), zero past the sample's own number of sources.
    counts : (B,) number of sources, 2..S.     weights : (B, n), summing to 1.
    """
    weighted = masks * weights[:, None]
    gram, cross = weighted @ masks.transpose(1, 2), truths @ weighted.transpose(1, 2)
    own = (truths.square() * weights[:, None]).sum(2)
    members = masks.new_zeros(len(masks), truths.shape[1], masks.shape[1])
    errors = masks.new_zeros(len(masks))
    for count in counts.unique().tolist():
        rows = (counts == count).nonzero()[:, 0]
        ways = (assignments if one_to_one else groupings)(count, masks.shape[1]).to(masks)
        squares = torch.einsum("wsk,bkl,wsl->bw", ways, gram[rows], ways)
        error = squares - 2 * torch.einsum("wsk,bsk->bw", ways, cross[rows, :count]) + own[rows, :count].sum(1)[:, None]
        least, way = error.min(1)
        members[rows, :count] = ways[way]
        errors[rows] = 0.5 * least
    return Match(members, errors)


def matched_error(masks: Tensor, truths: Tensor, weights: Tensor, members: Tensor) -> Tensor:
    """Share of energy on the wrong side of grouped masks, (B,); differentiable where `best_match` is a search."""
    return 0.5 * ((members @ masks - truths).square().sum(1) * weights).sum(1)


def detail_error(masks: Tensor, truths: Tensor, weights: Tensor, members: Tensor) -> Tensor:
    """Cross-entropy of grouped masks against the true ones, (B,)."""
    logs = (members @ masks + _SOFTEST).log()
    return -((truths * logs).sum(1) * weights).sum(1)
