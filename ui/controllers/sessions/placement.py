"""Placing stems in a session as an undo step: undo restores the backup, redo places again; both in the background."""

from pathlib import Path

from flowsep_ui.controllers.link import Link
from flowsep_ui.controllers.stem_prints import StemPrints
from flowsep_ui.studio.placement import PlacementPlan, PlacementResult, place, restore_session
from flowsep_ui.studio_model import StudioModel
from flowsep_ui.tasks import TaskRunner
from PyQt6.QtCore import QObject, pyqtSignal
from PyQt6.QtGui import QUndoCommand

from .ticket_jobs import TicketJobs


class PlacementController(QObject):
    """Writes and restores sessions in the background.

    placed, undone : the `PlacementResult`.     failed : why the session was not changed.
    jobs : for stems with handles.     prints : of stems through the effects of their lanes.
    """

    placed = pyqtSignal(object)
    undone = pyqtSignal(object)
    failed = pyqtSignal(object)

    def __init__(
        self, model: StudioModel, tasks: TaskRunner, link: Link, prints: StemPrints, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._model, self._tasks = model, tasks
        self.jobs, self.prints = TicketJobs(link, "place", self), prints

    def place(self, document: str, plan: PlacementPlan, path: Path) -> None:
        """Write a planned placement to the session `path`; where that succeeds, push an undo step."""

        def done(result: PlacementResult) -> None:
            self._model.undo_stack.push(_PlaceStep(self.tr("Place in session"), self, document, plan, result))
            self._report(document, result)

        self._tasks.run(lambda: place(plan, path), done, self.failed.emit)

    def place_again(self, step: "_PlaceStep") -> None:
        """Write the session of an undone step again."""

        def done(result: PlacementResult) -> None:
            step.last = result
            self._report(step.document, result)

        self._tasks.run(lambda: place(step.plan, step.last.path), done, self.failed.emit)

    def restore(self, step: "_PlaceStep") -> None:
        """Restore the session's backup, or remove a session that was new."""

        def done(_: None) -> None:
            self._model.reread(step.document)
            self.undone.emit(step.last)

        self._tasks.run(lambda: restore_session(step.last), done, self.failed.emit)

    def _report(self, document: str, result: PlacementResult) -> None:
        self._model.reread(document)
        self.placed.emit(result)


class _PlaceStep(QUndoCommand):
    def __init__(
        self, text: str, placement: PlacementController, document: str, plan: PlacementPlan, placed: PlacementResult
    ) -> None:
        super().__init__(text)
        self._placement, self.document, self.plan, self.last = placement, document, plan, placed
        self._is_first = True

    def undo(self) -> None:
        self._placement.restore(self)

    def redo(self) -> None:
        if self._is_first:
            self._is_first = False
            return
        self._placement.place_again(self)
