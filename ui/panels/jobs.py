"""The panel of jobs: the worker's queue, live, with cancel, retry, reorder, reveal and clear."""

from pathlib import Path

from flowsep_ui.controllers.link import Link
from flowsep_ui.dialogs.parts import plain_list
from flowsep_ui.icons import icon
from flowsep_ui.studio.queue import Queue, QueueRow
from PyQt6.QtCore import QSize, Qt, QUrl, pyqtSignal
from PyQt6.QtGui import QAction, QDesktopServices, QKeySequence
from PyQt6.QtWidgets import QAbstractItemView, QHBoxLayout, QHeaderView, QLabel, QTableView, QVBoxLayout, QWidget

from flowsep_plugin.jobs.job import Job

from .buttons import EmptyHint, action_button
from .jobs_model import ETA, NAME, PART, PROGRESS, SOUNDS, STATE, JobsModel, ProgressDelegate


class JobsPanel(QWidget):
    """Table and actions of the queue. All rows come from the link, so they survive restarts of panel and worker.

    queue_changed : the `Queue`, after every change of a job or of progress.
    """

    queue_changed = pyqtSignal(object)

    def __init__(self, link: Link, hidden: Path | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._link = link
        self.model = JobsModel(self)
        self.model.show_queue(Queue(hidden=hidden))
        self.view = QTableView(self)
        self.worker = QLabel(self)
        self.worker.setObjectName("hint")
        self.worker.setAccessibleName(self.tr("Worker"))
        self.pause = self._action(
            self.tr("Pause all"), self.tr("Pause all jobs; running ones stop between two steps"), "Ctrl+Alt+P", "pause"
        )
        self.pause.setCheckable(True)
        self.cancel = self._action(
            self.tr("Cancel"), self.tr("Stop within one step; no partial files remain"), "Del", "cancel"
        )
        self.retry = self._action(self.tr("Retry"), self.tr("Queue again, also parked jobs"), "R", "retry")
        self.up = self._action(self.tr("Earlier"), self.tr("Run the job before the one above"), "Alt+Up", "up")
        self.down = self._action(self.tr("Later"), self.tr("Run the job after the one below"), "Alt+Down", "down")
        self.reveal = self._action(self.tr("Show files"), self.tr("Open the folder of its stems"), "O", "folder")
        self.clear = self._action(
            self.tr("Clear ended"), self.tr("Remove ended jobs from the list; their files stay"), "", "remove"
        )
        self._prepare_view()
        self._lay_out()
        self._connect()
        self._enable()
        self.show_state("starting", "")

    def sizeHint(self) -> QSize:
        """Return a size with room for four jobs."""
        return QSize(700, 150)

    def show_state(self, state: str, why: str) -> None:
        """Show the state of the worker, a value of `Link.state_changed`, and why."""
        texts = {
            "starting": self.tr("Worker: starting…"), "ready": self.tr("Worker: ready"),
            "resting": self.tr("Worker: idle, starts when there is work"),
            "away": self.tr("Worker: not reachable, trying again"),
        }  # fmt: skip
        self.worker.setText(texts[state] + (f" ({why})" if why and state in ("ready", "away") else ""))
        self.worker.setToolTip(why)

    def selected(self) -> list[QueueRow]:
        """Return the selected rows, top to bottom."""
        selection = self.view.selectionModel()
        rows = [] if selection is None else selection.selectedRows()
        return [index.data(JobsModel.RowRole) for index in sorted(rows, key=lambda index: index.row())]

    def cancel_selected(self) -> None:
        """Cancel the selected jobs that have not ended."""
        for row in self.selected():
            if not row.job.has_ended:
                self._link.cancel(row.job.id)

    def cancel_all(self) -> None:
        """Cancel all listed jobs that have not ended."""
        for row in self.model.queue.rows:
            if not row.job.has_ended:
                self._link.cancel(row.job.id)

    def retry_selected(self) -> None:
        """Queue the selected failed and cancelled jobs again."""
        for row in self.selected():
            if row.job.state in ("failed", "cancelled"):
                self._link.retry(row.job.id)

    def move_selected(self, by: int) -> None:
        """Move the selected job, if it is one, a place up (-1) or down (1)."""
        rows = self.selected()
        if len(rows) != 1:
            return
        pair = self.model.queue.neighbours(rows[0].job.id, by)
        if pair is not None:
            self._link.move(*pair)

    def reveal_selected(self) -> None:
        """Open the folders of the selected jobs' stems."""
        folders = {row.files[0].parent if row.files else row.job.spec.files.out for row in self.selected()}
        for folder in sorted(folders):
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    def clear_ended(self) -> None:
        """Remove ended jobs from the list."""
        for row in self.model.queue.rows:
            if row.job.has_ended:
                self._link.forget(row.job.id)

    def _job_changed(self, job: Job) -> None:
        self._show(self.model.queue.changed(job))

    def _show(self, queue: Queue) -> None:
        self.model.show_queue(queue)
        self._enable()
        self.queue_changed.emit(queue)

    def _enable(self) -> None:
        rows, all_rows = self.selected(), self.model.queue.rows
        waiting = len(rows) == 1 and rows[0].job.state == "queued"
        self.cancel.setEnabled(any(not row.job.has_ended for row in rows))
        self.retry.setEnabled(any(row.job.state in ("failed", "cancelled") for row in rows))
        self.up.setEnabled(waiting)
        self.down.setEnabled(waiting)
        self.reveal.setEnabled(bool(rows))
        self.clear.setEnabled(any(row.job.has_ended for row in all_rows))

    def _connect(self) -> None:
        link = self._link
        link.jobs_listed.connect(lambda jobs: self._show(self.model.queue.listed(jobs)))
        link.job_changed.connect(self._job_changed)
        link.submitted.connect(lambda ticket, job: self._job_changed(job))
        link.progressed.connect(lambda *progress: self._show(self.model.queue.progressed(*progress)))
        link.job_forgotten.connect(lambda job: self._show(self.model.queue.without(job)))
        link.state_changed.connect(self.show_state)
        link.queue_paused.connect(self.pause.setChecked)
        self.pause.triggered.connect(link.pause)
        self.cancel.triggered.connect(self.cancel_selected)
        self.retry.triggered.connect(self.retry_selected)
        self.up.triggered.connect(lambda: self.move_selected(-1))
        self.down.triggered.connect(lambda: self.move_selected(1))
        self.reveal.triggered.connect(self.reveal_selected)
        self.clear.triggered.connect(self.clear_ended)
        self.view.doubleClicked.connect(lambda index: self.reveal_selected())
        selection = self.view.selectionModel()
        assert selection is not None
        selection.selectionChanged.connect(lambda *_: self._enable())

    def _prepare_view(self) -> None:
        view = self.view
        view.setModel(self.model)
        self.empty = EmptyHint(view, self.tr("No jobs. Jobs from the command line and from DAWs are listed here too."))
        view.setItemDelegateForColumn(PROGRESS, ProgressDelegate(view))
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        plain_list(view)
        view.setFrameShape(QTableView.Shape.NoFrame)
        view.setWordWrap(False)
        view.setAccessibleName(self.tr("Jobs"))
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        header, rows = view.horizontalHeader(), view.verticalHeader()
        assert header is not None
        assert rows is not None
        rows.setDefaultSectionSize(view.fontMetrics().height() + 8)
        for column, mode in (
            (NAME, QHeaderView.ResizeMode.Stretch), (SOUNDS, QHeaderView.ResizeMode.Stretch),
            (PART, QHeaderView.ResizeMode.Fixed), (STATE, QHeaderView.ResizeMode.Fixed),
            (PROGRESS, QHeaderView.ResizeMode.Fixed),            (ETA, QHeaderView.ResizeMode.Fixed),
        ):  # fmt: skip
            header.setSectionResizeMode(column, mode)
        for column, sample in ((PART, "0:00.0–0:00.0"), (STATE, "cancelled"), (PROGRESS, "100% 100% 100%"), (ETA, "0")):
            wide = view.fontMetrics().horizontalAdvance(sample) + 24
            view.setColumnWidth(column, max(wide, header.sectionSizeHint(column)))
        for action in (self.cancel, self.retry, self.up, self.down, self.reveal):
            view.addAction(action)

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setContentsMargins(6, 4, 6, 0)
        buttons.setSpacing(4)
        for action in (self.cancel, self.retry, self.up, self.down, self.reveal, self.clear, self.pause):
            buttons.addWidget(action_button(action, self, text=action not in (self.up, self.down)))
        buttons.addStretch(1)
        buttons.addWidget(self.worker)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(buttons)
        column.addWidget(self.view, 1)

    def _action(self, text: str, tip: str, key: str, name: str) -> QAction:
        action = QAction(icon(name), text, self)
        if key:
            action.setShortcut(QKeySequence(key))
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        action.setToolTip(f"{tip} ({key})" if key else tip)
        self.addAction(action)
        return action
