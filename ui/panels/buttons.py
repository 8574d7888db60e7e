"""Buttons for actions: text, tooltip and shortcut are the action's."""

from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QToolButton, QWidget


def action_button(action: QAction, parent: QWidget) -> QToolButton:
    """A tool button that does what `action` does and is named like it."""
    button = QToolButton(parent)
    button.setDefaultAction(action)
    button.setAccessibleName(action.toolTip() or action.text())
    return button
