"""Shared by dialogs and panels: a message line in the colour of its kind, and tables set up as lists."""

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QLabel, QTableView


def show_message(label: QLabel, text: str, kind: str) -> None:
    """Show `text` in the theme's colour of `kind`: "hint", "good", "warning" or "error"."""
    label.setObjectName(kind)
    style = label.style()
    if style is not None:
        style.unpolish(label)
        style.polish(label)
    label.setText(text)


def plain_list(table: QTableView) -> None:
    """Set a table up as a list: striped rows, no grid, no row numbers; Tab moves to the next widget."""
    table.setTabKeyNavigation(False)
    table.setShowGrid(False)
    table.setAlternatingRowColors(True)
    lines, header = table.verticalHeader(), table.horizontalHeader()
    if lines is not None and header is not None:
        lines.hide()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)


def pick_list(table: QTableView) -> None:
    """Set a table up as a `plain_list` of which one row can be selected."""
    table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QTableView.SelectionMode.SingleSelection)
    plain_list(table)
