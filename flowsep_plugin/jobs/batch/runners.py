"""Runners of a batch: the background worker, or this process."""

import contextlib
import queue
import threading
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from flowsep_plugin.errors import Cancelled, FlowsepError, WorkerError
from flowsep_plugin.jobs.client.worker_client import WorkerClient
from flowsep_plugin.jobs.job import ENDED_STATES, Job, JobError
from flowsep_plugin.jobs.run_job import run_job
from flowsep_plugin.jobs.spec import JobSpec
from flowsep_plugin.jobs.store.digests import model_digest
from flowsep_plugin.jobs.store.publish import plan, staged
from flowsep_plugin.progress import ProgressCallback, ignore
from flowsep_plugin.separate import Separator

from .journal import Journal


def _never_stop() -> None:
    """Return: the batch is not to be stopped."""


ResultOrError = Mapping[str, Any] | JobError
_MOST_RESTARTS = 5
_LOOK_SECONDS = 0.2


class WorkerRunner:
    """Submits jobs to the background worker; where it ends, starts another and submits again, which repeats no job.

    ensure : returns a client of a running worker.     check : called often while waiting; its error ends the batch.
    """

    def __init__(
        self, ensure: Callable[[], WorkerClient] = WorkerClient.ensure, check: Callable[[], None] = _never_stop
    ) -> None:
        self._ensure, self._check = ensure, check

    def run(self, specs: Sequence[JobSpec]) -> Generator[tuple[int, ResultOrError], None, None]:
        """See `BatchRunner.run`. Where the iterator is closed early, jobs that have not ended are cancelled."""
        waiting: dict[str, list[int]] = {}
        answered: set[int] = set()
        client = self._ensure()
        try:
            for restarts in range(_MOST_RESTARTS + 1):
                open_indices = [index for index in range(len(specs)) if index not in answered]
                try:
                    for index, ended in self._round(client, specs, open_indices, waiting):
                        answered.add(index)
                        yield index, ended
                    return
                except WorkerError:
                    if restarts == _MOST_RESTARTS:
                        raise
                    client = self._ensure()
        finally:
            if len(answered) < len(specs):
                with contextlib.suppress(FlowsepError):
                    for name, indices in waiting.items():
                        if not answered.issuperset(indices):
                            client.change(name, "cancel")

    def _round(
        self, client: WorkerClient, specs: Sequence[JobSpec], indices: Sequence[int], waiting: dict[str, list[int]]
    ) -> Generator[tuple[int, ResultOrError], None, None]:
        waiting.clear()
        for index, answer in zip(indices, client.submit_all([specs[index] for index in indices]), strict=True):
            if isinstance(answer, JobError):
                yield index, answer
            else:
                waiting.setdefault(answer.id, []).append(index)
        while waiting:
            with _job_endings(client) as endings:  # opened before the list is read, so that no end is missed
                for job in client.jobs("done", "failed", "cancelled"):
                    for index in waiting.pop(job.id, ()):
                        yield index, _ended(job)
                while waiting:
                    self._check()
                    try:
                        job_data = endings.get(timeout=_LOOK_SECONDS)
                    except queue.Empty:
                        continue
                    if job_data is None:
                        break
                    for index in waiting.pop(job_data["id"], ()):
                        yield index, _ended(Job.from_json(job_data))
            client.status()  # raises WorkerError where the worker has ended


class LocalRunner:
    """Runs jobs in this process, one after the other, with a journal in `out` from which the next run continues."""

    def __init__(self, out: Path, open_separator: Callable[[str, str], Separator] = Separator.open,
                 report: ProgressCallback = ignore) -> None:  # fmt: skip
        self._out, self._open, self._report = out, open_separator, report
        self._separators: dict[tuple[str, str], Separator] = {}

    def run(self, specs: Sequence[JobSpec]) -> Generator[tuple[int, ResultOrError], None, None]:
        """See `BatchRunner.run`. Raises Cancelled where the user stops the batch."""
        with Journal(self._out) as journal:
            for index, spec in enumerate(specs):
                try:
                    name = journal.name(spec, model_digest(spec.model))
                    yield index, journal.result(name) or self._do(journal, name, spec)
                except Cancelled:
                    raise
                except FlowsepError as error:
                    yield index, JobError.of(error)

    def _do(self, journal: Journal, name: str, spec: JobSpec) -> Mapping[str, Any]:
        key = (spec.model, spec.device)
        if key not in self._separators:
            self._separators[key] = self._open(*key)
        with staged(spec, name) as folder:
            output = run_job(self._separators[key], spec, folder, self._report)
            result, moves = plan(spec, folder, {**output, "fell_back": None})
            return journal.publish(name, result, moves)


@contextlib.contextmanager
def _job_endings(client: WorkerClient) -> Iterator["queue.SimpleQueue[Mapping[str, Any] | None]"]:
    """Yield a queue of the jobs that end, as JSON, then None; it is filled by a thread, so that nobody waits for it."""
    stream, endings = client.events(), queue.SimpleQueue[Mapping[str, Any] | None]()

    def listen() -> None:
        with contextlib.suppress(FlowsepError):
            for kind, data in stream:
                if kind == "job" and data["state"] in ENDED_STATES:
                    endings.put(data)
        endings.put(None)

    thread = threading.Thread(target=listen, name="batch-events", daemon=True)
    thread.start()
    try:
        yield endings
    finally:
        stream.close()
        thread.join()


def _ended(job: Job) -> ResultOrError:
    if job.result is not None:
        return job.result
    return job.error or JobError.of(Cancelled("the job was cancelled"))
