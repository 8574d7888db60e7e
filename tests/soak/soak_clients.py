"""Clients of a worker that is attacked: they submit, cancel, retry, and call again where it ends under them."""

import contextlib
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import TypeVar

from soak_ground import QUERIES, SoakGround, soak_spec

from flowsep_plugin.errors import FlowsepError, WorkerError
from flowsep_plugin.jobs.client.worker_client import WorkerClient
from flowsep_plugin.jobs.job import Job
from flowsep_plugin.jobs.spec import JobSpec

_T = TypeVar("_T")
_WAITING_JOBS = 10
_PATIENCE_S = 300.0


class SoakClients:
    """Keep jobs waiting from a thread of their own.

    accepted : every acknowledged job by its id.     cancelled : ids of those that a client wanted to cancel.
    """

    def __init__(self, ground: SoakGround, seed: int) -> None:
        self._ground, self._rng = ground, random.Random(f"clients {seed}")
        self.counts: Counter[str] = Counter()
        self.accepted: dict[str, JobSpec] = {}
        self.cancelled: set[str] = set()
        self._stop = threading.Event()
        self._error: BaseException | None = None

    @contextlib.contextmanager
    def busy(self) -> Iterator[None]:
        """Submit jobs during a `with`. Raises at its end what a client could not get over."""
        self._feed()
        thread = threading.Thread(target=self._feed_until_stopped, name="soak-clients")
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()
        if self._error is not None:
            raise self._error

    @property
    def has_failed(self) -> bool:
        """Whether the thread has ended with an error."""
        return self._error is not None

    def let_all_end(self) -> dict[str, Job]:
        """Wait until every accepted job has ended, retrying parked ones; returns the jobs by id."""
        until = time.monotonic() + _PATIENCE_S
        while True:
            self._retry_parked()
            jobs = {job.id: job for job in self.call(lambda client: client.jobs())}
            open_jobs = [job for job in jobs.values() if not job.has_ended or is_parked(job)]
            if not open_jobs:
                return jobs
            assert time.monotonic() < until, f"jobs do not end: {open_jobs}"
            time.sleep(0.1)

    def call(self, call: Callable[[WorkerClient], _T]) -> _T:
        """Return `call(client)`; where the worker ends meanwhile, once more with the next one."""
        until = time.monotonic() + _PATIENCE_S
        while True:
            try:
                return call(WorkerClient.ensure(self._ground.directory))
            except WorkerError:
                self.counts["calls repeated"] += 1
                if time.monotonic() > until:
                    raise

    def _feed_until_stopped(self) -> None:
        try:
            while not self._stop.wait(0.02):
                self._feed()
        except BaseException as error:  # raised again by `busy`
            self._error = error

    def _feed(self) -> None:
        """Fill the queue up; now and then cancel a job, and retry those that are parked, as users do."""
        counts = self.call(lambda client: client.status())["counts"]
        if counts.get("failed"):
            self._retry_parked()
        for _ in range(_WAITING_JOBS - counts.get("queued", 0)):
            self._submit(len(self.accepted))
        if self._rng.random() < 0.003:
            self._cancel_one()

    def _submit(self, number: int) -> None:
        """Submit a job with a clip of its own; one in four has a content and seed that the cache knows."""
        is_known = number % 4 == 3
        content = number - 1 if is_known else number
        clip = self._ground.clip(f"j{number:05}", content=content)
        chooser = random.Random(content)
        queries = chooser.sample(QUERIES, chooser.choice((1, 2, 3, 8)))
        model = {"model": "echo"} if number % 10 == 0 else {}
        spec = soak_spec(clip, self._ground.out, queries, strength=1.5 if is_known else 1.0, **model)
        self.accepted[self.call(lambda client: client.submit(spec)).id] = spec

    def _cancel_one(self) -> None:
        waiting = self.call(lambda client: client.jobs("queued", "running"))
        if waiting:
            name = self._rng.choice(waiting).id
            self.cancelled.add(name)
            self.call(lambda client: client.change(name, "cancel"))

    def _retry_parked(self) -> None:
        for job in self.call(lambda client: client.jobs("failed")):
            if is_parked(job):
                with contextlib.suppress(FlowsepError):  # a worker that is killed meanwhile: at the next look
                    WorkerClient.ensure(self._ground.directory).change(job.id, "retry")
                    self.counts["parked jobs retried"] += 1


def is_parked(job: Job) -> bool:
    """Whether the queue waits for a `retry` before it tries the job again."""
    return job.state == "failed" and job.error is not None and job.error.parked
