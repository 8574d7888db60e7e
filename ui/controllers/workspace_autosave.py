"""Autosave: the workspace is written to disk shortly after every change, and restored after a crash."""

from flowsep_ui.studio.autosave import SavedWorkspace, load, persistent_part, save
from flowsep_ui.studio.panel_directory import PanelDirectory
from flowsep_ui.studio.reconcile import restore_results
from flowsep_ui.studio.saved.old_workspace import with_tracks
from flowsep_ui.studio_model import StudioModel
from flowsep_ui.tasks import TaskRunner, error_text
from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from flowsep_plugin.errors import FlowsepError

SAVE_MS = 600
"""Changes within so long after the first are saved together."""


class WorkspaceAutosave(QObject):
    """Saves the workspace SAVE_MS after a change. `failed`: why it cannot be saved, once until a save succeeds."""

    failed = pyqtSignal(str)

    def __init__(
        self, model: StudioModel, directory: PanelDirectory, tasks: TaskRunner, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._model, self._directory, self._tasks = model, directory, tasks
        self._is_saving = False
        self.last: SavedWorkspace | None = None
        self._has_failed = self._has_changed = False
        model.document_read.connect(self._add_tracks)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SAVE_MS)
        self._timer.timeout.connect(self._save_in_background)

    def begin(self) -> SavedWorkspace | None:
        """Load the last workspace, take over its history, favourites and presets, and save from now on.

        Returns what was loaded; None where there is nothing.
        """
        self.last = saved = load(self._directory.workspace_file)
        if saved is not None:
            self._model.restore(persistent_part(saved.workspace), {})
        self._model.workspace_changed.connect(lambda before, after: self._soon())
        self._model.result_changed.connect(lambda take: self._soon())
        return saved

    def reopen(self, saved: SavedWorkspace) -> None:
        """Replace the workspace by a saved one, with its results."""
        self._model.restore(saved.workspace, restore_results(saved.results))

    def start_empty(self) -> None:
        """Close all documents; history, favourites and presets stay."""
        self._model.restore(persistent_part(self._model.workspace), {})

    def save_now(self, *, closed: bool = False) -> None:
        """Save now, in the window's thread. `closed`: the panel is left on purpose."""
        self._timer.stop()
        try:
            save(self._directory.workspace_file, self._model.workspace, self._model.results, closed=closed)
        except (FlowsepError, OSError) as error:
            self._fail(error_text(error))
        else:
            self._has_failed = False

    def leave(self) -> None:
        """Save as left on purpose; where nothing changed, keep the workspace of the session before."""
        if self._has_changed or self.last is None or not self.last.closed:
            self.save_now(closed=True)

    def _save_in_background(self) -> None:
        """Save in a background thread, one save at a time, so that the newest is written last."""
        if self._is_saving:
            self._timer.start()
            return
        self._is_saving = True
        path, workspace, results = self._directory.workspace_file, self._model.workspace, dict(self._model.results)
        self._tasks.run(lambda: save(path, workspace, results), lambda _: self._finish(), self._fail)

    def _finish(self) -> None:
        self._is_saving = self._has_failed = False

    def _fail(self, why: str) -> None:
        self._is_saving = False
        if not self._has_failed:
            self.failed.emit(self.tr("The workspace could not be saved: {0}").format(why))
        self._has_failed = True

    def _add_tracks(self, document: str) -> None:
        """Complete takes of an older workspace once their document is read."""
        content = self._model.content(document)
        if content is not None:
            self._model.amend(lambda workspace: with_tracks(workspace, document, content))

    def _soon(self) -> None:
        self._has_changed = True
        if not self._timer.isActive():
            self._timer.start()
