"""Spectrogram tiles: a tone peaks at its row, bytes are decibels, tiles join without seams."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.spectrogram.tiles import (
    COLUMNS,
    FLOOR_DB,
    ROWS,
    TileKey,
    hertz_of,
    make_tile,
    row_of,
    tiles_over,
    zoom_for,
)

ROW = 1.5
"""Tolerance in rows of a tone's peak: a bin of the longest window near 440 Hz is two rows wide."""

BETWEEN_BINS_DB = 2.5
"""A Hann window loses up to 1.4 dB between two bins, a row between two bins as much again, a byte is 0.4 dB."""


@pytest.mark.parametrize("zoom", [4, 8, 11, 14])
@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_a_tone_peaks_at_its_row(tone, zoom, rate):
    tile = make_tile(tone(3000, seconds=20, rate=rate), TileKey(zoom, 0))
    first = tile[:, 20]
    assert abs(int(first.argmax()) - row_of(3000, rate)) <= ROW
    assert tile.shape == (ROWS, COLUMNS)


def test_bytes_are_decibels_between_floor_and_full_scale(tone):
    tile = make_tile(tone(1000, seconds=4), TileKey(9, 0))
    assert tile[:, 100].max() / 255 * -FLOOR_DB + FLOOR_DB == pytest.approx(-12, abs=BETWEEN_BINS_DB)


def test_silence_and_tiles_outside_the_clip_are_zero():
    clip = AudioClip(np.zeros((2, 50_000), np.float32), 48_000)
    assert not make_tile(clip, TileKey(6, 1)).any()
    assert not make_tile(clip, TileKey(6, 40)).any()


@pytest.mark.parametrize("zoom", [5, 8, 12])
def test_tiles_join_without_a_seam(noise_clip, zoom):
    """The same sound, moved by one tile, gives the same columns in the tile before."""
    clip = noise_clip(2 + (COLUMNS << zoom) * 2 / 48_000)
    late = AudioClip(clip.samples[:, COLUMNS << zoom :], 48_000)
    whole, moved = make_tile(clip, TileKey(zoom, 1)), make_tile(late, TileKey(zoom, 0))
    inner = slice(COLUMNS // 2, COLUMNS - COLUMNS // 4)
    assert np.abs(whole[:, inner].astype(int) - moved[:, inner]).max() <= 1


@given(st.floats(40, 20_000))
def test_row_and_frequency_are_inverse(hertz):
    assert hertz_of(row_of(hertz, 48_000), 48_000) == pytest.approx(hertz)


@given(st.floats(8, 1e6))
def test_columns_are_as_wide_as_a_pixel_or_narrower(frames_per_pixel):
    assert frames_per_pixel / 2 < 1 << zoom_for(frames_per_pixel) <= frames_per_pixel


@given(st.integers(0, 10**8), st.integers(1, 10**6), st.integers(3, 16))
def test_tiles_cover_the_visible_frames_and_no_more(first, frames, zoom):
    indices = tiles_over(first, first + frames, zoom)
    assert TileKey(zoom, indices[0]).start <= first < TileKey(zoom, indices[0]).stop
    assert TileKey(zoom, indices[-1]).start < first + frames <= TileKey(zoom, indices[-1]).stop
