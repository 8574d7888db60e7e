"""The loop between workspace and worker: takes become jobs, jobs become results.

workspace ─► studio.reconcile ─► link.submit ─► … ─► link.job_changed ─► studio.results ─► model.set_result ─► …
"""

import contextlib
import hashlib
import itertools
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from flowsep_ui.studio.panel_directory import PanelDirectory
from flowsep_ui.studio.queries import is_draftable, split_by_role
from flowsep_ui.studio.reconcile import Cancel, Submit, missing_finals, reconcile
from flowsep_ui.studio.results import (
    PendingJob,
    Presence,
    StemSettings,
    TakeResult,
    failed,
    finished,
    progressed,
    retried,
    superseded_files,
    take_of_job,
    with_cancelled,
)
from flowsep_ui.studio.saved.stem_folder import can_write, usual_folder, writable_folder
from flowsep_ui.studio.takes import (
    ClipPart,
    draft_part,
    draft_take,
    job_spec,
    selected_parts,
    with_another_take,
    with_current_take,
    with_take_before,
    with_takes,
)
from flowsep_ui.studio.texts import step_name
from flowsep_ui.studio.workspace import Take, Workspace, with_render
from flowsep_ui.studio_model import StudioModel
from flowsep_ui.ways_out import message_of
from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from flowsep_plugin.errors import FlowsepError
from flowsep_plugin.jobs.job import Job, JobError
from flowsep_plugin.render_settings import RenderSettings
from flowsep_plugin.settings import panel_settings

from .link import Link

TYPING_MS = 450
"""A draft is made after so long without typing."""

SLIDER_MS = 25
"""Shortest time between two renders of a dragged slider; a render also waits for the one before."""

REST_MS = 900
"""Final stems are written again with new settings after so long without a change."""


