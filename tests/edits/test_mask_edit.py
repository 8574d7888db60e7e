"""Mask edits as data: what is allowed, and the same in JSON."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowsep_plugin.edits import (
    Box,
    Brush,
    Lasso,
    MaskEdit,
    check_edits,
    check_stem_edits,
    edits_from_json,
)
from flowsep_plugin.errors import UsageError

seconds, hertz = st.floats(-1e6, 1e6), st.floats(0, 384_000)
points = st.tuples(seconds, hertz)
boxes = st.builds(
    lambda start, length, low, height: Box(
        start_seconds=start, stop_seconds=start + length, low_hz=low, high_hz=low + height
    ),
    seconds, st.floats(1e-3, 1e6), st.floats(0, 100_000), st.floats(1e-3, 100_000),
)  # fmt: skip
lassos = st.builds(Lasso, st.lists(points, min_size=3, max_size=20).map(tuple))
strokes = st.builds(
    Brush, st.lists(points, min_size=1, max_size=20).map(tuple), st.floats(0.001, 60), st.floats(0.01, 10)
)
edits = st.builds(MaskEdit, st.one_of(boxes, lassos, strokes), st.sampled_from(["add", "take"]), st.integers(0, 2**53))

BOX = Box(start_seconds=1, stop_seconds=2, low_hz=300, high_hz=4000)


@given(edits)
def test_an_edit_survives_json(edit: MaskEdit) -> None:
    assert MaskEdit.from_json(json.loads(json.dumps(edit.as_json()))) == edit


@given(st.lists(edits, max_size=5))
def test_the_edits_of_a_stem_survive_json(own: list[MaskEdit]) -> None:
    assert edits_from_json(json.loads(json.dumps([edit.as_json() for edit in own]))) == tuple(own)


def test_an_edit_reads_as_it_was_drawn() -> None:
    assert MaskEdit(BOX, "take").as_json() == {
        "shape": "box", "action": "take", "start_seconds": 1.0, "stop_seconds": 2.0, "low_hz": 300.0, "high_hz": 4000.0,
    }  # fmt: skip


def test_points_of_json_are_those_of_tuples_so_that_edits_can_be_compared_and_hashed() -> None:
    assert hash(Lasso([[0, 100], [1, 100], [1, 200]])) == hash(Lasso(((0, 100), (1, 100), (1, 200))))


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: Box(start_seconds=2, stop_seconds=2, low_hz=0, high_hz=1), "from 2 s to 2 s is empty"),
        (lambda: Box(start_seconds=0, stop_seconds=1, low_hz=50, high_hz=40), "from 50 Hz to 40 Hz is empty"),
        (lambda: Box(start_seconds=0, stop_seconds=1, low_hz=-1, high_hz=40), "low_hz of a box must be 0 to 384000"),
        (lambda: Box(start_seconds=math.nan, stop_seconds=1, low_hz=0, high_hz=40), "start_seconds of a box must be"),
        (lambda: Box(start_seconds="0", stop_seconds=1, low_hz=0, high_hz=40), "start_seconds of a box must be"),
        (lambda: Lasso(((0, 1), (1, 1))), "a lasso has 3 to 2000 points; got 2"),
        (lambda: Lasso(((0, 1), (1, 1), (1, math.inf))), r"a point of a lasso must be \(seconds, hertz\)"),
        (lambda: Brush((), 0.1, 0.1), "a brush stroke has 1 to 2000 points; got 0"),
        (lambda: Brush(((0, 1),) * 2001, 0.1, 0.1), "got 2001"),
        (lambda: Brush(((0, 100),), 0, 0.1), "radius_seconds of a brush must be 0.001 to 60; got 0"),
        (lambda: Brush(((0, 100),), 0.1, 11), "radius_octaves of a brush must be 0.01 to 10; got 11"),
        (lambda: MaskEdit(BOX, "remove"), "action must be add or take; got 'remove'"),
        (lambda: MaskEdit("box", "add"), "has a Box, a Lasso or a Brush; got 'box'"),
        (lambda: MaskEdit(BOX, "add", -1), "order must be a whole number, 0 or more; got -1"),
        (lambda: MaskEdit(BOX, "add", True), "order must be a whole number"),
        (lambda: check_edits([MaskEdit(BOX, "add")] * 501), "a stem has 501 edits, at most 500 are allowed"),
        (lambda: check_edits([BOX]), "an edit of a stem must be a MaskEdit"),
        (lambda: check_edits("box"), "edits of a stem must be a list of MaskEdit; got 'box'"),
        (lambda: check_edits([MaskEdit(Brush(((0, 100),) * 2000, 0.1, 0.1), "add")] * 26), "52000 points, at most"),
        (lambda: check_stem_edits([[]], 2), "edits has 1 entries for 2 queries; give one for each query"),
        (lambda: check_stem_edits(3, 2), "edits must be a list with a list for each query; got 3"),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_refused_in_words(draw, message) -> None:
    with pytest.raises(UsageError, match=message) as refused:
        draw()
    assert refused.value.setting == "edits"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"shape": "circle"}, "shape is 'circle', must be box, lasso, brush"),
        ({"shape": None}, "shape is None"),
        ({"action": "cut"}, "action must be add or take; got 'cut'"),
        ({"low_hz": "low"}, "low_hz is 'low', must be a number"),
        ({"low_hz": None}, "low_hz is missing"),
        ({"low_hz": 10**400}, "low_hz is"),
        ({"high_hz": 1e9}, "high_hz is 1000000000.0, must be 0 to 384000"),
        ({"colour": "red"}, "'colour' is not a name of a box"),
        ({"order": 1.5}, "order must be a whole number"),
        ({"points": []}, "'points' is not a name of a box"),
    ],
)
def test_a_record_that_is_wrong_is_refused_with_the_name_and_the_value(change, message) -> None:
    with pytest.raises(UsageError, match=message) as refused:
        MaskEdit.from_json(MaskEdit(BOX, "take").as_json() | change)
    assert refused.value.setting == "edits"


@pytest.mark.parametrize("record", [None, 3, [], "box", {}, [{}]])
def test_what_is_no_record_is_refused(record) -> None:
    with pytest.raises(UsageError, match="a mask edit: "):
        MaskEdit.from_json(record)


@pytest.mark.parametrize(
    ("records", "message"),
    [
        ([{}] * 501, "a stem has 501 edits"),
        ([{"points": [None] * 30_000}] * 2, "60000 points"),
        ({"shape": "box"}, "edits of a stem must be a list"),
        (None, "edits of a stem must be a list"),
    ],
)
def test_too_much_is_refused_before_it_is_read(records, message) -> None:
    with pytest.raises(UsageError, match=message):
        edits_from_json(records)


def test_no_edits_of_any_stem_are_no_edits() -> None:
    assert check_stem_edits([(), []], 2) == check_stem_edits((), 2) == ()
