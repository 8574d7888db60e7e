"""Shared by panels: buttons of actions, and hints in empty lists."""

from PyQt6.QtCore import QObject, Qt
from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QAbstractItemView, QLabel, QToolButton, QVBoxLayout, QWidget


def action_button(action: QAction, parent: QWidget) -> QToolButton:
    """Return a tool button of `action`, with its tooltip as accessible name."""
    button = QToolButton(parent)
    button.setDefaultAction(action)
    button.setAccessibleName(action.toolTip() or action.text())
    return button


class EmptyHint(QObject):
    """Label in an empty list that says what the list will hold."""

    def __init__(self, view: QAbstractItemView, text: str) -> None:
        super().__init__(view)
        self._view = view
        surface, model = view.viewport(), view.model()
        assert surface is not None
        assert model is not None
        self.label = QLabel(text, surface)
        self.label.setObjectName("hint")
        self.label.setWordWrap(True)
        self.label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column = QVBoxLayout(surface)
        column.addWidget(self.label)
        for signal in (model.modelReset, model.rowsInserted, model.rowsRemoved):
            signal.connect(self.update)
        self.update()

    def update(self) -> None:
        """Show the label if the list is empty."""
        model = self._view.model()
        self.label.setVisible(model is not None and model.rowCount() == 0)
