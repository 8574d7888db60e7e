from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from flowsep_plugin.audio.span import Span
from flowsep_plugin.engine.base import Grid
from flowsep_plugin.engine.card import PresenceRule
from flowsep_plugin.engine.estimate import Estimate, FrameStore
from flowsep_plugin.presence import SILENT_PEAK, StemPeaks, audible, prominent, regions

RULE = PresenceRule(-20, 6)
curves = arrays(np.float32, st.integers(1, 300), elements=st.floats(0, 1, width=32))


def curve(*parts):
    return np.concatenate([np.full(length, value, np.float32) for length, value in parts])


def test_a_sound_that_comes_and_goes_has_two_regions():
    found_regions = regions(curve((50, 0), (100, 1), (50, 0), (30, 0.8), (10, 0)))
    assert [(r.start, r.stop, r.peak) for r in found_regions] == [(50, 150, 1.0), (200, 230, 0.8)]


def test_a_short_gap_is_closed_and_a_blip_is_dropped():
    found_regions = regions(curve((50, 1), (10, 0), (50, 1), (100, 0), (2, 1), (50, 0)))
    assert [(r.start, r.stop) for r in found_regions] == [(0, 110)]


def test_barks_stay_apart_and_words_are_one_phrase():
    assert len(regions(curve(*[(8, 1), (7, 0)] * 13))) == 13
    assert len(regions(curve(*[(8, 1), (5, 0)] * 13))) == 1
    assert len(regions(curve((45, 1), (19, 0), (60, 1)))) == 1
    assert len(regions(curve((45, 1), (20, 0), (60, 1)))) == 2
    assert len(regions(curve((45, 1), (10, 0), (8, 1)))) == 2


@given(curves)
def test_regions_are_in_order_and_apart(presence):
    found_regions = regions(presence)
    assert all(a.stop + 6 <= b.start for a, b in pairwise(found_regions))
    assert all(0 <= r.start < r.stop <= len(presence) for r in found_regions)


def test_peaks_are_those_of_each_frame_however_the_stems_are_cut_into_blocks():
    rng = np.random.default_rng(0)
    stems = rng.uniform(-1, 1, (2, 3, 5_000)).astype(np.float32)
    start, starts = 1_234, [round(np.ceil(frame * 147.0)) for frame in range(9, 42)]
    meter = StemPeaks(stem_count=2, first=9, frames=33, hop=160, grid_rate=48_000, rate=44_100)
    cuts = [0, 1, 100, 100 + 147, 2_999, 5_000]
    for first, stop in pairwise(cuts):
        meter.add(start + first, stems[:, :, first:stop])
    bounds = [start, *starts[1:], start + 5_000]
    expected = [np.abs(stems[:, :, a - start : b - start]).max(axis=(1, 2)) for a, b in pairwise(bounds)]
    np.testing.assert_array_equal(meter.peaks, np.transpose(expected))


def test_peaks_of_stems_that_are_left_out_are_zero():
    meter = StemPeaks(stem_count=3, first=0, frames=2, hop=10, grid_rate=100, rate=100)
    meter.add(0, np.ones((1, 2, 20), np.float32), [1])
    assert meter.peaks.tolist() == [[0, 0], [1, 1], [0, 0]]


@given(arrays(np.float32, (2, 400), elements=st.floats(0, 1, width=32)), st.integers(-10, 10))
def test_where_a_sound_is_heard_does_not_depend_on_its_level(peaks, exponent):
    presence, peaks = np.ones((2, 400), np.float32), np.round(peaks, 3)
    loud = prominent(presence, peaks * np.float32(2.0**exponent))
    np.testing.assert_array_equal(loud, prominent(presence, peaks))


@given(curves)
def test_a_sound_is_heard_only_where_it_may_be(presence):
    peaks = np.random.default_rng(0).random(presence.shape).astype(np.float32) ** 8
    (result,) = prominent(presence[None], peaks[None])
    assert ((result == presence) | (result == 0)).all()


def test_a_bark_is_as_long_as_its_stem_is_loud():
    presence = curve((400, 1))
    peaks = curve((100, 1e-3), (20, 1), (100, 1e-3), (20, 0.3), (160, 1e-3))
    assert [(r.start, r.stop) for r in regions(prominent(presence[None], peaks[None])[0])] == [(99, 121), (219, 241)]


def test_a_loud_moment_hides_what_is_near_and_nothing_that_is_far():
    peaks = np.full((1, 6000), 1e-3, np.float32)
    peaks[0, 3000] = 1
    presence = prominent(np.ones((1, 6000), np.float32), peaks)[0]
    assert presence[:1490].all()
    assert not presence[1510:2990].any()
    assert presence[4510:].all()


def test_stems_that_are_shorter_than_a_frame_have_no_peaks():
    meter = StemPeaks(stem_count=1, first=3, frames=0, hop=160, grid_rate=16_000, rate=16_000)
    meter.add(485, np.ones((1, 1, 7), np.float32))
    assert meter.peaks.shape == (1, 0)


