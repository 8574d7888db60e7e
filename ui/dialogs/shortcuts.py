"""The shortcuts editor: every action with its keys and default keys, conflicts marked."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flowsep_ui.shortcut_keys import (
    SHORTCUT_TITLE,
    all_keys,
    conflicts,
    default_keys,
    keys_of,
    remember_defaults,
    save_shortcuts,
)
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

from .parts import pick_list, show_message

_KEYS = 1


class ShortcutRows(QAbstractTableModel):
    """Table model with columns action, keys (editable, portable text in EditRole) and default keys."""

    def __init__(self, actions: Sequence[QAction], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.actions = [action for action in actions if action.objectName()]
        remember_defaults(self.actions)
        self._keys = {action.objectName(): keys_of(action) for action in self.actions}
        self._titles = (self.tr("Action"), self.tr("Keys"), self.tr("Default"))

    @property
    def keys(self) -> dict[str, str]:
        """Keys by object name of the action, as portable text."""
        return dict(self._keys)

    def conflicts(self) -> dict[str, list[str]]:
        """Return the conflicts: object name -> object names of the actions with colliding keys."""
        return conflicts({a.objectName(): all_keys(a, self._keys[a.objectName()]) for a in self.actions})

    def title_of(self, name: str) -> str:
        """Return the text of the action `name`, or `name` where there is none."""
        return next((_text(action) for action in self.actions if action.objectName() == name), name)

    def reset(self) -> None:
        """Set all keys to their defaults."""
        self.beginResetModel()
        self._keys = {action.objectName(): default_keys(action) for action in self.actions}
        self.endResetModel()

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008
        """Return the number of actions."""
        return 0 if parent.isValid() else len(self.actions)

    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008
        """Return the number of columns."""
        return 0 if parent.isValid() else len(self._titles)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the title of a column."""
        is_title = orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole
        return self._titles[section] if is_title and 0 <= section < len(self._titles) else None

    def flags(self, index: QModelIndex) -> Qt.ItemFlag:
        """Return the flags of a cell; keys are editable."""
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return flags | Qt.ItemFlag.ItemIsEditable if index.column() == _KEYS else flags

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a cell's text, or for conflicting keys the error colour and a tooltip that names the others."""
        if not index.isValid() or index.row() >= len(self.actions):
            return None
        action = self.actions[index.row()]
        name = action.objectName()
        if role == Qt.ItemDataRole.EditRole and index.column() == _KEYS:
            return self._keys[name]
        if role == Qt.ItemDataRole.DisplayRole:
            return (_text(action), _native(self._keys[name]), _native(default_keys(action)))[index.column()]
        others = self.conflicts().get(name, []) if index.column() == _KEYS else []
        if role == Qt.ItemDataRole.ForegroundRole and others:
            return QBrush(colours().error)
        if role == Qt.ItemDataRole.ToolTipRole:
            if others:
                return self.tr("Same keys as: {0}").format(", ".join(map(self.title_of, others)))
            return self.tr("Double-click or press F2, then press the keys") if index.column() == _KEYS else None
        return None

    def setData(self, index: QModelIndex, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Set the keys of an action, as portable text."""
        if not index.isValid() or index.column() != _KEYS or role != Qt.ItemDataRole.EditRole:
            return False
        self._keys[self.actions[index.row()].objectName()] = str(value)
        self.dataChanged.emit(self.index(0, _KEYS), self.index(self.rowCount() - 1, _KEYS))
        return True


class KeysDelegate(QStyledItemDelegate):
    """Editor of keys that records what is pressed."""

    def createEditor(self, parent: QWidget | None, option: QStyleOptionViewItem, index: QModelIndex) -> QWidget:
        """Return a key sequence editor."""
        editor = QKeySequenceEdit(parent)
        editor.setMaximumSequenceLength(2)
        editor.setClearButtonEnabled(True)
        editor.editingFinished.connect(lambda: self.commitData.emit(editor))
        return editor

    def setEditorData(self, editor: QWidget | None, index: QModelIndex) -> None:
        """Show the current keys in the editor."""
        if isinstance(editor, QKeySequenceEdit):
            keys = str(index.data(Qt.ItemDataRole.EditRole) or "")
            editor.setKeySequence(QKeySequence(keys, QKeySequence.SequenceFormat.PortableText))

    def setModelData(self, editor: QWidget | None, model: Any, index: QModelIndex) -> None:
        """Store the pressed keys in the model."""
        if isinstance(editor, QKeySequenceEdit):
            text = editor.keySequence().toString(QKeySequence.SequenceFormat.PortableText)
            model.setData(index, text, Qt.ItemDataRole.EditRole)


class ShortcutEditor(QWidget):
    """Widget that edits the keys of `actions`; `save` applies and stores them."""

    def __init__(self, actions: Sequence[QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = ShortcutRows(actions, self)
        self._filtered = QSortFilterProxyModel(self)
        self._filtered.setSourceModel(self.rows)
        self._filtered.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._filtered.setFilterKeyColumn(-1)
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Search actions and keys"))
        self.search.setAccessibleName(self.tr("Search actions and keys"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._filtered.setFilterFixedString)
        self.table = self._table()
        self.message = QLabel()
        self.message.setWordWrap(True)
        self.reset = QPushButton(self.tr("Defaults for &all"))
        self.reset.setToolTip(self.tr("Set the default keys of every action"))
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
        """Whether any two actions have colliding keys."""
        return bool(self.rows.conflicts())

    def save(self, path: Path | None = None) -> None:
        """Apply the keys and store them. Raises UsageError where the settings cannot be written."""
        save_shortcuts(self.rows.keys, self.rows.actions, path)

    def _show_conflicts(self, *_: object) -> None:
        conflicts = self.rows.conflicts()
        if conflicts:
            name, others = next(iter(conflicts.items()))
            text = self.tr("{0} and {1} have the same keys; change one of them.")
            text = text.format(self.rows.title_of(name), self.rows.title_of(others[0]))
        else:
            text = self.tr("Double-click keys to change them; Backspace in the field removes them.")
        show_message(self.message, text, "error" if conflicts else "hint")

    def _table(self) -> QTableView:
        table = QTableView()
        table.setModel(self._filtered)
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
    text = action.property(SHORTCUT_TITLE) or action.text() or action.objectName()
    return str(text).replace("&&", "\0").replace("&", "").replace("\0", "&").rstrip("…")


def _native(keys: str) -> str:
    sequence = QKeySequence(keys, QKeySequence.SequenceFormat.PortableText)
    return sequence.toString(QKeySequence.SequenceFormat.NativeText)
