"""The takes of a clip: a list model over workspace and results, and the list with its buttons."""

from dataclasses import dataclass
from typing import Any

from flowsep_ui.studio.results import TakeResult
from flowsep_ui.studio.texts import percent
from flowsep_ui.studio.words.take_names import take_details
from flowsep_ui.studio.workspace import Take
from PyQt6.QtCore import QAbstractListModel, QModelIndex, Qt, pyqtSignal
from PyQt6.QtWidgets import QHBoxLayout, QListView, QToolButton, QVBoxLayout, QWidget

from .buttons import EmptyHint


@dataclass(frozen=True, slots=True)
class TakeRow:
    """One row of the list, called `name`. `current`: it is the take shown under its clip."""

    take: Take
    name: str
    result: TakeResult
    current: bool


class TakesModel(QAbstractListModel):
    """List model of `TakeRow`; `TakeRole` gives the take, `StateRole` the state of its result."""

    TakeRole = Qt.ItemDataRole.UserRole + 1
    StateRole = Qt.ItemDataRole.UserRole + 2

    def __init__(self, parent: object = None) -> None:
        super().__init__(parent)  # type: ignore[arg-type]
        self._rows: tuple[TakeRow, ...] = ()

    def show_rows(self, rows: tuple[TakeRow, ...]) -> None:
        """Show `rows`; where the takes are the same, only their data changes and the selection stays."""
        before, ids = self._rows, [row.take.id for row in rows]
        if rows == before:
            return
        if [row.take.id for row in before] == ids:
            self._rows = rows
            self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))
        else:
            self.beginResetModel()
            self._rows = rows
            self.endResetModel()

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008
        """Return the number of takes."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return text, tooltip or a role of a row."""
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(row)
        if role == Qt.ItemDataRole.ToolTipRole:
            return "\n".join(take_details(row.take, row.result))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._text(row)
        return {self.TakeRole: row.take, self.StateRole: row.result.state}.get(role)

    def flags(self, index: QModelIndex) -> Qt.ItemFlag:
        """Return the flags of a row, which can be dragged."""
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsDragEnabled if index.isValid() else flags

    def row_of(self, take: str) -> int | None:
        """Return the row number of a take; None where it has none."""
        return next((index for index, row in enumerate(self._rows) if row.take.id == take), None)

    def take(self, index: QModelIndex) -> Take | None:
        """Return the take of a row; None outside the list."""
        return self._rows[index.row()].take if index.isValid() and index.row() < len(self._rows) else None

    @property
    def current(self) -> int | None:
        """Number of the row whose take is shown under its clip; None where there is none."""
        return next((index for index, row in enumerate(self._rows) if row.current), None)

    def _text(self, row: TakeRow) -> str:
        texts = {
            "waiting": self.tr("waiting"), "failed": self.tr("failed"), "cancelled": self.tr("cancelled"),
            "nothing": self.tr("not separated yet"),
        }  # fmt: skip
        state = texts.get(row.result.state, "")
        if row.result.state == "running" and row.result.done is not None:
            state = percent(row.result.done)
        return f"{row.name} ({state})" if state else row.name


class _DragList(QListView):
    """List that emits `drag_started` with the row instead of dragging itself, as it does not know the files."""

    drag_started = pyqtSignal(QModelIndex)

    def startDrag(self, actions: Qt.DropAction) -> None:
        """Emit `drag_started` with the current row."""
        self.drag_started.emit(self.currentIndex())


class TakesPanel(QWidget):
    """The list of takes with its buttons.

    take_selected, another_requested : a `Take`.     remove_requested, retry_requested : id of a take.
    drag_started : id of a take whose stems and residual are dragged out.
    """

    take_selected = pyqtSignal(object)
    drag_started = pyqtSignal(str)
    another_requested = pyqtSignal(object)
    retry_requested = pyqtSignal(str)
    remove_requested = pyqtSignal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = TakesModel(self)
        self.view = _DragList(self)
        self.view.setModel(self.model)
        self.view.setUniformItemSizes(True)
        self.view.setDragEnabled(True)
        self.view.drag_started.connect(self._drag)
        self.view.setAccessibleName(self.tr("Takes of this clip"))
        self.view.setToolTip(self.tr("↑ ↓ or a click shows a take under its clip; drag it out to copy all its files"))
        self.view.setFrameShape(QListView.Shape.NoFrame)
        self.empty = EmptyHint(self.view, self.tr("Every separation of a clip is listed here as a take, to compare."))
        self.another = self._button(self.tr("Another take"), self.tr("The same sounds with the next seed"))
        self.again = self._button(self.tr("Try again"), self.tr("Separate a failed or cancelled take once more"))
        self.drop = self._button(self.tr("Remove"), self.tr("Remove the take from the list; its files stay"))
        buttons = QHBoxLayout()
        buttons.setSpacing(4)
        for button in (self.another, self.again, self.drop):
            buttons.addWidget(button)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.view)
        column.addLayout(buttons)
        selection = self.view.selectionModel()
        assert selection is not None
        selection.currentChanged.connect(self._choose)
        self.another.clicked.connect(lambda: self._with_current(self.another_requested.emit))
        self.again.clicked.connect(lambda: self._with_current(lambda take: self.retry_requested.emit(take.id)))
        self.drop.clicked.connect(lambda: self._with_current(lambda take: self.remove_requested.emit(take.id)))
        self._showing = False
        self.show_rows(())

    def show_rows(self, rows: tuple[TakeRow, ...]) -> None:
        """Show `rows` and select the current one, without emitting `take_selected`."""
        self._showing = True
        self.model.show_rows(rows)
        current = self.model.current
        if current is not None:
            self.view.setCurrentIndex(self.model.index(current))
        self._showing = False
        self._fit_height(len(rows))
        self.another.setEnabled(current is not None)
        self.drop.setEnabled(current is not None)
        self.again.setEnabled(current is not None and rows[current].result.can_be_retried)

    def _fit_height(self, rows: int) -> None:
        """Make the list as high as its rows, at most eight; two for the hint of an empty one."""
        row = self.view.sizeHintForRow(0) if rows else self.view.fontMetrics().height() + 8
        self.view.setFixedHeight(row * (min(8, rows) or 2) + 2)

    def _choose(self, index: QModelIndex) -> None:
        take = self.model.take(index)
        if take is not None and not self._showing:
            self.take_selected.emit(take)

    def _drag(self, index: QModelIndex) -> None:
        take = self.model.take(index)
        if take is not None:
            self.drag_started.emit(take.id)

    def _with_current(self, call: Any) -> None:
        take = self.model.take(self.view.currentIndex())
        if take is not None:
            call(take)

    def _button(self, text: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setText(text)
        button.setToolTip(tip)
        button.setAccessibleName(text)
        return button
