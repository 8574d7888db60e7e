"""Icons drawn from paths in the colours of the theme, and the program's own icon from an SVG file."""

from collections.abc import Callable
from importlib.resources import files
from typing import Final

from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QIcon, QIconEngine, QPainter, QPainterPath, QPen, QPixmap, QPolygonF

from .theme import colours

_SIDE: Final = 16.0

IconDrawing = Callable[[QPainter, QColor], None]
"""Draws an icon of 16 × 16 units in one colour."""


def icon(name: str) -> QIcon:
    """Return the icon `name`, one of the keys of `_DRAWINGS`. Raises KeyError for another name."""
    return QIcon(_Engine(_DRAWINGS[name]))


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
    """Draws at any size, in the text colour of the current theme."""

    def __init__(self, draw: IconDrawing) -> None:
        super().__init__()
        self._draw = draw

    def paint(self, painter: QPainter | None, rect: object, mode: QIcon.Mode, state: QIcon.State) -> None:
        """Draw the icon scaled to `rect`, in the colour of `mode` and `state`."""
        if painter is None:
            return
        shades = colours()
        colour = shades.disabled_text if mode == QIcon.Mode.Disabled else shades.text
        if state == QIcon.State.On and mode != QIcon.Mode.Disabled:
            colour = shades.accent_text
        target = QRectF(rect)  # type: ignore[call-overload]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(target.topLeft())
        painter.scale(target.width() / _SIDE, target.height() / _SIDE)
        self._draw(painter, colour)
        painter.restore()

    def pixmap(self, size: object, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        """Return the icon on a transparent background of `size`."""
        pixmap = QPixmap(size)  # type: ignore[call-overload]
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self.paint(painter, QRectF(QPointF(0, 0), pixmap.deviceIndependentSize()), mode, state)
        painter.end()
        return pixmap

    def clone(self) -> "_Engine":
        """Return a copy, which Qt owns."""
        return _Engine(self._draw)


def _filled(*points: tuple[float, float]) -> IconDrawing:
    def draw(painter: QPainter, colour: QColor) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawPolygon(QPolygonF([QPointF(*point) for point in points]))

    return draw


def _bars(painter: QPainter, colour: QColor) -> None:
    for x in (4.0, 9.5):
        painter.fillRect(QRectF(x, 3, 3, 10), colour)


def _line(painter: QPainter, colour: QColor, path: QPainterPath) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(colour, 1.7, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    painter.drawPath(path)


def _loop(painter: QPainter, colour: QColor) -> None:
    path = QPainterPath(QPointF(10.5, 4))
    path.lineTo(5.5, 4)
    path.arcTo(QRectF(1.5, 4, 8, 8), 90, 180)
    path.lineTo(10.5, 12)
    path.arcTo(QRectF(6.5, 4, 8, 8), -90, 120)
    path.moveTo(8.6, 1.8)
    path.lineTo(11, 4)
    path.lineTo(8.6, 6.2)
    _line(painter, colour, path)


def _match(painter: QPainter, colour: QColor) -> None:
    path = QPainterPath(QPointF(3, 6))
    path.lineTo(13, 6)
    path.moveTo(3, 10)
    path.lineTo(13, 10)
    _line(painter, colour, path)


def _compare(painter: QPainter, colour: QColor) -> None:
    path = QPainterPath(QPointF(2.5, 5))
    path.lineTo(13, 5)
    path.lineTo(10.5, 2.5)
    path.moveTo(13.5, 11)
    path.lineTo(3, 11)
    path.lineTo(5.5, 13.5)
    _line(painter, colour, path)


_DRAWINGS: Final[dict[str, IconDrawing]] = {
    "play": _filled((4, 2.5), (13.5, 8), (4, 13.5)),
    "stop": _filled((3.5, 3.5), (12.5, 3.5), (12.5, 12.5), (3.5, 12.5)),
    "pause": _bars,
    "loop": _loop,
    "match": _match,
    "compare": _compare,
}
