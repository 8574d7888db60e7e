"""Placing as a step of undo: undo puts the backup back, redo places again; the window does not wait for either."""

from pathlib import Path

from flowsep_ui.studio.placement import PlacementResult, place, take_back
from flowsep_ui.studio_model import StudioModel
from flowsep_ui.tasks import TaskRunner
from PyQt6.QtCore import QObject, pyqtSignal
from PyQt6.QtGui import QUndoCommand

from flowsep_plugin.timeline import Timeline


class PlacementController(QObject):
    """Does it beside the window. `placed`, `taken_back`: the `Placed`.     failed : why nothing was changed."""

    placed = pyqtSignal(object)
    taken_back = pyqtSignal(object)
    failed = pyqtSignal(str)

    def __init__(self, model: StudioModel, tasks: TaskRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model, self._tasks = model, tasks

    def place(self, document: str, timeline: Timeline, path: Path) -> None:
        """Write the session; where that succeeds it becomes a step of undo."""

        def done(placed: PlacementResult) -> None:
            self._model.undo_stack.push(_PlaceStep(self.tr("Place in session"), self, document, timeline, placed))
            self._told(document, placed)

        self._tasks.run(lambda: place(timeline, path), done, self.failed.emit)

    def again(self, step: "_PlaceStep") -> None:
        """Place once more, after it was taken back."""

        def done(placed: PlacementResult) -> None:
            step.last = placed
            self._told(step.document, placed)

        self._tasks.run(lambda: place(step.timeline, step.last.path), done, self.failed.emit)

    def take_back(self, step: "_PlaceStep") -> None:
        """Put the backup back."""

        def done(_: None) -> None:
            self._model.reread(step.document)
            self.taken_back.emit(step.last)

        self._tasks.run(lambda: take_back(step.last), done, self.failed.emit)

    def _told(self, document: str, placed: PlacementResult) -> None:
        self._model.reread(document)
        self.placed.emit(placed)


class _PlaceStep(QUndoCommand):
    def __init__(
        self, text: str, placement: PlacementController, document: str, timeline: Timeline, placed: PlacementResult
    ) -> None:
        super().__init__(text)
        self._placement, self.document, self.timeline, self.last = placement, document, timeline, placed
        self._is_first = True

    def undo(self) -> None:
        self._placement.take_back(self)

    def redo(self) -> None:
        if self._is_first:
            self._is_first = False
            return
        self._placement.again(self)
