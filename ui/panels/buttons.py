"""Small things that panels share: buttons for actions, and words in empty lists."""

from PyQt6.QtCore import QObject, Qt
from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QAbstractItemView, QLabel, QToolButton, QVBoxLayout, QWidget


def action_button(action: QAction, parent: QWidget) -> QToolButton:
    """A tool button that does what `action` does and is named like it."""
    button = QToolButton(parent)
    button.setDefaultAction(action)
    button.setAccessibleName(action.toolTip() or action.text())
    return button


class EmptyWords(QObject):
    """Says in an empty list what will be in it."""

    def __init__(self, view: QAbstractItemView, words: str) -> None:
        super().__init__(view)
        self._view = view
        surface, model = view.viewport(), view.model()
        assert surface is not None
        assert model is not None
        self.label = QLabel(words, surface)
        self.label.setObjectName("hint")
        self.label.setWordWrap(True)
        self.label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column = QVBoxLayout(surface)
        column.addWidget(self.label)
        for signal in (model.modelReset, model.rowsInserted, model.rowsRemoved):
            signal.connect(self.look)
        self.look()

    def look(self) -> None:
        """Show the words where there is nothing else."""
        model = self._view.model()
        self.label.setVisible(model is not None and model.rowCount() == 0)
