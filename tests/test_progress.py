"""Progress over both passes never falls, and the time left is steady."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowsep_plugin import Request
from flowsep_plugin.files import FileRequest, separate_file
from flowsep_plugin.media import write_clip
from flowsep_plugin.progress import OverallProgress, Progress, ProgressMeter
from flowsep_plugin.separate import Separator

steps = st.builds(
    lambda stage, done, more, eta: Progress(stage, done, done + more, eta),
    st.sampled_from(["separate", "render"]), st.integers(0, 100), st.integers(0, 100), st.none() | st.floats(0, 1e5),
)  # fmt: skip


def passed_on(states, times=None):
    seen, clock = [], iter(times or range(10**6))
    overall = OverallProgress(seen.append, lambda: next(clock))
    for state in states:
        overall(state)
    return seen


@given(st.lists(steps))
def test_the_share_that_is_done_never_falls_whatever_the_stages_do(states):
    shares = [state.fraction for state in passed_on(states)]
    assert shares == sorted(shares)
    assert all(0 <= share <= 1 for share in shares)


@given(st.lists(steps))
def test_the_time_left_is_never_negative(states):
    assert all(state.eta_seconds is None or state.eta_seconds >= 0 for state in passed_on(states))


def test_both_passes_are_one_whole():
    first = [Progress("separate", done, 4, 0.0) for done in range(1, 5)]
    second = [Progress("render", done, 4, 0.0) for done in range(1, 5)]
    shares = [state.fraction for state in passed_on(first + second)]
    assert shares == pytest.approx([0.2, 0.4, 0.6, 0.8, 0.85, 0.9, 0.95, 1.0])


def test_rendering_a_cached_estimate_is_the_whole():
    shares = [state.fraction for state in passed_on([Progress("render", done, 4, 0.0) for done in range(5)])]
    assert shares == [0, 0.25, 0.5, 0.75, 1]


def test_files_that_are_written_a_second_time_do_not_bring_the_share_back():
    states = [Progress("render", 3, 4, 1.0), Progress("render", 1, 4, 1.0), Progress("render", 4, 4, 0.0)]
    assert [state.fraction for state in passed_on(states)] == [0.75, 0.75, 1]


def test_one_slow_step_moves_the_time_left_only_a_little():
    steady = [Progress("separate", 10 + step, 100, 80.0 - step) for step in range(5)]
    jump = Progress("separate", 15, 100, 160.0)
    *_, before, after = passed_on([*steady, jump], [0.1 * step for step in range(6)])
    assert before.eta_seconds == pytest.approx(after.eta_seconds, rel=0.1)


def test_the_time_left_follows_the_clock_where_nothing_is_known():
    states = [Progress("separate", 50, 100, 8.0), Progress("render", 0, 100, None)]
    first, second = passed_on(states, [0.0, 3.0])
    assert second.eta_seconds == pytest.approx(first.eta_seconds - 3)


def test_units_of_an_earlier_run_count_as_done_and_not_as_pace(monkeypatch):
    seconds = iter([0.0, 0.0, 10.0])
    monkeypatch.setattr("flowsep_plugin.progress.time.monotonic", lambda: next(seconds))
    seen = []
    meter = ProgressMeter(seen.append, "separate", 100)
    meter.skip(80)
    meter.tick(10)
    assert [(state.done, state.eta_seconds) for state in seen] == [(80, None), (90, 10.0)]


def test_a_file_with_eight_sounds_counts_up_to_one(tmp_path, noise_clip, pocket):
    write_clip(tmp_path / "song.wav", noise_clip(9))
    seen = []
    with Separator.open(pocket, "cpu") as separator:
        request = Request([f"sound {number}" for number in range(8)])
        separate_file(separator, tmp_path / "song.wav", request, FileRequest(tmp_path / "out"), seen.append)
    shares = [state.fraction for state in seen]
    assert {state.stage for state in seen} == {"separate", "render"}
    assert shares == sorted(shares)
    assert shares[-1] == 1
