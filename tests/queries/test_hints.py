"""Hints as values: what they refuse, where they lie on a grid, and that they survive JSON."""

import json
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowsep_plugin import Query, RenderSettings, Request, Span
from flowsep_plugin.errors import UsageError
from flowsep_plugin.queries import HERE, MOST_SPANS, NOT_HERE, Hints, query_named

spans = st.builds(Span, st.integers(-50, 300), st.integers(1, 60), st.sampled_from([1, 7, 100, 48_000, 10**9]))
span_lists = st.lists(spans, max_size=6)


def overlap(one: Span, other: Span) -> bool:
    start = max(Fraction(one.start, one.rate), Fraction(other.start, other.rate))
    return start < min(Fraction(one.stop, one.rate), Fraction(other.stop, other.rate))


@given(span_lists, span_lists)
def test_spans_of_both_kinds_are_refused_exactly_where_two_of_them_overlap(here: list[Span], away: list[Span]) -> None:
    if any(overlap(one, other) for one in here for other in away):
        with pytest.raises(UsageError, match="cannot be and not be at the same time"):
            Hints(here, away)
    else:
        hints = Hints(here, away)
        assert sorted(hints.here) == sorted(here)
        assert Hints.from_json(json.loads(json.dumps(hints.as_json()))) == hints


@given(spans, st.integers(-20, 20), st.integers(1, 400), st.sampled_from([Fraction(1, 100), Fraction(441, 44_100)]))
def test_a_grid_frame_is_marked_where_its_centre_lies_in_a_span(
    span: Span, first: int, frames: int, step: Fraction
) -> None:
    marked = Hints(here=[span]).on_grid(first, frames, step)
    inside = [
        Fraction(span.start, span.rate) <= frame * step < Fraction(span.stop, span.rate)
        for frame in range(first, first + frames)
    ]
    if Fraction(span.frames, span.rate) >= step:
        np.testing.assert_array_equal(marked, np.where(inside, HERE, 0))
    else:
        assert marked.sum() <= HERE  # at its nearest frame, if that is on the grid
    np.testing.assert_array_equal(Hints(not_here=[span]).on_grid(first, frames, step), np.where(marked, NOT_HERE, 0))


@pytest.mark.parametrize(
    ("here", "says"),
    [
        ([Span(3, 0, 2)], "the span at 1.5 s, marked as here, is empty; mark a longer one"),
        ([(1, 2)], r"here must be a list of Span, got \(1, 2\) in it"),
        (3, "here must be a list of Span, got 3"),
        ([Span(0, 1, 1)] * (MOST_SPANS + 1), "1001 spans are marked as here, at most 1000 are allowed; remove some"),
    ],
)
def test_what_is_no_hint_is_refused(here: object, says: str) -> None:
    with pytest.raises(UsageError, match=says) as refused:
        Hints(here=here)  # type: ignore[arg-type]
    assert refused.value.setting == "here"


def test_a_thousand_spans_of_each_kind_are_compared_at_once() -> None:
    here = [Span(4 * number, 2, 100) for number in range(MOST_SPANS)]
    Hints(here, [span.moved(2) for span in here])
    with pytest.raises(UsageError, match=r"39\.96-39\.98 s is marked as here"):
        Hints(here, [*(span.moved(2) for span in here[:-1]), here[-1].moved(1)])


def test_a_span_outside_the_clip_is_refused_and_one_that_sticks_out_counts() -> None:
    clip = Span(48_000, 96_000, 48_000)
    Hints(here=[Span(0, 2, 1)], not_here=[Span(29, 9, 10)]).check_within(clip)
    for outside in (Span(0, 1, 1), Span(3, 5, 1), Span(-4, 2, 1)):
        with pytest.raises(UsageError, match="marked as not here, is outside the clip, which is 1-3 s") as refused:
            Hints(not_here=[outside]).check_within(clip)
        assert refused.value.setting == "not_here"


def test_a_query_brings_its_hints_and_render_settings_into_the_request() -> None:
    dog = Query("a  dog barking", here=[Span(1, 1, 1)], strength=2.0)
    request = Request([dog, "rain", Query("wind", reduce_db=6)], render=RenderSettings(gate=0.5))
    assert request.queries == ("a dog barking", "rain", "wind")
    assert request.hints == (Hints(here=[Span(1, 1, 1)]), None, None)
    assert request.all_render == (
        RenderSettings(strength=2.0, gate=0.5), RenderSettings(gate=0.5), RenderSettings(reduce_db=6, gate=0.5),
    )  # fmt: skip
    assert Request(dog).queries == ("a dog barking",)
    assert Request.from_json(json.loads(json.dumps(request.as_json()))) == request
    assert "hints" not in Request(["rain"]).as_json()


def test_other_queries_keep_the_hints_of_those_that_stay() -> None:
    request = Request(["a dog", Query("rain", not_here=[Span(0, 1, 1)])])
    assert request.with_queries(["RAIN", "wind"]).hints == (Hints(not_here=[Span(0, 1, 1)]), None)
    assert request.with_queries(["wind"]).hints == ()


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Query(" "), "the query ' ' is empty"),
        (lambda: Query("dog", strength=9), "strength must be 0.25 to 4"),
        (lambda: Query("dog", here=[Span(0, 2, 1)], not_here=[Span(1, 2, 1)]), "0-2 s is marked as here and 1-3 s"),
        (lambda: Query("dog", hear=[]), "Query has no field 'hear'; did you mean 'here'?"),
        (lambda: Request("dog", negative=[Query("cat")]), "a query must be a text, got Query"),
        (lambda: Request(["dog"], hints=[None, None]), "hints has 2 entries for 1 queries; give one for each query"),
        (lambda: Request(["dog"], hints=[3]), "an entry of hints must be Hints or None; got 3"),
    ],
)
def test_wrong_queries_are_refused(make: object, says: str) -> None:
    with pytest.raises((UsageError, TypeError)) as refused:
        make()  # type: ignore[operator]
    assert says in str(refused.value)


def test_a_query_is_named_in_full_or_by_its_words() -> None:
    queries = ["a dog barking", "a small dog", "dog", "rain on a roof"]
    assert query_named("DOG", queries) == "dog"
    assert query_named("small  Dog", queries) == "a small dog"
    assert query_named("rain", queries) == "rain on a roof"
    assert query_named("a", queries) is None
    assert query_named("", queries) is None
    assert query_named("cat", queries) is None
