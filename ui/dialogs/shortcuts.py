"""The shortcuts editor: every action with its keys, what is in the way of what, and the way back."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flowsep_ui.shortcut_keys import all_keys, conflicts, default_keys, keys_of, remember_defaults, save_shortcuts
from flowsep_ui.theme import colours
from PyQt6.QtCore import QAbstractTableModel, QModelIndex, QObject, QSortFilterProxyModel, Qt
from PyQt6.QtGui import QAction, QBrush, QKeySequence
from PyQt6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QPushButton,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from .parts import pick_list, say

_KEYS = 1


class ShortcutRows(QAbstractTableModel):
    """Columns: action, keys (editable, portable text under EditRole), the program's own keys."""

    def __init__(self, actions: Sequence[QAction], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.actions = [action for action in actions if action.objectName()]
        remember_defaults(self.actions)
        self._keys = {action.objectName(): keys_of(action) for action in self.actions}
        self._titles = (self.tr("Action"), self.tr("Keys"), self.tr("Default"))

    @property
    def keys(self) -> dict[str, str]:
        """What is set, by object name."""
        return dict(self._keys)

    def conflicts(self) -> dict[str, list[str]]:
        """Actions in each other's way, by object name."""
        return conflicts({a.objectName(): all_keys(a, self._keys[a.objectName()]) for a in self.actions})

    def title_of(self, name: str) -> str:
        """What an action is called."""
        return next((_text(action) for action in self.actions if action.objectName() == name), name)

    def reset(self) -> None:
        """Give all the program's keys back."""
        self.beginResetModel()
        self._keys = {action.objectName(): default_keys(action) for action in self.actions}
        self.endResetModel()

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008
        """Actions."""
        return 0 if parent.isValid() else len(self.actions)

    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008
        """Columns."""
        return 0 if parent.isValid() else len(self._titles)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Titles."""
        is_title = orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole
        return self._titles[section] if is_title and 0 <= section < len(self._titles) else None

    def flags(self, index: QModelIndex) -> Qt.ItemFlag:
        """Keys can be edited."""
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return flags | Qt.ItemFlag.ItemIsEditable if index.column() == _KEYS else flags

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Texts; keys in the way of others in the warning's colour, with a tooltip that names those."""
        if not index.isValid() or index.row() >= len(self.actions):
            return None
        action = self.actions[index.row()]
        name = action.objectName()
        if role == Qt.ItemDataRole.EditRole and index.column() == _KEYS:
            return self._keys[name]
        if role == Qt.ItemDataRole.DisplayRole:
            return (_text(action), _shown(self._keys[name]), _shown(default_keys(action)))[index.column()]
        others = self.conflicts().get(name, []) if index.column() == _KEYS else []
        if role == Qt.ItemDataRole.ForegroundRole and others:
            return QBrush(colours().error)
        if role == Qt.ItemDataRole.ToolTipRole:
            if others:
                return self.tr("Also: %1").replace("%1", ", ".join(map(self.title_of, others)))
            return self.tr("Double-click, or press F2, and type the keys") if index.column() == _KEYS else None
        return None

    def setData(self, index: QModelIndex, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Set an action's keys, portable text."""
        if not index.isValid() or index.column() != _KEYS or role != Qt.ItemDataRole.EditRole:
            return False
        self._keys[self.actions[index.row()].objectName()] = str(value)
        self.dataChanged.emit(self.index(0, _KEYS), self.index(self.rowCount() - 1, _KEYS))
        return True


class KeysDelegate(QStyledItemDelegate):
    """Types keys by pressing them."""

    def createEditor(self, parent: QWidget | None, option: QStyleOptionViewItem, index: QModelIndex) -> QWidget:
        """A field that takes what is pressed."""
        editor = QKeySequenceEdit(parent)
        editor.setMaximumSequenceLength(2)
        editor.setClearButtonEnabled(True)
        editor.editingFinished.connect(lambda: self.commitData.emit(editor))
        return editor

    def setEditorData(self, editor: QWidget | None, index: QModelIndex) -> None:
        """Show what is set."""
        if isinstance(editor, QKeySequenceEdit):
            keys = str(index.data(Qt.ItemDataRole.EditRole) or "")
            editor.setKeySequence(QKeySequence(keys, QKeySequence.SequenceFormat.PortableText))

    def setModelData(self, editor: QWidget | None, model: Any, index: QModelIndex) -> None:
        """Keep what was pressed."""
        if isinstance(editor, QKeySequenceEdit):
            text = editor.keySequence().toString(QKeySequence.SequenceFormat.PortableText)
            model.setData(index, text, Qt.ItemDataRole.EditRole)


class ShortcutEditor(QWidget):
    """Edits the keys of `actions`; `save` gives and keeps them."""

    def __init__(self, actions: Sequence[QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = ShortcutRows(actions, self)
        self._shown = QSortFilterProxyModel(self)
        self._shown.setSourceModel(self.rows)
        self._shown.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._shown.setFilterKeyColumn(-1)
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Search actions and keys"))
        self.search.setAccessibleName(self.tr("Search actions and keys"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._shown.setFilterFixedString)
        self.table = self._table()
        self.message = QLabel()
        self.message.setWordWrap(True)
        self.reset = QPushButton(self.tr("Defaults for &all"))
        self.reset.setToolTip(self.tr("Give every action the keys that it came with"))
        self.reset.setAutoDefault(False)
        self.reset.clicked.connect(self.rows.reset)
        self.rows.dataChanged.connect(self._show_conflicts)
        self.rows.modelReset.connect(self._show_conflicts)
        top, bottom, column = QHBoxLayout(), QHBoxLayout(), QVBoxLayout(self)
        top.addWidget(self.search, 1)
        bottom.addWidget(self.message, 1)
        bottom.addWidget(self.reset)
        column.addLayout(top)
        column.addWidget(self.table, 1)
        column.addLayout(bottom)
        self._show_conflicts()

    @property
    def has_conflicts(self) -> bool:
        """Whether two actions are in each other's way."""
        return bool(self.rows.conflicts())

    def save(self, path: Path | None = None) -> None:
        """Give the actions their keys, and keep them. Raises UsageError where the settings cannot be written."""
        save_shortcuts(self.rows.keys, self.rows.actions, path)

    def _show_conflicts(self, *_: object) -> None:
        found = self.rows.conflicts()
        if found:
            name = next(iter(found))
            text = self.tr("%1 and %2 have the same keys; give one of them others.")
            text = text.replace("%1", self.rows.title_of(name)).replace("%2", self.rows.title_of(found[name][0]))
        else:
            text = self.tr("Double-click keys to change them; Backspace in the field takes them away.")
        say(self.message, text, "error" if found else "hint")

    def _table(self) -> QTableView:
        table = QTableView()
        table.setModel(self._shown)
        table.setItemDelegateForColumn(_KEYS, KeysDelegate(table))
        table.setAccessibleName(self.tr("Shortcuts"))
        pick_list(table)
        header = table.horizontalHeader()
        if header is not None:
            header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
            for column in (1, 2):
                header.setSectionResizeMode(column, QHeaderView.ResizeMode.Interactive)
                header.resizeSection(column, 130)
        return table


def _text(action: QAction) -> str:
    return (action.text() or action.objectName()).replace("&&", "\0").replace("&", "").replace("\0", "&").rstrip("…")


def _shown(keys: str) -> str:
    sequence = QKeySequence(keys, QKeySequence.SequenceFormat.PortableText)
    return sequence.toString(QKeySequence.SequenceFormat.NativeText)
