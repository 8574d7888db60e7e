"""The canvas of the rows: a scrolling layer with an overlay; mouse events become drags."""

import time
from typing import Final

from flowsep_ui.timeline.input.gestures import Drag, EdgeDrag, RangeDrag, extended
from flowsep_ui.timeline.input.hits import Hit
from flowsep_ui.timeline.input.wheel import turn_wheel
from flowsep_ui.timeline.painting.colours import Colours, colours_of, qcolor
from flowsep_ui.timeline.painting.context import PaintBudget, PaintContext
from flowsep_ui.timeline.painting.layer import RowLayer
from flowsep_ui.timeline.painting.overlay import draw_over
from flowsep_ui.timeline.painting.rows import draw_grid, draw_row
from flowsep_ui.timeline.sound.results import SoundKey
from flowsep_ui.timeline.sound.store import SoundStore
from PyQt6.QtCore import QEvent, QPoint, QPointF, QRect, QSize, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QHelpEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PyQt6.QtWidgets import QApplication, QToolTip, QWidget

from .layout import Row
from .model import TimelineModel
from .viewport import MARGIN

_EDGE_SCROLL: Final = 24
_NEXT_MS: Final = 30
_BUDGET_SECONDS: Final = 0.012
"""Time for the sounds of one picture; others are painted in the next ones."""


