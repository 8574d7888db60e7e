"""What the dialogs share: a line that says how things stand, and tables that are lists to read or pick from."""

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QLabel, QTableView


def say(label: QLabel, text: str, kind: str) -> None:
    """Show `text` in the look that the theme has for `kind`: "hint", "warning", "error", …."""
    label.setObjectName(kind)
    style = label.style()
    if style is not None:
        style.unpolish(label)
        style.polish(label)
    label.setText(text)


def plain_list(table: QTableView) -> None:
    """Whole rows, striped, no grid, no row numbers; Tab leaves it. Columns are the caller's."""
    table.setTabKeyNavigation(False)
    table.setShowGrid(False)
    table.setAlternatingRowColors(True)
    lines, header = table.verticalHeader(), table.horizontalHeader()
    if lines is not None and header is not None:
        lines.hide()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)


def pick_list(table: QTableView) -> None:
    """A `plain_list` of which one row can be picked."""
    table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QTableView.SelectionMode.SingleSelection)
    plain_list(table)
