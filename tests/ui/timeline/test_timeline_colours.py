"""Colours of the timeline: legible in every theme, mixed and moved as they say."""

from itertools import pairwise

import pytest
from flowsep_ui import theme
from flowsep_ui.colours import DARK, LIGHT
from flowsep_ui.contrast import BLACK, WHITE, contrast, legible, mixed, parsed
from flowsep_ui.timeline.painting.colours import colours_of, pairs
from flowsep_ui.timeline.painting.context import HEAT
from hypothesis import given
from hypothesis import strategies as st
from PyQt6.QtGui import QPalette

rgbs = st.tuples(st.integers(0, 255), st.integers(0, 255), st.integers(0, 255))


@pytest.mark.parametrize("shades", [DARK, LIGHT], ids=["dark", "light"])
def test_everything_stands_out_from_its_ground(qapp, shades):
    for what, colour, ground, least in pairs(colours_of(theme.palette(shades))):
        assert contrast(colour, ground) >= least, what


def test_a_foreign_palette_is_legible_as_well(qapp):
    for what, colour, ground, least in pairs(colours_of(QPalette())):
        assert contrast(colour, ground) >= least, what


def test_contrast_is_that_of_wcag():
    assert contrast(BLACK, WHITE) == pytest.approx(21)
    assert contrast((119, 119, 119), WHITE) == pytest.approx(4.48, abs=0.01)


@given(rgbs, rgbs, st.sampled_from([3.0, 4.5]))
def test_a_colour_is_moved_until_it_is_legible(colour, ground, least):
    assert contrast(legible(colour, ground, least=least), ground) >= least
    if contrast(colour, ground) >= least:
        assert legible(colour, ground, least=least) == colour


def test_colours_are_read_and_mixed():
    assert parsed("#ff8000", BLACK) == (255, 128, 0)
    assert parsed("", WHITE) == WHITE
    assert parsed("#nohex!", WHITE) == WHITE
    assert mixed(BLACK, (100, 200, 50), 0.5) == (50, 100, 25)


@pytest.mark.parametrize("is_dark", [True, False])
def test_louder_is_further_from_the_ground(is_dark):
    """The spectrogram's table runs in one direction in lightness, so that it can be read without its hues."""
    light = [contrast((int(c) >> 16 & 255, int(c) >> 8 & 255, int(c) & 255), BLACK) for c in HEAT[is_dark]]
    steps = [b - a for a, b in pairwise(light)]
    assert all(step >= -1e-9 for step in steps) if is_dark else all(step <= 1e-9 for step in steps)


@given(rgbs)
def test_text_is_as_legible_on_any_ground_as_black_or_white(ground):
    colours = colours_of(theme.palette(DARK))
    best = max(contrast(BLACK, ground), contrast(WHITE, ground))
    assert contrast(colours.on(ground), ground) >= min(best, 4.5)
