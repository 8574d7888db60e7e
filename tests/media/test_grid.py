"""The 24-bit grid."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from flowsep_plugin.media import quantise24
from flowsep_plugin.media.grid import STEP, codes24

samples = hnp.arrays(
    np.float32, hnp.array_shapes(min_dims=1, max_dims=2, max_side=20), elements=st.floats(-2, 2, width=32)
)


@given(samples)
def test_a_quantised_sample_is_on_the_grid_and_at_most_half_a_step_away(x: np.ndarray) -> None:
    y = quantise24(x)
    assert y.dtype == np.float32
    np.testing.assert_array_equal(y.astype(np.float64) / STEP, codes24(x))
    inside = (x >= -1) & (x <= 1 - STEP)
    assert np.all(np.abs(y.astype(np.float64) - x)[inside] <= STEP / 2)


@given(samples)
def test_quantising_twice_changes_nothing(x: np.ndarray) -> None:
    np.testing.assert_array_equal(quantise24(quantise24(x)), quantise24(x))


@given(samples, st.integers(0, 99))
def test_what_is_left_on_the_grid_nulls_to_the_last_bit(x: np.ndarray, seed: int) -> None:
    """clip = stem + rest holds in the words of the file where the clip is on the grid and nothing clips."""
    clip = quantise24(x / 4)
    stem = quantise24(clip * np.random.default_rng(seed).random(clip.shape, np.float32))
    residual = quantise24(clip - stem)
    np.testing.assert_array_equal(codes24(stem) + codes24(residual), codes24(clip))
