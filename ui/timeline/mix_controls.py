"""Solo, mute and effects as small coloured buttons, and gain in decibels."""

from typing import Final

from flowsep_ui.contrast import Rgb
from flowsep_ui.timeline.painting.cached import CachedPicture
from flowsep_ui.timeline.painting.colours import Colours, qcolor
from PyQt6.QtCore import QRectF, Qt
from PyQt6.QtGui import QPainter, QPaintEvent, QPen
from PyQt6.QtWidgets import QDoubleSpinBox, QToolButton, QWidget

LOWEST_DB, HIGHEST_DB = -60.0, 24.0
_HUES: Final[dict[str, Rgb]] = {"solo": (240, 200, 80), "mute": (232, 96, 90), "effects": (110, 176, 236)}


class MixButton(QToolButton):
    """A switch with one letter, filled in its own colour while it is on. `kind`: "solo", "mute", "effects"."""

    def __init__(self, letter: str, kind: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._hue = _HUES[kind]
        self._colours: Colours | None = None
        self._picture = CachedPicture()
        self.setText(letter)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.setObjectName(f"lane-{kind}")

    def show_colours(self, colours: Colours) -> None:
        """Use the colours of a theme."""
        self._colours = colours
        self.update()

    def describe(self, name: str, tip: str) -> None:
        """Set the name that a screen reader says, and the tooltip, which it says as a description."""
        self.setAccessibleName(name)
        self.setAccessibleDescription(tip)
        self.setToolTip(f"{name}\n{tip}")

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Paint a rounded square with the letter."""
        if self._colours is None:
            return
        shades, is_on = self._colours, self.isChecked()
        ground = self._hue if is_on else shades.head
        rim = shades.accent if self.hasFocus() else self._hue if is_on or self.underMouse() else shades.grid
        key = (self.text(), ground, rim, self.hasFocus(), shades)
        self._picture.draw(self, key, lambda painter: self._paint(painter, ground, rim, shades.on(ground)))

    def _paint(self, painter: QPainter, ground: Rgb, rim: Rgb, text: Rgb) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(qcolor(rim), 2 if self.hasFocus() else 1))
        painter.setBrush(qcolor(ground))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5), 4, 4)
        painter.setPen(qcolor(text))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text())


class EffectsButton(MixButton):
    """The button of a lane's effects, with their number; filled while any is active."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__("FX", "effects", parent)

    def show_count(self, count: int | None) -> None:
        """Show the number of active effects."""
        self.setText(f"FX {count}" if count else "FX")
        self.setChecked(bool(count))

    def nextCheckState(self) -> None:
        """Leave the state as it is: a click shows the effects."""


class GainBox(QDoubleSpinBox):
    """A gain in decibels, in steps of half a decibel."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setRange(LOWEST_DB, HIGHEST_DB)
        self.setSingleStep(0.5)
        self.setDecimals(1)
        self.setSuffix(" dB")
        self.setKeyboardTracking(False)
        self.setToolTip(self.tr("Gain in decibels; 0 leaves the level as it is"))
        self.setAccessibleDescription(self.toolTip())
        self.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setCursor(Qt.CursorShape.ArrowCursor)

    def show_colours(self, colours: Colours) -> None:
        """Do nothing: the style sheet of the theme has its colours."""
