import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowsep_plugin.audio.span import Span

rates = st.sampled_from([8_000, 11_025, 44_100, 44_101, 48_000, 96_000, 192_000])
spans = st.builds(Span, st.integers(-(10**12), 10**12), st.integers(0, 10**12), rates)


@given(spans, rates)
def test_a_span_at_another_rate_and_back_covers_itself(span, rate):
    there_and_back = span.at(rate).at(span.rate)
    assert there_and_back.start <= span.start
    assert there_and_back.stop >= span.stop


@given(spans, rates)
def test_a_span_at_another_rate_is_at_most_one_frame_longer_at_each_end(span, rate):
    there = span.at(rate)
    assert 0 <= span.start * rate - there.start * span.rate < span.rate
    assert 0 <= there.stop * span.rate - span.stop * rate < span.rate


@given(spans)
def test_a_span_at_its_own_rate_is_itself(span):
    assert span.at(span.rate) == span


def test_spans_that_do_not_meet_have_nothing_in_common():
    assert Span(0, 10, 48_000).intersect(Span(20, 5, 48_000)).frames == 0


def test_spans_at_different_rates_are_not_compared_silently():
    with pytest.raises(ValueError, match="44100 and 48000"):
        Span(0, 10, 44_100).intersect(Span(0, 10, 48_000))


@pytest.mark.parametrize(("frames", "rate"), [(-1, 48_000), (10, 0), (10, -1)])
def test_a_span_is_neither_negative_nor_without_a_rate(frames, rate):
    with pytest.raises(ValueError, match="span"):
        Span(0, frames, rate)
