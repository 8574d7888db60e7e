"""A picture of the rows that is shifted when the view scrolls, so that only what comes into view is drawn.

What is dirty is drawn in any case; what is late (its sound was left out) only while there is time.
"""

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
        self._late: list[QRect] = []

    @property
    def is_late(self) -> bool:
        """Whether sounds are missing that a next picture could have."""
        return bool(self._late)

    @property
    def top(self) -> int:
        """Where the picture's first line lies in the scene; what is spoilt is counted from there."""
        return self._place.y()

    def spoil(self, area: QRect | None = None) -> None:
        """Draw `area` anew, or all."""
        if area is None:
            self._key = None
        elif area not in self._dirty:
            self._dirty.append(area)

    def leave(self, area: QRect) -> None:
        """The sound in `area` is missing; areas of one row become one."""
        for place, other in enumerate(self._late):
            if (other.top(), other.height()) == (area.top(), area.height()):
                self._late[place] = other.united(area)
                return
        self._late.append(area)

    def picture(
        self, size: QSize, dpr: float, key: object, place: QPoint, has_time: Callable[[], bool] = lambda: True
    ) -> QPixmap:
        """The rows as they are now, at `place` (left, top of the strip)."""
        whole = QRect(QPoint(), size)
        if self._key != (size, dpr, key):
            self._renew(size, dpr)
            self._key = (size, dpr, key)
            self._dirty, self._late = [whole], []
        elif place != self._place:
            self._shift(self._place - place, dpr, whole)
        self._place = place
        if self._dirty or self._late:
            self._repaint(whole, has_time)
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
            self._dirty, self._late = [whole], []
            return
        self._pixmap.scroll(device.x(), device.y(), self._pixmap.rect())
        kept = whole.translated(by) & whole
        self._dirty = [area.translated(by) for area in self._dirty] + _beside(whole, kept)
        self._late = [area.translated(by) & whole for area in self._late if area.translated(by).intersects(whole)]

    def _repaint(self, whole: QRect, has_time: Callable[[], bool]) -> None:
        areas, self._dirty = self._dirty, []
        late, self._late = self._late, []
        painter = QPainter(self._pixmap)
        for area in areas:
            self._draw_in(painter, area & whole)
        while late and has_time():
            self._draw_in(painter, late.pop(0))
        painter.end()
        for area in late:
            self.leave(area)

    def _draw_in(self, painter: QPainter, area: QRect) -> None:
        if not area.isEmpty():
            painter.setClipRect(area)
            self._draw(painter, area)


def _beside(whole: QRect, kept: QRect) -> list[QRect]:
    """Strips of `whole` left, right, above and below `kept`."""
    strips = [
        QRect(whole.left(), whole.top(), kept.left() - whole.left(), whole.height()),
        QRect(kept.right() + 1, whole.top(), whole.right() - kept.right(), whole.height()),
        QRect(kept.left(), whole.top(), kept.width(), kept.top() - whole.top()),
        QRect(kept.left(), kept.bottom() + 1, kept.width(), whole.bottom() - kept.bottom()),
    ]
    return [strip for strip in strips if not strip.isEmpty()]
