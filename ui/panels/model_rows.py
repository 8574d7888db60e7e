"""Installed and installable models as a Qt table model."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flowsep_ui.studio.texts import number
from PyQt6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt

from flowsep_plugin.library import Published, Shelved, published, shelf


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRow:
    """A row of the table: an installed model, or a published one that can be installed. `size` is in bytes.

    folder : None if not installed.     problem : why an installed model is unusable.     about : description.
    """

    name: str
    licence: str
    size: int | None
    source: str
    folder: Path | None = None
    installed: bool = False
    removable: bool = False
    problem: str | None = None
    about: str = ""
    is_default: bool = False

    @classmethod
    def of_shelf(cls, model: Shelved) -> "ModelRow":
        """Return the row of an installed model."""
        card = model.card
        about = "\n".join(filter(None, (card.description, card.trained_on))) if card else ""
        return cls(
            name=model.name,
            licence=card.licence if card else "",
            size=model.size,
            source=card.source if card else "",
            folder=model.folder,
            installed=True,
            removable=not model.is_embedded,
            problem=model.trouble,
            about=about,
            is_default=model.is_default,
        )

    @classmethod
    def of_published(cls, model: Published) -> "ModelRow":
        """Return the row of a published model that is not installed."""
        return cls(name=model.name, licence=model.licence, size=model.size, source=model.source)


def all_rows() -> list[ModelRow]:
    """Return the rows of installed models, then of published ones that are not installed."""
    rows = [ModelRow.of_shelf(model) for model in shelf()]
    names = {row.name for row in rows}
    return rows + [ModelRow.of_published(model) for model in published() if model.name not in names]


class ModelRows(QAbstractTableModel):
    """Table model with columns name, state, size, licence and source; `RowRole` gives the `ModelRow`."""

    RowRole = Qt.ItemDataRole.UserRole + 1

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[ModelRow] = []
        self._titles = (self.tr("Model"), self.tr("State"), self.tr("Size"), self.tr("Licence"), self.tr("Source"))

    def show_rows(self, rows: list[ModelRow]) -> None:
        """Replace all rows of the table."""
        self.beginResetModel()
        self._rows = list(rows)
        self.endResetModel()

    def row_of(self, name: str) -> int:
        """Return the row number of a model; -1 where it has none."""
        return next((number for number, row in enumerate(self._rows) if row.name == name), -1)

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008
        """Return the number of models."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008
        """Return the number of columns."""
        return 0 if parent.isValid() else len(self._titles)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the title of a column."""
        is_title = orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole
        return self._titles[section] if is_title and 0 <= section < len(self._titles) else None

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return text, tooltip or alignment of a cell, or the row itself."""
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        row = self._rows[index.row()]
        if role == self.RowRole:
            return row
        texts = (row.name, self._state(row), self._size(row), row.licence or "-", row.source or "-")
        if role == Qt.ItemDataRole.DisplayRole:
            return texts[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return row.problem or texts[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() == 2:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def _state(self, row: ModelRow) -> str:
        if row.problem:
            return self.tr("damaged")
        if not row.installed:
            return self.tr("not installed")
        if not row.removable:
            return self.tr("built in, default") if row.is_default else self.tr("built in")
        return self.tr("installed, default") if row.is_default else self.tr("installed")

    def _size(self, row: ModelRow) -> str:
        return size_text(row.size) if row.size else self.tr("unknown")


def size_text(size: int) -> str:
    """Return a size in bytes as text in MB or GB, in powers of ten."""
    return f"{number(size / 1e9, 1)} GB" if size >= 1e9 else f"{number(size / 1e6, 1)} MB"
