"""From what is wanted to jobs, and from jobs to what is known: the loop that keeps both together.

workspace ─► studio.reconcile ─► link.submit ─► … ─► link.job_changed ─► studio.results ─► model.set_result ─► …
"""

import hashlib
import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from flowsep_ui.studio.document_content import STEM_FOLDER
from flowsep_ui.studio.panel_directory import PanelDirectory
from flowsep_ui.studio.reconcile import Cancel, Submit, missing_finals, reconcile
from flowsep_ui.studio.results import PendingJob, Presence, TakeResult, failed, finished, take_of_job
from flowsep_ui.studio.takes import (
    ClipPart,
    draft_part,
    draft_take,
    job_spec,
    selected_parts,
    with_another_take,
    with_takes,
)
from flowsep_ui.studio.workspace import Take, Workspace, with_render
from flowsep_ui.studio_model import StudioModel
from flowsep_ui.ways_out import message_of
from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from flowsep_plugin.errors import FlowsepError
from flowsep_plugin.jobs.job import Job, JobError
from flowsep_plugin.render_settings import RenderSettings

from .link import Link

TYPING_MS = 450
"""So long nothing must be typed before a draft is made."""

SLIDER_MS = 25
"""A dragged slider asks for a new render at most so often; the one before has to be there first."""

REST_MS = 900
"""So long nothing must change before finals are written again with new settings."""


