"""Gain curves: straight lines between points, and parts of them that agree with the whole."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from session_makers import gain_curves

from flowsep_plugin.timeline.gain_curve import GainCurve


def curve(*points: tuple[int, float]) -> GainCurve:
    return GainCurve(tuple((Fraction(frame), gain) for frame, gain in points))


def test_gains_are_straight_lines_between_points_and_held_outside() -> None:
    gains = curve((10, 1.0), (20, 0.0), (20, 2.0), (30, 2.0)).at(np.array([0.0, 10, 15, 19, 20, 25, 40]))
    assert gains == pytest.approx([1, 1, 0.5, 0.1, 2, 2, 2])


@given(st.data(), st.integers(2, 1000))
def test_a_part_of_a_curve_agrees_with_the_whole(data: st.DataObject, length: int) -> None:
    whole = data.draw(gain_curves(length))
    first = data.draw(st.integers(0, length - 1))
    frames = data.draw(st.integers(1, length - first))
    part = whole.trimmed(first, frames)
    places = np.arange(frames, dtype=np.float64)
    assert part.at(places) == pytest.approx(whole.at(places + first), rel=1e-9)


@pytest.mark.parametrize("points", [[], [(5, 1.0), (4, 1.0)], [(0, -1.0)], [(0, float("nan"))]])
def test_a_curve_that_no_program_can_play_is_refused(points: list[tuple[int, float]]) -> None:
    with pytest.raises(ValueError, match="gain curve"):
        curve(*points)
