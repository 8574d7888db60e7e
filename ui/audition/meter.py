"""A peak meter per channel: bars with a scale, held peaks as marks and as a number, clip lights that a click resets."""

from typing import Final

from flowsep_ui.studio.texts import number
from flowsep_ui.theme import colours
from PyQt6.QtCore import QRectF, QSize, Qt
from PyQt6.QtGui import QFont, QFontMetricsF, QLinearGradient, QMouseEvent, QPainter, QPaintEvent
from PyQt6.QtWidgets import QSizePolicy, QWidget

from flowsep_plugin.audition import FLOOR_DB, Levels, Needle

_CLIP_WIDTH, _GAP = 7, 2
_YELLOW_DB, _RED_DB = -12.0, -3.0
_MARKS_DB: Final = (-48, -36, -24, -18, -12, -6, -3, 0)
_LABELS_DB: Final = (-48, -36, -24, -18, -12, -6, 0)
_WIDEST: Final = "−00.0"


class LevelMeter(QWidget):
    """Horizontal bars in dBFS, -60 to 0, and the highest held peak as a number."""

    def __init__(self, parent: QWidget | None = None, channels: int = 2) -> None:
        super().__init__(parent)
        self._needles = [Needle()] * channels
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Level meter"))
        self.setToolTip(
            self.tr("Peak level in dBFS, -60 to 0, and the held peak. Click to reset it and the clip light.")
        )

    def sizeHint(self) -> QSize:
        """Return a size at which 1 dB can be read."""
        return QSize(240, 34)

    def minimumSizeHint(self) -> QSize:
        """Return the least useful size."""
        return QSize(150, 34)

    @property
    def has_clipped(self) -> bool:
        """Whether a clip light is on."""
        return any(needle.clipped for needle in self._needles)

    @property
    def peak_text(self) -> str:
        """The highest held peak in dBFS: "−12.3"; "−∞" at the bottom."""
        highest_db = max(needle.held_db for needle in self._needles)
        return "−∞" if highest_db <= FLOOR_DB else number(highest_db, 1).replace("-", "−")

    def show_levels(self, levels: Levels, seconds: float) -> None:
        """Move the needles to `levels`, the highest of the last `seconds`."""
        old = self._needles
        self._needles = [needle.after(seconds, peak) for needle, peak in zip(old, levels.peak, strict=False)]
        if self._needles != old:
            self.setAccessibleDescription(self.tr("{0} dBFS").format(self.peak_text))
            self.update()

    @property
    def is_at_rest(self) -> bool:
        """Whether all bars and held peaks are at the bottom."""
        return all(needle.bar_db <= FLOOR_DB and needle.held_db <= FLOOR_DB for needle in self._needles)

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """Reset the clip lights and held peaks."""
        self._needles = [needle.reset() for needle in self._needles]
        self.update()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Paint bars, scale, held peaks, clip lights and the number."""
        painter = QPainter(self)
        small = QFont(self.font())
        small.setPointSizeF(max(6.0, small.pointSizeF() * 0.72))
        metrics = QFontMetricsF(small)
        number_width = QFontMetricsF(self.font()).horizontalAdvance(_WIDEST) + 8
        width = self.width() - _CLIP_WIDTH - _GAP - number_width
        height = self.height() - metrics.height() - 1
        self._paint_bars(painter, width, height)
        painter.setFont(small)
        self._paint_scale(painter, metrics, width, height)
        painter.setFont(self.font())
        painter.setPen(colours().error if self.has_clipped else colours().text)
        place = QRectF(self.width() - number_width, 0, number_width, self.height())
        painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self.peak_text)
        painter.end()

    def _paint_bars(self, painter: QPainter, width: float, height: float) -> None:
        shades = colours()
        bar = (height - _GAP * (len(self._needles) - 1)) / len(self._needles)
        gradient = QLinearGradient(0, 0, width, 0)
        for level_db, colour in (
            (FLOOR_DB, shades.meter_low),
            (_YELLOW_DB - 1, shades.meter_low),
            (_YELLOW_DB, shades.meter_middle),
            (_RED_DB, shades.meter_high),
            (0.0, shades.meter_high),
        ):
            gradient.setColorAt(_share(level_db), colour)
        for index, needle in enumerate(self._needles):
            top = index * (bar + _GAP)
            painter.fillRect(QRectF(0, top, width, bar), shades.sunken)
            painter.fillRect(QRectF(0, top, width * _share(needle.bar_db), bar), gradient)
            if needle.held_db > FLOOR_DB:
                painter.fillRect(QRectF(width * _share(needle.held_db) - 1.5, top, 1.5, bar), shades.text)
            light = shades.meter_high if needle.clipped else shades.sunken
            painter.fillRect(QRectF(width + _GAP, top, _CLIP_WIDTH, bar), light)

    def _paint_scale(self, painter: QPainter, metrics: QFontMetricsF, width: float, height: float) -> None:
        """Paint the marks, and the labels that do not run into each other."""
        painter.setPen(colours().grid)
        for mark in _MARKS_DB[:-1]:
            x = round(width * _share(mark))
            painter.drawLine(x, 0, x, round(height))
        painter.setPen(colours().dim_text)
        left = width + _CLIP_WIDTH
        for mark in reversed(_LABELS_DB):
            text = str(mark).replace("-", "−")
            space = metrics.horizontalAdvance(text)
            x = min(width * _share(mark) - space / 2, width + _CLIP_WIDTH - space)
            if x + space + 4 <= left or mark == 0:
                painter.drawText(QRectF(x, height, space + 1, metrics.height()), Qt.AlignmentFlag.AlignCenter, text)
                left = x

    def contextMenuPolicy(self) -> Qt.ContextMenuPolicy:
        """Return that the meter has no context menu."""
        return Qt.ContextMenuPolicy.NoContextMenu


def _share(level_db: float) -> float:
    return min(1.0, max(0.0, (level_db - FLOOR_DB) / -FLOOR_DB))
