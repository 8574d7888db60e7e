"""The table of a batch as Qt models: rows to sort, and a filter for the sounds that were found."""

import math
from typing import Any

from flowsep_ui.studio.batch.batch_rows import BatchRow, answer_text
from flowsep_ui.studio.queue import clock
from flowsep_ui.studio.texts import number, percent
from PyQt6.QtCore import QAbstractTableModel, QModelIndex, QObject, QSortFilterProxyModel, Qt

FILE, SOUND, PRESENCE, LEVEL, NULL, DURATION, STATE = range(7)
_ANSWERS = ("", "absent", "unsure", "found")
_STATES = ("new", "waiting", "paused", "running", "done", "cancelled", "failed")


class BatchModel(QAbstractTableModel):
    """Table model of `BatchRow`; `RowRole` gives the row, `SortRole` what its column is sorted by."""

    RowRole = Qt.ItemDataRole.UserRole + 1
    SortRole = Qt.ItemDataRole.UserRole + 2
    DoneRole = Qt.ItemDataRole.UserRole + 3

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[BatchRow, ...] = ()

    def show_rows(self, rows: tuple[BatchRow, ...]) -> None:
        """Show `rows`; where they are of the same sounds and clips, only their data changes."""
        before = self._rows
        if rows == before:
            return
        if [_identity(row) for row in rows] != [_identity(row) for row in before]:
            self.beginResetModel()
            self._rows = rows
            self.endResetModel()
            return
        self._rows = rows
        for index, (old, new) in enumerate(zip(before, rows, strict=True)):
            if old != new:
                self.dataChanged.emit(self.index(index, 0), self.index(index, STATE))

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008
        """Return the number of rows."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008
        """Return the number of columns: file, sound, presence, level, null, duration, state."""
        return 0 if parent.isValid() else 7

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the title of a column, or its tooltip."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < 7:
            return None
        titles = (self.tr("File"), self.tr("Sound"), self.tr("Presence"), self.tr("Level"), self.tr("Null"),
                  self.tr("Duration"), self.tr("State"))  # fmt: skip
        tips = {
            LEVEL: self.tr("Level of the stem relative to the clip, dB"),
            NULL: self.tr("Peak of clip minus stems and rest, dBFS; the lower, the more exact"),
            DURATION: self.tr("Length of the separated sound"),
        }
        if role == Qt.ItemDataRole.ToolTipRole:
            return tips.get(section)
        return titles[section] if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return text, tooltip or alignment of a cell, or the value of a role of this model."""
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        row, column = self._rows[index.row()], index.column()
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self._text(row, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return "\n".join(filter(None, (str(row.clip.take.input), row.clip.error or "", str(row.clip.out))))
        if role == Qt.ItemDataRole.TextAlignmentRole and column in (LEVEL, NULL, DURATION):
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == self.SortRole:
            return _sort_value(row, column)
        return {self.RowRole: row, self.DoneRole: row.clip.done}.get(role)

    def _text(self, row: BatchRow, column: int) -> str:
        if column == FILE:
            return row.clip.name
        if column == SOUND:
            return row.sound
        if column == PRESENCE:
            return answer_text(row.answer)
        if column == LEVEL:
            return "" if row.level_db is None or row.answer == "absent" else f"{number(row.level_db, 0)} dB"
        if column == NULL:
            return _null_text(row)
        return clock(row.clip.seconds) if column == DURATION else self._state(row)

    def _state(self, row: BatchRow) -> str:
        if row.clip.state == "running" and row.clip.done is not None:
            return percent(row.clip.done)
        return {
            "new": self.tr("not started"), "waiting": self.tr("waiting"), "running": self.tr("running"),
            "paused": self.tr("paused"), "done": self.tr("done"), "failed": self.tr("failed"),
            "cancelled": self.tr("cancelled"),
        }[row.clip.state]  # fmt: skip


class BatchFilter(QSortFilterProxyModel):
    """Sorts a `BatchModel` by column; hides what was not found where `set_found_only` is on."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._found_only = False
        self.setSortRole(BatchModel.SortRole)

    def set_found_only(self, on: bool) -> None:
        """Show only sounds that were found or may be there (`on`), or all rows."""
        self.beginResetModel()
        self._found_only = on
        self.endResetModel()

    def filterAcceptsRow(self, source_row: int, source_parent: QModelIndex) -> bool:
        """Whether a row is shown."""
        model = self.sourceModel()
        if not self._found_only or model is None:
            return True
        row = model.index(source_row, 0, source_parent).data(BatchModel.RowRole)
        return row.answer in ("found", "unsure")

    def lessThan(self, left: QModelIndex, right: QModelIndex) -> bool:
        """Whether a cell is before another; cells without a value are last."""
        one, other = left.data(BatchModel.SortRole), right.data(BatchModel.SortRole)
        return bool(one < other)


def _identity(row: BatchRow) -> tuple[str, str]:
    return (row.clip.key, row.sound)


def _sort_value(row: BatchRow, column: int) -> Any:
    return {
        FILE: row.clip.name.casefold(),
        SOUND: row.sound.casefold(),
        PRESENCE: _ANSWERS.index(row.answer),
        LEVEL: -1e9 if row.level_db is None else row.level_db,
        NULL: -1e9 if row.null_db is None else row.null_db,
        DURATION: row.clip.seconds,
        STATE: (_STATES.index(row.clip.state), row.clip.done or 0.0),
    }[column]


def _null_text(row: BatchRow) -> str:
    if row.clip.state != "done":
        return ""
    return f"{number(row.null_db, 0)} dBFS" if row.null_db is not None and math.isfinite(row.null_db) else "−∞ dBFS"