class SeparationController(QObject):
    """Owns no thread and no array: it asks the link, and tells the model.

    draft_refused : why there is no draft of what is typed.
    """

    draft_refused = pyqtSignal(str)

    def __init__(
        self, model: StudioModel, link: Link, directory: PanelDirectory, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._model, self._link, self._directory = model, link, directory
        self._numbers = itertools.count(1)
        self._typed: tuple[str, bool] = ("", False)
        self._asked = 0
        self._early: dict[str, Job] = {}
        self._playhead: Callable[[], int | None] = lambda: None
        self._draft_timer = _timer(self, TYPING_MS, self._make_draft)
        self._soon = _timer(self, SLIDER_MS, self._catch_up)
        self._rest = _timer(self, REST_MS, self._settle)
        model.workspace_changed.connect(self._workspace_changed)
        link.submitted.connect(self._submitted)
        link.refused.connect(self._refused)
        link.job_changed.connect(self._job_changed)
        link.jobs_listed.connect(self._jobs_listed)
        link.progressed.connect(self._progressed)
        link.heard.connect(self._heard)

    def follow_playhead(self, frame: Callable[[], int | None]) -> None:
        """Where drafts of long clips are made: around this frame of the document."""
        self._playhead = frame

    def typed(self, text: str, negative: bool) -> None:
        """Something is being typed: a draft follows when it rests; no text takes the draft away."""
        self._typed = (text, negative)
        if text.strip():
            self._draft_timer.start()
        else:
            self.drop_draft()

    def drop_draft(self) -> None:
        """Take the draft away."""
        self._draft_timer.stop()
        self._model.amend(lambda workspace: replace(workspace, draft=None))

    def draft_now(self) -> None:
        """A draft of the sounds there are, without waiting."""
        self._draft_timer.stop()
        self._make_draft()

    def final(self) -> bool:
        """Separate what is selected, with the model's own steps; False, and told why, where that cannot be."""
        self._draft_timer.stop()
        content = self._model.front
        if content is None:
            self._model.failed.emit("Open an audio file or a session first.")
            return False
        selected = self._model.workspace.selected
        return self._model.do(self.tr("Separate"), lambda w: with_takes(w, content, selected_parts(content, selected)))

    def another(self, take: Take) -> None:
        """The same question with another seed."""
        self._model.do(self.tr("Another take"), lambda workspace: with_another_take(workspace, take))

    def try_again(self, take: str) -> None:
        """Ask once more for what failed."""
        self._model.set_result(take, replace(self._model.result(take), error=None))
        self._catch_up()

    def set_render(self, render: RenderSettings) -> None:
        """New settings; what is shown is rendered again with them."""
        self._model.do(self.tr("Render settings"), lambda workspace: with_render(workspace, render), merge="render")

    def keep(self, take: str) -> None:
        """Write a take where finals go now, not when it rests."""
        self._settle(only=take)

    def close(self) -> None:
        """Ask for nothing more."""
        for timer in (self._draft_timer, self._soon, self._rest):
            timer.stop()
            timer.blockSignals(True)

    def hand_out(self, take: str) -> None:
        """The kept files of a take go to others now: they are never written over."""
        self._model.set_result(take, replace(self._model.result(take), handed_out=True))

    # --- what is wanted ---

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
        if before.render != after.render or before.takes != after.takes:
            self._rest.start()
        if not self._soon.isActive():
            self._soon.start()

    def _catch_up(self) -> None:
        for order in reconcile(self._model.workspace, self._model.results):
            if isinstance(order, Cancel):
                self._model.set_result(order.take, None)
                self._link.cancel(order.job)
            else:
                self._submit(order)

    def _settle(self, only: str | None = None) -> None:
        for order in missing_finals(self._model.workspace, self._model.results):
            if only in (None, order.take.id):
                self._submit(order)
        if any(result.pending is not None for result in self._model.results.values()):
            self._rest.start()

    def _submit(self, order: Submit) -> None:
        take = order.take
        out = self._final_folder(take) if order.kept else self._directory.stems(take.id, _revision(order.render))
        self._model.set_result(
            take.id, replace(self._model.result(take.id), pending=PendingJob(order.render, order.kept), done=None)
        )
        self._asked += 1
        self._link.submit(take.id, job_spec(take, out, order.render, overwrite=order.overwrite or not order.kept))

    def _final_folder(self, take: Take) -> Path:
        if self._model.workspace.out is not None:
            return self._model.workspace.out
        document, content = self._model.workspace.document(take.document), self._model.content(take.document)
        if document is not None and document.kind == "session" and content is not None:
            return content.out.absolute()
        return take.input.absolute().parent / STEM_FOLDER

    # --- what is known ---

    def _submitted(self, take: str, job: Job) -> None:
        job = self._answered().get(job.id, job)
        result = self._model.result(take)
        if result.pending is None:  # taken back while it was asked for
            self._link.cancel(job.id)
            return
        self._model.set_result(take, replace(result, pending=replace(result.pending, job=job.id), job=job.id))
        if self._model.workspace.take(take) is None or job.has_ended:
            self._job_changed(job)
            self._soon.start()

    def _answered(self) -> dict[str, Job]:
        """Jobs that ended before their names came back: the two threads of the link do not wait for each other."""
        self._asked = max(0, self._asked - 1)
        early = self._early
        if not self._asked:
            self._early = {}
        return early

    def _refused(self, take: str, error: JobError) -> None:
        self._answered()
        self._model.set_result(take, failed(self._model.result(take), message_of(error)))

    def _job_changed(self, job: Job) -> None:
        take = take_of_job(self._model.results, job.id)
        if take is None:
            if self._asked and job.has_ended:
                self._early[job.id] = job
            elif job.has_ended:
                self._forget_own(job)
            self._revive(job)
            return
        result = self._model.result(take)
        if job.state == "done" and job.result is not None:
            self._model.set_result(take, finished(result, job.result))
            self._directory.tidy(take, job.spec.files.out)
        elif job.state == "failed":
            message = message_of(job.error) if job.error is not None else "no details are known"
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
            self._model.set_result(take, failed(result, "cancelled; “Try again” takes it up"))

    def _revive(self, job: Job) -> None:
        """A job that had ended is on its way again: somebody pressed “Retry”."""
        if job.has_ended:
            return
        for take, result in self._model.results.items():
            if result.job == job.id and result.pending is None and result.error is not None:
                render, kept = job.spec.request.render, not self._is_own(job)
                self._model.set_result(take, replace(result, pending=PendingJob(render, kept, job.id), error=None))
                return

    def _jobs_listed(self, jobs: list[Job]) -> None:
        """After (re)connecting: what ended meanwhile is taken in; what nobody knows any more is asked for anew."""
        known = {job.id: job for job in jobs}
        for take, result in list(self._model.results.items()):
            if result.pending is None or result.pending.job is None:
                continue
            if result.pending.job in known:
                self._job_changed(known[result.pending.job])
            else:
                self._model.set_result(take, replace(result, pending=None, done=None))
        for job in jobs:
            if job.has_ended and not job.spec.files.out.exists():
                self._forget_own(job)  # of a panel that was killed
        self._catch_up()

    def _progressed(self, job: str, stage: str, done: float | None, eta: float | None) -> None:
        take = take_of_job(self._model.results, job)
        if take is not None:
            self._model.set_result(take, replace(self._model.result(take), done=done, stage=stage))

    def _heard(self, job: str, plain: Any) -> None:
        take = take_of_job(self._model.results, job)
        if take is not None:
            self._model.set_result(take, replace(self._model.result(take), presence=Presence.from_job(plain)))

    def _is_own(self, job: Job) -> bool:
        return job.spec.files.out.is_relative_to(self._directory.hidden)

    def _forget_own(self, job: Job) -> None:
        """Drafts and re-renders are nothing for the list of jobs."""
        if self._is_own(job):
            self._link.forget(job.id)


def _timer(parent: QObject, milliseconds: int, call: Callable[[], None]) -> QTimer:
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.setInterval(milliseconds)
    timer.timeout.connect(call)
    return timer


def _revision(render: RenderSettings) -> str:
    """A folder's name for a setting; the same setting finds the same stems."""
    return hashlib.sha256(repr(render).encode()).hexdigest()[:12]
