"""Colours measured: contrast by WCAG 2, distance in Oklab under colour blindness by Machado et al. (2009)."""

import itertools
import re

import numpy as np
import pytest
from flowsep_ui import icons, theme
from flowsep_ui.colours import CONTRAST, DARK, LIGHT
from flowsep_ui.icon_shapes import SHAPES
from flowsep_ui.icons import app_icon, icon
from flowsep_ui.theme import progress_colour
from PyQt6.QtCore import QSize
from PyQt6.QtGui import QIcon, QPalette
from PyQt6.QtWidgets import QApplication

SHADES = [DARK, LIGHT, CONTRAST]
EVERY_THEME = pytest.mark.parametrize("shades", SHADES, ids=[shades.name for shades in SHADES])
SEEN = {
    "normally": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}
JUST_TOLD_APART = 0.02  # Ottosson: about one just noticeable difference in Oklab


def linear(colour):
    value = np.array([colour.redF(), colour.greenF(), colour.blueF()])
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def contrast(one, other):
    high, low = sorted((float(linear(colour) @ [0.2126, 0.7152, 0.0722]) for colour in (one, other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def oklab(rgb):
    cones = np.cbrt(
        np.clip(
            np.array([[0.41222, 0.53633, 0.05145], [0.2119, 0.6807, 0.1074], [0.0883, 0.28172, 0.62998]]) @ rgb, 0, None
        )
    )
    return np.array([[0.21045, 0.79362, -0.00407], [1.978, -2.42859, 0.45059], [0.0259, 0.78277, -0.80868]]) @ cones


def test_black_on_white_has_the_contrast_that_it_has():
    from PyQt6.QtGui import QColor

    assert contrast(QColor("white"), QColor("black")) == pytest.approx(21.0)


@EVERY_THEME
@pytest.mark.parametrize("name", ["text", "dim_text", "warning", "error", "good"])
def test_text_can_be_read_on_every_ground(shades, name):
    for ground in shades.backgrounds:
        assert contrast(getattr(shades, name), ground) >= 4.5, (name, ground.name())


@EVERY_THEME
def test_chosen_text_can_be_read(shades):
    assert contrast(shades.accent_text, shades.accent) >= 4.5


@EVERY_THEME
@pytest.mark.parametrize("name", ["dim_text", "accent", "text"])
def test_controls_stand_out_from_every_ground(shades, name):
    """Rims of check boxes and handles of sliders (dim_text), focus and filled buttons (accent), icons (text)."""
    for ground in shades.backgrounds:
        assert contrast(getattr(shades, name), ground) >= 3.0, (name, ground.name())


def test_high_contrast_has_seven_to_one_and_rims_that_are_seen():
    for name, ground in itertools.product(("text", "dim_text", "warning", "error", "good"), CONTRAST.backgrounds):
        assert contrast(getattr(CONTRAST, name), ground) >= 7.0, (name, ground.name())
    for name, ground in itertools.product(("border", "grid"), CONTRAST.backgrounds):
        assert contrast(getattr(CONTRAST, name), ground) >= 3.0, (name, ground.name())


@EVERY_THEME
def test_the_text_of_a_progress_bar_can_be_read_on_its_chunk(shades):
    done = progress_colour(shades)
    assert contrast(shades.text, done) >= 4.5
    assert contrast(done, shades.sunken) >= 1.5  # a full bar does not look like an empty one


@EVERY_THEME
def test_lanes_stand_out_from_every_ground(shades):
    for lane, ground in itertools.product((*shades.lanes, shades.rest_lane, shades.waveform), shades.backgrounds):
        assert contrast(lane, ground) >= 3.0, (lane.name(), ground.name())


@EVERY_THEME
@pytest.mark.parametrize("vision", SEEN)
def test_any_two_lanes_are_told_apart(shades, vision):
    points = [oklab(np.clip(np.array(SEEN[vision]) @ linear(lane), 0, 1)) for lane in shades.lanes]
    least = min(float(np.linalg.norm(a - b)) for a, b in itertools.combinations(points, 2))
    assert least > 5 * JUST_TOLD_APART


@pytest.mark.parametrize("name", ["dark", "light", "contrast", "system"])
def test_a_theme_is_put_on(qtbot, name):
    app = QApplication.instance()
    shades = theme.apply(app, name)
    assert app.palette().color(QPalette.ColorRole.Window) == shades.window
    assert theme.colours() is shades
    assert theme.lane_colour(8) == shades.lanes[0]
    theme.apply(app, "dark")


def test_an_unknown_theme_is_refused(qtbot):
    with pytest.raises(ValueError, match="unknown theme 'pink'; choose one of dark, light, contrast, system"):
        theme.apply(QApplication.instance(), "pink")


def opaque(image):
    """Pixels (x, y) of an image that are not transparent."""
    sides = range(image.width()), range(image.height())
    return [(x, y) for x, y in itertools.product(*sides) if image.pixelColor(x, y).alpha() > 200]


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("mode", [QIcon.Mode.Normal, QIcon.Mode.Disabled])
def test_icons_are_drawn_in_the_colours_of_the_theme(qtbot, name, mode):
    image = icon(name).pixmap(48, 48, mode).toImage()
    shade = theme.colours().disabled_text if mode == QIcon.Mode.Disabled else theme.colours().text
    assert shade.name() in {image.pixelColor(x, y).name() for x, y in opaque(image)}


def test_icons_follow_the_theme(qtbot):
    app = QApplication.instance()
    picture = icon("play")
    theme.apply(app, "light")
    image = picture.pixmap(32, 32).toImage()
    assert image.pixelColor(*opaque(image)[-1]) == LIGHT.text
    theme.apply(app, "dark")


def test_an_icon_is_as_sharp_as_the_screen(qtbot):
    assert icon("add").pixmap(QSize(18, 18), 2.0).size() == QSize(36, 36)


def test_the_docstring_lists_every_icon():
    listed = set(re.findall(r"[a-z-]+", icons.__doc__))
    assert {name for name in SHAPES if not name.endswith("-on")} <= listed


def test_the_program_has_an_icon(qtbot):
    assert not app_icon().isNull()