def heard_in(presence, *peaks):
    return [(r.start, r.stop) for r in regions(audible(presence[None], curve(*peaks)[None])[0])]


def test_a_sound_is_present_only_where_its_stem_is_audible():
    presence = curve((50, 0), (100, 1), (50, 0), (50, 0.9))
    least, less = SILENT_PEAK, SILENT_PEAK * 0.99
    assert heard_in(presence, (250, least)) == [(50, 150), (200, 250)]
    assert heard_in(presence, (250, less)) == []
    assert heard_in(presence, (100, least), (50, less), (100, least)) == [(50, 100), (200, 250)]


def test_a_stem_may_be_silent_for_a_moment():
    presence = curve((100, 1))
    assert heard_in(presence, (40, 1), (19, 0), (41, 1)) == [(0, 100)]
    assert heard_in(presence, (40, 1), (20, 0), (40, 1)) == [(0, 40), (60, 100)]
    assert heard_in(presence, (7, 0), (86, 1), (7, 0)) == [(7, 93)]


def estimate(share_db, frames=400, rule=RULE):
    total = np.ones(frames, np.float32)
    energy = np.broadcast_to(10 ** (np.asarray(share_db) / 10), (1, frames)).astype(np.float32)
    return Estimate(
        queries=("x",),
        grid=Grid(16_000, 160, (100.0, 200.0)),
        first=10,
        mask_logits=FrameStore((1, 2)),
        energy=energy,
        total=total,
        presence_rule=rule,
    )


def test_presence_rises_over_the_width_around_the_threshold():
    for share_db, presence in ((-30, 0.0), (-23, 0.0), (-20, 0.5), (-17, 1.0), (0, 1.0)):
        with estimate(share_db) as clip_estimate:
            np.testing.assert_allclose(clip_estimate.presence(), presence, atol=1e-3)


@given(arrays(np.float64, 900, elements=st.floats(-60, 0)), st.floats(-12, -1))
def test_a_sound_is_present_only_near_a_clear_peak(share_db, peak_db):
    with estimate(share_db, 900) as plain:
        share, without_peak_rule = plain.share_db(), plain.presence()
    with estimate(share_db, 900, PresenceRule(-20, 6, peak_db)) as clip_estimate:
        presence = clip_estimate.presence()
    clear = np.flatnonzero(share[0] >= peak_db)
    for frame in range(0, 900, 7):
        near = len(clear) > 0 and np.abs(clear - frame).min() <= 100
        assert presence[0, frame] == (without_peak_rule[0, frame] if near else 0)


def test_a_sound_without_a_clear_peak_may_be_there():
    rule = PresenceRule(-20, 6, -18, sure_db=-8)
    for share_db, unsure in ((-15, True), (-9, True), (-7, False)):
        with estimate(share_db, rule=rule) as clip_estimate:
            assert clip_estimate.unsure(Span(10 * 160, 100 * 160, 16_000)) == [unsure]


def test_whether_a_sound_is_clear_depends_on_the_span_alone():
    share = np.full(600, -15.0)
    share[400:] = -3
    with estimate(share, 600, PresenceRule(-20, 6, -18, sure_db=-8)) as clip_estimate:
        assert clip_estimate.unsure(Span(10 * 160, 300 * 160, 16_000)) == [True]
        assert clip_estimate.unsure(Span(10 * 160, 600 * 160, 16_000)) == [False]


def test_a_rule_without_sure_db_is_always_sure():
    with estimate(-15) as clip_estimate:
        assert clip_estimate.unsure(Span(10 * 160, 100 * 160, 16_000)) == [False]


def test_shares_of_a_span_count_its_frames_only():
    with estimate(-10) as clip_estimate:
        clip_estimate.energy[0, 100:] = 0
        assert clip_estimate.overall_db(Span(10 * 160, 100 * 160, 16_000)) == [-10.0]
        assert clip_estimate.overall_db(Span(110 * 160, 100 * 160, 16_000)) == [-90.0]


def test_frames_spill_to_disk_and_repeat_at_the_ends(monkeypatch):
    monkeypatch.setattr("flowsep_plugin.engine.estimate._IN_MEMORY", 100)
    store = FrameStore((2, 3))
    rows = np.arange(60, dtype=np.float32).reshape(10, 2, 3)
    store.append(rows[:4])
    store.append(rows[4:])
    np.testing.assert_array_equal(store.read(3, 7), rows[3:7])
    np.testing.assert_array_equal(store.read(-2, 2), rows[[0, 0, 0, 1]])
    np.testing.assert_array_equal(store.read(8, 13), rows[[8, 9, 9, 9, 9]])
    np.testing.assert_array_equal(store.read(20, 22), rows[[9, 9]])
    store.close()
