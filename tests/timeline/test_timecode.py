from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowsep_plugin.errors import UsageError
from flowsep_plugin.timeline import FrameRate, format_timecode, parse_rate, parse_timecode

RATES = [parse_rate(text) for text in ("23.976", "24", "25", "29.97", "29.97df", "30", "50", "59.94", "59.94df", "60")]


@given(st.sampled_from(RATES), st.integers(0, 5_000_000))
def test_a_timecode_is_parsed_back_to_its_frame(rate: FrameRate, frame: int) -> None:
    assert parse_timecode(format_timecode(frame, rate), rate) == frame


def test_drop_frame_skips_two_numbers_a_minute_except_each_tenth() -> None:
    rate = parse_rate("29.97df")
    assert format_timecode(1799, rate) == "00:00:59;29"
    assert format_timecode(1800, rate) == "00:01:00;02"
    assert format_timecode(17982, rate) == "00:10:00;00"


def test_an_hour_of_drop_frame_is_an_hour_on_the_clock() -> None:
    rate = parse_rate("29.97df")
    assert abs(parse_timecode("01:00:00;00", rate) / rate.fps - 3600) < Fraction(1, 100)


@pytest.mark.parametrize("text", ["00:01:00;00", "00:00:61:00", "00:00:00:30", "1:2:3", "zero", "00:60:00:00"])
def test_a_timecode_that_does_not_exist_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_timecode(text, parse_rate("29.97df"))


@pytest.mark.parametrize("text", ["25df", "0", "-1", "fast", "1/0"])
def test_a_frame_rate_that_does_not_exist_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_rate(text)
