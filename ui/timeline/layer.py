"""A picture of the rows that is shifted when the view scrolls, so that only what comes into view is drawn."""

from collections.abc import Callable

from PyQt6.QtCore import QPoint, QRect, QSize
from PyQt6.QtGui import QPainter, QPixmap


class Layer:
    """`draw(painter, area)` paints rows; `area` is in logical pixels. `key`: all but place that a picture hangs on."""

    def __init__(self, draw: Callable[[QPainter, QRect], None]) -> None:
        self._draw = draw
        self._pixmap = QPixmap()
        self._key: object = None
        self._place = QPoint()
        self._dirty: list[QRect] = []

    @property
    def top(self) -> int:
        """Where the picture's first line lies in the scene; what is spoilt is counted from there."""
        return self._place.y()

    def spoil(self, area: QRect | None = None) -> None:
        """Draw `area` anew, or all."""
        if area is None:
            self._key = None
        else:
            self._dirty.append(area)

    def picture(self, size: QSize, dpr: float, key: object, place: QPoint) -> QPixmap:
        """The rows as they are now, at `place` (left, top of the strip)."""
        whole = QRect(QPoint(), size)
        if self._key != (size, dpr, key):
            self._renew(size, dpr)
            self._key = (size, dpr, key)
            self._dirty = [whole]
        elif place != self._place:
            self._shift(self._place - place, dpr, whole)
        self._place = place
        if self._dirty:
            self._repaint(whole)
        return self._pixmap

    def _renew(self, size: QSize, dpr: float) -> None:
        if self._pixmap.size() != size * dpr or self._pixmap.devicePixelRatio() != dpr:
            self._pixmap = QPixmap(size * dpr)
            self._pixmap.setDevicePixelRatio(dpr)

    def _shift(self, by: QPoint, dpr: float, whole: QRect) -> None:
        """Move what is there; the strips that come into view are dirty. At odd scalings everything is."""
        device = by * dpr
        if (abs(by.x()) >= whole.width() or abs(by.y()) >= whole.height()) or (
            device.x() != by.x() * dpr or device.y() != by.y() * dpr
        ):
            self._dirty = [whole]
            return
        self._pixmap.scroll(device.x(), device.y(), self._pixmap.rect())
        kept = whole.translated(by) & whole
        self._dirty = [area.translated(by) for area in self._dirty] + _beside(whole, kept)

    def _repaint(self, whole: QRect) -> None:
        areas, self._dirty = self._dirty, []
        painter = QPainter(self._pixmap)
        for area in areas:
            painter.setClipRect(area & whole)
            self._draw(painter, area & whole)
        painter.end()


def _beside(whole: QRect, kept: QRect) -> list[QRect]:
    """Strips of `whole` left, right, above and below `kept`."""
    strips = [
        QRect(whole.left(), whole.top(), kept.left() - whole.left(), whole.height()),
        QRect(kept.right() + 1, whole.top(), whole.right() - kept.right(), whole.height()),
        QRect(kept.left(), whole.top(), kept.width(), kept.top() - whole.top()),
        QRect(kept.left(), kept.bottom() + 1, kept.width(), whole.bottom() - kept.bottom()),
    ]
    return [strip for strip in strips if not strip.isEmpty()]
