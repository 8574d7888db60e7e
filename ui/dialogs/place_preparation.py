"""Files that a placement waits for: final stems, stems with handles, prints of effects; each is started here."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flowsep_ui.controllers.separation import SeparationController
from flowsep_ui.controllers.sessions.placement import PlacementController
from flowsep_ui.studio.document_content import DocumentContent
from flowsep_ui.studio.placement import placeable_takes
from flowsep_ui.studio.prints import LanePrint, find_print
from flowsep_ui.studio.reconcile import has_finals
from flowsep_ui.studio.sessions.placed_stems import (
    PlacementChoice,
    WideStems,
    handle_jobs,
    placed_stems,
    prints_of,
    wide_stems,
)
from flowsep_ui.studio_model import StudioModel
from flowsep_ui.tasks import TaskRunner
from flowsep_ui.ways_out import message_of
from PyQt6.QtCore import QObject, pyqtSignal

from flowsep_plugin.jobs.job import Job, JobError
from flowsep_plugin.jobs.spec import JobSpec


class PlacementPreparation(QObject):
    """Starts what a choice still needs. `advanced`: something was finished.     failed : why something was not.

    progressed : fraction 0..1 of the stems with handles.

    wide : stems with handles by take id, as far as they are done.     prints : dry file -> its print.
    """

    advanced = pyqtSignal()
    progressed = pyqtSignal(float)
    failed = pyqtSignal(object)

    def __init__(
        self,
        model: StudioModel,
        separation: SeparationController,
        placement: PlacementController,
        tasks: TaskRunner,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._model, self._separation, self._tasks = model, separation, tasks
        self._jobs, self._prints = placement.jobs, placement.prints
        self._is_closed = False
        self._fractions: dict[str, float] = {}
        self._specs: dict[str, JobSpec] = {}
        self._printing: tuple[LanePrint, ...] = ()
        self.wide: dict[str, WideStems] = {}
        self.prints: dict[Path, Path] = {}
        self._jobs.changed.connect(self._changed)
        self._jobs.refused.connect(self._refused)
        self._jobs.progressed.connect(self._advance)

    def waits_for(self, content: DocumentContent, choice: PlacementChoice) -> str:
        """Return what is being waited for, after starting it; "" where all is there.

        Raises UsageError where stems are not written yet, and nothing is under way.
        """
        workspace, results = self._model.workspace, self._model.results
        unwritten = [
            take
            for take in placeable_takes(workspace, results)
            if take.id in choice.takes and not has_finals(workspace, take, self._model.result(take.id))
        ]
        if unwritten:
            for take in unwritten:
                self._separation.write_finals(take.id)
            return self.tr("Writing the stems with the newest settings…")
        if count := self._start_handles(handle_jobs(workspace, content, results, choice)):
            return self.tr("Separating the handles of {0} clips…").format(count)
        placed = placed_stems(workspace, content, results, choice, self.wide)
        needed = tuple(prints_of(placed))
        if missing := self._prints.missing(needed):
            self._start_prints(missing)
            return self.tr("Printing the effects of {0} stems…").format(len(missing))
        cache = self._prints.cache
        self.prints = {one.source: wet for one in needed if (wet := find_print(one, cache)) is not None}
        return ""

    def close(self) -> None:
        """Cancel the jobs that have not ended."""
        self._is_closed = True
        self._jobs.changed.disconnect(self._changed)
        self._jobs.refused.disconnect(self._refused)
        self._jobs.progressed.disconnect(self._advance)
        for key in self._specs:
            self._jobs.cancel(key)
            self._jobs.forget(key)
        self._specs = {}

    def _start_handles(self, specs: Mapping[str, JobSpec]) -> int:
        """Submit the jobs that are not done with these settings; returns how many have not ended."""
        count = 0
        for take, spec in specs.items():
            wide = self.wide.get(take)
            if wide is not None and self._specs.get(take) == spec:
                continue
            count += 1
            if self._specs.get(take) != spec:
                self._jobs.cancel(take)
                self._jobs.forget(take)
                self.wide.pop(take, None)
                self._fractions.pop(take, None)
                self._specs[take] = spec
                self._jobs.submit(take, spec)
        return count

    def _start_prints(self, prints: tuple[LanePrint, ...]) -> None:
        if prints != self._printing:
            self._printing = prints
            self._prints.prepare(prints, self._printed, self._print_failed)

    def _printed(self) -> None:
        self._printing = ()
        if not self._is_closed:
            self.advanced.emit()

    def _print_failed(self, why: str) -> None:
        self._printing = ()
        if not self._is_closed:
            self.failed.emit(why)

    def _changed(self, take: str, job: Job) -> None:
        spec = self._specs.get(take)
        if spec is None or not job.has_ended or take in self.wide:
            return
        if job.state == "done" and job.result is not None:
            self._finish(take, spec, job.result)
        elif job.state == "failed" and job.error is not None:
            self._refused(take, job.error)
        else:
            self._specs.pop(take)
            self.failed.emit(self.tr("The handles were cancelled; choose them again to separate them."))

    def _advance(self, take: str, done: float | None, eta: float | None) -> None:
        if take in self._specs and done is not None:
            self._fractions[take] = max(done, self._fractions.get(take, 0.0))
            parts = [1.0 if one in self.wide else self._fractions.get(one, 0.0) for one in self._specs]
            self.progressed.emit(sum(parts) / len(parts))

    def _finish(self, take: str, spec: JobSpec, plain: Mapping[str, Any]) -> None:
        source = self._model.workspace.take(take)
        if source is not None and spec.files.span is not None:
            self.wide[take] = wide_stems(self._model.workspace, source, spec.files.span, plain)
            self.advanced.emit()

    def _refused(self, take: str, error: JobError) -> None:
        if self._specs.pop(take, None) is not None:
            self.failed.emit(message_of(error))
