"""Takes jobs from the queue, one at a time, and runs each to its end.

    claim ─► engine process ─► plan ─► intend ─► rename ─► finish
               │ process ended: the crash is counted, the job queued again or parked
               │ device failed: once more on the CPU, where the job allows it
               └ cancelled: the staging folder is deleted

Files are published on a second thread, while the engine process runs the next job.
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
    """Runs the jobs of the queue on one thread, in the engine process."""

    def __init__(self, queue: JobQueue, engine: EngineHandle, events: Events, settings: WorkerSettings) -> None:
        self._queue, self._engine, self._events, self._settings = queue, engine, events, settings
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="dispatcher", daemon=True)
        self._publisher = ThreadPoolExecutor(1, thread_name_prefix="publisher")
        self._publishing: Future[None] | None = None
        self._current: str | None = None
        self.trouble: str | None = None
        """Why the queue cannot go on, as a sentence; None where it can."""
        self.progress: Mapping[str, Any] = {}
        """Latest progress message of the running job; empty where none runs."""
        self.busy_until = time.monotonic()

    def start(self) -> None:
        """Settle the jobs that the last worker left running, then run jobs, on a thread, until `stop`."""
        self._thread.start()

    def stop(self) -> None:
        """Stop now; the next worker queues the running job again."""
        self._stopping.set()
        self._queue.turn.set()
        self._engine.stop()
        self._thread.join(30)
        self._publisher.shutdown()

    @property
    def current(self) -> str | None:
        """Id of the running job; None where none runs."""
        return self._current

    def cancel(self, name: str) -> Job:
        """Cancel a job in the queue, and in the engine process where it runs. Raises NotFound."""
        job = self._queue.cancel(name)
        if job.state == "running" and job.id == self._current:
            self._engine.cancel(job.id)
        return job

    def settle_waiting(self) -> None:
        """Make the engine process wait or go on, after a job or the queue was paused or resumed."""
        name = self._current
        if name is not None:
            self._engine.wait(self._queue.paused or self._queue.get(name).paused)

    def _settle_last(self) -> None:
        """Finish, queue again or park the jobs that the last worker left running."""
        for job, moves in self._insist(lambda: self._queue.recover(lambda old: sweep(old.spec, old.id))):
            log.info("job %s: finishing the renames of the last worker", Public(job.id))
            try:
                self._finish(job, moves, dict(job.result or {}))
            except _StoppingError:
                raise
            except Exception as error:
                self._fail_unforeseen(job.id, error)

    def _work(self) -> None:
        try:
            self._settle_last()
        except _StoppingError:
            return
        except Exception as error:
            self._fail_unforeseen(None, error)
        while not self._stopping.is_set():
            self._queue.turn.clear()
            if self._stopping.is_set():  # set just before the line above
                return
            try:
                job = self._insist(self._queue.claim)
                if job is None:
                    self._idle()
                    continue
                self._current = job.id
                self._run(job)
            except _StoppingError:
                return
            except Exception as error:
                self._fail_unforeseen(self._current, error)
                self._engine.stop()  # it may still compute, or answer, for that job
                self._stopping.wait(0 if self._current else _AGAIN_SECONDS)
            finally:
                self._current, self.progress = None, {}
                self.busy_until = time.monotonic()

    def _fail_unforeseen(self, name: str | None, error: Exception) -> None:
        """Fail the job under which an unforeseen error occurred; the queue goes on, whatever this raises.

        A job that cannot be failed stays running until the next worker settles it.
        """
        log.error("job %s", None if name is None else Public(name), exc_info=error)
        if name is not None:
            failed = JobError.of(error)
            try:
                self._insist(lambda: self._queue.fail(name, failed))
            except _StoppingError:
                log.warning("job %s: the worker ends before it could be failed", Public(name))
            except Exception:
                log.exception("job %s cannot be failed", Public(name))

    def _idle(self) -> None:
        if not self._queue.turn.wait(self._settings.idle_seconds) and self._engine.pid is not None:
            log.info("no job for %g s: the engine process is stopped", self._settings.idle_seconds)
            self._engine.stop()
            self._events.publish("engine", {"is": "let go"})

    def _run(self, job: Job, device: str | None = None, fell_back: str | None = None) -> None:
        clip, model = self._queue.digests(job.id)
        spec = job.spec if device is None else replace(job.spec, device=device)
        command = {"id": job.id, "spec": spec.as_json(), "key": spec.estimate_key(clip, model), "model": model,
                 "device": spec.device}  # fmt: skip
        log.info("job %s: %s, %s", Public(job.id), spec.input.name, ", ".join(spec.request.queries))
        try:
            ending = self._engine.run(command, self._publish_message, lambda: self._catch_up(job.id))
        except EngineGoneError as error:
            if self._stopping.is_set():
                raise _StoppingError from error
            self.progress = {}
            sweep(spec, job.id)
            how = str(error)
            log.error("job %s: %s", Public(job.id), how)
            self._insist(lambda: self._queue.record_crash(job.id, how))
            return
        if ending["is"] == "cancelled":
            sweep(spec, job.id)
            self._insist(lambda: self._queue.drop(job.id))
        elif ending["is"] == "failed":
            if ending["is_device"] and spec.cpu_fallback and spec.device != "cpu" and fell_back is None:
                message = ending["error"]["message"]
                log.warning("job %s: %s; once more on the CPU, as the job allows", Public(job.id), message)
                self._run(job, "cpu", f"{spec.device}: {message}")
                return
            failed = JobError(**ending["error"])
            log.error("job %s: %s: %s", Public(job.id), Public(failed.kind), failed.message)
            self._insist(lambda: self._queue.fail(job.id, failed))
        else:
            if self._publishing is not None:
                self._publishing.result()  # at most one result waits
            result = {**ending["result"], "fell_back": fell_back}
            self._publishing = self._publisher.submit(self._publish_or_fail, job, result)

    def _publish_or_fail(self, job: Job, result: dict[str, Any]) -> None:
        try:
            self._publish(job, result)
        except _StoppingError:
            raise
        except Exception as error:
            self._fail_unforeseen(job.id, error)

    def _publish(self, job: Job, result: dict[str, Any]) -> None:
        if self._queue.is_unwanted(job.id):
            sweep(job.spec, job.id)
            self._insist(lambda: self._queue.drop(job.id))
            return
        try:
            published, moves = plan(job.spec, staging_folder(job.spec, job.id), result)
        except (FlowsepError, OSError) as error:
            failed = JobError.of(error)
            sweep(job.spec, job.id)
            self._insist(lambda: self._queue.fail(job.id, failed))
            return
        self._insist(lambda: self._queue.intend(job.id, published, moves))
        self._finish(job, moves, published)

    def _finish(self, job: Job, moves: Any, result: dict[str, Any]) -> None:
        try:
            carry_out(moves)
        except MediaError as error:
            failed = JobError.of(error)
            self._insist(lambda: self._queue.fail(job.id, failed))
            sweep(job.spec, job.id)
            return
        sweep(job.spec, job.id)
        self._insist(lambda: self._queue.finish(job.id, result))

    def _publish_message(self, message: Mapping[str, Any]) -> None:
        kind = message["is"]
        if kind == "progress":
            self.progress = message
        self._events.publish(kind if kind in ("progress", "heard") else "engine", message)

    def _catch_up(self, name: str) -> None:
        """Apply a cancel or pause that came between claiming the job and the engine process's first message."""
        if self._queue.is_unwanted(name):
            self._engine.cancel(name)
        self.settle_waiting()

    def _insist(self, change: Callable[[], _T]) -> _T:
        """Return `change()`, a change of the queue, repeated until the disk accepts it, so that nothing is lost."""
        while True:
            try:
                result = change()
            except MediaError as error:
                if self.trouble is None:
                    log.error("%s; trying again every %g s", Public(error), _AGAIN_SECONDS)
                self.trouble = str(error)
                if self._stopping.wait(_AGAIN_SECONDS):
                    raise _StoppingError from error
            else:
                self.trouble = None
                return result


class _StoppingError(Exception):
    """Raised on the dispatcher's thread where the worker ends under a job."""
