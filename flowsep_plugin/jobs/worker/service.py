"""The calls of the worker's API without HTTP: one method a call, with plain values."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flowsep_plugin.declared import declared
from flowsep_plugin.errors import FlowsepError, UsageError
from flowsep_plugin.jobs.directory import WorkerDirectory
from flowsep_plugin.jobs.job import JobError, JobState
from flowsep_plugin.jobs.schema import check, record_model
from flowsep_plugin.jobs.spec import JobSpec
from flowsep_plugin.jobs.store.cache import EstimateCache
from flowsep_plugin.jobs.store.digests import Digests, model_digest
from flowsep_plugin.jobs.store.queue import JobQueue
from flowsep_plugin.version import __version__

from .dispatcher import Dispatcher
from .events import Events
from .logs import lines_of
from .paths import PathRules

log = logging.getLogger(__name__)

MOST_AT_ONCE = 1000
_MOST_LINES = 2000


@dataclass(frozen=True, slots=True)
class Move:
    """The body of a move: the id of the job before which another is to run; None for the front."""

    before: str | None = field(default=None, metadata=declared("id of a queued job; null: to the front"))


MOVE_MODEL = record_model("Move", Move)


class JobService:
    """Answers the calls of the API, from any thread; calls with a job's id raise NotFound.

    repaired : sentence about a damaged queue that was repaired, or None.     shutdown : stops the worker.
    defaults : model and device of jobs that name none, or the model "default".
    """

    def __init__(
        self, *, queue: JobQueue, digests: Digests, dispatcher: Dispatcher, events: Events, rules: PathRules,
        directory: WorkerDirectory, cache: EstimateCache, keep_ended: int, repaired: str | None,
        shutdown: Callable[[], None], defaults: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        self._queue, self._digests, self._dispatcher, self._events = queue, digests, dispatcher, events
        self._rules, self._directory, self._cache, self._keep_ended = rules, directory, cache, keep_ended
        self._repaired, self._shutdown, self._defaults = repaired, shutdown, dict(defaults or {})

    def status(self) -> dict[str, Any]:
        """Return the worker's state: version, job counts, the running job and its progress, and what is wrong."""
        return {
            "version": __version__,
            "paused": self._queue.paused,
            "counts": self._queue.counts(),
            "running": self._dispatcher.current,
            "progress": dict(self._dispatcher.progress),
            "trouble": self._dispatcher.trouble,
            "repaired": self._repaired,
            "cache_bytes": self._cache.bytes,
            "roots": [str(root) for root in self._rules.roots],
            "last_event": self._events.last,
        }

    def submit(self, body: Any) -> dict[str, Any]:
        """Submit a job, or several as {"jobs": […]}, each answered with `job` or `error`.

        Raises UsageError for a list that is too long, and for a single job that is invalid.
        """
        many = isinstance(body, Mapping) and set(body) == {"jobs"}
        records = body["jobs"] if many else [body]
        if not isinstance(records, list) or not 1 <= len(records) <= MOST_AT_ONCE:
            raise UsageError(f"jobs must be a list of 1 to {MOST_AT_ONCE} jobs")
        answers: list[dict[str, Any]] = []
        submissions = []
        for record in records:
            try:
                spec = self._rules.allow(JobSpec.from_json(self._with_defaults(record)))
                submissions.append((spec, self._digests.of(spec.input), model_digest(spec.model)))
                answers.append({})
            except FlowsepError as error:
                if not many:
                    raise
                answers.append({"error": JobError.of(error).as_json()})
        outcomes = iter(self._queue.submit_all(submissions))
        for answer in answers:
            if not answer:
                job, fresh = next(outcomes)
                answer.update(job=job.as_json(), fresh=fresh)
        self._queue.prune(self._keep_ended)
        return {"jobs": answers} if many else answers[0]

    def _with_defaults(self, record: Any) -> Any:
        """Return a job's record with the worker's model and device where it leaves them open."""
        if not isinstance(record, Mapping):
            return record
        return self._defaults | {key: value for key, value in record.items() if (key, value) != ("model", "default")}

    def jobs(self, states: Sequence[JobState] = (), *, after: int = 0, limit: int = 1000) -> dict[str, Any]:
        """Return `limit` jobs at most in order, after position `after`; only those in `states` where any are named."""
        return {"jobs": [job.as_json() for job in self._queue.jobs(states, after=after, limit=limit)]}

    def job(self, name: str) -> dict[str, Any]:
        """Return the job with this id."""
        return self._queue.get(name).as_json()

    def cancel(self, name: str) -> dict[str, Any]:
        """Cancel a job: at once where it is queued, within a flow step where it runs."""
        return self._dispatcher.cancel(self._queue.get(name).id).as_json()

    def cancel_all(self) -> dict[str, Any]:
        """Cancel every job that has not ended; returns the worker's state."""
        for job in self._queue.cancel_all():
            self._dispatcher.cancel(job.id)
        return self.status()

    def retry(self, name: str) -> dict[str, Any]:
        """Queue an ended job again, parked or not. Raises Conflict where it has not ended."""
        return self._queue.retry(self._queue.get(name).id).as_json()

    def hold(self, name: str, paused: bool) -> dict[str, Any]:
        """Pause or resume one job. Raises Conflict where it has ended."""
        job = self._queue.hold(self._queue.get(name).id, paused)
        self._dispatcher.settle_waiting()
        return job.as_json()

    def move(self, name: str, body: Any) -> dict[str, Any]:
        """Move a queued job before another, {"before": id}, or to the front, {}. Raises UsageError, Conflict."""
        before = check(MOVE_MODEL, body, "the move").get("before")
        next_id = None if before is None else self._queue.get(before).id
        return self._queue.move(self._queue.get(name).id, next_id).as_json()

    def forget(self, name: str) -> dict[str, Any]:
        """Delete an ended job from the list; its files stay. Raises Conflict where it has not ended."""
        job = self._queue.get(name)
        self._queue.forget(job.id)
        return job.as_json()

    def log(self, name: str) -> dict[str, Any]:
        """Return the last log lines about a job, 2000 at most."""
        return {"lines": list(lines_of(self._directory, self._queue.get(name).id))[-_MOST_LINES:]}

    def pause(self, paused: bool) -> dict[str, Any]:
        """Pause or resume the whole queue; returns the worker's state."""
        self._queue.pause(paused)
        self._dispatcher.settle_waiting()
        self._events.publish("queue", {"paused": paused})
        return self.status()

    def stop(self) -> dict[str, Any]:
        """Stop the worker, after the answers to the calls that are running."""
        self._shutdown()
        return {"leaving": True}
