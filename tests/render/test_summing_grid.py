"""Stems and residual sum to the clip exactly, whatever the order and whatever adds them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowsep_plugin.audio.types import Samples
from flowsep_plugin.render.summing_grid import split_exactly

integer_clips = st.fixed_dictionaries(
    {
        "bits": st.sampled_from([8, 16, 24]),
        "channels": st.integers(1, 8),
        "frames": st.sampled_from([1, 2, 63, 501]),
        "count": st.integers(1, 16),
        "level": st.sampled_from([1.0, 0.999, 0.25, 1e-3, 1e-6]),
        "seed": st.integers(0, 2**32 - 1),
    }
)


def integers(bits: int, channels: int, frames: int, level: float, generator: np.random.Generator) -> Samples:
    """Return a clip of that many bits as float32, with full scale in it where `level` is 1."""
    full = 2 ** (bits - 1)
    words = np.rint(generator.uniform(-level, level, (channels, frames)) * full)
    if level == 1.0:
        words[0, 0], words[-1, -1] = -full, full - 1
    return (np.clip(words, -full, full - 1) / full).astype(np.float32)


def shares(clip: Samples, count: int, generator: np.random.Generator, spread: float) -> Samples:
    """Return `count` stems of random shares of `clip`, disturbed by noise that only the residual takes up."""
    weights = generator.dirichlet(np.ones(count + 1), clip.shape)[..., :-1]
    stems = np.moveaxis(weights, -1, 0) * clip
    stems += spread * np.abs(clip).max() * generator.standard_normal(stems.shape)
    return stems.astype(np.float32)


def sums(parts: Samples, generator: np.random.Generator) -> list[Samples]:
    """Return the sums of `parts` in float32 in several orders, one sample at a time as a mixer adds them."""
    orders = [range(len(parts)), range(len(parts))[::-1], *(generator.permutation(len(parts)) for _ in range(4))]
    totals = []
    for order in orders:
        total = np.zeros(parts.shape[1:], np.float32)
        for index in order:
            total = total + parts[index]
        totals.append(total)
    return [*totals, parts.sum(axis=0, dtype=np.float32)]


@given(integer_clips, st.sampled_from([0.0, 0.01]))
def test_parts_of_an_integer_clip_sum_to_it_exactly_in_any_order(shape: dict, spread: float) -> None:
    generator = np.random.default_rng(shape["seed"])
    clip = integers(shape["bits"], shape["channels"], shape["frames"], shape["level"], generator)
    stems, residual = split_exactly(clip, shares(clip, shape["count"], generator, spread))
    parts = np.concatenate([stems, residual[None]])
    np.testing.assert_array_equal(parts.sum(axis=0, dtype=np.float64), clip)
    for total in sums(parts, generator):
        np.testing.assert_array_equal(total, clip)


@given(integer_clips)
def test_stems_that_cancel_each_other_sum_exactly_before_the_residual_is_added(shape: dict) -> None:
    """The sum of the absolute values may pass what 24 bits hold, as long as the residual does not."""
    generator = np.random.default_rng(shape["seed"])
    clip = integers(shape["bits"], shape["channels"], shape["frames"], shape["level"], generator)
    stems = shares(clip, shape["count"], generator, 0.0)
    swing = (3 * generator.standard_normal(clip.shape)).astype(np.float32)
    stems, residual = split_exactly(clip, np.concatenate([stems, swing[None], -swing[None]])[-16:])
    order = generator.permutation(len(stems))
    total = np.zeros(clip.shape, np.float32)
    for part in (*stems[order], residual):
        total = total + part
    held = np.abs(residual) <= 2
    np.testing.assert_array_equal(total[held], clip[held])
    in_float64 = np.concatenate([stems, residual[None]]).sum(axis=0, dtype=np.float64)
    np.testing.assert_array_equal(in_float64[held], clip[held])


@given(st.integers(0, 2**32 - 1), st.integers(1, 16), st.floats(-44, 30))
def test_a_float_clip_is_missed_by_half_a_step_of_the_residual_at_most(seed: int, count: int, decade: float) -> None:
    generator = np.random.default_rng(seed)
    clip = (10.0**decade * generator.standard_normal((2, 301))).astype(np.float32)
    stems, residual = split_exactly(clip, shares(clip, count, generator, 0.05))
    total = stems.sum(axis=0, dtype=np.float64) + residual
    assert np.all(np.abs(total - clip) <= np.spacing(np.abs(residual)) / 2)


@given(st.integers(0, 2**32 - 1), st.integers(1, 16), st.floats(-30, 30))
def test_stems_are_rounded_by_a_24th_bit_of_all_parts_at_most(seed: int, count: int, decade: float) -> None:
    generator = np.random.default_rng(seed)
    clip = (10.0**decade * generator.standard_normal((1, 301))).astype(np.float32)
    before = shares(clip, count, generator, 0.05)
    after, _ = split_exactly(clip, before)
    parts = np.abs(before).sum(axis=0, dtype=np.float64) + np.abs(clip - before.sum(axis=0, dtype=np.float64))
    assert np.all(np.abs(after.astype(np.float64) - before) <= parts * 2.0**-23)


@pytest.mark.parametrize("count", [0, 1, 16])
def test_silence_and_no_stems_are_parts_too(count: int) -> None:
    clip = np.array([[0.0, 0.5, -1.0]], np.float32)
    stems, residual = split_exactly(clip, np.zeros((count, 1, 3), np.float32))
    assert stems.shape == (count, 1, 3)
    np.testing.assert_array_equal(residual, clip)
