import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowsep_plugin.flow.solvers import EVALUATIONS, SOLVERS, euler, midpoint

START = np.array([1.0, -2.0], np.float32)


@pytest.mark.parametrize("solver", SOLVERS.values(), ids=SOLVERS)
@given(steps=st.integers(1, 30), speed=st.floats(-3, 3))
def test_a_constant_field_is_followed_exactly(solver, steps, speed):
    *_, end = solver(lambda x, t, d: np.full_like(x, speed), START, steps)
    np.testing.assert_allclose(end, START + np.float32(speed), atol=1e-5)


@given(st.integers(1, 30))
def test_midpoint_follows_a_field_linear_in_time_exactly(steps):
    *_, end = midpoint(lambda x, t, d: np.full_like(x, 2 * t), START, steps)
    np.testing.assert_allclose(end, START + 1, atol=1e-5)


def test_more_steps_come_closer_to_the_curve():
    def ends(steps):
        *_, end = euler(lambda x, t, d: x, np.ones(1, np.float32), steps)
        return abs(end[0] - np.e)

    assert ends(4) > ends(16) > ends(64)


@pytest.mark.parametrize("name", SOLVERS)
def test_a_solver_yields_after_every_step_and_never_asks_at_the_end(name):
    times = []
    states = list(SOLVERS[name](lambda x, t, d: times.append(t) or x, START, 5))
    assert len(states) == 5
    assert len(times) == 5 * EVALUATIONS[name]
    assert max(times) < 1


def test_the_noise_that_is_passed_in_is_not_written_to():
    noise = START.copy()
    list(euler(lambda x, t, d: x, noise, 3))
    np.testing.assert_array_equal(noise, START)


def test_a_flow_without_steps_is_refused():
    with pytest.raises(ValueError, match="steps must be at least 1"):
        list(euler(lambda x, t, d: x, START, 0))
