"""The panel's line to the worker: orders go out, events come in as signals, a worker that dies is told and replaced.

    window ──order──► caller thread ──HTTP──► worker
    window ◄─signal── listener thread ◄─events─ worker

Both threads are here and nowhere else. Nothing in the window waits for the worker: without one, everything that needs
none goes on.
"""

import logging
import queue
import threading
from collections.abc import Callable, Mapping
from typing import Any

from PyQt6.QtCore import QObject

from flowsep_plugin.errors import Cancelled, FlowsepError, WorkerError
from flowsep_plugin.jobs.client.worker_client import EventStream, WorkerClient
from flowsep_plugin.jobs.job import Job, JobError
from flowsep_plugin.jobs.spec import JobSpec

from .link import Link

log = logging.getLogger(__name__)

_AGAIN_SECONDS = (0.2, 1.0, 3.0, 10.0)
"""Between tries to reach a worker."""

_LOOK_SECONDS = 2.0
"""While the worker rests, so often is looked whether somebody else has started one."""


WorkerCall = Callable[[WorkerClient], None]


class WorkerLink(Link):
    """The line to the user's worker; `ensure` starts one, `running` only looks."""

    def __init__(
        self,
        parent: QObject | None = None,
        ensure: Callable[[Callable[[], None]], WorkerClient] = lambda check: WorkerClient.ensure(check=check),
        running: Callable[[], WorkerClient | None] = WorkerClient.running,
    ) -> None:
        super().__init__(parent)
        self._ensure, self._running = ensure, running
        self._orders: queue.Queue[tuple[WorkerCall, Callable[[FlowsepError], None]] | None] = queue.Queue()
        self._unfinished: set[str] = set()
        self._client: WorkerClient | None = None
        self._stream: EventStream | None = None
        self._lock, self._starting = threading.Lock(), threading.Lock()
        self._ended, self._needed = threading.Event(), threading.Event()
        self._threads = [
            threading.Thread(target=self._listen, name="flowsep-listener", daemon=True),
            threading.Thread(target=self._call, name="flowsep-caller", daemon=True),
        ]

    def start(self) -> None:
        """Begin; a worker is started where none runs."""
        self._needed.set()
        for thread in self._threads:
            thread.start()

    def submit(self, ticket: object, spec: JobSpec) -> None:
        """See `Link`."""

        def order(client: WorkerClient) -> None:
            job = client.submit(spec)
            if not job.has_ended:
                self._unfinished.add(job.id)
            self.submitted.emit(ticket, job)

        self._put(order, lambda error: self.refused.emit(ticket, JobError.of(error)))

    def cancel(self, job: str) -> None:
        """See `Link`."""
        self._change(job, "cancel")

    def retry(self, job: str) -> None:
        """See `Link`."""
        self._change(job, "retry")

    def move(self, job: str, before: str | None) -> None:
        """See `Link`."""
        self._change(job, "move", {} if before is None else {"before": before})

    def hold(self, job: str, held: bool) -> None:
        """See `Link`."""
        self._change(job, "pause" if held else "resume")

    def pause(self, paused: bool) -> None:
        """See `Link`."""
        self._put(lambda client: client.pause(paused))

    def forget(self, job: str) -> None:
        """See `Link`."""

        def order(client: WorkerClient) -> None:
            client.forget(job)
            self.job_forgotten.emit(job)

        self._put(order)

    def wake(self) -> None:
        """See `Link`."""
        self._needed.set()

    def close(self) -> None:
        """See `Link`."""
        self._ended.set()
        self._needed.set()
        self._orders.put(None)
        self._hang_up()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(30)

    def _change(self, job: str, verb: str, body: Mapping[str, Any] | None = None) -> None:
        def order(client: WorkerClient) -> None:
            self.job_changed.emit(client.change(job, verb, body))

        self._put(order)

    def _put(self, order: WorkerCall, failed: Callable[[FlowsepError], None] | None = None) -> None:
        self._orders.put((order, failed or (lambda error: self.call_failed.emit(str(error)))))

    # --- the caller's thread ---

    def _call(self) -> None:
        while (put := self._orders.get()) is not None and not self._ended.is_set():
            order, failed = put
            try:
                self._ordered(order)
            except Cancelled:
                return
            except FlowsepError as error:
                failed(error)

    def _ordered(self, order: WorkerCall) -> None:
        """Give an order; a worker that has gone is started and asked once more, which costs nothing."""
        try:
            order(self._reached())
        except WorkerError:
            self._client = None
            order(self._reached())

    def _reached(self) -> WorkerClient:
        client = self._client
        if client is None:
            self._needed.set()
            with self._starting:
                client = self._client = self._ensure(self._check)
        return client

    def _check(self) -> None:
        if self._ended.is_set():
            raise Cancelled("the panel is being closed")

    # --- the listener's thread ---

    def _listen(self) -> None:
        tries = 0
        while not self._ended.is_set():
            try:
                client = self._found()
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

    def _found(self) -> WorkerClient | None:
        """A worker: the running one, or a new one where one is needed; None where it may rest."""
        client = self._running()
        if client is not None:
            return client
        if not (self._needed.is_set() or self._unfinished):
            self.state_changed.emit("resting", "it starts by itself when there is work")
            while not (self._needed.wait(_LOOK_SECONDS) or self._ended.is_set()):
                if (client := self._running()) is not None:
                    return client
            return None
        self.state_changed.emit("starting", "")
        with self._starting:
            return self._ensure(self._check)

    def _follow(self, client: WorkerClient) -> None:
        """Tell what happens until the worker goes away; what there is is told first, so that nothing is missed."""
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
            self._tell(kind, data)
        self._client = None
        if self._unfinished and not self._ended.is_set():
            self.state_changed.emit("away", "it has gone; another takes up what it was at")

    def _tell(self, kind: str, data: Mapping[str, Any]) -> None:
        if kind == "job":
            job = Job.from_json(data)
            (self._unfinished.discard if job.has_ended else self._unfinished.add)(job.id)
            self.job_changed.emit(job)
        elif kind == "progress":
            done = data["done"] / data["total"] if data.get("total") else None
            self.progressed.emit(data["id"], data.get("stage", ""), done, data.get("eta_seconds"))
        elif kind == "heard":
            self.heard.emit(data["id"], data["presence"])
        elif kind == "engine":
            self.engine_changed.emit(dict(data))
        elif kind == "queue":
            self.queue_paused.emit(bool(data["paused"]))

    def _hang_up(self) -> None:
        with self._lock:
            if self._stream is not None:
                self._stream.close()
