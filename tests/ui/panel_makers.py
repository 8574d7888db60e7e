"""A panel without worker, threads or sound card: a link that answers when a test says so, and windows made with it."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from flowsep_ui.audition import Player
from flowsep_ui.controllers.link import Link
from flowsep_ui.studio.panel_directory import PanelDirectory, PanelFolders
from flowsep_ui.tasks import InlineTasks
from PyQt6.QtCore import QSettings

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.audition import SilentOutput
from flowsep_plugin.jobs.job import Job, JobError
from flowsep_plugin.jobs.spec import JobSpec
from flowsep_plugin.media import read_clip, write_clip

RATE = 8_000


def sound(path: Path, seconds: float = 2.0, rate: int = RATE, seed: int = 0) -> Path:
    """A short noise file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(seed).uniform(-0.5, 0.5, (2, round(seconds * rate))).astype(np.float32)
    write_clip(path, AudioClip(noise, rate))
    return path


class FakeLink(Link):
    """Keeps every order; `take`, `progress`, `finish` and `fail` are what a worker would do next."""

    def __init__(self) -> None:
        super().__init__()
        self.submissions: list[tuple[object, JobSpec]] = []
        self.cancelled: list[str] = []
        self.retried: list[str] = []
        self.moved: list[tuple[str, str | None]] = []
        self.forgotten: list[str] = []
        self.paused: list[bool] = []
        self.closed = False
        self.found = True
        self.automatic = False
        self.jobs: dict[str, Job] = {}
        self._numbers = itertools.count(1)

    def submit(self, ticket: object, spec: JobSpec) -> None:
        self.submissions.append((ticket, spec))
        if self.automatic:
            self.finish(self.take(len(self.submissions) - 1))

    def take(self, place: int = -1) -> Job:
        """Take an order into the queue."""
        ticket, spec = self.submissions[place]
        number = next(self._numbers)
        job = Job(f"j{number}", "queued", spec, number, created=float(number))
        self.jobs[job.id] = job
        self.submitted.emit(ticket, job)
        return job

    def run(self, job: Job, done: float = 0.5) -> Job:
        """Begin with it, and be so far."""
        self._now(replace(job, state="running"))
        self.progressed.emit(job.id, done, 3.0)
        return self.jobs[job.id]

    def finish(self, job: Job, *, found: bool | None = None) -> Job:
        """Write its files: stems share the clip, the rest has those that are left out."""
        spec, queries = job.spec, job.spec.request.queries
        clip = read_clip(spec.input, spec.files.span)
        out = spec.files.out
        out.mkdir(parents=True, exist_ok=True)
        is_there = self.found if found is None else found
        stems = [
            out / f"{spec.input.stem} [{query}].wav" if is_there or spec.files.keeps(query) else None
            for query in queries
        ]
        residual = out / f"{spec.input.stem} [rest].wav"
        for stem in filter(None, stems):
            write_clip(stem, AudioClip(clip.samples / len(stems), clip.rate))
        write_clip(residual, AudioClip(clip.samples * (stems.count(None) / len(stems)), clip.rate))
        first = 0.0 if spec.files.span is None else spec.files.span.start / spec.files.span.rate
        present = [[first, first + clip.frames / clip.rate / 2, 0.9]] if is_there else []
        presence = {
            "queries": list(queries), "found": [is_there] * len(queries), "unsure": [False] * len(queries),
            "share_db": [-6.0] * len(queries),
            "first_seconds": first, "step_seconds": 0.01,
            "values": [[0.9 if is_there else 0.1] * max(1, clip.frames * 100 // clip.rate)] * len(queries),
        }  # fmt: skip
        self.presence_found.emit(job.id, presence)
        result: dict[str, Any] = {
            "stems": [stem and str(stem) for stem in stems], "rest": str(residual), "receipt": None,
            "presence": presence,
            "record": {"stems": [{"present": present} for _ in queries], "null_db": -200.0}, "seconds": 0.5,
            "files": [path.name for path in (*stems, residual) if path is not None], "provider": "CPU",
            "found": is_there,
        }  # fmt: skip
        done = replace(job, state="done", result=result, finished=job.created + 0.5)
        self._now(done)  # a draft is forgotten at once
        return done

    def fail(self, job: Job, message: str, *, parked: bool = False) -> None:
        self._now(replace(job, state="failed", error=JobError("EngineError", message, 5, parked), finished=1.0))

    def tell(self, job: Job, **values: Any) -> Job:
        """Change a job and say so."""
        self._now(replace(job, **values))
        return self.jobs[job.id]

    def _now(self, job: Job) -> None:
        self.jobs[job.id] = job
        self.job_changed.emit(job)

    def cancel(self, job: str) -> None:
        self.cancelled.append(job)
        self._now(replace(self.jobs[job], state="cancelled", finished=1.0))

    def retry(self, job: str) -> None:
        self.retried.append(job)
        self._now(replace(self.jobs[job], state="queued", error=None, finished=None))

    def move(self, job: str, before: str | None) -> None:
        self.moved.append((job, before))

    def hold(self, job: str, on: bool) -> None:
        self._now(replace(self.jobs[job], paused=on))

    def pause(self, paused: bool) -> None:
        self.paused.append(paused)
        self.queue_paused.emit(paused)

    def forget(self, job: str) -> None:
        self.forgotten.append(job)
        self.jobs.pop(job, None)
        self.job_forgotten.emit(job)

    def wake(self) -> None:
        pass

    def close(self) -> None:
        self.closed = True


def silent_player() -> Player:
    """A player without a device."""
    return Player(open_device=lambda rate, name: SilentOutput(rate))


def window(folder: Path, link: Link | None = None, directory: PanelDirectory | None = None, panels: Any = None) -> Any:
    """A whole window on a link of its own; `leave` ends it."""
    from flowsep_ui.panel_table import PANELS
    from flowsep_ui.window import MainWindow, WindowParts

    directory = directory or PanelDirectory(PanelFolders(folder / "panel", folder / "cache"))
    settings = QSettings(str(folder / "panel.ini"), QSettings.Format.IniFormat)
    parts = WindowParts(directory, link or FakeLink(), InlineTasks(), silent_player(), settings)
    return MainWindow(parts, panels=PANELS if panels is None else panels)


def until(qtbot: Any, holds: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait in the event loop."""
    qtbot.waitUntil(holds, timeout=int(1000 * seconds))
