"""Waveforms and spectrograms as pixels."""

import numpy as np
import pytest
from flowsep_ui.timeline.painting.raster import colour_table, curve_pixels, spectrum_pixels, wave_pixels
from flowsep_ui.timeline.scene import Lane, LanePart
from flowsep_ui.timeline.sound.mapping import PlacedSound
from flowsep_ui.timeline.sound.regions import lane_regions, presence_at, presence_columns, region_at
from hypothesis import given
from hypothesis import strategies as st

from flowsep_plugin.audio.span import Span
from flowsep_plugin.media.peaks import Columns

RED, BLUE = (255, 0, 0), (0, 0, 255)


def columns(high, low=None, rms=None) -> Columns:
    high = np.atleast_2d(np.asarray(high, np.float32))
    return Columns(-high if low is None else np.atleast_2d(np.asarray(low, np.float32)), high,
                   np.zeros_like(high) if rms is None else np.atleast_2d(np.asarray(rms, np.float32)))  # fmt: skip


def covered(pixels) -> np.ndarray:
    """Covered height of every column, in pixels."""
    return (pixels >> 24).astype(float).sum(axis=0) / 255


@given(st.lists(st.floats(0.05, 1), min_size=1, max_size=30), st.integers(20, 300))
def test_a_column_is_as_tall_as_its_peaks(high, height):
    pixels = wave_pixels(columns(high), height, 1.0, RED, BLUE)
    assert pixels.shape == (height, len(high))
    np.testing.assert_allclose(covered(pixels), np.asarray(high) * height, atol=0.3)


def test_silence_is_a_thin_line_and_what_is_not_known_is_nothing():
    pixels = wave_pixels(columns([0.0, np.nan]), 101, 1.0, RED, BLUE)
    assert covered(pixels)[0] == pytest.approx(1, abs=0.2)
    assert covered(pixels)[1] == 0


def test_power_is_drawn_within_the_peaks():
    pixels = wave_pixels(columns([0.8], rms=[0.4]), 100, 1.0, RED, BLUE)[:, 0]
    assert (pixels == 0xFF0000FF).sum() == pytest.approx(40, abs=1)
    assert (pixels == 0xFFFF0000).sum() == pytest.approx(40, abs=2)


def test_channels_lie_below_each_other():
    pixels = wave_pixels(columns([[1.0], [0.0]]), 100, 1.0, RED, BLUE)
    assert covered(pixels[:50])[0] == pytest.approx(50, abs=1)
    assert covered(pixels[50:])[0] == pytest.approx(1, abs=0.5)


def test_a_level_scales_columns_one_by_one():
    pixels = wave_pixels(columns([1.0, 1.0]), 100, np.asarray([0.5, 0.25], np.float32), RED, BLUE)
    np.testing.assert_allclose(covered(pixels), [50, 25], atol=1)


def test_pixels_are_premultiplied():
    pixels = wave_pixels(columns(np.linspace(0, 1, 97)), 33, 1.0, (255, 255, 255), RED)
    alpha = pixels >> 24
    assert all(((pixels >> shift & 255) <= alpha).all() for shift in (0, 8, 16))


def test_a_table_maps_quiet_to_its_first_and_loud_to_its_last_colour():
    table = colour_table(((0, BLUE), (1, RED)), 0.2, 0.8)
    assert table[0] == table[50] == 0xFF0000FF
    assert table[255] == table[205] == 0xFFFF0000


@pytest.mark.parametrize("height", [1, 50, 192, 400])
def test_a_spectrogram_keeps_its_rows_when_stretched(height):
    rows = np.repeat(np.arange(192, dtype=np.uint8)[:, None], 3, axis=1)
    pixels = spectrum_pixels(rows, height, np.arange(256, dtype=np.uint32))
    assert pixels.shape == (height, 3)
    assert (np.diff(pixels[:, 0].astype(int)) >= 0).all()


def test_a_curve_fills_from_the_foot():
    np.testing.assert_allclose(
        covered(curve_pixels(np.asarray([0, 0.5, 1], np.float32), 20, RED)), [0, 10, 20], atol=0.6
    )


@given(st.booleans(), st.floats(0.25, 4), st.integers(-1000, 1000), st.integers(0, 500))
def test_a_place_in_the_file_comes_back_to_the_timeline(reverse, speed, start, frame):
    sound = PlacedSound(None, Span(start, 500, 48_000), 77, speed, reverse=reverse)
    there = sound.file_edges(np.asarray([float(start + frame)]))[0]
    assert sound.scene_frame(there) == pytest.approx(start + frame)


def test_fades_begin_in_silence_and_end_at_the_gain():
    sound = PlacedSound(None, Span(0, 100, 48_000), 0, 1.0, 0.5, (10, 20))
    np.testing.assert_allclose(
        sound.level_at(np.asarray([0.0, 5, 10, 50, 80, 90, 100])), [0, 0.25, 0.5, 0.5, 0.5, 0.25, 0]
    )


def lane(presence, frames=48_000 * 4) -> Lane:
    return Lane("l", "dog", "stem", "", (LanePart(None, Span(1000, frames, 48_000), tuple(presence)),))


def test_regions_come_from_the_curve_on_the_timeline():
    curve = np.zeros(400)
    curve[100:200] = 1
    (region,) = lane_regions(lane(curve))
    assert region == Span(1000 + 48_000, 48_000, 48_000)
    assert region_at(lane(curve), 1000 + 60_000) == region
    assert region_at(lane(curve), 1000) is None


def test_a_coarse_curve_has_the_same_regions():
    assert lane_regions(lane([0, 1, 0, 0])) == (Span(1000 + 48_000, 48_000, 48_000),)


@given(st.lists(st.floats(0, 1, width=32), min_size=1, max_size=50), st.integers(1, 40))
def test_presence_of_a_column_is_the_highest_in_it(values, count):
    matches = presence_columns(lane(values).parts[0], np.linspace(1000, 1000 + 48_000 * 4, count + 1))
    assert matches.max() == np.float32(max(values))
    assert len(matches) == count


def test_presence_is_known_inside_the_lane_alone():
    assert presence_at(lane([0.25, 0.75]), 1000 + 48_000 * 3) == 0.75
    assert presence_at(lane([0.25, 0.75]), 0) is None
