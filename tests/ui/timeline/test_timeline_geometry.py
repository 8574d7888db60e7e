"""Time to pixels, ticks, snapping and rows, without Qt."""

from fractions import Fraction
from itertools import pairwise

import pytest
from flowsep_ui.timeline.input.snapping import snap, snap_targets, with_more
from flowsep_ui.timeline.layout import ClipIndex, lay_out
from flowsep_ui.timeline.scene import Lane, LanePart, MarkerView, Scene, SceneClip, SceneTrack
from flowsep_ui.timeline.ticks import GAP, ruler_ticks, time_label
from flowsep_ui.timeline.viewport import FINEST, Viewport
from hypothesis import given
from hypothesis import strategies as st

from flowsep_plugin.audio.span import Span
from flowsep_plugin.timeline import FrameRate, Tempo, TempoMap, TimeSignature, parse_rate, parse_timecode

RATE = 48_000
LENGTH = 60 * 60 * RATE


def measure(text: str) -> float:
    return 7.0 * len(text)


@st.composite
def viewports(draw):
    frames = draw(st.integers(1, 10 * LENGTH))
    width = draw(st.integers(40, 4000))
    fpp = draw(st.floats(FINEST, 1e6))
    return Viewport(draw(st.integers(-100, 10**7)), fpp, width, frames).bounded()


def clip(name: str, start: int, frames: int) -> SceneClip:
    return SceneClip(name, name, None, Span(start, frames, RATE), Span(0, frames, RATE))


@given(viewports(), st.integers(0, 10 * LENGTH))
def test_a_frame_comes_back_from_its_pixel_within_half_a_pixel(view, frame):
    assert abs(view.frame_at(view.x_of(frame)) - frame) <= max(1, view.frames_per_pixel / 2)


@given(viewports(), st.integers(-50, 4100))
def test_a_pixel_comes_back_from_its_frame_within_one(view, x):
    assert abs(view.x_of(view.frame_at(x)) - x) <= max(1.0, 0.5 / view.frames_per_pixel)


@given(viewports(), st.floats(0.05, 20), st.integers(0, 4000))
def test_zooming_keeps_the_frame_under_the_mouse_unless_an_end_is_reached(view, factor, x):
    zoomed = view.zoomed(factor, x)
    under = (view.left + x) * view.frames_per_pixel
    if -12 < zoomed.left < zoomed.furthest:
        assert abs(zoomed.x_of(under) - x) <= 1


@given(viewports(), st.integers(-(10**6), 10**6))
def test_scrolling_there_and_back_shows_the_same(view, pixels):
    there = view.scrolled(pixels)
    assert there.scrolled(view.left - there.left) == view


@given(viewports(), st.integers(0, LENGTH), st.integers(1, LENGTH))
def test_what_is_fitted_is_in_view(view, first, frames):
    view = Viewport(0, 1.0, view.width, 3 * LENGTH).fitted(first, first + frames)
    edges = view.x_of(first), view.x_of(first + frames)
    if view.frames_per_pixel > FINEST and frames / view.frames_per_pixel < view.width:
        assert -1 <= edges[0] < edges[1] <= view.width + 1


@given(viewports())
def test_frames_in_view_lie_in_the_scene(view):
    first, stop = view.visible
    assert 0 <= first <= stop <= view.frames


@pytest.mark.parametrize("mode", ["time", "timecode", "bars"])
@given(
    view=viewports(),
    bpm=st.lists(st.integers(20, 400), min_size=1, max_size=6),
    ramp=st.booleans(),
    fps=st.sampled_from(["24", "23.976", "25", "29.97df", "59.94df", "30"]),
    origin=st.sampled_from([0, RATE * 3600, 12345]),
)
def test_labels_never_overlap(mode, view, bpm, ramp, fps, origin):
    tempos = tuple(Tempo(Fraction(9 * n), Fraction(b), ramp) for n, b in enumerate(bpm))
    signatures = (TimeSignature(Fraction(0), 4, 4), TimeSignature(Fraction(32), 7, 8))
    scene = Scene("s", RATE, view.frames, (), (), TempoMap(tempos, signatures), parse_rate(fps), origin)
    ticks = ruler_ticks(scene, view, mode, measure)
    labelled = [tick for tick in ticks if tick.label]
    assert all(a.x + measure(a.label) + GAP <= b.x for a, b in pairwise(labelled))
    assert all(a.x <= b.x for a, b in pairwise(ticks))
    assert len(ticks) < 3 * view.width


@pytest.mark.parametrize("mode", ["time", "timecode", "bars"])
def test_a_view_wider_than_a_label_has_one(mode):
    scene = Scene("s", RATE, LENGTH)
    for exponent in range(-4, 18):
        view = Viewport(0, 2.0**exponent, 800, LENGTH).bounded()
        assert [tick for tick in ruler_ticks(scene, view, mode, measure) if tick.label and 0 <= tick.x < 800]


