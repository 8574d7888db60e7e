"""Weights of shapes at the bins of the transform: exact, soft at the edges, and the same in any block."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowsep_plugin.audio.types import Floats
from flowsep_plugin.edits import Box, Brush, Lasso, MaskEdit, affected_span, edited_presence
from flowsep_plugin.edits import weights as weights_module
from flowsep_plugin.edits.bins import BinAxis
from flowsep_plugin.edits.shapes import MaskShape
from flowsep_plugin.edits.weights import shape_weights
from flowsep_plugin.spectrogram.tiles import ROWS, hertz_of

RATE = 16_000
AXIS = BinAxis.for_rate(RATE)
FRAMES = 130
"""About two seconds."""

seconds, hertz = st.floats(-0.3, 2.3), st.floats(30, 9000)
points = st.tuples(seconds, hertz)
boxes = st.builds(
    lambda start, length, low, factor: Box(
        start_seconds=start, stop_seconds=start + length, low_hz=low, high_hz=low * factor
    ),
    seconds, st.floats(0.002, 1), st.floats(20, 7000), st.floats(1.01, 20),
)  # fmt: skip
lassos = st.builds(Lasso, st.lists(points, min_size=3, max_size=12).map(tuple))
strokes = st.builds(
    Brush, st.lists(points, min_size=1, max_size=8).map(tuple), st.floats(0.01, 0.3), st.floats(0.05, 2)
)
shapes = st.one_of(boxes, lassos, strokes)


def picture(shape: MaskShape, first: int = 0, last: int = FRAMES, axis: BinAxis = AXIS) -> Floats:
    """Return the weights of `shape` at all bins of frames `[first, last)`, (frames, bins)."""
    whole = np.zeros((last - first, axis.stft.bins), np.float32)
    weights = shape_weights(shape, axis, first, last)
    if weights is not None:
        whole[weights.frames(first), weights.bins] = weights.values
    return whole


def bin_of(hz: float, axis: BinAxis = AXIS) -> int:
    return round(hz * axis.stft.size / axis.rate)


def frame_of(at_seconds: float) -> int:
    return round(at_seconds * RATE / AXIS.stft.hop)


@given(shapes)
def test_weights_are_shares(shape: MaskShape) -> None:
    weights = picture(shape)
    assert np.isfinite(weights).all()
    assert 0 <= weights.min() <= weights.max() <= 1


@given(shapes, st.lists(st.integers(1, FRAMES - 1), max_size=5, unique=True))
def test_blocks_agree_with_the_whole_bit_for_bit(shape: MaskShape, cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), FRAMES]
    blocks = [picture(shape, first, last) for first, last in pairwise(edges)]
    np.testing.assert_array_equal(np.concatenate(blocks), picture(shape))


@given(st.one_of(lassos, strokes))
def test_frames_that_are_drawn_in_pieces_to_save_memory_are_the_same(shape: MaskShape) -> None:
    whole = picture(shape)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(weights_module, "_MOST_PAIRS", 50)
        np.testing.assert_array_equal(picture(shape), whole)


@given(boxes)
def test_a_lasso_around_a_box_is_the_box(box: Box) -> None:
    low, high = box.hertz
    start, stop = box.seconds
    lasso = Lasso(((start, low), (stop, low), (stop, high), (start, high)))
    np.testing.assert_allclose(picture(lasso), picture(box), atol=0.2)  # drawn in quarters of a hop and rows


def test_inside_a_box_the_weight_is_one_outside_it_nothing() -> None:
    weights = picture(Box(start_seconds=0.5, stop_seconds=1.5, low_hz=500, high_hz=2000))
    inside = weights[frame_of(0.5) + 2 : frame_of(1.5) - 1, bin_of(530) + 1 : bin_of(1900)]
    assert (inside == 1).all()
    weights[frame_of(0.5) - 1 : frame_of(1.5) + 2, bin_of(480) - 1 : bin_of(2070) + 2] = 0
    assert not weights.any()


def test_a_line_through_the_middle_of_a_cell_is_half_of_it() -> None:
    half = (frame_of(0.5)) * AXIS.stft.hop / RATE
    weights = picture(Box(start_seconds=half, stop_seconds=1.5, low_hz=0, high_hz=8000))
    assert weights[frame_of(0.5), 100] == pytest.approx(0.5)


def test_edges_are_soft_and_follow_the_hand_continuously() -> None:
    for late in np.linspace(0, 0.02, 21):
        one, other = (
            picture(Box(start_seconds=0.5 + late + more, stop_seconds=1.5, low_hz=500, high_hz=2000 * 2**more))
            for more in (0, 0.001)
        )
        assert np.abs(one - other).max() < 0.15


@given(strokes)
def test_a_brush_covers_what_is_within_its_radius_and_nothing_else(brush: Brush) -> None:
    weights = picture(brush)
    times, octaves = (
        np.asarray([at for at, _ in brush.points]),
        AXIS.octaves_of(np.asarray([hz for _, hz in brush.points])),
    )
    x, y = times / brush.radius_seconds, octaves / brush.radius_octaves
    frame = np.arange(FRAMES)[:, None] * (AXIS.stft.hop / RATE / brush.radius_seconds)
    middle = (AXIS.low + AXIS.high) / 2 / brush.radius_octaves
    distances = [
        _distance(frame, middle, (x[k], y[k]), (x[min(k + 1, len(x) - 1)], y[min(k + 1, len(y) - 1)]))
        for k in range(max(1, len(x) - 1))
    ]
    distance = np.min(distances, axis=0)
    cell = AXIS.stft.hop / RATE / brush.radius_seconds + (AXIS.high - AXIS.low) / brush.radius_octaves
    shown = np.zeros(AXIS.stft.bins, bool)
    shown[AXIS.visible] = True
    assert (weights[(distance < 1 - cell) & shown] == 1).all()
    assert not weights[(distance > 1 + cell) & shown].any()


def _distance(x: np.ndarray, y: np.ndarray, start: tuple[float, float], stop: tuple[float, float]) -> np.ndarray:
    """Return the distances of points from a line between two others."""
    along = np.subtract(stop, start)
    share = ((x - start[0]) * along[0] + (y - start[1]) * along[1]) / max(along @ along, 1e-12)
    share = share.clip(0, 1)
    return np.hypot(x - start[0] - share * along[0], y - start[1] - share * along[1])


def test_a_loop_within_a_loop_is_a_hole() -> None:
    outer = [(0.2, 300.0), (1.8, 300.0), (1.8, 4000.0), (0.2, 4000.0), (0.2, 300.0)]
    inner = [(0.8, 800.0), (1.2, 800.0), (1.2, 1500.0), (0.8, 1500.0), (0.8, 800.0)]
    weights = picture(Lasso((*outer, *inner)))
    assert weights[frame_of(1), bin_of(1100)] == 0
    assert weights[frame_of(0.5), bin_of(1100)] == weights[frame_of(1), bin_of(3000)] == 1


@given(lassos, st.integers(0, 11), st.booleans())
def test_where_a_lasso_begins_and_which_way_it_turns_does_not_matter(
    lasso: Lasso, turn: int, is_reversed: bool
) -> None:
    turned = (*lasso.points[turn:], *lasso.points[:turn])
    again = picture(Lasso(turned[::-1] if is_reversed else turned))
    np.testing.assert_allclose(again, picture(lasso), atol=2e-3)  # lines are rounded to 1/256 of a row


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100, 48_000, 96_000, 192_000])
def test_a_shape_that_reaches_the_border_of_the_picture_reaches_all_behind_it(rate: int) -> None:
    axis = BinAxis.for_rate(rate)
    lowest, highest = hertz_of(ROWS - 1, rate), hertz_of(0, rate)
    box = Box(start_seconds=0, stop_seconds=1, low_hz=lowest, high_hz=highest)
    assert (picture(box, 20, 22, axis) == 1).all()
    lasso = Lasso(((0, lowest), (1, lowest), (1, highest), (0, highest)))
    assert (picture(lasso, 20, 22, axis) == 1).all()
    inner = Box(start_seconds=0, stop_seconds=1, low_hz=lowest * 4, high_hz=highest / 4)
    assert not picture(inner, 20, 22, axis)[:, [0, -1]].any()


def test_what_is_behind_the_border_can_be_edited_alone() -> None:
    axis = BinAxis.for_rate(48_000)
    rumble = picture(Box(start_seconds=0, stop_seconds=1, low_hz=0, high_hz=36), 20, 22, axis)
    assert (rumble[:, :2] == 1).all()
    assert not rumble[:, 3:].any()
    hiss = picture(Box(start_seconds=0, stop_seconds=1, low_hz=21_000, high_hz=24_000), 20, 22, axis)
    assert (hiss[:, -1] == 1).all()
    assert not hiss[:, : bin_of(20_000, axis)].any()


@given(shapes)
def test_what_an_edit_touches_holds_all_its_frames(shape: MaskShape) -> None:
    span = affected_span([MaskEdit(shape, "add")], RATE)
    weights = shape_weights(shape, AXIS, -1000, 1000)
    if weights is not None:
        start, stop = AXIS.stft.samples_under(weights.first_frame, weights.first_frame + len(weights.values))
        assert span.start <= start < stop <= span.stop
    assert span.seconds <= shape.seconds[1] - shape.seconds[0] + 0.2


def test_no_edits_touch_nothing() -> None:
    assert affected_span([], RATE) is None


def test_presence_is_raised_where_something_is_added_and_only_there() -> None:
    edits = [
        MaskEdit(Box(start_seconds=3, stop_seconds=4, low_hz=500, high_hz=600), "add"),
        MaskEdit(Box(start_seconds=0, stop_seconds=9, low_hz=500, high_hz=600), "take"),
        MaskEdit(Brush(((7.0, 1000.0),), 0.2, 0.2), "add"),
    ]
    before = np.full(800, 0.1, np.float32)
    after = edited_presence(before, edits, first=100, step_seconds=0.01, rate=48_000)
    at = 1 + np.arange(800) * 0.01
    is_added = ((at > 3.02) & (at < 3.98)) | ((at > 6.85) & (at < 7.15))
    is_far = (at < 2.95) | ((at > 4.05) & (at < 6.75)) | (at > 7.25)
    assert (after[is_added] == 1).all()
    np.testing.assert_array_equal(after[is_far], before[is_far])
