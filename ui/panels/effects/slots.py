"""The list of a lane's effects: order by drag or keys, a check box each for bypass."""

from collections.abc import Sequence
from dataclasses import dataclass

from flowsep_ui.icons import icon
from flowsep_ui.theme import colours
from PyQt6.QtCore import QEvent, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QBrush, QDropEvent, QIcon, QKeyEvent
from PyQt6.QtWidgets import QAbstractItemView, QLabel, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from flowsep_plugin.effects import EffectSlot


@dataclass(frozen=True, slots=True)
class SlotRow:
    """One row of the list. `label`: name of the effect.     fault : why it was switched off, else empty."""

    slot: EffectSlot
    label: str
    fault: str = ""


class SlotList(QListWidget):
    """Shows rows and emits the user's changes; its only state are the rows that it shows.

    slot_selected : index, -1 for none.     slot_switched : index, whether on.     slot_moved : index from, index to.
    removal_requested, editor_requested : index.
    """

    slot_selected = pyqtSignal(int)
    slot_switched = pyqtSignal(int, bool)
    slot_moved = pyqtSignal(int, int)
    removal_requested = pyqtSignal(int)
    editor_requested = pyqtSignal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setMinimumHeight(84)
        self.setIconSize(QSize(16, 16))
        self.setAccessibleName(self.tr("Effects in this order"))
        self.setToolTip(
            self.tr("Drag, or Alt+↑ and Alt+↓: order. Enter: bypass. Delete: remove. Double click: editor.")
        )
        self._rows: tuple[SlotRow, ...] = ()
        self.empty = _hint_over(self, self.tr("No effects on this lane: add one, or choose a preset."))
        self.currentRowChanged.connect(self.slot_selected)
        self.itemChanged.connect(self._switch)
        self.itemDoubleClicked.connect(lambda item: self.editor_requested.emit(self.row(item)))

    def sizeHint(self) -> QSize:
        """Return the size of four rows."""
        return QSize(280, 4 * 28 + 6)

    def show_rows(self, rows: Sequence[SlotRow], selected: int) -> None:
        """Show `rows` with row `selected` selected, -1 for none, without a signal."""
        self.blockSignals(True)
        if tuple(rows) != self._rows or self.count() != len(rows):
            self._rows = tuple(rows)
            while self.count() > len(rows):
                self.takeItem(self.count() - 1)
            while self.count() < len(rows):
                self.addItem(QListWidgetItem())
            for number, row in enumerate(rows):
                self._fill(self.item(number), number, row)
        self.setCurrentRow(selected)
        self.empty.setVisible(not rows)
        self.blockSignals(False)

    def changeEvent(self, event: QEvent | None) -> None:
        """Take the colours of a new theme."""
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.PaletteChange and hasattr(self, "_rows"):
            rows, self._rows = self._rows, ()
            self.show_rows(rows, self.currentRow())

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Alt and the arrows move the selected slot, Enter bypasses it, Delete removes it; Space still plays."""
        assert event is not None
        row, by = self.currentRow(), {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()), 0)
        if row >= 0 and by and event.modifiers() == Qt.KeyboardModifier.AltModifier:
            self.move_slot(row, row + by)
        elif row >= 0 and event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removal_requested.emit(row)
        elif row >= 0 and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.slot_switched.emit(row, not self._rows[row].slot.enabled)
        else:
            super().keyPressEvent(event)

    def move_slot(self, row: int, to: int) -> None:
        """Emit `slot_moved` where `to` is another row of the list."""
        if 0 <= to < self.count() and to != row:
            self.slot_moved.emit(row, to)

    def dropEvent(self, event: QDropEvent | None) -> None:
        """Emit `slot_moved`; the rows follow when they are shown again."""
        assert event is not None
        if event.source() is not self:
            event.ignore()
            return
        row, at = self.currentRow(), self.row_at(event.position().toPoint().y())
        event.setDropAction(Qt.DropAction.IgnoreAction)  # else the list would remove the dragged row itself
        event.accept()
        self.move_slot(row, at - 1 if at > row else at)

    def row_at(self, y: int) -> int:
        """Return the place between rows, 0 to `count()`, that is nearest to the height `y`."""
        middles = [self.visualItemRect(self.item(row)).center().y() for row in range(self.count())]
        return sum(y > middle for middle in middles)

    def _fill(self, item: QListWidgetItem | None, number: int, row: SlotRow) -> None:
        assert item is not None
        item.setText(f"{number + 1}   {row.label}")
        item.setFlags(
            Qt.ItemFlag.ItemIsEnabled
            | Qt.ItemFlag.ItemIsSelectable
            | Qt.ItemFlag.ItemIsUserCheckable
            | Qt.ItemFlag.ItemIsDragEnabled
        )
        item.setCheckState(Qt.CheckState.Checked if row.slot.enabled else Qt.CheckState.Unchecked)
        item.setIcon(icon("warning", colours().warning) if row.fault else QIcon())
        shade = colours().warning if row.fault else colours().text if row.slot.enabled else colours().dim_text
        item.setForeground(QBrush(shade))
        state = row.fault or (self.tr("on") if row.slot.enabled else self.tr("bypassed"))
        item.setToolTip(f"{row.label}: {state}")
        item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{number + 1} {row.label}, {state}")

    def _switch(self, item: QListWidgetItem) -> None:
        row, on = self.row(item), item.checkState() == Qt.CheckState.Checked
        if row < len(self._rows) and self._rows[row].slot.enabled != on:
            self._rows = ()  # the box shows the new state already, which the next rows confirm or take back
            self.slot_switched.emit(row, on)


def _hint_over(view: QAbstractItemView, text: str) -> QLabel:
    """Return a label in the middle of an empty list."""
    surface = view.viewport()
    assert surface is not None
    label = QLabel(text, surface)
    label.setObjectName("hint")
    label.setWordWrap(True)
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    QVBoxLayout(surface).addWidget(label)
    return label
