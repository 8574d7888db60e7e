"""The batch of a panel: clips become jobs of the worker's queue, which goes on without the panel; results come back."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from flowsep_ui.controllers.link import Link
from flowsep_ui.studio.batch.batch_clips import (
    OPEN_STATES,
    BatchClip,
    after_job,
    batch_spec,
    folder_clips,
    refused,
    session_clips,
    with_sounds,
)
from flowsep_ui.studio.batch.batch_open import batch_take, with_batch_take
from flowsep_ui.studio.batch.batch_rows import report_rows
from flowsep_ui.studio.batch.batch_set import BatchSummary, summary_of, with_clips
from flowsep_ui.studio.batch.batch_store import BatchWriter, batch_file, load_batch
from flowsep_ui.studio.panel_directory import PanelDirectory
from flowsep_ui.studio.queries import QueryRow
from flowsep_ui.studio.takes import ClipPart, selected_parts
from flowsep_ui.studio_model import StudioModel
from flowsep_ui.tasks import TaskRunner
from flowsep_ui.ways_out import message_of
from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from flowsep_plugin.errors import FlowsepError
from flowsep_plugin.jobs.batch.report import write_rows
from flowsep_plugin.jobs.job import Job, JobError

from .ticket_jobs import TicketJobs

SAVE_MS = 800


class BatchController(QObject):
    """Owner of the batch. `changed`: the clips or their states.     failed : an error for the user.

    exported : path of a report.
    """

    changed = pyqtSignal()
    failed = pyqtSignal(object)
    exported = pyqtSignal(object)

    def __init__(
        self,
        model: StudioModel,
        link: Link,
        directory: PanelDirectory,
        tasks: TaskRunner,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._model, self._link, self._tasks = model, link, tasks
        path = batch_file(directory.workspace_file)
        self._writer = BatchWriter(path)
        self._jobs = TicketJobs(link, "batch", self)
        self._clips = {clip.key: clip for clip in load_batch(path)}
        self._opening: tuple[str, BatchClip] | None = None
        self._is_saving = False
        self._save_timer = QTimer(self)
        self._save_timer.setSingleShot(True)
        self._save_timer.setInterval(SAVE_MS)
        self._save_timer.timeout.connect(self.save)
        self._jobs.changed.connect(self._job_changed)
        self._jobs.refused.connect(self._refused)
        self._jobs.progressed.connect(self._progressed)
        self._jobs.on_lost.connect(self._submit_again)
        link.submitted.connect(self._others_first)
        model.document_read.connect(self._document_read)
        self._take_up()

    @property
    def clips(self) -> tuple[BatchClip, ...]:
        """The clips of the batch, in the order in which they were added."""
        return tuple(self._clips.values())

    @property
    def summary(self) -> BatchSummary:
        """How far the batch is."""
        return summary_of(self._clips.values())

    def add_folder(self, folder: Path) -> None:
        """Add every audio file below `folder`, in the background."""
        out = self._model.workspace.out
        self._tasks.run(lambda: folder_clips(folder, out), self._add, self.failed.emit)

    def add_clips(self, *, selected_only: bool) -> None:
        """Add the selected clips of the document in front, or all of its clips that can be separated."""
        document, content = self._model.workspace.front, self._model.front
        if document is None or content is None:
            self.failed.emit(self.tr("Open an audio file or a session first."))
            return
        try:
            if selected_only:
                parts: Sequence[ClipPart] = selected_parts(content, self._model.workspace.selected)
            else:
                parts = [ClipPart(clip, None) for _, clip in content.timeline.clips() if clip.why_not() is None]
        except FlowsepError as error:
            self.failed.emit(message_of(error))
            return
        self._add(session_clips(document, content, parts, self._model.workspace.out))

    def start(self, queries: Sequence[QueryRow]) -> None:
        """Submit all clips that were not started yet, with `queries` and their settings."""
        workspace = self._model.workspace
        try:
            new = [with_sounds(clip, queries, workspace.model, workspace.device)
                   for clip in self._clips.values() if clip.state == "new"]  # fmt: skip
        except FlowsepError as error:
            self.failed.emit(message_of(error))
            return
        self._submit(new)

    def retry_failed(self) -> None:
        """Submit the failed and cancelled clips once more."""
        ended = [clip for clip in self._clips.values() if clip.state in ("failed", "cancelled") and clip.take.queries]
        self._submit([replace(clip, state="waiting", error=None, setting=None) for clip in ended])

    def cancel(self) -> None:
        """Cancel all clips that have not ended."""
        for clip in self._open_clips():
            if self._jobs.job_of(clip.key) is None:
                self._jobs.forget(clip.key)
                self._replace(replace(clip, state="cancelled"))
            else:
                self._jobs.cancel(clip.key)
        self._tell()

    def pause(self, on: bool) -> None:
        """Pause (`on`) or resume all clips that have not ended; other jobs of the queue go on."""
        for clip in self._open_clips():
            self._jobs.hold(clip.key, on)

    def remove(self, keys: Collection[str]) -> None:
        """Remove clips from the batch; their jobs are cancelled, their files stay."""
        for key in keys:
            if key in self._clips:
                if self._clips[key].state in OPEN_STATES:
                    self._jobs.cancel(key)
                self._jobs.forget(key)
                del self._clips[key]
        self._tell()

    def open(self, key: str) -> None:
        """Open the file or session of a clip, with its stems under the clip."""
        clip = self._clips.get(key)
        if clip is None:
            return
        self._model.open([clip.path])
        front = self._model.workspace.front
        if front is None or clip.path not in front.paths:
            return
        if self._model.front is None:
            self._opening = (front.id, clip)
        else:
            self._show(clip)

    def export(self, path: Path) -> None:
        """Write the table as CSV or JSON, in the background."""
        rows = list(report_rows(self._clips.values()))
        self._tasks.run(lambda: write_rows(path, rows), lambda _: self.exported.emit(path), self.failed.emit)

    def save(self) -> None:
        """Save the batch now, in the background."""
        if self._is_saving:
            self._save_timer.start()
            return
        self._is_saving = True
        self._tasks.run(partial(self._writer.save, self.clips), self._finish_saving, self._fail_saving)

    def _finish_saving(self, _: None) -> None:
        self._is_saving = False

    def _fail_saving(self, why: str) -> None:
        self._is_saving = False
        self.failed.emit(why)

    def leave(self) -> None:
        """Save the batch in the window's thread; its jobs go on."""
        self._save_timer.stop()
        self._save_timer.blockSignals(True)
        try:
            self._writer.save(self.clips)
        except (FlowsepError, OSError) as error:
            self.failed.emit(str(error))

    # --- clips to jobs ---

    def _add(self, clips: Iterable[BatchClip]) -> None:
        before = len(self._clips)
        self._clips = with_clips(self._clips, clips)
        if len(self._clips) == before:
            self.failed.emit(self.tr("Nothing to add: the batch has these clips, or none of them is a file."))
        self._tell()

    def _submit(self, clips: Sequence[BatchClip]) -> None:
        for clip in clips:
            self._clips[clip.key] = clip
            self._jobs.submit(clip.key, batch_spec(clip))
        self._tell()

    def _take_up(self) -> None:
        """Follow the jobs of a batch of before, and submit those that the worker has never answered."""
        for clip in self._open_clips():
            if clip.job is None:
                self._jobs.submit(clip.key, batch_spec(clip))
            else:
                self._jobs.follow(clip.key, clip.job)

    def _submit_again(self, key: str) -> None:
        """Submit a clip whose job the worker no longer has, unless it has ended."""
        clip = self._clips.get(key)
        self._jobs.forget(key)
        if clip is not None and clip.state in OPEN_STATES:
            self._submit([replace(clip, state="waiting", job=None)])

    def _others_first(self, ticket: object, job: Job) -> None:
        """Move a job of the timeline before those of the batch that still wait."""
        if isinstance(ticket, str) and job.state == "queued" and self._open_clips():
            self._link.move(job.id, None)

    # --- jobs to clips ---

    def _job_changed(self, key: str, job: Job) -> None:
        clip = self._clips.get(key)
        if clip is not None and (clip.state in OPEN_STATES or job.state != clip.state):
            self._replace(after_job(clip, job))
            self._tell()

    def _refused(self, key: str, error: JobError) -> None:
        if key in self._clips:
            self._replace(refused(self._clips[key], error))
            self._tell()

    def _progressed(self, key: str, done: float | None, eta: float | None) -> None:
        clip = self._clips.get(key)
        if clip is not None and clip.state in OPEN_STATES and done is not None:
            self._replace(replace(clip, done=max(done, clip.done or 0.0)))
            self.changed.emit()

    # --- open in place ---

    def _document_read(self, document: str) -> None:
        if self._opening is not None and self._opening[0] == document:
            clip, self._opening = self._opening[1], None
            self._show(clip)

    def _show(self, clip: BatchClip) -> None:
        """Add the take of a clip with its stems to the document in front, and select it."""
        content, workspace = self._model.front, self._model.workspace
        if (
            content is None
            or clip.result is None
            or all(ref.id != clip.take.clip for _, ref in content.timeline.clips())
        ):
            return
        take, result = batch_take(workspace, content, clip)
        if not self._model.result(take.id).files:
            self._model.set_result(take.id, result)
        self._model.do(self.tr("Open from the batch"), lambda w: with_batch_take(w, content, take))

    def _open_clips(self) -> list[BatchClip]:
        return [clip for clip in self._clips.values() if clip.state in OPEN_STATES]

    def _replace(self, clip: BatchClip) -> None:
        self._clips[clip.key] = clip

    def _tell(self) -> None:
        self.changed.emit()
        if not self._save_timer.isActive():
            self._save_timer.start()
