"""Presence of queries as plain values for the worker's events: while the estimate grows, and once it is complete."""

import time
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np

from flowsep_plugin.audio.span import Span
from flowsep_plugin.audio.types import Floats
from flowsep_plugin.engine.estimate import Estimate
from flowsep_plugin.presence import regions

_POINTS = 400
"""Most points of a presence curve in a summary."""
_EVERY_SECONDS = 1.0
_MOST_SHARE = 0.02
"""Share of a job's time that reports may take."""
_GROWTH = 0.02
"""The time between reports is at least this share of the time since the start: a long job has some hundreds of them."""

PresenceCallback: TypeAlias = Callable[[dict[str, Any]], None]
"""Called with the presence of every query, as `presence_summary` or `GrowingPresence` describe it."""


def ignore_presence(presence: dict[str, Any]) -> None:
    """Do nothing with `presence`: the default callback."""


def presence_summary(estimate: Estimate, span: Span, count: int) -> dict[str, Any]:
    """Return the presence of the first `count` queries over `span` as plain values, in at most 400 points each.

    values : per query, a number 0..1 every `step_seconds` from `first_seconds` on: where its sound is heard, once the
    stems are rendered.     possible : where it may be; as `values`.
    found, unsure : per query, whether it is found, and whether only "may be there".     share_db : its energy share.
    """
    presence = estimate.presence()[:count, estimate.frames_of(span)]
    return {**_facts(estimate, span, presence), "values": points(presence), "possible": points(presence)}


class GrowingPresence:
    """Reports the presence over `span` while its estimate grows, once a second at most.

    The report has the values of `presence_summary`, without `possible`: of what is known so far, 0 from `until_seconds`
    on, and `extras`, plain values to add, such as the model's labels.
    """

    def __init__(
        self, callback: PresenceCallback, span: Span, count: int, extras: Mapping[str, Any],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._callback, self._span, self._count, self._extras, self._clock = callback, span, count, extras, clock
        self._start_s = clock()
        self._next_s = self._start_s + _EVERY_SECONDS

    def __call__(self, so_far: Callable[[], Estimate]) -> None:
        """Report the presence of the estimate that `so_far` returns, unless it is too early for another report."""
        began_s = self._clock()
        if began_s < self._next_s:
            return
        estimate = so_far()
        inside, step = estimate.frames_of(self._span), estimate.grid.hop / estimate.grid.rate
        presence = np.zeros((self._count, inside.stop - inside.start), np.float32)
        measured = estimate.presence()[: self._count, inside]
        presence[:, : measured.shape[1]] = measured
        report = {**_facts(estimate, self._span, presence), "values": points(presence), **self._extras}
        until = min(estimate.frames, inside.stop)
        report["until_seconds"] = round((estimate.first + until) * step, 4)
        spent_s = self._clock() - began_s
        self._next_s = began_s + max(_EVERY_SECONDS, spent_s / _MOST_SHARE, (began_s - self._start_s) * _GROWTH)
        self._callback(report)


def points(presence: Floats) -> list[list[float]]:
    """Return the highest value of every `_stride` frames of `presence`, (queries, frames), by query."""
    every = _stride(presence)
    return [[round(float(row[at : at + every].max()), 2) for at in range(0, len(row), every)] for row in presence]


def _facts(estimate: Estimate, span: Span, presence: Floats) -> dict[str, Any]:
    inside, count = estimate.frames_of(span), len(presence)
    is_found = [bool(regions(row)) for row in presence]
    step = estimate.grid.hop / estimate.grid.rate
    return {
        "queries": list(estimate.queries[:count]),
        "found": is_found,
        "unsure": [here and unsure for here, unsure in zip(is_found, estimate.unsure(span), strict=False)],
        "share_db": estimate.overall_db(span)[:count],
        "first_seconds": round((estimate.first + inside.start) * step, 4),
        "step_seconds": round(step * _stride(presence), 6),
    }


def _stride(presence: Floats) -> int:
    frames: int = presence.shape[-1]
    return max(1, -(-frames // _POINTS))
