"""The column left of the rows: a head for every track and lane in view."""

from collections.abc import Sequence
from typing import Final

from flowsep_ui.timeline.input.wheel import turn_wheel
from flowsep_ui.timeline.painting.colours import Colours, colours_of, qcolor
from PyQt6.QtCore import QEvent, QPoint, QSize, pyqtSignal
from PyQt6.QtGui import QContextMenuEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PyQt6.QtWidgets import QWidget

from .layout import Row
from .model import TimelineModel
from .row_head import HeadContent, RowHead

WIDE: Final = 208
_INDENT: Final = 10


class Heads(QWidget):
    """Shows the heads of the rows of `model`. A head exists once its row has been in view.

    lane_changed, track_changed : id and requested LaneMix.     lane_drag_started, effects_requested : id.
    """

    lane_changed = pyqtSignal(str, object)
    track_changed = pyqtSignal(str, object)
    lane_drag_started = pyqtSignal(str)
    effects_requested = pyqtSignal(str)
    row_clicked = pyqtSignal(str)
    menu_requested = pyqtSignal(str, QPoint)

    def __init__(self, model: TimelineModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._colours: Colours = colours_of(self.palette())
        self._heads: dict[str, RowHead] = {}
        self._in_view: list[str] = []
        self._sheet = QWidget(self)
        self.setFixedWidth(WIDE)
        self.setAccessibleName(self.tr("Tracks and lanes"))
        model.scene_changed.connect(self.show_rows)
        model.view_changed.connect(self._follow)

    def sizeHint(self) -> QSize:
        """Return the fixed width and a usual height."""
        return QSize(WIDE, 360)

    def head(self, row_id: str) -> RowHead | None:
        """Return the head of a track or lane; None where it is unknown or has not been in view."""
        return self._heads.get(row_id)

    def changeEvent(self, event: QEvent | None) -> None:
        """Take the colours of a new theme."""
        if event is not None and event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self._colours = colours_of(self.palette())
            self.show_rows()
        super().changeEvent(event)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Place the heads in view."""
        self.show_rows()

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
        """Paint the ground between the heads."""
        assert event is not None
        painter = QPainter(self)
        painter.fillRect(event.rect(), qcolor(self._colours.head))
        painter.setPen(qcolor(self._colours.grid))
        painter.drawLine(self.width() - 1, 0, self.width() - 1, self.height())
        painter.end()

    def show_rows(self) -> None:
        """Show the rows in view as they are now, hide other heads, and drop those of removed rows."""
        layout = self._model.index.layout
        ids = {row.id for row in layout.rows}
        for removed in [row_id for row_id in self._heads if row_id not in ids]:
            head = self._heads.pop(removed)
            head.hide()
            head.deleteLater()
        self._sheet.resize(self.width() - 1, max(layout.height, self.height()))
        rows = self._visible()
        for row in rows:
            head = self._heads.get(row.id) or self._add(row)
            left = 0 if row.lane is None else _INDENT
            head.setGeometry(left, row.top, self.width() - left - 1, row.height)
            head.show_content(self._content(row))
        self._in_view = [row.id for row in rows]
        for row_id, head in self._heads.items():
            head.setVisible(row_id in self._in_view)
        self._sheet.move(0, -self._model.top)
        self.update()

    def _follow(self) -> None:
        """Move the heads where the rows were scrolled; a view that moved in time leaves them alone."""
        if self._in_view != [row.id for row in self._visible()]:
            self.show_rows()
        elif self._sheet.y() != -self._model.top:
            self._sheet.move(0, -self._model.top)

    def _visible(self) -> Sequence[Row]:
        return self._model.index.layout.between(self._model.top, self._model.top + self.height())

    def _add(self, row: Row) -> RowHead:
        row_id = row.id
        changed = self.track_changed if row.lane is None else self.lane_changed
        head = self._heads[row_id] = RowHead(self._sheet)
        head.changed.connect(lambda mix: changed.emit(row_id, mix))
        head.drag_started.connect(lambda: self.lane_drag_started.emit(row_id))
        head.effects_requested.connect(lambda: self.effects_requested.emit(row_id))
        head.clicked.connect(lambda: self.row_clicked.emit(row_id))
        return head

    def _content(self, row: Row) -> HeadContent:
        lane, track = row.lane, row.track
        is_picked = self._model.row_id == row.id
        if lane is None:
            count = len(track.clips)
            detail = self.tr("1 clip") if count == 1 else self.tr("{0} clips").format(count)
            is_selected = self._model.selection is not None and self._model.is_selected(track.id)
            hue = self._colours.accent if is_picked or is_selected else self._colours.grid
            return HeadContent("track", track.name, track.mix, self._colours, hue, None, detail,
                               detail, track.is_audible, is_picked)  # fmt: skip
        colour = self._colours.lane(lane, self._model.index.lane_places.get(lane.id, 0))
        hue = self._colours.wave(colour)
        if lane.missing:
            return HeadContent("thin", lane.title, lane.mix, self._colours, self._colours.grid, None, "",
                               lane.missing, is_picked=is_picked)  # fmt: skip
        notes = dict.fromkeys(part.note for part in lane.parts if part.note)
        tip = "\n".join([*notes, self.tr("Drag it out as a file")])
        return HeadContent("lane", lane.title, lane.mix, self._colours, hue, lane.chip, "", tip,
                           lane.is_audible and track.is_audible, is_picked, lane.effects)  # fmt: skip
