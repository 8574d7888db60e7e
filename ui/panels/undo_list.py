"""The list of undo steps: every change by name, the newest last; a click goes back or forward to it."""

from flowsep_ui.studio_model import StudioModel
from PyQt6.QtCore import QSize
from PyQt6.QtWidgets import QUndoView, QWidget

from .buttons import describe


class UndoList(QUndoView):
    """Shows the steps of the model's undo stack; the current one is selected."""

    def __init__(self, model: StudioModel, parent: QWidget | None = None) -> None:
        super().__init__(model.undo_stack, parent)
        self.setFrameShape(QUndoView.Shape.NoFrame)
        self.setEmptyLabel(self.tr("Before the first step"))
        describe(self, self.tr("History"), self.tr("Click a step, or ↑ ↓: go back or forward to it; nothing is lost"))

    def sizeHint(self) -> QSize:
        """Return a size with room for eight steps."""
        return QSize(240, 8 * (self.fontMetrics().height() + 8))
