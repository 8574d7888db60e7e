"""The display clock tells the position at the loudspeaker, also within a block."""

import pytest

from flowsep_plugin.audition.display_clock import DisplayClock
from flowsep_plugin.audition.levels import Levels


def test_the_position_goes_on_within_a_block() -> None:
    clock = DisplayClock()
    for number in range(3):
        clock.add(10.0 + number * 0.01, 5.0 + number * 0.01, Levels())
    assert clock.position(10.004, None) == pytest.approx(5.004)
    assert clock.position(10.015, None) == pytest.approx(5.015)
    assert clock.at(10.015, None)[0] == pytest.approx(5.01)
    assert clock.position(10.019, None) == pytest.approx(5.019)


def test_the_position_jumps_where_a_loop_does() -> None:
    clock = DisplayClock()
    clock.add(10.0, 5.0, Levels())
    clock.add(10.01, 2.0, Levels())
    assert clock.position(10.012, None) == pytest.approx(2.002)


def test_reading_the_position_leaves_the_levels_to_the_meter() -> None:
    clock, loud = DisplayClock(), Levels((0.9, 0.9), (0.7, 0.7))
    clock.add(10.0, 5.0, loud)
    clock.position(10.0, None)
    assert clock.at(10.0, None)[1] == loud


def test_where_nothing_sounds_it_is_the_idle_position() -> None:
    clock = DisplayClock()
    clock.add(10.0, 5.0, Levels())
    assert clock.position(10.5, 7.0) == 7.0
    assert clock.position(9.0, 7.0) == 0.0
    clock.reset(3.0)
    assert clock.position(11.0, None) == 3.0


def test_a_stall_of_the_output_does_not_run_ahead() -> None:
    clock = DisplayClock()
    clock.add(10.0, 5.0, Levels())
    assert clock.position(12.0, None) == pytest.approx(5.1)