def test_a_tick_stands_at_what_its_time_label_says():
    scene = Scene("s", 44_100, 44_100 * 100)
    for tick in ruler_ticks(scene, Viewport(0, 200.0, 900, scene.frames), "time", measure):
        if tick.label:
            minutes, seconds = tick.label.split(":")
            assert tick.frame == pytest.approx((60 * int(minutes) + float(seconds)) * 44_100)


def test_drop_frame_ticks_stand_at_the_frames_their_labels_name():
    rate = parse_rate("29.97df")
    scene = Scene("s", RATE, LENGTH, frame_rate=rate, origin=3600 * RATE)
    for tick in ruler_ticks(scene, Viewport(0, 40_000.0, 1200, LENGTH), "timecode", measure):
        if tick.label:
            counted = parse_timecode(tick.label, rate)
            assert tick.frame + scene.origin == pytest.approx(float(counted / rate.fps * RATE))


def test_bar_ticks_follow_the_tempo_map():
    tempo = TempoMap((Tempo(Fraction(0), Fraction(60)), Tempo(Fraction(8), Fraction(120))))
    ticks = ruler_ticks(Scene("s", RATE, RATE * 60, tempo=tempo), Viewport(0, 600.0, 2000, RATE * 60), "bars", measure)
    bars = {tick.label: tick.frame / RATE for tick in ticks if tick.label.isdigit()}
    assert [bars[name] for name in ("1", "2", "3", "4", "5")] == [0, 4, 8, 10, 12]


def test_frame_rates_without_a_name_are_counted_at_25():
    ticks = ruler_ticks(Scene("s", RATE, RATE), Viewport(0, 30.0, 1600, RATE), "timecode", measure)
    assert "00:00:00:24" in {tick.label for tick in ticks}
    assert FrameRate(Fraction(25)).nominal == 25


def test_hours_are_written_only_where_there_are_some():
    assert time_label(Fraction(61), Fraction(1)) == "1:01"
    assert time_label(Fraction(3661), Fraction(1)) == "1:01:01"
    assert time_label(Fraction(1, 4), Fraction(1, 20)) == "0:00.25"


@given(st.integers(-1000, 10**6), st.lists(st.integers(0, 10**6)), st.integers(0, 5000))
def test_snapping_never_moves_further_than_its_reach(frame, targets, reach):
    snapped = snap(frame, sorted(targets), reach)
    assert abs(snapped - frame) <= reach
    assert snapped == frame or snapped in targets
    assert all(abs(snapped - frame) <= abs(t - frame) for t in targets if abs(t - frame) <= reach)


def test_clips_markers_lanes_and_regions_attract():
    lane = Lane("l", "dog", "stem", "", (LanePart(None, Span(10, 30, RATE), regions=(Span(15, 5, RATE),)),))
    scene = Scene(
        "s", RATE, 100, (SceneTrack("t", "t", (clip("a", 10, 30),), (lane,)),), (MarkerView("m", Span(70, 0, RATE)),)
    )
    assert snap_targets(scene) == (0, 10, 15, 20, 40, 70, 100)
    assert with_more((1, 5), [3]) == (1, 3, 5)


@given(
    st.lists(st.tuples(st.integers(0, 1000), st.integers(1, 400)), max_size=30),
    st.integers(0, 1000),
    st.integers(1, 300),
)
def test_the_index_finds_the_clips_that_a_scan_finds(places, first, frames):
    clips = [clip(str(n), start, length) for n, (start, length) in enumerate(places)]
    matches = {c.id for c in ClipIndex(clips).between(first, first + frames)}
    assert matches == {c.id for c in clips if c.place.start < first + frames and c.place.stop > first}


@given(st.lists(st.tuples(st.integers(30, 200), st.integers(0, 3)), min_size=1, max_size=20), st.floats(0, 5000))
def test_rows_do_not_overlap_and_are_found_by_height(shape, y):
    lanes = [
        tuple(Lane(f"{n}.{k}", "", "stem", "", (LanePart(None, Span(0, 1, RATE)),)) for k in range(count))
        for n, (_, count) in enumerate(shape)
    ]
    layout = lay_out(
        Scene("s", RATE, 1, tuple(SceneTrack(str(n), "", (), lanes[n], h) for n, (h, _) in enumerate(shape)))
    )
    assert all(a.bottom <= b.top for a, b in pairwise(layout.rows))
    scan = [row for row in layout.rows if row.top <= y < row.bottom]
    assert layout.row_at(y) == (scan[0] if scan else None)
    assert list(layout.between(y, y + 100)) == [row for row in layout.rows if row.bottom > y and row.top < y + 100]
