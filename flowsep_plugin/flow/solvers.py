"""Solvers of dx/dt = v(x, t) from noise at t = 0 to data at t = 1, as iterators.

Each yields the state after every step, so that progress is shown, a job is cancelled, and states are coupled between
steps by whoever iterates. Rectified flow (Liu et al. 2022); FlowSep uses Euler with uniform steps.
"""

import itertools
from collections.abc import Callable, Iterator
from typing import TypeAlias

import numpy as np

from flowsep_plugin.audio.types import Floats

Velocity: TypeAlias = Callable[[Floats, float, float], Floats]
"""`velocity(x, time, step)`: x as the solver holds it, time in [0, 1], step the length of the step to come."""

Solver: TypeAlias = Callable[[Velocity, Floats, int], Iterator[Floats]]


def euler(velocity: Velocity, noise: Floats, steps: int) -> Iterator[Floats]:
    """Uniform first-order steps; one evaluation a step, none at t = 1. Exact for a constant field."""
    times = _times(steps)
    state = noise
    for time, after in itertools.pairwise(times):
        state = state + np.float32(after - time) * velocity(state, float(time), float(after - time))
        yield state


def midpoint(velocity: Velocity, noise: Floats, steps: int) -> Iterator[Floats]:
    """Uniform second-order steps; two evaluations a step, none at t = 1. Exact for a field linear in time."""
    times = _times(steps)
    state = noise
    for time, after in itertools.pairwise(times):
        half = (after - time) / 2
        middle = state + np.float32(half) * velocity(state, float(time), float(half))
        state = state + np.float32(after - time) * velocity(middle, float(time + half), float(half))
        yield state


SOLVERS: dict[str, Solver] = {"euler": euler, "midpoint": midpoint}
EVALUATIONS = {"euler": 1, "midpoint": 2}
"""Network evaluations a step."""


def _times(steps: int) -> Floats:
    if steps < 1:
        raise ValueError(f"a flow takes at least one step, got {steps}")
    return np.linspace(0.0, 1.0, steps + 1).astype(np.float32)
