"""The ruler above the rows: time, timecode or bars, and markers; a click seeks, a drag selects on all tracks."""

from typing import Final

from flowsep_ui.timeline.input.gestures import Drag, EdgeDrag, MoveDrag, RangeDrag
from flowsep_ui.timeline.input.hits import edge_under
from flowsep_ui.timeline.input.wheel import turn_wheel
from flowsep_ui.timeline.painting.colours import Colours, colours_of, qcolor
from flowsep_ui.timeline.painting.overlay import pointer_shape
from PyQt6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QContextMenuEvent, QFont, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PyQt6.QtWidgets import QToolTip, QWidget

from .flags import FLAGS, MarkerFlags
from .model import TimelineModel
from .scene import Selection

_LABELS: Final = 25
_SLACK: Final = 4


class Ruler(QWidget):
    """Shows the time axis of `model`."""

    seek_requested = pyqtSignal(int)
    menu_requested = pyqtSignal(object, QPoint)
    """The MarkerView under the mouse, or None, and the place on the screen."""

    def __init__(self, model: TimelineModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._colours: Colours = colours_of(self.palette())
        self._pressed: QPointF | None = None
        self._drag: Drag | None = None
        self.flags = MarkerFlags(model, self)
        self.setMouseTracking(True)
        self.setFixedHeight(FLAGS + _LABELS)
        self.setAccessibleName(self.tr("Ruler"))
        self.setToolTip(self.tr("Click to move the playhead, drag to select on all tracks"))
        self._measure_labels()
        for signal in (
            model.scene_changed,
            model.appearance_changed,
            model.view_changed,
            model.selection_changed,
            model.marker_changed,
        ):
            signal.connect(lambda *_: self.update())
        model.playhead_changed.connect(self._move_playhead)

    @property
    def is_dragging(self) -> bool:
        """Whether a selection is being dragged."""
        return self._drag is not None

    def sizeHint(self) -> QSize:
        """Return the fixed height and a usual width."""
        return QSize(900, FLAGS + _LABELS)

    def changeEvent(self, event: QEvent | None) -> None:
        """Take the colours and font of a new theme."""
        if event is not None and event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self._colours = colours_of(self.palette())
            self._measure_labels()
            self.update()
        super().changeEvent(event)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Paint selection, ticks, markers and playhead."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), qcolor(self._colours.head))
        painter.setFont(self._font)
        painter.fillRect(0, self.height() - 1, self.width(), 1, qcolor(self._colours.grid))
        if self._model.is_empty:
            painter.end()
            return
        self._draw_selection(painter)
        self._draw_ticks(painter)
        self.flags.draw(painter, self._colours)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(qcolor(self._colours.playhead))
        painter.drawPolygon(pointer_shape(self._model.view.x_of(self._model.playhead), self.height()))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """Start to drag the selection or its edge; else wait for a click or a drag."""
        assert event is not None
        if event.button() != Qt.MouseButton.LeftButton:
            return
        model, x = self._model, event.position().x()
        edge = edge_under(model.view, model.selection, x)
        if self.flags.press(event.position()):
            self._pressed = event.position()
        elif model.selection is not None and edge is not None:
            self._drag = EdgeDrag(model.scene, model.selection, edge)
        elif model.selection is not None and self._in_bracket(event.position()):
            self._drag = MoveDrag(model.scene, model.selection, model.view.frame_at(x))
        else:
            self._pressed = event.position()

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        """Drag, or show by the cursor whether something can be dragged."""
        assert event is not None
        model, at = self._model, event.position()
        frame = model.view.frame_at(at.x())
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if self.flags.is_pressed:
            self.flags.move(at.x(), free=control)
            return
        if self._drag is None and self._pressed is not None and abs(at.x() - self._pressed.x()) > _SLACK:
            anchor = model.snapped(model.view.frame_at(self._pressed.x()))
            self._drag = RangeDrag(model.scene, model.index.clips, anchor, None)
        if self._drag is not None:
            free = control or isinstance(self._drag, MoveDrag)
            model.set_selection(self._drag.to(frame if free else model.snapped(frame), None))
        else:
            edge = edge_under(model.view, model.selection, at.x()) if at.y() >= FLAGS else None
            marker = self.flags.marker_at(at)
            is_movable = self._in_bracket(at) or (marker is not None and marker.is_own)
            inside = Qt.CursorShape.OpenHandCursor if is_movable else Qt.CursorShape.ArrowCursor
            self.setCursor(Qt.CursorShape.SizeHorCursor if edge else inside)

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        """Seek where it was a click; on a marker, to the marker."""
        assert event is not None
        if self.flags.release():
            self._drag = self._pressed = None
            return
        if self._drag is None and self._pressed is not None:
            marker = self.flags.marker_at(event.position())
            frame = self._model.view.frame_at(event.position().x())
            self.seek_requested.emit(max(0, marker.span.start if marker else frame))
        self._drag = self._pressed = None

    def mouseDoubleClickEvent(self, event: QMouseEvent | None) -> None:
        """Rename a marker that was set in the panel; select a region of the session."""
        assert event is not None
        marker = self.flags.marker_at(event.position())
        if marker is not None and marker.is_own:
            self.flags.edit(marker)
        elif marker is not None and marker.span.frames:
            self._model.set_selection(Selection(marker.span))

    def contextMenuEvent(self, event: QContextMenuEvent | None) -> None:
        """Pick the marker under the mouse and request the menu of markers."""
        assert event is not None
        marker = self.flags.marker_at(QPointF(event.pos()))
        self._model.pick_marker(marker if marker is not None and marker.is_own else None)
        self.menu_requested.emit(self._model.marker, event.globalPos())

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        """Zoom and scroll, as over the rows."""
        assert event is not None
        turn_wheel(self._model, event, event.position().x())
        event.accept()

    def event(self, event: QEvent | None) -> bool:
        """Show the whole name of the marker under the mouse as a tooltip."""
        if event is not None and event.type() == QEvent.Type.ToolTip:
            marker = self.flags.marker_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), marker.name if marker else self.toolTip(), self)
            return True
        return super().event(event)

    def _move_playhead(self, old: int, new: int) -> None:
        for frame in (old, new):
            self.update(round(self._model.view.x_of(frame)) - 7, 0, 15, self.height())

    def _measure_labels(self) -> None:
        self._font = QFont(self.font())
        self._font.setPointSizeF(max(6.0, self._font.pointSizeF() * 0.88))
        metrics = QFontMetricsF(self._font)
        self.flags.font = self._font
        self._model.measure = lambda text: metrics.horizontalAdvance(text) + 4

    def _draw_ticks(self, painter: QPainter) -> None:
        foot = self.height() - 1
        ticks = [tick for tick in self._model.ticks if -200 < tick.x < self.width() + 10]
        painter.setPen(Qt.PenStyle.NoPen)
        for is_major, tall, shade in ((True, _LABELS - 8, self._colours.faint), (False, 5, self._colours.grid)):
            painter.setBrush(qcolor(shade))
            painter.drawRects([QRect(int(t.x), foot - tall, 1, tall) for t in ticks if t.is_major == is_major])
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(qcolor(self._colours.faint))
        for tick in ticks:
            if tick.label:
                painter.drawText(QPointF(int(tick.x) + 4, foot - 9), tick.label)

    def _draw_selection(self, painter: QPainter) -> None:
        rect = self._bracket()
        if rect is not None:
            painter.fillRect(rect, qcolor(self._colours.selection, 70))
            painter.fillRect(QRectF(rect.left(), rect.top(), rect.width(), 3), qcolor(self._colours.selection))
            for x in (rect.left(), rect.right() - 2):
                painter.fillRect(QRectF(x, rect.top(), 2, rect.height()), qcolor(self._colours.selection))

    def _bracket(self) -> QRectF | None:
        """Return the selection's rectangle on the ruler; None where it is out of view."""
        if self._model.selection is None:
            return None
        span, view = self._model.selection.span, self._model.view
        left, right = max(-10.0, view.x_of(span.start)), min(self.width() + 10.0, view.x_of(span.stop))
        return QRectF(left, FLAGS, max(2.0, right - left), _LABELS) if right >= left else None

    def _in_bracket(self, at: QPointF) -> bool:
        """Return whether `at` is on the selection's upper rim, by which it is moved."""
        rect = self._bracket()
        return rect is not None and QRectF(rect.left(), FLAGS, rect.width(), 9).contains(at)
