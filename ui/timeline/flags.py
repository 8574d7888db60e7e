"""The flags of markers on the ruler: those set in the panel are picked, dragged and renamed in place."""

from dataclasses import replace

from flowsep_ui.contrast import parsed
from flowsep_ui.timeline.painting.colours import Colours, qcolor
from PyQt6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, pyqtSignal
from PyQt6.QtGui import QFont, QFontMetricsF, QKeyEvent, QPainter, QPen
from PyQt6.QtWidgets import QLineEdit, QWidget

from flowsep_plugin.audio.span import Span

from .model import TimelineModel
from .scene import MarkerView

FLAGS = 17
"""Height of the band of markers, pixels."""

_SLACK = 4
_WIDEST = 160.0


class MarkerEditor(QLineEdit):
    """A field over a flag: Return renames, Esc leaves the name as it is, and so does an empty text."""

    done = pyqtSignal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Name of the marker"))
        self.editingFinished.connect(self._finish)
        self.hide()

    def event(self, event: QEvent | None) -> bool:
        """Keep Return and Esc from the view's commands while a name is typed."""
        keys = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape)
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride and event.key() in keys:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Leave the name as it is on Esc."""
        if event is not None and event.key() == Qt.Key.Key_Escape:
            self.clear()
            self._finish()
            return
        super().keyPressEvent(event)

    def _finish(self) -> None:
        if self.isVisible():
            self.hide()
            self.done.emit(self.text().strip())


class MarkerFlags(QObject):
    """Draws the flags of `model` on `ruler`, and moves and renames them. Signals have the marker before the change.

    renamed : marker, name.     moved : marker, frame.
    """

    renamed = pyqtSignal(object, str)
    moved = pyqtSignal(object, int)

    def __init__(self, model: TimelineModel, ruler: QWidget) -> None:
        super().__init__(ruler)
        self._model, self._ruler = model, ruler
        self._pressed: tuple[MarkerView, float] | None = None
        self._moving: MarkerView | None = None
        self._edited: MarkerView | None = None
        self.font = QFont(ruler.font())
        self.editor = MarkerEditor(ruler)
        self.editor.done.connect(self._rename)
        model.scene_changed.connect(self._check_editor)

    @property
    def is_pressed(self) -> bool:
        """Whether the mouse holds a marker."""
        return self._pressed is not None

    def marker_at(self, at: QPointF) -> MarkerView | None:
        """Return the marker whose flag is at a point of the ruler; of several the last one."""
        if at.y() > FLAGS:
            return None
        view = self._model.view
        markers = (m for m in self._model.scene.markers if 0 <= at.x() - view.x_of(m.span.start) <= self._width(m))
        return max(markers, key=lambda marker: marker.span.start, default=None)

    def press(self, at: QPointF) -> bool:
        """Pick the marker at `at`; return whether a drag of it may begin."""
        marker = self.marker_at(at)
        self._model.pick_marker(marker if marker is not None and marker.is_own else None)
        if marker is None or not marker.is_own:
            return False
        self._pressed = (marker, at.x())
        return True

    def move(self, x: float, *, free: bool) -> None:
        """Move the pressed marker with the mouse; `free`: without snapping."""
        if self._pressed is None:
            return
        marker, start = self._pressed
        if self._moving is None and abs(x - start) <= _SLACK:
            return
        frame = marker.span.start + round((x - start) * self._model.view.frames_per_pixel)
        frame = max(0, frame if free else self._model.snapped(frame))
        self._moving = replace(marker, span=Span(frame, marker.span.frames, marker.span.rate))
        self._ruler.update()

    def release(self) -> bool:
        """End a drag of a marker; return whether there was one."""
        pressed, moved = self._pressed, self._moving
        self._pressed = self._moving = None
        if pressed is None or moved is None:
            return False
        self.moved.emit(pressed[0], moved.span.start)
        return True

    def edit(self, marker: MarkerView) -> None:
        """Let the user type another name for `marker`."""
        self._edited = marker
        left = max(0, round(self._model.view.x_of(marker.span.start)))
        wide = max(120, round(min(_WIDEST, self._width(marker))))
        self.editor.setGeometry(min(left, max(0, self._ruler.width() - wide)), 0, wide, FLAGS + 6)
        self.editor.setText(marker.name)
        self.editor.selectAll()
        self.editor.show()
        self.editor.setFocus()

    def draw(self, painter: QPainter, colours: Colours) -> None:
        """Draw all flags, the moving one where the mouse has it."""
        before = None if self._pressed is None or self._moving is None else self._pressed[0]
        for marker in self._model.scene.markers:
            moving = self._moving if marker == before else None
            self._draw(painter, colours, marker if moving is None else moving, is_picked=marker == self._model.marker)

    def _draw(self, painter: QPainter, colours: Colours, marker: MarkerView, *, is_picked: bool) -> None:
        """Draw a flag with the name; that of a region is as long as the region."""
        x = self._model.view.x_of(marker.span.start)
        wide = self._width(marker)
        if x > self._ruler.width() or x + wide < 0:
            return
        ground = parsed(marker.colour, colours.accent if marker.is_own else colours.flag)
        left = max(0.0, x) if marker.span.frames else x
        flag = QRectF(left, 1, wide - (left - x), FLAGS - 3)
        painter.fillRect(flag, qcolor(ground))
        if is_picked:
            painter.setPen(QPen(qcolor(colours.text), 2))
            painter.drawRect(flag.adjusted(1, 1, -1, -1))
        painter.setPen(qcolor(colours.on(ground)))
        metrics = QFontMetricsF(self.font)
        name = metrics.elidedText(marker.name, Qt.TextElideMode.ElideRight, max(0.0, flag.width() - 6))
        painter.drawText(flag.adjusted(4, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, name)
        painter.setPen(QPen(qcolor(colours.accent if marker.is_own else colours.marker), 1))
        painter.drawLine(QPointF(x, FLAGS - 2), QPointF(x, self._ruler.height()))

    def _width(self, marker: MarkerView) -> float:
        if marker.span.frames:
            return max(3.0, marker.span.frames / self._model.view.frames_per_pixel)
        return min(_WIDEST, QFontMetricsF(self.font).horizontalAdvance(marker.name) + 9)

    def _check_editor(self) -> None:
        """Close the field of a marker that is no longer there."""
        if self._edited is not None and self._edited not in self._model.scene.markers:
            self._edited = None
            self.editor.hide()

    def _rename(self, name: str) -> None:
        marker, self._edited = self._edited, None
        if marker is not None and name and name != marker.name:
            self.renamed.emit(marker, name)
