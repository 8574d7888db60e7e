"""Icons of one style, recoloured by the theme, and the program's own icon.

`icon(name)` draws at any size and scale. Names, with their shapes in `icon_shapes`:

transport : play pause stop loop to-start match compare original volume
picture : picture frame-before frame-after full video-export
sounds : add minus remove keep-out favourite presets draft separate take retry reset model
lanes : fx power mixer spectrogram waveform marker grip
files : open folder file save export place batch copy search edit
window : undo redo history jobs settings keyboard midi help info warning error check close cancel float dock
arrows and others : up down left right more lock

The icon of a checked button is drawn in the colour of text on the accent; favourite is then filled.
"""

from functools import lru_cache
from importlib.resources import files
from typing import Final

from PyQt6.QtCore import QPointF, QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QIcon, QIconEngine, QPainter, QPen, QPixmap
from PyQt6.QtSvg import QSvgRenderer
from PyQt6.QtWidgets import QAbstractButton

from .colours import colours
from .icon_shapes import SHAPES

ICON_SIDE: Final = 18
"""Pixels of an icon's side in buttons."""


def icon(name: str, colour: QColor | None = None) -> QIcon:
    """Return the icon `name` in the theme's text colour, or in `colour`. Raises KeyError for an unknown name."""
    return QIcon(_Engine(name, SHAPES[name], colour))


def set_icon(button: QAbstractButton, name: str, side: int = ICON_SIDE) -> None:
    """Show the icon `name` in `button`, `side` pixels wide. Raises KeyError for an unknown name."""
    button.setIcon(icon(name))
    button.setIconSize(QSize(side, side))


def svg(name: str, colour: QColor) -> bytes:
    """Return the icon `name` as an SVG document in `colour`. Raises KeyError for an unknown name."""
    return _document(SHAPES[name], colour.name())


def app_icon() -> QIcon:
    """Return the icon of program and windows."""
    pixmap = QPixmap()
    pixmap.loadFromData(files("flowsep_ui").joinpath("data/flowsep.svg").read_bytes(), "SVG")
    return QIcon(pixmap)


def swatch(colour: QColor, side: int = 12) -> QPixmap:
    """Return a rounded square of `side` pixels in `colour`, which marks a stem's lane colour in lists."""
    pixmap = QPixmap(side, side)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(colours().sunken, 1.5))  # keeps it visible on a pressed button of nearly its colour
    painter.setBrush(colour)
    painter.drawRoundedRect(QRectF(1, 1, side - 2, side - 2), 2.5, 2.5)
    painter.end()
    return pixmap


class _Engine(QIconEngine):
    """Draws a shape at any size, in the colour that theme, mode and state ask for."""

    def __init__(self, name: str, shape: tuple[str, ...], colour: QColor | None) -> None:
        super().__init__()
        self._name, self._shape, self._colour = name, shape, colour

    def paint(self, painter: QPainter | None, rect: object, mode: QIcon.Mode, state: QIcon.State) -> None:
        """Draw the icon centred in `rect`."""
        if painter is None:
            return
        target = QRectF(rect)  # type: ignore[call-overload]
        side = min(target.width(), target.height())
        square = QRectF(target.center() - QPointF(side / 2, side / 2), QPointF(0, 0))
        square.setSize(QSize(1, 1).toSizeF() * side)
        shape = SHAPES.get(f"{self._name}-on", self._shape) if state == QIcon.State.On else self._shape
        QSvgRenderer(_document(shape, self._shade(mode, state).name())).render(painter, square)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        """Return the icon on a transparent background of `size`."""
        pixmap = QPixmap(size)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self.paint(painter, QRectF(QPointF(0, 0), pixmap.deviceIndependentSize()), mode, state)
        painter.end()
        return pixmap

    def clone(self) -> "_Engine":
        """Return a copy, which Qt owns."""
        return _Engine(self._name, self._shape, self._colour)

    def _shade(self, mode: QIcon.Mode, state: QIcon.State) -> QColor:
        shades = colours()
        if mode == QIcon.Mode.Disabled:
            return shades.disabled_text
        if state == QIcon.State.On or mode == QIcon.Mode.Selected:
            return shades.accent_text
        return self._colour or shades.text


@lru_cache(maxsize=256)
def _document(shape: tuple[str, ...], colour: str) -> bytes:
    line = f'fill="none" stroke="{colour}" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"'
    fill = f'fill="{colour}" stroke="{colour}" stroke-width="1" stroke-linejoin="round"'
    paths = "".join(f'<path d="{path.lstrip("*")}" {fill if path[0] == "*" else line}/>' for path in shape)
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">{paths}</svg>'.encode()
