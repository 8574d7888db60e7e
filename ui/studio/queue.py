"""The worker's queue as the panel shows it: jobs in order, with the progress of the running one."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from flowsep_plugin.jobs.job import Job


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One job. `done`: fraction 0..1, None if unknown.     eta_seconds : seconds left, None if unknown."""

    job: Job
    done: float | None = None
    eta_seconds: float | None = None

    @property
    def state(self) -> str:
        """The job's state for the user, who also sees "parked" and "paused"."""
        job = self.job
        if job.error is not None and job.error.parked:
            return "parked"
        return "paused" if job.paused and not job.has_ended else job.state

    @property
    def files(self) -> tuple[Path, ...]:
        """The stems and residual that the job has written."""
        result = self.job.result
        if result is None:
            return ()
        return tuple(Path(name) for name in (*result["stems"], result.get("rest")) if name)


@dataclass(frozen=True, slots=True)
class Queue:
    """Rows: running and waiting jobs in queue order, then ended jobs, the newest first.

    hidden : jobs that write below this folder (drafts and re-renders of the panel) are not listed.
    """

    rows: tuple[QueueRow, ...] = ()
    hidden: Path | None = None

    def listed(self, jobs: Iterable[Job]) -> "Queue":
        """Return the queue after the worker has listed all its jobs."""
        rows_by_id = {row.job.id: row for row in self.rows}
        rows = [replace(rows_by_id.get(job.id, QueueRow(job)), job=job) for job in jobs if self._is_shown(job)]
        return replace(self, rows=_ordered(rows))

    def changed(self, job: Job) -> "Queue":
        """Return the queue after a job has changed or was added."""
        if not self._is_shown(job):
            return self
        row = next((row for row in self.rows if row.job.id == job.id), QueueRow(job))
        row = replace(row, job=job)
        if job.state != "running":
            row = replace(row, done=None, eta_seconds=None)
        others = [other for other in self.rows if other.job.id != job.id]
        return replace(self, rows=_ordered([*others, row]))

    def progressed(self, job: str, done: float | None, eta_seconds: float | None) -> "Queue":
        """Return the queue after progress of the running job."""
        rows = tuple(
            replace(row, done=done, eta_seconds=eta_seconds) if row.job.id == job else row for row in self.rows
        )
        return replace(self, rows=rows)

    def without(self, job: str) -> "Queue":
        """Return the queue without the job of that id."""
        return replace(self, rows=tuple(row for row in self.rows if row.job.id != job))

    def row(self, job: str) -> QueueRow | None:
        """Return the row of the job of that id; None where it has none."""
        return next((row for row in self.rows if row.job.id == job), None)

    def neighbours(self, job: str, by: int) -> tuple[str, str] | None:
        """Return (job to move, job to put it before) so that `job` moves up (-1) or down (1); None if it cannot."""
        waiting = [row.job.id for row in self.rows if row.job.state == "queued"]
        if job not in waiting or not 0 <= waiting.index(job) + by < len(waiting):
            return None
        other = waiting[waiting.index(job) + by]
        return (job, other) if by < 0 else (other, job)

    def _is_shown(self, job: Job) -> bool:
        return self.hidden is None or not job.spec.files.out.is_relative_to(self.hidden)


def _ordered(rows: Iterable[QueueRow]) -> tuple[QueueRow, ...]:
    rows = list(rows)
    active = sorted((row for row in rows if not row.job.has_ended), key=_position)
    ended = sorted((row for row in rows if row.job.has_ended), key=lambda row: -(row.job.finished or row.job.created))
    return (*active, *ended)


def _position(row: QueueRow) -> tuple[bool, int]:
    return (row.job.state != "running", row.job.position)


def clock(seconds: float | None) -> str:
    """Return seconds as "0:07" or "1:02:03"; "" for None."""
    if seconds is None:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}" if minutes >= 60 else f"{minutes}:{rest:02}"
