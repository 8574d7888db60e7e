"""Groupings and assignments of K components to S sources, and the losses for either.

A *grouping* gives every component to one source (mixture invariant training, Wisdom et al., NeurIPS 2020); an
*assignment* gives every source exactly one component and leaves the others empty. Errors are shares of the mixture's
energy on the wrong side. All of them are quadratic in the masks, so the components' Gram matrix alone
tells the best of 4^4 groupings, without computing one grouped mask.
"""

import itertools
from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor

ENERGY_POWER = 1.6  # exponent of a mel value e^x as weight: near its energy (2), soft sounds count a little more
DETAIL_POWER = 0.5  # the same where soft sounds count nearly as much as loud ones
_LEAST_MASK = 1e-4  # added to masks before their logarithm


class ComponentMatch(NamedTuple):
    """The components of every source, (B, S, K) of 1/0, and the share of energy on the wrong side, (B,)."""

    members: Tensor
    error: Tensor


def energy_weights(mel: Tensor, power: float) -> Tensor:
    """Return weights of log-mel values, (B, frames, bands) as `mel`, that sum to 1 for each sample.

    power : exponent of the mel value e^x.
    """
    weights = (power * (mel - mel.amax((1, 2), keepdim=True))).exp()
    return weights / weights.sum((1, 2), keepdim=True)


@lru_cache(maxsize=16)
def groupings(sources: int, components: int) -> Tensor:
    """Return all ways to give each component to one of the sources, (ways, sources, components) of 1/0."""
    return _members(list(itertools.product(range(sources), repeat=components)), sources, components)


@lru_cache(maxsize=16)
def assignments(sources: int, components: int) -> Tensor:
    """Return all ways to give each source one component of its own, (ways, sources, components) of 1/0."""
    ways = []
    for owners in itertools.permutations(range(components), sources):
        way = [sources] * components  # an index past the last source: the component stays unused
        for source, component in enumerate(owners):
            way[component] = source
        ways.append(tuple(way))
    return _members(ways, sources, components)


def _members(ways: list[tuple[int, ...]], sources: int, components: int) -> Tensor:
    members = torch.zeros(len(ways), sources + 1, components)
    for way, owners in enumerate(ways):
        members[way, list(owners), range(components)] = 1
    return members[:, :sources]


def best_match(masks: Tensor, truths: Tensor, counts: Tensor, weights: Tensor, *, one_to_one: bool) -> ComponentMatch:
    """Return the best grouping, or one-to-one assignment, of each sample.

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
    return ComponentMatch(members, errors)


def matched_error(masks: Tensor, truths: Tensor, weights: Tensor, members: Tensor) -> Tensor:
    """Return the share of energy on the wrong side of grouped masks, (B,), differentiable, unlike `best_match`.

    masks : (B, K, n).     truths : (B, S, n).     weights : (B, n).     members : (B, S, K).
    """
    return 0.5 * ((members @ masks - truths).square().sum(1) * weights).sum(1)


def detail_error(masks: Tensor, truths: Tensor, weights: Tensor, members: Tensor) -> Tensor:
    """Return the cross-entropy of grouped masks against the true ones, (B,); shapes as for `matched_error`."""
    logs = (members @ masks + _LEAST_MASK).log()
    return -((truths * logs).sum(1) * weights).sum(1)
