"""Times of --start and --end in every notation."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowsep_plugin.audio.span import Span
from flowsep_plugin.cli.times import Time, parse_time, part_of
from flowsep_plugin.errors import UsageError


@pytest.mark.parametrize(
    ("text", "frame"),
    [
        ("0", 0), ("90", 4_320_000), ("90.5", 4_344_000), (".5", 24_000), ("1:30", 4_320_000), ("1:30.5", 4_344_000),
        ("1:02:03", 178_704_000), ("0:00:00.25", 12_000), ("4321000s", 4_321_000), ("12samples", 12), ("1 sample", 1),
        ("0s", 0), (" 2 ", 96_000),
    ],
)  # fmt: skip
def test_a_time_is_parsed_to_its_frame(text, frame):
    assert parse_time(text).counted_at(48_000) == (frame, frame)


@pytest.mark.parametrize("text", ["", "abc", "-1", "1:60", "1:2:3:4", "1:99:00", "1e3", "1.5s", "5 minutes", "1:"])
def test_text_other_than_a_time_is_refused_with_the_notation(text):
    with pytest.raises(UsageError, match="h:mm:ss"):
        parse_time(text)


def test_seconds_written_like_samples_are_refused():
    with pytest.raises(UsageError, match="30 for seconds, or 30samples"):
        parse_time("30s")


def test_a_start_between_frames_is_rounded_down_and_an_end_up():
    assert part_of(parse_time("0.00001"), parse_time("0.10001"), 48_000, 48_000) == Span(0, 4801, 48_000)


def test_an_open_end_is_the_end_of_the_clip():
    assert part_of(parse_time("0.5"), None, 48_000, 48_000) == Span(24_000, 24_000, 48_000)


def test_an_end_past_the_clip_is_cut_to_it():
    assert part_of(None, parse_time("9"), 48_000, 48_000) == Span(0, 48_000, 48_000)


def test_no_times_mean_the_whole_clip():
    assert part_of(None, None, 48_000, 48_000) is None


@given(st.integers(0, 10**10), st.sampled_from([8000, 44_100, 48_000, 96_000, 192_000]))
def test_a_time_in_samples_is_the_same_at_every_rate(count, rate):
    assert Time(count, None).counted_at(rate) == (count, count)


@given(st.integers(0, 86_399_999), st.sampled_from([8000, 44_100, 48_000, 96_000]))
def test_every_notation_means_the_same_time(milliseconds, rate):
    seconds, part = divmod(milliseconds, 1000)
    minutes, hours = seconds // 60, seconds // 3600
    notations = {
        f"{seconds}.{part:03d}",
        f"{minutes}:{seconds % 60:02d}.{part:03d}",
        f"{hours}:{minutes % 60:02d}:{seconds % 60:02d}.{part:03d}",
    }
    assert len({parse_time(text).counted_at(rate) for text in notations}) == 1
