"""Painting of chips: a word about a row's state in a rounded frame, as wide as the word."""

from flowsep_ui.contrast import Rgb, mixed
from flowsep_ui.timeline.scene import Chip
from PyQt6.QtCore import QRect, QRectF, Qt
from PyQt6.QtGui import QFont, QFontMetrics, QPainter, QPen

from .colours import Colours, qcolor

_BESIDE = 12


def chip_width(font: QFont, chip: Chip) -> int:
    """Return the width of a chip in pixels."""
    return QFontMetrics(_chip_font(font)).horizontalAdvance(chip.text) + _BESIDE


def draw_chip(painter: QPainter, font: QFont, colours: Colours, chip: Chip, area: QRect) -> None:
    """Draw a chip in `area`: filled for a warning, framed for the rest."""
    hue = _hue(colours, chip)
    ground = hue if chip.tone == "warning" else mixed(colours.row, hue, 0.18)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(_chip_font(font))
    painter.setPen(QPen(qcolor(hue), 1))
    painter.setBrush(qcolor(ground))
    painter.drawRoundedRect(QRectF(area).adjusted(0.5, 0.5, -0.5, -0.5), 7, 7)
    painter.setPen(qcolor(colours.on(ground)))
    painter.drawText(area, Qt.AlignmentFlag.AlignCenter, chip.text)
    painter.restore()


def _hue(colours: Colours, chip: Chip) -> Rgb:
    return {"plain": colours.faint, "busy": colours.accent, "warning": colours.flag}[chip.tone]


def _chip_font(font: QFont) -> QFont:
    small = QFont(font)
    small.setPointSizeF(max(6.0, font.pointSizeF() * 0.86))
    return small
