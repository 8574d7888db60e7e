"""The worker's queue as the panel shows it: jobs in their order, with what is known of the one that runs."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from flowsep_plugin.jobs.job import Job


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One job. `done`: 0..1, None where nothing is said; `eta_seconds` likewise."""

    job: Job
    done: float | None = None
    eta_seconds: float | None = None
    stage: str = ""

    @property
    def state(self) -> str:
        """What is shown: parked and paused are states of their own to people."""
        job = self.job
        if job.error is not None and job.error.parked:
            return "parked"
        return "paused" if job.held and not job.has_ended else job.state

    @property
    def files(self) -> tuple[Path, ...]:
        """What it has written."""
        result = self.job.result
        if result is None:
            return ()
        return tuple(Path(one) for one in (*result["stems"], result.get("rest")) if one)


@dataclass(frozen=True, slots=True)
class Queue:
    """Rows: what runs and waits first, in its order, then what has ended, the newest first.

    hidden : folder whose jobs are nobody's business (drafts, re-renders of the panel).
    """

    rows: tuple[QueueRow, ...] = ()
    hidden: Path | None = None

    def listed(self, jobs: Iterable[Job]) -> "Queue":
        """The queue after the worker has listed all there are."""
        known = {row.job.id: row for row in self.rows}
        rows = [replace(known.get(job.id, QueueRow(job)), job=job) for job in jobs if self._is_shown(job)]
        return replace(self, rows=_ordered(rows))

    def changed(self, job: Job) -> "Queue":
        """The queue after a job has changed, or has come."""
        if not self._is_shown(job):
            return self
        row = next((row for row in self.rows if row.job.id == job.id), QueueRow(job))
        row = replace(row, job=job)
        if job.state != "running":
            row = replace(row, done=None, eta_seconds=None, stage="")
        others = [other for other in self.rows if other.job.id != job.id]
        return replace(self, rows=_ordered([*others, row]))

    def progressed(self, job: str, stage: str, done: float | None, eta_seconds: float | None) -> "Queue":
        """The queue after a step of the running job."""
        rows = tuple(
            replace(row, done=done, eta_seconds=eta_seconds, stage=stage) if row.job.id == job else row
            for row in self.rows
        )
        return replace(self, rows=rows)

    def without(self, job: str) -> "Queue":
        """The queue after a job was taken off the list."""
        return replace(self, rows=tuple(row for row in self.rows if row.job.id != job))

    def row(self, job: str) -> QueueRow | None:
        """The row of a job."""
        return next((row for row in self.rows if row.job.id == job), None)

    def neighbours(self, job: str, by: int) -> tuple[str, str] | None:
        """Which waiting job goes before which, so that `job` moves a place up (-1) or down (1); None: it cannot."""
        waiting = [row.job.id for row in self.rows if row.job.state == "queued"]
        if job not in waiting or not 0 <= waiting.index(job) + by < len(waiting):
            return None
        other = waiting[waiting.index(job) + by]
        return (job, other) if by < 0 else (other, job)

    def _is_shown(self, job: Job) -> bool:
        return self.hidden is None or not job.spec.files.out.is_relative_to(self.hidden)


def _ordered(rows: Iterable[QueueRow]) -> tuple[QueueRow, ...]:
    rows = list(rows)
    going = sorted((row for row in rows if not row.job.has_ended), key=_place)
    ended = sorted((row for row in rows if row.job.has_ended), key=lambda row: -(row.job.finished or row.job.created))
    return (*going, *ended)


def _place(row: QueueRow) -> tuple[bool, int]:
    return (row.job.state != "running", row.job.position)


def clock(seconds: float | None) -> str:
    """Time to go: "0:07", "1:02:03"; empty where it is not known."""
    if seconds is None:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}" if minutes >= 60 else f"{minutes}:{rest:02}"
