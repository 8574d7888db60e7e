"""The queue as a Qt table model, and the delegate that draws its progress."""

from typing import Any

from flowsep_ui.studio.queue import Queue, QueueRow, clock
from flowsep_ui.studio.texts import percent
from flowsep_ui.theme import colours
from flowsep_ui.ways_out import message_of
from PyQt6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt
from PyQt6.QtGui import QPainter
from PyQt6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

NAME, SOUNDS, PART, STATE, PROGRESS, ETA = range(6)


class JobsModel(QAbstractTableModel):
    """Table model with a row per job; `RowRole` gives the `QueueRow`, `DoneRole` the fraction 0..1 or None."""

    RowRole = Qt.ItemDataRole.UserRole + 1
    DoneRole = Qt.ItemDataRole.UserRole + 2

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._queue = Queue()

    @property
    def queue(self) -> Queue:
        """The queue whose rows are listed."""
        return self._queue

    def show_queue(self, queue: Queue) -> None:
        """Show `queue`; rows are removed, inserted and moved one by one, so that views keep their selection."""
        before, after = self._queue, queue
        ids = {row.job.id for row in after.rows}
        for index in reversed(range(len(before.rows))):
            if before.rows[index].job.id not in ids:
                self.beginRemoveRows(QModelIndex(), index, index)
                before = before.without(before.rows[index].job.id)
                self._queue = before
                self.endRemoveRows()
        self._arrange(list(before.rows), after)
        changed = [index for index, row in enumerate(after.rows) if self._queue.rows[index] != row]
        self._queue = after
        for index in changed:
            self.dataChanged.emit(self.index(index, 0), self.index(index, ETA))

    def _arrange(self, rows: list[QueueRow], after: Queue) -> None:
        """Move `rows` into the order of `after` and insert new ones."""
        for index, row in enumerate(after.rows):
            if index < len(rows) and rows[index].job.id == row.job.id:  # a batch has thousands that stay in place
                continue
            old = next((place for place, other in enumerate(rows) if other.job.id == row.job.id), None)
            if old is None:
                self.beginInsertRows(QModelIndex(), index, index)
                rows.insert(index, row)
                self._queue = Queue(tuple(rows), after.hidden)
                self.endInsertRows()
            elif old != index:
                self.beginMoveRows(QModelIndex(), old, old, QModelIndex(), index)
                rows.insert(index, rows.pop(old))
                self._queue = Queue(tuple(rows), after.hidden)
                self.endMoveRows()

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008
        """Return the number of jobs."""
        return 0 if parent.isValid() else len(self._queue.rows)

    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008
        """Return the number of columns: clip, sounds, part, state, progress, time left."""
        return 0 if parent.isValid() else 6

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the title of a column."""
        if role != Qt.ItemDataRole.DisplayRole or orientation != Qt.Orientation.Horizontal or not 0 <= section < 6:
            return None
        return (
            self.tr("Clip"), self.tr("Sounds"), self.tr("Part"), self.tr("State"), self.tr("Progress"),
            self.tr("Time left"),
        )[section]  # fmt: skip

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return text or tooltip of a cell, or the value of a role of this model."""
        if not index.isValid() or index.row() >= len(self._queue.rows):
            return None
        row = self._queue.rows[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self._text(row, index.column())
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tip(row)
        return {self.RowRole: row, self.DoneRole: row.done}.get(role)

    def _text(self, row: QueueRow, column: int) -> str:
        if column == NAME:
            return row.job.spec.input.stem
        if column == SOUNDS:
            return row.sounds
        if column == PART:
            return row.part or self.tr("all")
        if column == STATE:
            return self._state(row)
        if column == PROGRESS:
            return "" if row.done is None else percent(row.done)
        return clock(row.eta_seconds)

    def _state(self, row: QueueRow) -> str:
        texts = {
            "queued": self.tr("waiting"), "running": self.tr("running"), "done": self.tr("done"),
            "failed": self.tr("failed"), "cancelled": self.tr("cancelled"), "paused": self.tr("paused"),
            "parked": self.tr("parked"),
        }  # fmt: skip
        return texts[row.state]

    def _tip(self, row: QueueRow) -> str:
        lines = [str(row.job.spec.input), self.tr("into {0}").format(row.job.spec.files.out)]
        if row.job.error is not None:
            lines.append(message_of(row.job.error))
        if row.job.result is not None and row.job.result.get("provider"):
            lines.append(self.tr("ran on {0}").format(row.job.result["provider"]))
        return "\n".join(lines)


class ProgressDelegate(QStyledItemDelegate):
    """Draws `DoneRole` as a progress bar."""

    def paint(self, painter: QPainter | None, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        """Draw a progress bar; the usual cell where there is no progress."""
        done = index.data(JobsModel.DoneRole)
        if done is None or painter is None:
            super().paint(painter, option, index)
            return
        shades, area = colours(), option.rect.adjusted(4, 0, -4, 0)
        text = percent(done)
        groove = area.adjusted(0, 0, -option.fontMetrics.horizontalAdvance("100%") - 6, 0)
        groove.setTop(area.center().y() - 2)
        groove.setHeight(4)
        painter.fillRect(groove, shades.grid)
        groove.setWidth(round(groove.width() * done))
        painter.fillRect(groove, shades.accent)
        painter.setPen(shades.text)
        painter.drawText(area, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
