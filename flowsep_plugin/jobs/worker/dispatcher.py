"""Takes jobs off the queue, one at a time, and sees each to its end.

    claim ─► engine process ─► plan ─► intend ─► rename ─► finish
               │ gone: crash is counted, again or parked
               │ device failed: on the CPU, where the job allows
               └ cancelled: nothing is left

What a job wrote is published on a second thread, while the engine has the next one.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any, TypeVar

from flowsep_plugin.errors import FlowsepError, MediaError
from flowsep_plugin.jobs.job import Job, JobError
from flowsep_plugin.jobs.log_privacy import Public
from flowsep_plugin.jobs.store.publish import carry_out, plan, staging_folder, sweep
from flowsep_plugin.jobs.store.queue import JobQueue
from flowsep_plugin.settings import WorkerSettings

from .engine_handle import EngineGoneError, EngineHandle
from .events import Events

log = logging.getLogger(__name__)

_T = TypeVar("_T")
_AGAIN_SECONDS = 1.0


class Dispatcher:
    """The worker's one thread that runs jobs."""

    def __init__(self, queue: JobQueue, engine: EngineHandle, events: Events, settings: WorkerSettings) -> None:
        self._queue, self._engine, self._events, self._settings = queue, engine, events, settings
        self._leaving = threading.Event()
        self._thread = threading.Thread(target=self._work, name="dispatcher", daemon=True)
        self._publisher = ThreadPoolExecutor(1, thread_name_prefix="publisher")
        self._publishing: Future[None] | None = None
        self._current: str | None = None
        self.trouble: str | None = None
        """What keeps the queue from going on, in words; None where nothing does."""
        self.progress: Mapping[str, Any] = {}
        """The running job's latest progress."""
        self.busy_until = time.monotonic()

    def start(self) -> None:
        """Settle what the last worker left, then work until `stop`."""
        for job, moves in self._queue.recover():
            log.info("job %s: finishing what was begun", Public(job.id))
            self._end_of(job, moves, dict(job.result or {}))
        for job in self._queue.jobs(["queued", "failed", "cancelled"]):
            if job.interruptions or job.crashes:
                sweep(job.spec, job.id)
        self._thread.start()

    def stop(self) -> None:
        """End now; the running job is queued again by the next worker."""
        self._leaving.set()
        self._queue.turn.set()
        self._engine.stop()
        self._thread.join(30)
        self._publisher.shutdown()

    @property
    def current(self) -> str | None:
        """Id of the running job."""
        return self._current

    def cancel(self, name: str) -> Job:
        """Cancel through the queue, and tell the engine where it is at it."""
        job = self._queue.cancel(name)
        if job.state == "running" and job.id == self._current:
            self._engine.cancel(job.id)
        return job

    def settle_waiting(self) -> None:
        """Have the engine wait or go on, after a job or the queue was paused or resumed."""
        name = self._current
        if name is not None:
            self._engine.wait(self._queue.paused or self._queue.get(name).paused)

    def _work(self) -> None:
        while not self._leaving.is_set():
            self._queue.turn.clear()
            if self._leaving.is_set():  # set just before the line above
                return
            try:
                job = self._surely(self._queue.claim)
                if job is None:
                    self._idle()
                    continue
                self._current = job.id
                self._run(job)
            except _Leaving:
                return
            except Exception as error:
                self._bug(self._current, error)
            finally:
                self._current, self.progress = None, {}
                self.busy_until = time.monotonic()

    def _bug(self, name: str | None, error: Exception) -> None:
        """What nobody foresaw must not stop the queue."""
        log.error("job %s", None if name is None else Public(name), exc_info=error)
        if name is not None:
            failed = JobError.of(error)
            self._surely(lambda: self._queue.fail(name, failed))

    def _idle(self) -> None:
        if not self._queue.turn.wait(self._settings.idle_seconds) and self._engine.pid is not None:
            log.info("nothing to do for %g s: the engine is let go", self._settings.idle_seconds)
            self._engine.stop()
            self._events.tell("engine", {"is": "let go"})

    def _run(self, job: Job, device: str | None = None, fell_back: str | None = None) -> None:
        clip, model = self._queue.content(job.id)
        spec = job.spec if device is None else replace(job.spec, device=device)
        order = {"id": job.id, "spec": spec.as_json(), "key": spec.estimate_key(clip, model), "model": model,
                 "device": spec.device}  # fmt: skip
        log.info("job %s: %s, %s", Public(job.id), spec.input.name, ", ".join(spec.request.queries))
        try:
            ending = self._engine.run(order, self._hear, lambda: self._catch_up(job.id))
        except EngineGoneError as error:
            if self._leaving.is_set():
                raise _Leaving from error
            self.progress = {}
            sweep(spec, job.id)
            how = str(error)
            log.error("job %s: %s", Public(job.id), how)
            self._surely(lambda: self._queue.crashed(job.id, how))
            return
        if ending["is"] == "cancelled":
            sweep(spec, job.id)
            self._surely(lambda: self._queue.drop(job.id))
        elif ending["is"] == "failed":
            if ending["is_device"] and spec.cpu_fallback and spec.device != "cpu" and fell_back is None:
                said = ending["error"]["message"]
                log.warning("job %s: %s; once more on the CPU, as the job allows", Public(job.id), said)
                self._run(job, "cpu", f"{spec.device}: {said}")
                return
            failed = JobError(**ending["error"])
            log.error("job %s: %s: %s", Public(job.id), Public(failed.kind), failed.message)
            self._surely(lambda: self._queue.fail(job.id, failed))
        else:
            if self._publishing is not None:
                self._publishing.result()  # one waits at most
            result = {**ending["result"], "fell_back": fell_back}
            self._publishing = self._publisher.submit(self._publish_or_fail, job, result)

    def _publish_or_fail(self, job: Job, result: dict[str, Any]) -> None:
        try:
            self._publish(job, result)
        except _Leaving:
            raise
        except Exception as error:
            self._bug(job.id, error)

    def _publish(self, job: Job, result: dict[str, Any]) -> None:
        if self._queue.is_unwanted(job.id):
            sweep(job.spec, job.id)
            self._surely(lambda: self._queue.drop(job.id))
            return
        try:
            made, moves = plan(job.spec, staging_folder(job.spec, job.id), result)
        except (FlowsepError, OSError) as error:
            failed = JobError.of(error)
            sweep(job.spec, job.id)
            self._surely(lambda: self._queue.fail(job.id, failed))
            return
        self._surely(lambda: self._queue.intend(job.id, made, moves))
        self._end_of(job, moves, made)

    def _end_of(self, job: Job, moves: Any, made: dict[str, Any]) -> None:
        try:
            carry_out(moves)
        except MediaError as error:
            failed = JobError.of(error)
            self._surely(lambda: self._queue.fail(job.id, failed))
            return
        sweep(job.spec, job.id)
        self._surely(lambda: self._queue.finish(job.id, made))

    def _hear(self, message: Mapping[str, Any]) -> None:
        kind = message["is"]
        if kind == "progress":
            self.progress = message
        self._events.tell(kind if kind in ("progress", "heard") else "engine", message)

    def _catch_up(self, name: str) -> None:
        """What was asked for between claiming and the engine's listening."""
        if self._queue.is_unwanted(name):
            self._engine.cancel(name)
        self.settle_waiting()

    def _surely(self, change: Callable[[], _T]) -> _T:
        """Make a change of the queue, trying until the disk takes it: what happened must not be forgotten."""
        while True:
            try:
                made = change()
            except MediaError as error:
                if self.trouble is None:
                    log.error("%s; trying again every %g s", Public(error), _AGAIN_SECONDS)
                self.trouble = str(error)
                if self._leaving.wait(_AGAIN_SECONDS):
                    raise _Leaving from error
            else:
                self.trouble = None
                return made


class _Leaving(Exception):
    """The worker ends."""
