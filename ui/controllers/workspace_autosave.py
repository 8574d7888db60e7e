"""Autosave: the workspace lies on disk a moment after every change, and is there again after a crash."""

from flowsep_ui.studio.autosave import SavedWorkspace, load, persistent_part, save
from flowsep_ui.studio.panel_directory import PanelDirectory
from flowsep_ui.studio.reconcile import restore_results
from flowsep_ui.studio_model import StudioModel
from flowsep_ui.tasks import TaskRunner, error_text
from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from flowsep_plugin.errors import FlowsepError

SAVE_MS = 600


class WorkspaceAutosave(QObject):
    """Saves when nothing has changed for a moment. `failed`: why that was not possible, once until it is again."""

    failed = pyqtSignal(str)

    def __init__(
        self, model: StudioModel, directory: PanelDirectory, tasks: TaskRunner, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._model, self._directory, self._tasks = model, directory, tasks
        self._is_saving = False
        self.last: SavedWorkspace | None = None
        self._has_failed = self._has_changed = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SAVE_MS)
        self._timer.timeout.connect(self._save_in_background)

    def begin(self) -> SavedWorkspace | None:
        """Read what was saved last, take over what outlives everything (history, presets), and save from now on."""
        self.last = saved = load(self._directory.workspace_file)
        if saved is not None:
            self._model.restore(persistent_part(saved.workspace), {})
        self._model.workspace_changed.connect(lambda before, after: self._soon())
        self._model.result_changed.connect(lambda take: self._soon())
        return saved

    def reopen(self, saved: SavedWorkspace) -> None:
        """Open what was open, with what is known of it."""
        self._model.restore(saved.workspace, restore_results(saved.results))

    def start_empty(self) -> None:
        """Close everything; what outlives everything stays."""
        self._model.restore(persistent_part(self._model.workspace), {})

    def save_now(self, *, closed: bool = False) -> None:
        """Save, without waiting."""
        self._timer.stop()
        try:
            save(self._directory.workspace_file, self._model.workspace, self._model.results, closed=closed)
        except (FlowsepError, OSError) as error:
            self._not_saved(error_text(error))
        else:
            self._has_failed = False

    def leave(self) -> None:
        """Save as left on purpose. A panel in which nothing was done does not hide what was open the time before."""
        if self._has_changed or self.last is None or not self.last.closed:
            self.save_now(closed=True)

    def _save_in_background(self) -> None:
        """Save without the window waiting for the disk; one at a time, so that the newest is the last."""
        if self._is_saving:
            self._timer.start()
            return
        self._is_saving = True
        path, workspace, results = self._directory.workspace_file, self._model.workspace, dict(self._model.results)
        self._tasks.run(lambda: save(path, workspace, results), lambda _: self._saved(), self._not_saved)

    def _saved(self) -> None:
        self._is_saving = self._has_failed = False

    def _not_saved(self, why: str) -> None:
        self._is_saving = False
        if not self._has_failed:
            self.failed.emit(f"The workspace could not be saved: {why}")
        self._has_failed = True

    def _soon(self) -> None:
        self._has_changed = True
        if not self._timer.isActive():
            self._timer.start()
