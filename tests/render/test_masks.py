import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from flowsep_plugin.engine.base import Grid
from flowsep_plugin.render.masks import band_matrix, compete, interpolate, shape, stem_gains
from flowsep_plugin.render_settings import RenderSettings

GRID = Grid(16_000, 160, tuple(np.geomspace(60, 7800, 64)))
mask_logits = arrays(np.float32, (3, 4, 5), elements=st.floats(-20, 20, width=32))


@given(mask_logits)
def test_masks_and_rest_sum_to_one(mask_logits):
    masks = compete(mask_logits)
    residual = 1 / (1 + np.exp(mask_logits.astype(np.float64)).sum(axis=-2))
    np.testing.assert_allclose(masks.sum(axis=-2) + residual, 1, atol=1e-5)
    assert masks.min() >= 0


@given(arrays(np.float32, (3, 1, 5), elements=st.floats(-20, 20, width=32)))
def test_one_text_alone_gets_its_odds(mask_logits):
    np.testing.assert_allclose(compete(mask_logits), 1 / (1 + np.exp(-mask_logits.astype(np.float64))), atol=1e-6)


@given(mask_logits, st.floats(0.25, 4), st.floats(0, 1))
def test_whatever_the_settings_stems_never_take_more_than_the_clip(mask_logits, strength, gate):
    gates = np.random.default_rng(0).random((3, 4)).astype(np.float32)
    masks = shape(compete(mask_logits), gates, [RenderSettings(strength=strength, gate=gate)] * 4)
    assert masks.min() >= 0
    assert masks.sum(axis=-2).max() <= 1 + 1e-5


each_strength = st.lists(st.floats(0.25, 4), min_size=4, max_size=4)
each_gate = st.lists(st.floats(0, 1), min_size=4, max_size=4)


@given(mask_logits, each_strength, each_gate)
def test_with_settings_of_their_own_stems_never_take_more_than_the_clip(mask_logits, strengths, gates):
    presence = np.random.default_rng(0).random((3, 4)).astype(np.float32)
    own = [RenderSettings(strength=strength, gate=gate) for strength, gate in zip(strengths, gates, strict=True)]
    masks = shape(compete(mask_logits), presence, own)
    assert masks.min() >= 0
    assert masks.sum(axis=-2).max() <= 1 + 1e-5


@given(mask_logits, st.floats(1, 4))
def test_a_stronger_mask_of_one_sound_leaves_the_others_alone(mask_logits, strength):
    masks, gates = compete(mask_logits), np.ones((3, 4), np.float32)
    own = [RenderSettings(strength=strength), *[RenderSettings()] * 3]
    np.testing.assert_allclose(shape(masks, gates, own)[:, 1:], masks[:, 1:], rtol=1e-5)


@given(mask_logits)
def test_more_strength_takes_less(mask_logits):
    gates, masks = np.ones((3, 4), np.float32), compete(mask_logits)
    soft, hard = (shape(masks, gates, [RenderSettings(strength=s)] * 4) for s in (1.0, 2.0))
    assert (hard <= soft + 1e-6).all()


def test_a_closed_gate_leaves_nothing_in_the_stem():
    masks = shape(np.full((3, 2, 5), 0.5, np.float32), np.zeros((3, 2), np.float32), [RenderSettings(gate=1)] * 2)
    assert masks.max() == 0


def test_a_gate_that_is_off_changes_nothing():
    masks = np.full((3, 2, 5), 0.5, np.float32)
    np.testing.assert_array_equal(shape(masks, np.zeros((3, 2), np.float32), [RenderSettings(gate=0)] * 2), masks)


@pytest.mark.parametrize(("reduce_db", "share"), [(None, 1.0), (6.0206, 0.5), (20.0, 0.9)])
def test_turning_down_by_decibels_takes_the_difference(reduce_db, share):
    assert stem_gains([RenderSettings(reduce_db=reduce_db)]).item() == pytest.approx(share, abs=1e-4)


@given(st.sampled_from([8_000, 16_000, 44_100, 96_000, 192_000]), st.integers(33, 2049))
def test_every_bin_is_an_average_of_bands(rate, bins):
    matrix = band_matrix(GRID, rate, bins)
    np.testing.assert_allclose(matrix.sum(axis=0), 1, atol=1e-5)
    assert matrix.min() >= 0


def test_a_line_over_the_bands_is_a_line_over_the_bins():
    interpolated = np.asarray(GRID.centres_hz, np.float32) @ band_matrix(GRID, 16_000, 513)
    hertz = np.linspace(0, 8000, 513)
    inside = (hertz > GRID.centres_hz[0]) & (hertz < GRID.centres_hz[-1])
    np.testing.assert_allclose(interpolated[inside], hertz[inside], rtol=1e-3)


def test_above_the_model_its_top_bands_hold():
    values = np.arange(64, dtype=np.float32)
    interpolated = values @ band_matrix(GRID, 48_000, 1025)
    np.testing.assert_allclose(interpolated[-100:], values[-4:].mean(), rtol=1e-5)


def test_positions_between_frames_are_interpolated():
    frames = np.array([[0.0], [10.0], [20.0]], np.float32)
    np.testing.assert_allclose(interpolate(frames, np.array([0.0, 0.5, 1.75, 2.0]))[:, 0], [0, 5, 17.5, 20])
