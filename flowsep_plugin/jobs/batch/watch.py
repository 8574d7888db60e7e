"""Watches a folder: every audio file that has stopped growing is submitted to the background worker.

Jobs are known by content: after a restart none is repeated, and files that came in between are found.
"""

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import watchfiles
from watchfiles._rust_notify import WatchfilesRustInternalError

from flowsep_plugin.errors import FlowsepError, MediaError, UsageError
from flowsep_plugin.jobs.client.worker_client import WorkerClient
from flowsep_plugin.jobs.job import Job, JobError
from flowsep_plugin.jobs.spec import JobSpec
from flowsep_plugin.media import probe
from flowsep_plugin.media.atomic import move_whole

from .manifest import audio_files, spec_for

log = logging.getLogger(__name__)

_LOOK_MS = 250
_MOST_ASKED = 50
_MOST_FAILURES = 20
"""Failures in a row of the system's notifications, after which the folder cannot be watched."""


@dataclass(frozen=True, slots=True)
class WatchEvent:
    """A file was "taken" to the worker, or its job ended: "done", "failed" or "cancelled"."""

    path: Path
    what: Literal["taken", "done", "failed", "cancelled"]
    job: Job | None = None
    error: JobError | None = None


@dataclass(frozen=True, slots=True)
class WatchRules:
    """Rules for watching a folder.

    settle_seconds : a file is complete once it has not changed for this long.
    move_to : folder for inputs whose job is done; None leaves them.
    poll : list the folder regularly instead of waiting for notifications, for network disks.
    """

    settle_seconds: float = 2.0
    move_to: Path | None = None
    poll: bool = False


class FolderWatch:
    """Submits each audio file in `folder` with the settings of `template`, whose output folder mirrors the tree.

    on_event : called with every `WatchEvent`.     ensure : returns a client of a running worker.
    Raises UsageError where the folder does not exist or is the output folder.
    """

    def __init__(
        self, folder: Path, template: JobSpec, rules: WatchRules, on_event: Callable[[WatchEvent], None],
        ensure: Callable[[], WorkerClient] = WorkerClient.ensure,
    ) -> None:  # fmt: skip
        self._folder, self._template, self._rules, self._on_event, self._ensure = (
            folder.expanduser().resolve(), template, rules, on_event, ensure,
        )  # fmt: skip
        self._out = template.files.out.expanduser().resolve()
        if not self._folder.is_dir():
            raise UsageError(f"the folder {folder} does not exist; create it first")
        if self._out == self._folder:
            raise UsageError(
                f"stems in {folder} would be separated as new files; choose another folder for them", setting="out"
            )
        self._growing: dict[Path, tuple[tuple[int, int], float]] = {}
        self._submitted: dict[Path, tuple[int, int]] = {}
        self._running: dict[str, Path] = {}

    def run(self, stop: threading.Event) -> None:
        """Watch until `stop` is set; errors of the worker are logged and tried again."""
        self._find_growing()
        for has_changed in self._looks(stop):
            if has_changed:
                self._find_growing()
            self._take_settled()
            self._settle_ended()

    def _looks(self, stop: threading.Event) -> Iterator[bool]:
        """Yield several times a second whether the folder may have changed, until `stop` is set."""
        failures = 0
        while not stop.is_set():
            has_changed = True  # before the notifications began
            try:
                for changes in watchfiles.watch(
                    self._folder, stop_event=stop, rust_timeout=_LOOK_MS, yield_on_timeout=True, step=50, debounce=200,
                    force_polling=self._rules.poll, raise_interrupt=False,
                ):  # fmt: skip
                    failures = 0
                    yield has_changed or bool(changes)
                    has_changed = False
            except WatchfilesRustInternalError:  # a file whose name is not UTF-8 ends watchfiles 1.3
                failures += 1
                if failures > _MOST_FAILURES:
                    raise

    def _find_growing(self) -> None:
        now_s = time.monotonic()
        for path in self._files():
            shape = _shape(path)
            if shape is None or self._submitted.get(path) == shape or path in self._growing:
                continue
            self._growing[path] = (shape, now_s)

    def _files(self) -> Iterator[Path]:
        moved = self._rules.move_to and self._rules.move_to.expanduser().resolve()
        for path in audio_files(self._folder, self._out):
            if moved is None or not path.is_relative_to(moved):
                yield path

    def _take_settled(self) -> None:
        """Submit the files that have stopped growing."""
        now_s = time.monotonic()
        for path, (shape, since) in list(self._growing.items()):
            current = _shape(path)
            if current is None:
                del self._growing[path]
            elif current != shape:
                self._growing[path] = (current, now_s)
            elif now_s - since >= self._rules.settle_seconds:
                if self._take(path):
                    del self._growing[path]
                    self._submitted[path] = current
                else:
                    self._growing[path] = (current, now_s)

    def _take(self, path: Path) -> bool:
        """Submit a file; returns False where no worker takes it, so that it is tried again."""
        try:
            probe(path)
            out = self._out / path.relative_to(self._folder).parent
            job = self._ensure().submit(spec_for(self._template, path, out))
        except MediaError as error:
            self._on_event(WatchEvent(path, "failed", error=JobError.of(error)))
            return True
        except FlowsepError as error:
            log.warning("%s: %s; trying again", path, error)
            return False
        self._running[job.id] = path
        if not job.has_ended:
            self._on_event(WatchEvent(path, "taken", job))
        return True

    def _settle_ended(self) -> None:
        """Report the jobs that have ended, and move the inputs of those that are done to `move_to`."""
        if not self._running:
            return
        try:
            client = self._ensure()
            first = list(self._running)[:_MOST_ASKED]  # the queue is in order: the next to end are among them
            ended = [job for name in first if (job := client.job(name)).has_ended]
        except FlowsepError as error:
            log.warning("%s", error)
            return
        for job in ended:
            path = self._running.pop(job.id)
            if job.state == "done":
                self._move(path)
            self._on_event(WatchEvent(path, job.state, job, job.error))  # type: ignore[arg-type]

    def _move(self, path: Path) -> None:
        if self._rules.move_to is None:
            return
        target = self._rules.move_to.expanduser() / path.relative_to(self._folder)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            number = 2
            while target.exists():
                target = target.with_name(f"{path.stem} ({number}){path.suffix}")
                number += 1
            move_whole(path, target)
        except OSError as error:
            log.warning("%s cannot be moved to %s (%s)", path, target.parent, error)


def _shape(path: Path) -> tuple[int, int] | None:
    with contextlib.suppress(OSError):
        status = path.stat()
        return status.st_size, status.st_mtime_ns
    return None
