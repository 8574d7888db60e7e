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

    def progressed(self, done: float | None, eta_seconds: float | None) -> "QueueRow":
        """Return the row after progress; `done` never goes back while the job runs."""
        if self.done is not None:
            done = self.done if done is None else max(done, self.done)
        return replace(self, done=done, eta_seconds=eta_seconds)

    @property
    def files(self) -> tuple[Path, ...]:
        """The stems and residual that the job has written."""
        result = self.job.result
        if result is None:
            return ()
        return tuple(Path(name) for name in (*result["stems"], result.get("rest")) if name)

    @property
    def sounds(self) -> str:
        """The queries of the job, separated by commas."""
        return ", ".join(self.job.spec.request.queries)

    @property
    def part(self) -> str:
        """The part of the file as "0:04.7-0:05.9"; "" for all of it."""
        span = self.job.spec.files.span
        if span is None:
            return ""
        return f"{tenths(span.start / span.rate)}–{tenths(span.stop / span.rate)}"

    @property
    def title(self) -> str:
        """Clip, sounds and part in one line."""
        return " · ".join(filter(None, (self.job.spec.input.stem, self.sounds, self.part)))

    @property
    def _address(self) -> tuple[object, ...]:
        spec = self.job.spec
        return (spec.input, spec.files.out, spec.files.span, spec.request.queries, spec.request.seed)

    def replaces(self, other: "QueueRow") -> bool:
        """Return whether this job writes the same stems again, with other render settings, over those of `other`."""
        is_later = self.job.created > other.job.created
        return is_later and self.job.spec.files.overwrite and other._address == self._address


@dataclass(frozen=True, slots=True)
class Queue:
    """Rows: running and waiting jobs in queue order, then ended jobs, the newest first.

    hidden : jobs that write below this folder (drafts and re-renders of the panel) are not listed. A job that writes
    the stems of an earlier one again takes its row.
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
        """Return the queue after progress of the running job, which never goes back."""
        rows = tuple(row.progressed(done, eta_seconds) if row.job.id == job else row for row in self.rows)
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

    @property
    def active(self) -> QueueRow | None:
        """The running job, or the next one; None where all have ended."""
        return next((row for row in self.rows if not row.job.has_ended), None)

    @property
    def waiting(self) -> int:
        """Number of jobs that have not ended, without the active one."""
        return max(0, sum(not row.job.has_ended for row in self.rows) - 1)

    def _is_shown(self, job: Job) -> bool:
        return self.hidden is None or not job.spec.files.out.is_relative_to(self.hidden)


def _ordered(rows: Iterable[QueueRow]) -> tuple[QueueRow, ...]:
    rows = list(rows)
    later = [row for row in rows if row.job.spec.files.overwrite]
    rows = [row for row in rows if not any(other.replaces(row) for other in later)]
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


def tenths(seconds: float) -> str:
    """Return seconds as "0:04.7" or "1:02:03.0"."""
    whole, tenth = divmod(round(max(0.0, seconds) * 10), 10)
    return f"{clock(whole)}.{tenth}"
