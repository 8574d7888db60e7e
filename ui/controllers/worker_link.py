"""The panel's connection to the worker: calls go out, events come in as signals, a worker that dies is replaced.

    window ──call───► caller thread ──HTTP──► worker
    window ◄─signal── listener thread ◄─events─ worker

Both threads belong to `WorkerLink`. The window never waits for the worker: without one, everything else still works.
"""

import logging
import queue
import threading
from collections.abc import Callable, Mapping
from typing import Any

from flowsep_ui.ways_out import message_of
from PyQt6.QtCore import QObject

from flowsep_plugin.errors import Cancelled, FlowsepError, WorkerError
from flowsep_plugin.jobs.client.worker_client import EventStream, WorkerClient
from flowsep_plugin.jobs.job import Job, JobError
from flowsep_plugin.jobs.spec import JobSpec

from .link import Link

log = logging.getLogger(__name__)

_AGAIN_SECONDS = (0.2, 1.0, 3.0, 10.0)
"""Delays between attempts to reach a worker; the last one repeats."""

_LOOK_SECONDS = 2.0
"""While no worker is needed, interval of the check whether another program has started one."""


WorkerCall = Callable[[WorkerClient], None]
"""One call to the worker, made in the caller thread."""


class WorkerLink(Link):
    """`Link` to the user's worker. `ensure` returns the running worker or starts one; `running` starts none."""

    def __init__(
        self,
        parent: QObject | None = None,
        ensure: Callable[[Callable[[], None]], WorkerClient] = lambda check: WorkerClient.ensure(check=check),
        running: Callable[[], WorkerClient | None] = WorkerClient.running,
    ) -> None:
        super().__init__(parent)
        self._ensure, self._running = ensure, running
        self._calls: queue.Queue[tuple[WorkerCall, Callable[[FlowsepError], None]] | None] = queue.Queue()
        self._unfinished: set[str] = set()
        self._client: WorkerClient | None = None
        self._stream: EventStream | None = None
        self._lock, self._starting = threading.Lock(), threading.Lock()
        self._ended, self._needed = threading.Event(), threading.Event()
        self._threads = [
            threading.Thread(target=self._listen, name="flowsep-listener", daemon=True),
            threading.Thread(target=self._make_calls, name="flowsep-caller", daemon=True),
        ]

    def start(self) -> None:
        """Start both threads, and a worker if none runs."""
        self._needed.set()
        for thread in self._threads:
            thread.start()

    def submit(self, ticket: object, spec: JobSpec) -> None:
        """Submit a job; answers with `submitted` or `refused`."""

        def call(client: WorkerClient) -> None:
            job = client.submit(spec)
            if not job.has_ended:
                self._unfinished.add(job.id)
            self.submitted.emit(ticket, job)

        self._enqueue(call, lambda error: self.refused.emit(ticket, JobError.of(error)))

    def cancel(self, job: str) -> None:
        """Cancel a waiting or running job."""
        self._change(job, "cancel")

    def retry(self, job: str) -> None:
        """Queue an ended job again."""
        self._change(job, "retry")

    def move(self, job: str, before: str | None) -> None:
        """Move a waiting job before another; None moves it to the front."""
        self._change(job, "move", {} if before is None else {"before": before})

    def hold(self, job: str, on: bool) -> None:
        """Pause (`on`) or resume one job."""
        self._change(job, "pause" if on else "resume")

    def pause(self, paused: bool) -> None:
        """Pause or resume the whole queue."""
        self._enqueue(lambda client: client.pause(paused))

    def forget(self, job: str) -> None:
        """Remove an ended job from the list; its files stay."""

        def call(client: WorkerClient) -> None:
            client.forget(job)
            self.job_forgotten.emit(job)

        self._enqueue(call)

    def wake(self) -> None:
        """Start a worker if none runs."""
        self._needed.set()

    def close(self) -> None:
        """End both threads, waiting up to 30 s for each; the worker and its jobs go on."""
        self._ended.set()
        self._needed.set()
        self._calls.put(None)
        self._hang_up()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(30)

    def _change(self, job: str, verb: str, body: Mapping[str, Any] | None = None) -> None:
        def call(client: WorkerClient) -> None:
            self.job_changed.emit(client.change(job, verb, body))

        self._enqueue(call)

    def _enqueue(self, call: WorkerCall, failed: Callable[[FlowsepError], None] | None = None) -> None:
        self._calls.put((call, failed or (lambda error: self.call_failed.emit(message_of(error)))))

    # --- caller thread ---

    def _make_calls(self) -> None:
        while (entry := self._calls.get()) is not None and not self._ended.is_set():
            call, failed = entry
            try:
                self._make_call(call)
            except Cancelled:
                return
            except FlowsepError as error:
                failed(error)

    def _make_call(self, call: WorkerCall) -> None:
        """Make a call; where the worker has died, start another and repeat the call once."""
        try:
            call(self._connected_client())
        except WorkerError:
            self._client = None
            call(self._connected_client())

    def _connected_client(self) -> WorkerClient:
        client = self._client
        if client is None:
            self._needed.set()
            with self._starting:
                client = self._client = self._ensure(self._check)
        return client

    def _check(self) -> None:
        if self._ended.is_set():
            raise Cancelled("the panel is being closed")

    # --- listener thread ---

    def _listen(self) -> None:
        tries = 0
        while not self._ended.is_set():
            try:
                client = self._find_worker()
                if client is None:
                    continue
                self._follow(client)
                tries = 0
            except Cancelled:
                return
            except FlowsepError as error:
                if not self._ended.is_set():
                    self.state_changed.emit("away", str(error))
                self._client = None
                self._ended.wait(_AGAIN_SECONDS[min(tries, len(_AGAIN_SECONDS) - 1)])
                tries += 1

    def _find_worker(self) -> WorkerClient | None:
        """Return the running worker, or start one if there is work; None, after a wait, where none is needed."""
        client = self._running()
        if client is not None:
            return client
        if not (self._needed.is_set() or self._unfinished):
            self.state_changed.emit("resting", self.tr("it starts by itself when there is work"))
            while not (self._needed.wait(_LOOK_SECONDS) or self._ended.is_set()):
                if (client := self._running()) is not None:
                    return client
            return None
        self.state_changed.emit("starting", "")
        with self._starting:
            return self._ensure(self._check)

    def _follow(self, client: WorkerClient) -> None:
        """Emit the worker's events until it ends. Jobs are listed after subscribing, so that no change is missed."""
        stream = client.events()
        with self._lock:
            self._stream = stream
        if self._ended.is_set():
            stream.close()
            return
        jobs = client.jobs()
        status = client.status()
        self._unfinished = {job.id for job in jobs if not job.has_ended}
        self._needed.clear()
        self._client = client
        self.state_changed.emit("ready", str(status.get("trouble") or ""))
        self.jobs_listed.emit(jobs)
        self.queue_paused.emit(bool(status["paused"]))
        for kind, data in stream:
            self._emit_event(kind, data)
        self._client = None
        if self._unfinished and not self._ended.is_set():
            self.state_changed.emit("away", self.tr("it ended; a new worker continues its jobs"))

    def _emit_event(self, kind: str, data: Mapping[str, Any]) -> None:
        if kind == "job":
            job = Job.from_json(data)
            (self._unfinished.discard if job.has_ended else self._unfinished.add)(job.id)
            self.job_changed.emit(job)
        elif kind == "progress":
            self.progressed.emit(data["id"], data.get("fraction"), data.get("eta_seconds"))
        elif kind == "heard":
            self.presence_found.emit(data["id"], data["presence"])
        elif kind == "engine":
            self.engine_changed.emit(dict(data))
        elif kind == "queue":
            self.queue_paused.emit(bool(data["paused"]))

    def _hang_up(self) -> None:
        with self._lock:
            if self._stream is not None:
                self._stream.close()
