"""A folder that is emptied as it fills: files are taken once they have stopped growing, by the background worker.

What was done is known by content: after a restart nothing is done again, and what came meanwhile is not missed.
"""

import contextlib
import logging
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import watchfiles

from flowsep_plugin.errors import FlowsepError, MediaError, UsageError
from flowsep_plugin.jobs.client.worker_client import WorkerClient
from flowsep_plugin.jobs.job import Job, JobError
from flowsep_plugin.jobs.spec import JobSpec
from flowsep_plugin.media import probe

from .manifest import audio_files, spec_for

log = logging.getLogger(__name__)

_LOOK_MS = 250
_LOOKED_AT = 50


@dataclass(frozen=True, slots=True)
class WatchEvent:
    """What became of a file: "taken" to the worker, or how its job ended."""

    path: Path
    what: Literal["taken", "done", "failed", "cancelled"]
    job: Job | None = None
    error: JobError | None = None


@dataclass(frozen=True, slots=True)
class WatchRules:
    """How a folder is watched.

    settle_seconds : a file that has not changed for so long is finished.     move_to : where inputs go once they are
    done; None leaves them.     poll : look instead of being told, for network disks.
    """

    settle_seconds: float = 2.0
    move_to: Path | None = None
    poll: bool = False


class FolderWatch:
    """Watches `folder` and asks for each file as `like` does, mirroring the tree under `like`'s out."""

    def __init__(
        self, folder: Path, like: JobSpec, rules: WatchRules, tell: Callable[[WatchEvent], None],
        ensure: Callable[[], WorkerClient] = WorkerClient.ensure,
    ) -> None:  # fmt: skip
        self._folder, self._like, self._rules, self._tell, self._ensure = (
            folder.expanduser().resolve(), like, rules, tell, ensure,
        )  # fmt: skip
        self._out = like.files.out.expanduser().resolve()
        if not self._folder.is_dir():
            raise UsageError(f"{folder}: no such folder; make it first")
        if self._out == self._folder:
            raise UsageError(
                f"stems in {folder} would be separated as new files; choose another folder for them", setting="out"
            )
        self._growing: dict[Path, tuple[tuple[int, int], float]] = {}
        self._seen: dict[Path, tuple[int, int]] = {}
        self._running: dict[str, Path] = {}

    def run(self, stop: threading.Event) -> None:
        """Watch until `stop` is set."""
        self._look()
        told = watchfiles.watch(
            self._folder, stop_event=stop, rust_timeout=_LOOK_MS, yield_on_timeout=True, step=50, debounce=200,
            force_polling=self._rules.poll, raise_interrupt=False,
        )  # fmt: skip
        for changes in told:
            if changes:
                self._look()
            self._take_settled()
            self._settle_ended()

    def _look(self) -> None:
        now = time.monotonic()
        for path in self._files():
            shape = _shape(path)
            if shape is None or self._seen.get(path) == shape or path in self._growing:
                continue
            self._growing[path] = (shape, now)

    def _files(self) -> Iterator[Path]:
        moved = self._rules.move_to and self._rules.move_to.expanduser().resolve()
        for path in audio_files(self._folder, self._out):
            if moved is None or not path.is_relative_to(moved):
                yield path

    def _take_settled(self) -> None:
        """Ask for what has stopped growing."""
        now = time.monotonic()
        for path, (shape, since) in list(self._growing.items()):
            found = _shape(path)
            if found is None:
                del self._growing[path]
            elif found != shape:
                self._growing[path] = (found, now)
            elif now - since >= self._rules.settle_seconds:
                if self._take(path):
                    del self._growing[path]
                    self._seen[path] = found
                else:
                    self._growing[path] = (found, now)

    def _take(self, path: Path) -> bool:
        """Whether the file was dealt with; one that no worker takes is tried again."""
        try:
            probe(path)
            out = self._out / path.relative_to(self._folder).parent
            job = self._ensure().submit(spec_for(self._like, path, out))
        except MediaError as error:
            self._tell(WatchEvent(path, "failed", error=JobError.of(error)))
            return True
        except FlowsepError as error:
            log.warning("%s: %s; trying again", path, error)
            return False
        self._running[job.id] = path
        if not job.has_ended:
            self._tell(WatchEvent(path, "taken", job))
        return True

    def _settle_ended(self) -> None:
        """Tell of what has ended, and move its input where that is asked for."""
        if not self._running:
            return
        try:
            client = self._ensure()
            first = list(self._running)[:_LOOKED_AT]  # the queue is in order: what ends next is among them
            ended = [job for name in first if (job := client.job(name)).has_ended]
        except FlowsepError as error:
            log.warning("%s", error)
            return
        for job in ended:
            path = self._running.pop(job.id)
            if job.state == "done":
                self._move(path)
            self._tell(WatchEvent(path, job.state, job, job.error))  # type: ignore[arg-type]

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
            shutil.move(path, target)
        except OSError as error:
            log.warning("%s cannot be moved to %s (%s)", path, target.parent, error)


def _shape(path: Path) -> tuple[int, int] | None:
    with contextlib.suppress(OSError):
        found = path.stat()
        return found.st_size, found.st_mtime_ns
    return None
