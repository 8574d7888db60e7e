"""The durable queue: every change of a job is one transaction, and one process makes all changes.

Jobs are ordered by a position that only grows, never by time: a clock that jumps changes only what is displayed.
"""

import json
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flowsep_plugin.errors import Conflict, Crashed, NotFound
from flowsep_plugin.jobs.job import MOST_CRASHES, MOST_INTERRUPTIONS, Job, JobError, JobState
from flowsep_plugin.jobs.log_privacy import Public
from flowsep_plugin.jobs.spec import JobSpec

from .database import Database, Execute
from .rows import is_settled, job_from_row

log = logging.getLogger(__name__)

JobListener = Callable[[Job], None]
Moves = Sequence[tuple[str, str]]
"""Files to rename: pairs of old and new path."""


_INSERT = (
    "INSERT INTO jobs (id, position, state, spec, clip, model, created) "
    "VALUES (?, (SELECT coalesce(max(position), 0) + 1 FROM jobs), 'queued', ?, ?, ?, ?)"
)


class JobQueue:
    """The jobs in `database`; may be called from several threads of the one process that has it open.

    changed : called with every job after its row has changed, outside of the transaction.
    Every method raises StorageFull where the disk is full and MediaError where the file cannot be written; nothing has
    changed then. Methods that take the id of a job raise NotFound for an unknown one.
    """

    def __init__(
        self, database: Database, changed: JobListener | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self._changed, self._clock = changed, clock
        self._database = database
        self.turn = threading.Event()
        """Set when a job may be ready to be claimed."""

    def submit(self, spec: JobSpec, clip: str, model: str) -> tuple[Job, bool]:
        """Queue a job, or return the equal one that exists; the second value says whether it has to run.

        A done job with unchanged files does not run again. A parked job stays parked until `retry`.
        """
        return self.submit_all([(spec, clip, model)])[0]

    def submit_all(self, submissions: Sequence[tuple[JobSpec, str, str]]) -> list[tuple[Job, bool]]:
        """Queue jobs (spec, clip digest, model digest) in one transaction: all of them or none. See `submit`."""
        outcomes: list[tuple[str, bool]] = []
        with self._database.write() as run:
            for spec, clip, model in submissions:
                name = spec.job_id(clip, model)
                old = self._find(name)
                if old is None:
                    run(_INSERT, (name, json.dumps(spec.as_json()), clip, model, self._clock()))
                elif not is_settled(old):
                    run("UPDATE jobs SET spec=? WHERE id=?", (json.dumps(spec.as_json()), name))
                    _requeue(run, name)
                outcomes.append((name, old is None or not is_settled(old)))
        return [(self._notify(name) if fresh else self.get(name), fresh) for name, fresh in outcomes]

    def claim(self) -> Job | None:
        """Mark the next job as running and return it; None where no job may start."""
        with self._database.write() as run:
            row = run(
                "SELECT id FROM jobs WHERE state='queued' AND held=0 AND "
                "NOT EXISTS (SELECT 1 FROM facts WHERE name='paused') ORDER BY position LIMIT 1",
            ).fetchone()
            if row is None:
                return None
            run("UPDATE jobs SET state='running', started=?, error=NULL WHERE id=?", (self._clock(), row["id"]))
        return self._notify(str(row["id"]))

    def intend(self, name: str, result: Mapping[str, Any], moves: Moves) -> None:
        """Record the renames that follow, the first of two phases: this worker or the next one carries them out."""
        with self._database.write() as run:
            run("UPDATE jobs SET intent=?, result=? WHERE id=?", (json.dumps(list(moves)), json.dumps(result), name))

    def finish(self, name: str, result: Mapping[str, Any]) -> Job:
        """Move a running job to done, with its result."""
        return self._end(name, "done", None, result)

    def fail(self, name: str, error: JobError) -> Job:
        """Move a running job to failed, with its error."""
        return self._end(name, "failed", error)

    def drop(self, name: str) -> Job:
        """Move a running job to cancelled, once the engine has stopped working on it."""
        return self._end(name, "cancelled", None)

    def record_crash(self, name: str, how: str) -> Job:
        """Count a crash of the engine process under a job; queue the job again, or park it after `MOST_CRASHES`."""
        with self._database.write() as run:
            run("UPDATE jobs SET crashes = crashes + 1 WHERE id=?", (name,))
            self._again_or_park(run, name, how)
        return self._notify(name)

    def recover(self, sweep: JobListener = lambda job: None) -> list[tuple[Job, Moves]]:
        """Settle the jobs that an earlier worker left running, when this worker starts.

        sweep : called with each job whose files are worthless, while it still counts as running: a worker that is
        killed in it leaves the job to the next one.
        Returns the jobs whose renames are recorded, with the renames: carry these out, then call `finish`.
        """
        rows = self._database.select("SELECT id, intent, unwanted FROM jobs WHERE state='running'")
        unfinished: list[tuple[Job, Moves]] = []
        for row in rows:
            name = str(row["id"])
            if row["intent"] is not None:
                unfinished.append((self.get(name), [(a, b) for a, b in json.loads(row["intent"])]))
                continue
            sweep(self.get(name))
            if row["unwanted"]:
                self.drop(name)
            else:
                with self._database.write() as run:
                    run("UPDATE jobs SET interruptions = interruptions + 1 WHERE id=?", (name,))
                    self._again_or_park(run, name, "the worker ended while it was running")
                self._notify(name)
        return unfinished

    def cancel(self, name: str) -> Job:
        """Cancel a queued job at once; mark a running one, which ends within a flow step. Ignores an ended job."""
        job = self.get(name)
        if job.state == "queued":
            return self._end(name, "cancelled", None)
        if job.state == "running":
            with self._database.write() as run:
                run("UPDATE jobs SET unwanted=1, held=0 WHERE id=?", (name,))
        return self._notify(name)

    def cancel_all(self) -> list[Job]:
        """Cancel all queued jobs in one transaction; returns the running ones, to be cancelled by id."""
        waiting = [job.id for job in self.jobs(["queued"], limit=1_000_000)]
        with self._database.write() as run:
            run("UPDATE jobs SET state='cancelled', held=0, finished=? WHERE state='queued'", (self._clock(),))
        for name in waiting:
            self._notify(name)
        return self.jobs(["running"])

    def is_unwanted(self, name: str) -> bool:
        """Whether a running job is marked as cancelled."""
        return bool(self._database.select("SELECT unwanted FROM jobs WHERE id=?", (name,))[0]["unwanted"])

    def retry(self, name: str) -> Job:
        """Queue an ended job again, parked or not; resets its crashes. Raises Conflict where it has not ended."""
        job = self.get(name)
        if not job.has_ended:
            raise Conflict(f"job {name} is {job.state}; only a job that has ended can be tried again")
        with self._database.write() as run:
            _requeue(run, name)
        return self._notify(name)

    def hold(self, name: str, paused: bool) -> Job:
        """Pause or resume one job. Raises Conflict where it has ended."""
        job = self.get(name)
        if job.has_ended:
            raise Conflict(f"job {name} is {job.state}; it can no longer be paused or resumed")
        with self._database.write() as run:
            run("UPDATE jobs SET held=? WHERE id=?", (int(paused), name))
        return self._notify(name)

    def pause(self, paused: bool) -> None:
        """Pause or resume the whole queue; the state survives restarts."""
        with self._database.write() as run:
            if paused:
                run("INSERT OR REPLACE INTO facts VALUES ('paused', '1')")
            else:
                run("DELETE FROM facts WHERE name='paused'")
        self.turn.set()

    @property
    def paused(self) -> bool:
        """Whether the whole queue is paused."""
        return bool(self._database.select("SELECT 1 FROM facts WHERE name='paused'"))

    def move(self, name: str, before: str | None) -> Job:
        """Move a queued job before another one, or to the front (None). Raises Conflict where one is not queued."""
        if self.get(name).state != "queued" or (before is not None and self.get(before).state != "queued"):
            raise Conflict(
                f"only a queued job can be moved, and only before a queued job; {name} or {before} is not queued"
            )
        with self._database.write() as run:
            rows = run("SELECT id, position FROM jobs WHERE state='queued' ORDER BY position").fetchall()
            order = [row["id"] for row in rows if row["id"] != name]
            order.insert(0 if before is None else order.index(before) if before != name else 0, name)
            places = sorted(row["position"] for row in rows)
            for place, other in zip(places, order, strict=True):
                run("UPDATE jobs SET position=? WHERE id=?", (place, other))
        return self._notify(name)

    def forget(self, name: str) -> None:
        """Delete an ended job from the list; its files stay. Raises Conflict where it has not ended."""
        if not self.get(name).has_ended:
            raise Conflict(f"job {name} has not ended; cancel it first")
        with self._database.write() as run:
            run("DELETE FROM jobs WHERE id=?", (name,))

    def get(self, name: str) -> Job:
        """Return the job with this id, or with an id that starts so where only one does. Raises NotFound."""
        job = self._find(name)
        if job is None and len(name) >= 4 and name.isalnum() and name.isascii():
            rows = self._database.select("SELECT * FROM jobs WHERE id GLOB ? LIMIT 2", (f"{name}*",))
            job = job_from_row(rows[0]) if len(rows) == 1 else None
        if job is None:
            raise NotFound(f"no job has the id {name!r}; `flowsep jobs list` shows all jobs")
        return job

    def jobs(self, states: Sequence[JobState] = (), *, after: int = 0, limit: int = 1000) -> list[Job]:
        """Return at most `limit` jobs after position `after`, in order; only those in `states` where any are given."""
        condition = f"state IN ({', '.join('?' * len(states))}) AND " if states else ""
        query = f"SELECT * FROM jobs WHERE {condition}position > ? ORDER BY position LIMIT ?"  # nosec B608 # marks only
        rows = self._database.select(query, (*states, after, limit))
        return [job_from_row(row) for row in rows]

    def counts(self) -> dict[str, int]:
        """Return the number of jobs in every state that has any."""
        rows = self._database.select("SELECT state, count(*) AS n FROM jobs GROUP BY state")
        return {str(row["state"]): int(row["n"]) for row in rows}

    def digests(self, name: str) -> tuple[str, str]:
        """Return the digests of a job's clip and model, as they were when it was submitted."""
        row = self._database.select("SELECT clip, model FROM jobs WHERE id=?", (name,))[0]
        return str(row["clip"]), str(row["model"])

    def prune(self, keep: int) -> int:
        """Delete all but the newest `keep` ended jobs; returns how many."""
        with self._database.write() as run:
            deleted = run(
                "DELETE FROM jobs WHERE id IN (SELECT id FROM jobs WHERE state IN ('done', 'failed', 'cancelled') "
                "ORDER BY position DESC LIMIT -1 OFFSET ?)",
                (keep,),
            ).rowcount
        return int(deleted)

    def close(self) -> None:
        """Close the database; no method may be called after it."""
        self._database.close()

    def _end(self, name: str, state: JobState, error: JobError | None, result: Mapping[str, Any] | None = None) -> Job:
        with self._database.write() as run:
            run(
                "UPDATE jobs SET state=?, error=?, result=?, intent=NULL, unwanted=0, held=0, finished=? WHERE id=?",
                (state, None if error is None else json.dumps(error.as_json()),
                 None if result is None else json.dumps(result), self._clock(), name),
            )  # fmt: skip
        return self._notify(name)

    def _again_or_park(self, run: Execute, name: str, how: str) -> None:
        job = self._find(name)
        if job is None:
            return
        if job.crashes < MOST_CRASHES and job.interruptions < MOST_INTERRUPTIONS:
            run("UPDATE jobs SET state='queued', started=NULL WHERE id=?", (name,))
            return
        times = job.crashes if job.crashes >= MOST_CRASHES else job.interruptions
        error = JobError.of(
            Crashed(f"ended badly {times} times ({how}) and is parked; `flowsep jobs retry {name[:8]}` tries it again"),
            parked=True,
        )
        run(
            "UPDATE jobs SET state='failed', error=?, finished=? WHERE id=?",
            (json.dumps(error.as_json()), self._clock(), name),
        )

    def _find(self, name: str) -> Job | None:
        rows = self._database.select("SELECT * FROM jobs WHERE id=?", (name,)) if name.isascii() else ()
        return job_from_row(rows[0]) if rows else None

    def _notify(self, name: str) -> Job:
        job = self.get(name)
        if job.state == "queued":
            self.turn.set()
        if self._changed is not None:
            try:
                self._changed(job)
            except Exception:  # the change is on the disk: nobody who only listens undoes it
                log.exception("job %s: a listener failed", Public(name))
        return job


def _requeue(run: Execute, name: str) -> None:
    run(
        "UPDATE jobs SET state='queued', held=0, unwanted=0, crashes=0, interruptions=0, error=NULL, result=NULL, "
        "intent=NULL, started=NULL, finished=NULL, position=(SELECT max(position) + 1 FROM jobs) WHERE id=?",
        (name,),
    )