class SeparationController(QObject):
    """Submits jobs for the takes of the model over the link, and stores their results in the model.

    draft_refused : why there is no draft of the typed text.
    folder_replaced : that stems are written elsewhere, as their usual folder cannot be written to; once a folder.
    """

    draft_refused = pyqtSignal(str)
    folder_replaced = pyqtSignal(str)

    def __init__(
        self, model: StudioModel, link: Link, directory: PanelDirectory, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._model, self._link, self._directory = model, link, directory
        self._numbers = itertools.count(1)
        self._typed: tuple[str, bool] = ("", False)
        self._unanswered = 0
        self._read_only: set[Path] = set()
        self._early: dict[str, Job] = {}
        self._playhead: Callable[[], int | None] = lambda: None
        self._draft_timer = _timer(self, TYPING_MS, self._make_draft)
        self._soon = _timer(self, SLIDER_MS, self._catch_up)
        self._rest = _timer(self, REST_MS, self._write_missing_finals)
        model.workspace_changed.connect(self._workspace_changed)
        link.submitted.connect(self._submitted)
        link.refused.connect(self._refused)
        link.job_changed.connect(self._job_changed)
        link.jobs_listed.connect(self._jobs_listed)
        link.progressed.connect(self._progressed)
        link.presence_found.connect(self._presence_found)

    def follow_playhead(self, frame: Callable[[], int | None]) -> None:
        """Make drafts of long clips around the document's frame that `frame()` returns; None: at the start."""
        self._playhead = frame

    def set_typed(self, text: str, negative: bool) -> None:
        """Make a draft with the typed query once typing pauses for TYPING_MS; a text that is too short drops it."""
        self._typed = (text, negative)
        if is_draftable(text):
            self._draft_timer.start()
        else:
            self.drop_draft()

    def forget_typed(self) -> None:
        """Forget the typed query, which is among the queries now; its draft stays until there is a take."""
        self._typed = ("", False)
        self._draft_timer.stop()

    def drop_draft(self) -> None:
        """Remove the draft and its lanes."""
        self._draft_timer.stop()
        self._model.amend(lambda workspace: replace(workspace, draft=None))

    def draft_now(self) -> None:
        """Make a draft of the current queries at once."""
        self._draft_timer.stop()
        self._make_draft()

    def separate(self) -> bool:
        """Add a take of every selected clip in full quality; returns False, with `failed`, where that is impossible."""
        self._draft_timer.stop()
        content = self._model.front
        if content is None:
            self._model.failed.emit(self.tr("Open an audio file or a session first."))
            return False
        workspace = self._model.workspace
        selected, (queries, _) = workspace.selected, split_by_role(workspace.queries)
        step = step_name(self.tr("Separate"), *(query.text for query in queries))
        return self._model.do(step, lambda w: with_takes(w, content, selected_parts(content, selected)))

    def add_take(self, take: Take) -> None:
        """Add a take with the queries of `take` and the next seed."""
        self._model.do(self.tr("Another take"), lambda workspace: with_another_take(workspace, take))

    def try_again(self, take: str) -> None:
        """Separate a failed or cancelled take once more, and show it under its clip."""
        self._model.set_result(take, retried(self._model.result(take)))
        other = self._model.workspace.take(take)
        if other is not None and not other.draft:
            self._model.amend(lambda workspace: with_current_take(workspace, other))
        self._catch_up()

    def set_render(self, settings: Mapping[str, RenderSettings], name: str = "") -> None:
        """Render some sounds, by text, with other settings; the shown takes are rendered again.

        name : of the setting that changes, for the list of undo steps.
        """
        step = step_name(name or self.tr("Render settings"), *settings)
        self._model.do(step, lambda workspace: with_render(workspace, settings), merge=f"render {step}")

    def write_finals(self, take: str) -> None:
        """Write the stems of a take to their final folder now instead of after REST_MS."""
        self._write_missing_finals(only=take)

    def close(self) -> None:
        """Stop the timers: no further job is submitted."""
        for timer in (self._draft_timer, self._soon, self._rest):
            timer.stop()
            timer.blockSignals(True)

    def hand_out(self, take: str) -> None:
        """Mark the final files of a take as used elsewhere, so that they are never overwritten."""
        self._model.set_result(take, replace(self._model.result(take), handed_out=True))

    # --- workspace to jobs ---

    def _make_draft(self) -> None:
        text, negative = self._typed
        content, workspace = self._model.front, self._model.workspace
        if content is None:
            return
        try:
            target = self._draft_target(workspace)
            take = draft_take(workspace, content, target, text, negative=negative, name=f"draft-{next(self._numbers)}")
        except FlowsepError as error:
            self.draft_refused.emit(message_of(error))
            return
        self._model.amend(lambda workspace: replace(workspace, draft=take))

    def _draft_target(self, workspace: Workspace) -> ClipPart:
        content = self._model.front
        assert content is not None
        return draft_part(selected_parts(content, workspace.selected)[0], self._playhead())

    def _workspace_changed(self, before: Workspace, after: Workspace) -> None:
        if before.queries != after.queries or before.takes != after.takes:
            self._rest.start()
        if not self._soon.isActive():
            self._soon.start()

    def _catch_up(self) -> None:
        for action in reconcile(self._model.workspace, self._model.results):
            if isinstance(action, Cancel):
                self._model.set_result(action.take, None)
                self._link.cancel(action.job)
            else:
                self._submit(action)

    def _write_missing_finals(self, only: str | None = None) -> None:
        for action in missing_finals(self._model.workspace, self._model.results):
            if only in (None, action.take.id):
                self._submit(action)
        if any(result.pending is not None for result in self._model.results.values()):
            self._rest.start()

    def _submit(self, action: Submit) -> None:
        take = action.take
        revision = _revision(action.settings)
        out = self._final_folder(take) if action.is_final else self._directory.stems(take.id, revision)
        pending = PendingJob(action.settings, action.is_final)
        self._model.set_result(take.id, replace(self._model.result(take.id), pending=pending, done=None))
        self._unanswered += 1
        self._link.submit(
            take.id, job_spec(take, out, action.settings, overwrite=action.overwrite or not action.is_final)
        )

    def _final_folder(self, take: Take) -> Path:
        """Return the folder for final stems, and tell once where it is another one than usual."""
        content = self._model.content(take.document)
        usual = usual_folder(self._model.workspace, content, take)
        folder = usual
        if self._model.workspace.out is None:
            folder = writable_folder(usual, panel_settings().folder, can_write)
        if folder != usual and usual not in self._read_only:
            self._read_only.add(usual)
            text = self.tr("Nothing can be written in {0}; stems are written in {1}.")
            self.folder_replaced.emit(text.format(usual.parent, folder))
        return folder

    # --- jobs to results ---

    def _submitted(self, take: object, job: Job) -> None:
        if not isinstance(take, str):  # the ticket of another part of the panel
            return
        job = self._count_answer().get(job.id, job)
        result = self._model.result(take)
        if result.pending is None:  # the take was removed before the worker answered
            self._link.cancel(job.id)
            return
        self._model.set_result(take, replace(result, pending=replace(result.pending, job=job.id), job=job.id))
        if self._model.workspace.take(take) is None or job.has_ended:
            self._job_changed(job)
            self._soon.start()

    def _count_answer(self) -> dict[str, Job]:
        """Count an answer to `submit`; returns jobs that ended before their answer, as the link's two threads race."""
        self._unanswered = max(0, self._unanswered - 1)
        early = self._early
        if not self._unanswered:
            self._early = {}
        return early

    def _refused(self, take: object, error: JobError) -> None:
        if not isinstance(take, str):
            return
        self._count_answer()
        self._model.set_result(take, failed(self._model.result(take), message_of(error)))

    def _job_changed(self, job: Job) -> None:
        take = take_of_job(self._model.results, job.id)
        if take is None:
            if self._unanswered and job.has_ended:
                self._early[job.id] = job
            elif job.has_ended:
                self._forget_own(job)
            self._resume_retried(job)
            return
        result = self._model.result(take)
        if job.state == "done" and job.result is not None:
            self._model.set_result(take, finished(result, job.result))
            self._directory.tidy(take, job.spec.files.out)
            for path in superseded_files(self._model.results, take, result):
                with contextlib.suppress(OSError):  # another program has it open, or removed it
                    path.unlink()
        elif job.state == "failed":
            message = message_of(job.error) if job.error is not None else self.tr("the worker gave no reason")
            self._model.set_result(take, failed(result, message))
        elif job.state == "cancelled":
            self._cancelled(take, result)
        if job.has_ended:
            self._forget_own(job)
            self._soon.start()
            self._rest.start()

    def _cancelled(self, take: str, result: TakeResult) -> None:
        if self._model.workspace.take(take) is None:
            self._model.set_result(take, None)
        else:
            self._model.set_result(take, with_cancelled(result))
            if result.files is None:
                usable = {name for name, other in self._model.results.items() if other.files is not None}
                self._model.amend(lambda workspace: with_take_before(workspace, take, usable))

    def _resume_retried(self, job: Job) -> None:
        """Make a job pending again that had failed and was retried in the list of jobs."""
        if job.has_ended:
            return
        for take, result in self._model.results.items():
            if result.job == job.id and result.pending is None and result.refused is not None:
                pending = PendingJob(result.refused, not self._is_own(job), job.id)
                self._model.set_result(take, replace(retried(result), pending=pending))
                return

    def _jobs_listed(self, jobs: list[Job]) -> None:
        """After (re)connecting, take over jobs that ended meanwhile and submit those again that the worker lacks."""
        jobs_by_id = {job.id: job for job in jobs}
        for take, result in list(self._model.results.items()):
            if result.pending is None or result.pending.job is None:
                continue
            if result.pending.job in jobs_by_id:
                self._job_changed(jobs_by_id[result.pending.job])
            else:
                self._model.set_result(take, replace(result, pending=None, done=None))
        for job in jobs:
            if job.has_ended and not job.spec.files.out.exists():
                self._forget_own(job)  # left by a panel that was killed
        self._catch_up()

    def _progressed(self, job: str, done: float | None, eta: float | None) -> None:
        take = take_of_job(self._model.results, job)
        if take is not None:
            self._model.set_result(take, progressed(self._model.result(take), done))

    def _presence_found(self, job: str, plain: Any) -> None:
        take = take_of_job(self._model.results, job)
        if take is not None:
            self._model.set_result(take, replace(self._model.result(take), presence=Presence.from_job(plain)))

    def _is_own(self, job: Job) -> bool:
        return job.spec.files.out.is_relative_to(self._directory.hidden)

    def _forget_own(self, job: Job) -> None:
        """Remove drafts and re-renders, which write into the panel's own folder, from the list of jobs."""
        if self._is_own(job):
            self._link.forget(job.id)


def _timer(parent: QObject, milliseconds: int, call: Callable[[], None]) -> QTimer:
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.setInterval(milliseconds)
    timer.timeout.connect(call)
    return timer


def _revision(settings: StemSettings) -> str:
    """Return a folder name for settings: equal settings share their stems."""
    return hashlib.sha256(repr(settings).encode()).hexdigest()[:12]
