"""What can be asked of a worker, without HTTP: each method is one call of the API, in plain values."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from flowsep_plugin.errors import FlowsepError, UsageError
from flowsep_plugin.jobs.directory import WorkerDirectory
from flowsep_plugin.jobs.job import JOB_STATES, JobError
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


class JobService:
    """Takes orders for the queue. Every method may be called from any thread and raises FlowsepError in words."""

    def __init__(
        self, queue: JobQueue, digests: Digests, dispatcher: Dispatcher, events: Events, rules: PathRules,
        directory: WorkerDirectory, cache: EstimateCache, keep_ended: int, repaired: str | None,
        leave: Callable[[], None],
    ) -> None:  # fmt: skip
        self._queue, self._digests, self._dispatcher, self._events = queue, digests, dispatcher, events
        self._rules, self._home, self._cache, self._keep_ended = rules, directory, cache, keep_ended
        self._repaired, self.leave = repaired, leave

    def status(self) -> dict[str, Any]:
        """How the worker is: counts, what runs, what is wrong."""
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
        """Put in one job, or {"jobs": […]}: each is answered by itself, with `job` or `error`."""
        many = isinstance(body, Mapping) and set(body) == {"jobs"}
        given = body["jobs"] if many else [body]
        if not isinstance(given, list) or not 1 <= len(given) <= MOST_AT_ONCE:
            raise UsageError(f'"jobs" is a list of 1 to {MOST_AT_ONCE} jobs')
        answers: list[dict[str, Any]] = []
        asked = []
        for plain in given:
            try:
                spec = self._rules.allow(JobSpec.from_json(plain))
                asked.append((spec, self._digests.of(spec.input), model_digest(spec.model)))
                answers.append({})
            except FlowsepError as error:
                if not many:
                    raise
                answers.append({"error": JobError.of(error).as_json()})
        found = iter(self._queue.submit_all(asked))
        for answer in answers:
            if not answer:
                job, fresh = next(found)
                answer.update(job=job.as_json(), fresh=fresh)
        self._queue.prune(self._keep_ended)
        return {"jobs": answers} if many else answers[0]

    def jobs(self, states: str = "", after: str = "0", limit: str = "1000") -> dict[str, Any]:
        """Jobs in their order; `states` separated by commas, `after` a position."""
        wanted = [state for state in JOB_STATES if state in states.split(",")]
        if states and len(wanted) != len(states.split(",")):
            raise UsageError(f"states {states!r}: there are {', '.join(JOB_STATES)}")
        if not (after.isdigit() and limit.isdigit() and 1 <= int(limit) <= 10_000):
            raise UsageError(f"after and limit are whole numbers, limit at most 10000; got {after!r} and {limit!r}")
        return {"jobs": [job.as_json() for job in self._queue.jobs(wanted, after=int(after), limit=int(limit))]}

    def job(self, name: str) -> dict[str, Any]:
        """One job."""
        return self._queue.get(name).as_json()

    def cancel(self, name: str) -> dict[str, Any]:
        """Cancel: at once where it waits, within a flow step where it runs."""
        return self._dispatcher.cancel(self._queue.get(name).id).as_json()

    def cancel_all(self) -> dict[str, Any]:
        """Cancel everything that has not ended."""
        for job in self._queue.cancel_all():
            self._dispatcher.cancel(job.id)
        return self.status()

    def retry(self, name: str) -> dict[str, Any]:
        """Put an ended job in again, parked ones too."""
        return self._queue.retry(self._queue.get(name).id).as_json()

    def hold(self, name: str, paused: bool) -> dict[str, Any]:
        """Pause or resume one job."""
        job = self._queue.hold(self._queue.get(name).id, paused)
        self._dispatcher.settle_waiting()
        return job.as_json()

    def move(self, name: str, body: Any) -> dict[str, Any]:
        """Reorder: {"before": id}, or {} for the first place."""
        before = body.get("before") if isinstance(body, Mapping) else None
        if before is not None and not isinstance(before, str):
            raise UsageError(f'"before" is the id of a job, got {before!r}')
        there = None if before is None else self._queue.get(before).id
        return self._queue.move(self._queue.get(name).id, there).as_json()

    def forget(self, name: str) -> dict[str, Any]:
        """Take an ended job off the list; its files stay."""
        job = self._queue.get(name)
        self._queue.forget(job.id)
        return job.as_json()

    def log(self, name: str) -> dict[str, Any]:
        """What the log says about a job."""
        return {"lines": list(lines_of(self._home, self._queue.get(name).id))[-_MOST_LINES:]}

    def pause(self, paused: bool) -> dict[str, Any]:
        """Pause or resume everything."""
        self._queue.pause(paused)
        self._dispatcher.settle_waiting()
        self._events.tell("queue", {"paused": paused})
        return self.status()
