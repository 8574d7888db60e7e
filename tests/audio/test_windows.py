import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowsep_plugin.audio.windows import Stitcher, plan_windows, split, stitch


@st.composite
def plans(draw):
    size = draw(st.integers(1, 64))
    overlap = draw(st.integers(0, size // 2))
    start = draw(st.integers(-200, 200))
    return plan_windows(start, start + draw(st.integers(1, 400)), size=size, overlap=overlap)


@given(plans(), st.sampled_from([(), (2,), (2, 3)]))
def test_stitching_what_was_split_gives_it_back(plan, lead):
    frames = np.random.default_rng(1).standard_normal((*lead, plan.stop - plan.start)).astype(np.float32)
    np.testing.assert_allclose(stitch(split(frames, plan), plan), frames, atol=1e-6)


@given(plans())
def test_windows_weigh_one_at_every_frame(plan):
    weight = np.zeros(plan.count * plan.stride + plan.overlap)
    for index in range(plan.count):
        weight[index * plan.stride : index * plan.stride + plan.size] += plan.weights(index)
    np.testing.assert_allclose(weight, 1, atol=1e-6)


@given(plans())
def test_windows_cover_all_that_was_planned(plan):
    assert plan.window_start(0) <= plan.start
    assert plan.window_start(plan.count - 1) + plan.size >= plan.stop


@given(plans(), st.integers(0, 100), st.integers(1, 100))
def test_a_part_is_cut_into_windows_of_the_whole(plan, offset, length):
    part = plan_windows(plan.start + offset, plan.start + offset + length, size=plan.size, overlap=plan.overlap)
    assert part.window_start(0) % plan.stride == plan.window_start(0) % plan.stride


@given(st.integers(1, 9), st.integers(2, 20), st.integers(-300, 300), st.integers(1, 500))
def test_the_same_windows_are_cut_in_coarser_units(unit, columns, start, length):
    overlap = columns // 3
    fine = plan_windows(start, start + length, size=columns * unit, overlap=overlap * unit)
    coarse = fine.per(unit)
    assert coarse.start * unit <= fine.start
    assert coarse.stop * unit >= fine.stop
    assert [coarse.window_start(i) * unit for i in range(fine.count)] == [
        fine.window_start(i) for i in range(fine.count)
    ]
    assert coarse.count == fine.count


def test_windows_that_are_no_whole_number_of_units_are_refused():
    with pytest.raises(ValueError, match="not both multiples of 7"):
        plan_windows(0, 100, size=20, overlap=5).per(7)


@pytest.mark.parametrize("overlap", [-1, 6])
def test_an_overlap_of_more_than_half_a_window_is_refused(overlap):
    with pytest.raises(ValueError, match="overlap must be in"):
        plan_windows(0, 100, size=10, overlap=overlap)


def test_one_window_too_many_is_refused():
    plan = plan_windows(0, 10, size=10, overlap=0)
    stitcher = Stitcher(plan)
    list(stitcher.push(np.zeros((10, 1), np.float32)))
    with pytest.raises(ValueError, match="push got another one"):
        list(stitcher.push(np.zeros((10, 1), np.float32)))