class Canvas(QWidget):
    """Shows the rows of `model` with the sounds of `store`."""

    hovered = pyqtSignal(object)
    """The Hit under the mouse with its point, or None when the mouse has left."""

    clicked = pyqtSignal(object)
    activated = pyqtSignal(object)
    region_clicked = pyqtSignal(object)
    menu_requested = pyqtSignal(object, QPoint)
    lane_drag_started = pyqtSignal(str)
    """Id of a lane that is dragged out by its body, with Alt pressed."""

    def __init__(self, model: TimelineModel, store: SoundStore, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model, self._store = model, store
        self._layer = RowLayer(self._draw_rows)
        self._colours: Colours = colours_of(self.palette())
        self._pressed: QPointF | None = None
        self._panned: QPointF | None = None
        self._drag: Drag | None = None
        self._lane: str | None = None
        self._mouse = QPointF()
        self.budget_seconds = _BUDGET_SECONDS
        self._budget = PaintBudget()
        self._edge_timer = QTimer(self, interval=_NEXT_MS)
        self._edge_timer.timeout.connect(self._scroll_at_edge)
        self._later = QTimer(self, interval=0, singleShot=True)
        self._later.timeout.connect(self.update)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(160, 80)
        self.setAccessibleName(self.tr("Timeline"))
        model.scene_changed.connect(self.update)
        model.rows_changed.connect(self._invalidate_rows)
        model.appearance_changed.connect(self._invalidate)
        model.view_changed.connect(self.update)
        model.selection_changed.connect(self.update)
        model.playhead_changed.connect(self._move_playhead)
        store.arrived.connect(self._show_more_of)

    @property
    def context(self) -> PaintContext:
        """The values for the next picture."""
        model = self._model
        return PaintContext(
            model.view,
            self._store,
            self._colours,
            self.font(),
            model.spectrogram,
            model.amplitude,
            self.devicePixelRatioF(),
            model.zooms_lanes,
            budget=self._budget,
        )

    @property
    def is_dragging(self) -> bool:
        """Whether a selection is being dragged."""
        return self._drag is not None

    def sizeHint(self) -> QSize:
        """Return a usual size; the canvas takes all available space."""
        return QSize(900, 360)

    def changeEvent(self, event: QEvent | None) -> None:
        """Take the colours and font of a new theme."""
        if event is not None and event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self._colours = colours_of(self.palette())
            self._invalidate()
        super().changeEvent(event)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Pass the new size to the model."""
        self._model.set_size(self.width(), self.height())

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Paint the rows from the layer and the overlay over them."""
        assert event is not None
        self._budget = PaintBudget(time.perf_counter() + self.budget_seconds, self._layer.postpone)
        model, context = self._model, self.context
        key = (
            model.view.frames_per_pixel, model.epoch, model.spectrogram, model.amplitude, model.zooms_lanes,
            self._colours,
        )  # fmt: skip
        place = QPoint(model.view.left, model.top)
        picture = self._layer.picture(self.size(), context.dpr, key, place, lambda: context.budget.has_time)
        painter = QPainter(self)
        area = event.rect()
        painter.setClipRect(area)
        painter.drawPixmap(0, 0, picture)
        draw_over(painter, context, model, area)
        if self.hasFocus():
            painter.setPen(qcolor(self._colours.accent))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()
        if self._layer.is_late:
            self._later.start()

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """Start to drag an edge, select a region, or wait for a click or a drag."""
        assert event is not None
        self._mouse = event.position()
        if event.button() == Qt.MouseButton.MiddleButton:
            self._panned = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif event.button() == Qt.MouseButton.LeftButton:
            self._press(event.position(), event.modifiers())

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        """Continue a drag or a pan, or report the object under the mouse."""
        assert event is not None
        self._mouse = event.position()
        if self._panned is not None:
            distance = self._panned - event.position()
            self._panned = event.position()
            self._model.set_view(self._model.view.scrolled(round(distance.x())))
            self._model.set_top(self._model.top + round(distance.y()))
        elif self._pressed is not None or self._drag is not None:
            self._pull(event.modifiers())
        else:
            hit = self._hit(event.position())
            self.setCursor(_cursor(hit))
            self.hovered.emit((hit, event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        """End a drag; without one, report a click."""
        assert event is not None
        if event.button() == Qt.MouseButton.MiddleButton:
            self._panned = None
            self.unsetCursor()
        elif event.button() == Qt.MouseButton.LeftButton:
            was_click = self._drag is None and self._pressed is not None
            self._end_drag()
            if was_click:
                self.clicked.emit(self._hit(event.position()))

    def mouseDoubleClickEvent(self, event: QMouseEvent | None) -> None:
        """Activate the object under the mouse."""
        assert event is not None
        if event.button() == Qt.MouseButton.LeftButton:
            self.activated.emit(self._hit(event.position()))

    def leaveEvent(self, event: QEvent | None) -> None:
        """Report that the mouse has left."""
        self.hovered.emit(None)

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        """Zoom, scroll or scale the rows."""
        assert event is not None
        turn_wheel(self._model, event, event.position().x())
        event.accept()

    def tip_at(self, at: QPointF) -> str:
        """Return the tooltip at a point: why a stem is not there, or why a clip cannot be separated; else empty."""
        hit = self._hit(at)
        if hit.lane is not None and hit.part is not None and hit.part.note:
            return f"{hit.lane.title}\n{hit.part.note}"
        return (hit.clip.why_not or "") if hit.clip is not None else ""

    def event(self, event: QEvent | None) -> bool:
        """Zoom where a trackpad is pinched; show a tooltip."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.tip_at(QPointF(event.pos())), self)
            return True
        if isinstance(event, QNativeGestureEvent) and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
            self._model.set_view(self._model.view.zoomed(1 + event.value(), event.position().x()))
            return True
        return super().event(event)

    def contextMenuEvent(self, event: QContextMenuEvent | None) -> None:
        """Request the menu of the object under the mouse."""
        assert event is not None
        self.menu_requested.emit(self._hit(QPointF(event.pos())), event.globalPos())

    def focusInEvent(self, event: QFocusEvent | None) -> None:
        """Paint the frame that shows the focus."""
        self.update()

    def focusOutEvent(self, event: QFocusEvent | None) -> None:
        """Remove the focus frame and end a drag."""
        self._end_drag()
        self.update()

    def _hit(self, at: QPointF) -> Hit:
        return self._model.hit(at.x(), at.y())

    def _press(self, at: QPointF, keys: Qt.KeyboardModifier) -> None:
        hit, model = self._hit(at), self._model
        if keys & Qt.KeyboardModifier.AltModifier and hit.lane is not None and not hit.lane.missing:
            self._pressed, self._lane = at, hit.lane.id
        elif hit.edge is not None and model.selection is not None:
            self._drag = EdgeDrag(model.scene, model.selection, hit.edge)
        elif hit.region is not None:
            self.region_clicked.emit(hit)
        elif keys & Qt.KeyboardModifier.ShiftModifier and model.selection is not None:
            model.set_selection(extended(model.scene, model.selection, self._frame(keys)))
        else:
            self._pressed = at

    def _pull(self, keys: Qt.KeyboardModifier) -> None:
        """Continue a drag; a press becomes one once the mouse has moved a little."""
        model = self._model
        if self._drag is None and self._pressed is not None:
            moved = (self._mouse - self._pressed).manhattanLength()
            if moved < QApplication.startDragDistance() // 2 or model.is_empty:
                return
            if self._lane is not None:
                lane = self._lane
                self._end_drag()
                self.lane_drag_started.emit(lane)
                return
            anchor = model.view.frame_at(self._pressed.x())
            free = keys & Qt.KeyboardModifier.ControlModifier
            track = model.track_number(self._pressed.y())
            self._drag = RangeDrag(model.scene, model.index.clips, anchor if free else model.snapped(anchor), track)
        if self._drag is not None:
            model.set_selection(self._drag.to(self._frame(keys), model.track_number(self._mouse.y())))
            outside = not 0 <= self._mouse.x() < self.width()
            if outside != self._edge_timer.isActive():
                self._edge_timer.start() if outside else self._edge_timer.stop()

    def _frame(self, keys: Qt.KeyboardModifier) -> int:
        """Return the frame under the mouse, snapped unless Ctrl is pressed."""
        frame = self._model.view.frame_at(self._mouse.x())
        return frame if keys & Qt.KeyboardModifier.ControlModifier else self._model.snapped(frame)

    def _end_drag(self) -> None:
        self._drag = self._pressed = self._lane = None
        self._edge_timer.stop()

    def _scroll_at_edge(self) -> None:
        """Scroll the view while a drag is beyond its edge, to the end of the last clip at most."""
        view = self._model.view
        hidden = round(view.x_of(self._model.index.stop)) + MARGIN - view.width
        step = min(_EDGE_SCROLL, max(0, hidden)) if self._mouse.x() > 0 else -_EDGE_SCROLL
        self._model.set_view(view.scrolled(step))
        self._pull(QApplication.keyboardModifiers())

    def _draw_rows(self, painter: QPainter, area: QRect) -> None:
        model, context = self._model, self.context
        painter.fillRect(area, qcolor(self._colours.ground))
        for row in model.index.layout.between(area.top() + model.top, area.bottom() + 1 + model.top):
            strip = QRect(area.left(), row.top - model.top, area.width(), row.height)
            painter.save()
            painter.setClipRect(strip & area)
            index = model.index.clips[model.index.numbers[row.track.id]]
            draw_row(painter, context, row, index, model.index.lane_places.get(row.id, 0), strip)
            painter.restore()
        if not model.is_empty:
            draw_grid(painter, context, model.ticks, area)

    def _invalidate(self) -> None:
        self._layer.invalidate()
        self.update()

    def _show_more_of(self, path: SoundKey) -> None:
        """Paint the rows that show `path` again."""
        rows = self._model.index.layout.between(self._model.top, self._model.top + self.height())
        self._invalidate_rows([row for row in rows if path in _paths(row)])

    def _invalidate_rows(self, rows: list[Row]) -> None:
        for row in rows:
            self._layer.invalidate(QRect(0, row.top - self._layer.top, self.width(), row.height))
            self.update(0, row.top - self._model.top, self.width(), row.height)

    def _move_playhead(self, old: int, new: int) -> None:
        for frame in (old, new):
            x = round(self._model.view.x_of(frame))
            self.update(x - 3, 0, 7, self.height())


def _paths(row: Row) -> list[SoundKey | None]:
    return [owner.path for owner in (row.lane.parts if row.lane else row.track.clips)]


def _cursor(hit: Hit) -> Qt.CursorShape:
    if hit.edge is not None:
        return Qt.CursorShape.SizeHorCursor
    if hit.region is not None:
        return Qt.CursorShape.PointingHandCursor
    return Qt.CursorShape.IBeamCursor if hit.row is not None else Qt.CursorShape.ArrowCursor
