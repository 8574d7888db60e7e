"""A picture of the rows that is shifted when the view scrolls, so that only new parts are painted.

Dirty areas are painted at once; postponed ones, whose sound was skipped, as far as time allows.
"""

from collections.abc import Callable

from PyQt6.QtCore import QPoint, QRect, QSize
from PyQt6.QtGui import QPainter, QPixmap


class RowLayer:
    """Caches what `draw(painter, area)` paints; `area` is in logical pixels."""

    def __init__(self, draw: Callable[[QPainter, QRect], None]) -> None:
        self._draw = draw
        self._pixmap = QPixmap()
        self._key: object = None
        self._place = QPoint()
        self._dirty: list[QRect] = []
        self._late: list[QRect] = []

    @property
    def is_late(self) -> bool:
        """Whether a next picture could show sounds that this one skipped."""
        return bool(self._late)

    @property
    def top(self) -> int:
        """Scene pixel of the picture's first line, from which `invalidate` counts."""
        return self._place.y()

    def invalidate(self, area: QRect | None = None) -> None:
        """Paint `area` (of the picture) again, or everything."""
        if area is None:
            self._key = None
        elif area not in self._dirty:
            self._dirty.append(area)

    def postpone(self, area: QRect) -> None:
        """Paint `area` again when there is time; areas of one row are merged."""
        for place, other in enumerate(self._late):
            if (other.top(), other.height()) == (area.top(), area.height()):
                self._late[place] = other.united(area)
                return
        self._late.append(area)

    def picture(
        self, size: QSize, dpr: float, key: object, place: QPoint, has_time: Callable[[], bool] = lambda: True
    ) -> QPixmap:
        """Return the picture of the rows at `place` (left, top of the strip), painted as far as needed.

        dpr : device pixels per pixel.     key : everything but the place that the picture depends on.
        """
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
        """Move the picture; strips that come into view are dirty, and everything at fractional scalings."""
        device = by * dpr
        if (abs(by.x()) >= whole.width() or abs(by.y()) >= whole.height()) or (
            device.x() != by.x() * dpr or device.y() != by.y() * dpr
        ):
            self._dirty, self._late = [whole], []
            return
        self._pixmap.scroll(device.x(), device.y(), self._pixmap.rect())
        remaining = whole.translated(by) & whole
        self._dirty = [area.translated(by) for area in self._dirty] + _beside(whole, remaining)
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
            self.postpone(area)

    def _draw_in(self, painter: QPainter, area: QRect) -> None:
        if not area.isEmpty():
            painter.setClipRect(area)
            self._draw(painter, area)


def _beside(whole: QRect, inner: QRect) -> list[QRect]:
    """Return the strips of `whole` left, right, above and below `inner`."""
    strips = [
        QRect(whole.left(), whole.top(), inner.left() - whole.left(), whole.height()),
        QRect(inner.right() + 1, whole.top(), whole.right() - inner.right(), whole.height()),
        QRect(inner.left(), whole.top(), inner.width(), inner.top() - whole.top()),
        QRect(inner.left(), inner.bottom() + 1, inner.width(), whole.bottom() - inner.bottom()),
    ]
    return [strip for strip in strips if not strip.isEmpty()]
