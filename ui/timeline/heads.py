"""The column left of the rows: names of tracks, and name, solo, mute and gain of every lane."""

from typing import Final

from flowsep_ui.timeline.input.wheel import turn_wheel
from flowsep_ui.timeline.painting.colours import Colours, colours_of, qcolor
from PyQt6.QtCore import QEvent, QPoint, QRect, QSize, Qt, pyqtSignal
from PyQt6.QtGui import (
    QContextMenuEvent,
    QFont,
    QFontMetrics,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PyQt6.QtWidgets import QWidget

from flowsep_plugin.audition import LaneMix

from .lane_head import LaneHead
from .layout import Row
from .model import TimelineModel
from .scene import Lane

WIDE: Final = 196
_INDENT: Final = 14


class Heads(QWidget):
    """Shows the heads of the rows of `model`; controls exist for all lanes and are visible for those in view."""

    lane_changed = pyqtSignal(str, object)
    lane_drag_started = pyqtSignal(str)
    row_clicked = pyqtSignal(str)
    menu_requested = pyqtSignal(str, QPoint)

    def __init__(self, model: TimelineModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._colours: Colours = colours_of(self.palette())
        self._heads: dict[str, LaneHead] = {}
        self.setFixedWidth(WIDE)
        self.setAccessibleName(self.tr("Tracks and lanes"))
        model.scene_changed.connect(self._show_scene)
        model.view_changed.connect(self._place)

    def sizeHint(self) -> QSize:
        """Return the fixed width and a usual height."""
        return QSize(WIDE, 360)

    def head(self, lane_id: str) -> LaneHead | None:
        """Return the controls of a lane; None for an unknown one."""
        return self._heads.get(lane_id)

    def changeEvent(self, event: QEvent | None) -> None:
        """Take the colours of a new theme."""
        if event is not None and event.type() == QEvent.Type.PaletteChange:
            self._colours = colours_of(self.palette())
            self._show_scene()
        super().changeEvent(event)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Place the controls in view."""
        self._place()

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        """Scroll or scale the tracks."""
        assert event is not None
        turn_wheel(self._model, event, 0, over_heads=True)
        event.accept()

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """Pick the row under the mouse."""
        assert event is not None
        row = self._model.index.layout.row_at(event.position().y() + self._model.top)
        if row is not None:
            self.row_clicked.emit(row.id)

    def contextMenuEvent(self, event: QContextMenuEvent | None) -> None:
        """Request the menu of the row."""
        assert event is not None
        row = self._model.index.layout.row_at(event.pos().y() + self._model.top)
        if row is not None:
            self.menu_requested.emit(row.id, event.globalPos())

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Paint the names of tracks; lanes have widgets."""
        assert event is not None
        painter = QPainter(self)
        painter.fillRect(event.rect(), qcolor(self._colours.head))
        for row in self._visible():
            if row.lane is None:
                self._draw_track(painter, row)
        painter.setPen(qcolor(self._colours.grid))
        painter.drawLine(self.width() - 1, 0, self.width() - 1, self.height())
        painter.end()

    def _draw_track(self, painter: QPainter, row: Row) -> None:
        area = QRect(0, row.top - self._model.top, self.width() - 1, row.height)
        is_picked = self._model.row_id == row.id or self._model.is_selected(row.track.id)
        painter.fillRect(area, qcolor(self._colours.row))
        painter.fillRect(
            QRect(0, area.top(), 3, area.height()), qcolor(self._colours.accent if is_picked else self._colours.grid)
        )
        font = QFont(self.font())
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(qcolor(self._colours.text))
        text = area.adjusted(10, 6, -6, 0)
        name = QFontMetrics(font).elidedText(row.track.name, Qt.TextElideMode.ElideRight, text.width())
        painter.drawText(text, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, name)
        if row.height >= 48:
            painter.setFont(self.font())
            painter.setPen(qcolor(self._colours.faint))
            count = len(row.track.clips)
            text_of_count = self.tr("1 clip") if count == 1 else self.tr("{0} clips").format(count)
            painter.drawText(
                text.adjusted(0, 18, 0, 0), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, text_of_count
            )

    def _visible(self) -> list[Row]:
        return list(self._model.index.layout.between(self._model.top, self._model.top + self.height()))

    def _show_scene(self) -> None:
        """Create a head per lane; those of remaining lanes stay, with the focus or mouse in them."""
        lanes = {lane.id: (lane, n) for track in self._model.scene.tracks for n, lane in enumerate(track.lanes)}
        for removed in [lane_id for lane_id in self._heads if lane_id not in lanes]:
            head = self._heads.pop(removed)
            head.hide()
            head.deleteLater()
        for lane_id, (lane, place) in lanes.items():
            head = self._heads.get(lane_id) or self._add(lane_id)
            head.show_lane(lane, self._colours, self._colours.lane(lane, place))
        self._place()

    def _add(self, lane_id: str) -> LaneHead:
        head = self._heads[lane_id] = LaneHead(self)
        head.changed.connect(lambda state: self.lane_changed.emit(lane_id, state))
        head.drag_started.connect(lambda: self.lane_drag_started.emit(lane_id))
        head.clicked.connect(lambda: self.row_clicked.emit(lane_id))
        return head

    def _place(self) -> None:
        """Move the heads of visible lanes next to their rows, and hide the others."""
        visible = {row.id: row for row in self._visible() if row.lane is not None}
        for lane_id, head in self._heads.items():
            row = visible.get(lane_id)
            if row is not None:
                head.setGeometry(_INDENT, row.top - self._model.top, self.width() - _INDENT - 1, row.height)
            head.setVisible(row is not None)
        self.update()

    def state_of(self, lane_id: str) -> LaneMix | None:
        """Return solo, mute and gain of a lane; None for an unknown one."""
        lane = self.lane(lane_id)
        return lane and lane.state

    def lane(self, lane_id: str) -> Lane | None:
        """Return a lane of the scene; None for an unknown one."""
        row = self._model.index.layout.row_of(lane_id)
        return row and row.lane
