"""Solvers of dx/dt = v(x, t) from noise at t = 0 to data at t = 1, as iterators over the state after every step.

The caller reports progress and can stop between steps.
Rectified flow (Liu et al. 2022); FlowSep uses Euler with uniform steps.
"""

import itertools
from collections.abc import Callable, Iterator
from typing import TypeAlias

import numpy as np

from flowsep_plugin.audio.types import Floats

Velocity: TypeAlias = Callable[[Floats, float, float], Floats]
"""`velocity(x, time, step)`: the state, time in [0, 1], length of the step; returns the shape of x."""

Solver: TypeAlias = Callable[[Velocity, Floats, int], Iterator[Floats]]


def euler(velocity: Velocity, noise: Floats, steps: int) -> Iterator[Floats]:
    """Yield the state, the same shape as `noise`, after each of `steps` uniform Euler steps.

    One evaluation per step, none at t = 1; exact for a constant field. Raises ValueError for less than one step.
    """
    times = _times(steps)
    state = noise
    for time, after in itertools.pairwise(times):
        state = state + np.float32(after - time) * velocity(state, float(time), float(after - time))
        yield state


def midpoint(velocity: Velocity, noise: Floats, steps: int) -> Iterator[Floats]:
    """Yield the state, the same shape as `noise`, after each of `steps` uniform midpoint steps.

    Two evaluations per step, none at t = 1; exact for a field linear in time. Raises ValueError for less than one step.
    """
    times = _times(steps)
    state = noise
    for time, after in itertools.pairwise(times):
        half = (after - time) / 2
        middle = state + np.float32(half) * velocity(state, float(time), float(half))
        state = state + np.float32(after - time) * velocity(middle, float(time + half), float(half))
        yield state


SOLVERS: dict[str, Solver] = {"euler": euler, "midpoint": midpoint}
EVALUATIONS = {"euler": 1, "midpoint": 2}
"""Solver -> network evaluations per step."""


def _times(steps: int) -> Floats:
    if steps < 1:
        raise ValueError(f"steps must be at least 1, got {steps}")
    return np.linspace(0.0, 1.0, steps + 1).astype(np.float32)
