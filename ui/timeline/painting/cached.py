"""The last picture of a small widget, which many repaints show again."""

from collections.abc import Callable

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QPainter, QPixmap
from PyQt6.QtWidgets import QWidget


class CachedPicture:
    """Paints a widget by `paint(painter)` once per key, size, font and scale."""

    def __init__(self) -> None:
        self._key: object = None
        self._pixmap = QPixmap()

    def draw(self, widget: QWidget, key: object, paint: Callable[[QPainter], None]) -> None:
        """Show the picture of `key` in `widget`, from its paintEvent. `key`: all that `paint` depends on."""
        dpr = widget.devicePixelRatioF()
        whole = (key, widget.width(), widget.height(), widget.font().key(), dpr)
        if whole != self._key:
            self._key = whole
            self._pixmap = QPixmap(widget.size() * dpr)
            self._pixmap.setDevicePixelRatio(dpr)
            self._pixmap.fill(Qt.GlobalColor.transparent)
            painter = QPainter(self._pixmap)
            painter.setFont(widget.font())
            paint(painter)
            painter.end()
        painter = QPainter(widget)
        painter.drawPixmap(0, 0, self._pixmap)
        painter.end()

    def clear(self) -> None:
        """Free the picture, of a widget that is hidden."""
        self._key, self._pixmap = None, QPixmap()
