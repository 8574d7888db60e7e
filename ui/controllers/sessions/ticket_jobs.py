"""Jobs of one part of the panel besides takes: submitted under a key, followed to their end.

owner.submit(key, spec) ─► Link ─► worker ─► changed(key, job) … ; keys are the owner's, job ids stay inside.
"""

from dataclasses import dataclass

from flowsep_ui.controllers.link import Link
from PyQt6.QtCore import QObject, pyqtSignal

from flowsep_plugin.jobs.job import Job, JobError
from flowsep_plugin.jobs.spec import JobSpec


@dataclass(frozen=True, slots=True)
class JobTicket:
    """The ticket of a submitted job: who submitted it, and under which key."""

    owner: str
    key: str


class TicketJobs(QObject):
    """Submits jobs of one owner over the link. One job may have several keys, as equal jobs are one in the queue.

    changed : key and `Job`.     refused : key and `JobError`.     progressed : key, fraction 0..1 or None, seconds left
    or None.     on_lost : key of a job that the worker no longer has.
    """

    changed = pyqtSignal(str, object)
    refused = pyqtSignal(str, object)
    progressed = pyqtSignal(str, object, object)
    on_lost = pyqtSignal(str)

    def __init__(self, link: Link, owner: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._link, self._owner = link, owner
        self._keys: dict[str, set[str]] = {}
        self._unanswered: set[str] = set()
        self._early: dict[str, Job] = {}
        link.submitted.connect(self._submitted)
        link.refused.connect(self._refused)
        link.job_changed.connect(self._job_changed)
        link.jobs_listed.connect(self._jobs_listed)
        link.progressed.connect(self._progressed)

    def submit(self, key: str, spec: JobSpec) -> None:
        """Submit a job under `key`; answers with `changed` or `refused`."""
        self._unanswered.add(key)
        self._link.submit(JobTicket(self._owner, key), spec)

    def follow(self, key: str, job: str) -> None:
        """Follow a job that was submitted earlier, before a restart of the panel."""
        self._keys.setdefault(job, set()).add(key)

    def forget(self, key: str) -> None:
        """Stop following the job of `key`; it goes on."""
        self._unanswered.discard(key)
        for keys in self._keys.values():
            keys.discard(key)

    def job_of(self, key: str) -> str | None:
        """Return the id of the job under `key`; None while the worker has not answered."""
        return next((job for job, keys in self._keys.items() if key in keys), None)

    def cancel(self, key: str) -> None:
        """Cancel the job under `key`, unless it is shared with another key that is still wanted."""
        job = self.job_of(key)
        if job is not None and self._keys[job] == {key}:
            self._link.cancel(job)

    def hold(self, key: str, on: bool) -> None:
        """Pause (`on`) or resume the job under `key`."""
        job = self.job_of(key)
        if job is not None:
            self._link.hold(job, on)

    def _submitted(self, ticket: object, job: Job) -> None:
        if not isinstance(ticket, JobTicket) or ticket.owner != self._owner:
            return
        job = self._early.get(job.id, job)
        was_wanted = ticket.key in self._unanswered
        self._unanswered.discard(ticket.key)
        if not self._unanswered:
            self._early.clear()
        if not was_wanted:  # forgotten meanwhile
            if not self._keys.get(job.id):
                self._link.cancel(job.id)
            return
        self.follow(ticket.key, job.id)
        self.changed.emit(ticket.key, job)

    def _refused(self, ticket: object, error: JobError) -> None:
        if isinstance(ticket, JobTicket) and ticket.owner == self._owner:
            self._unanswered.discard(ticket.key)
            self.refused.emit(ticket.key, error)

    def _job_changed(self, job: Job) -> None:
        if self._unanswered and job.has_ended:
            self._early[job.id] = job
        for key in sorted(self._keys.get(job.id, ())):
            self.changed.emit(key, job)

    def _jobs_listed(self, jobs: list[Job]) -> None:
        jobs_by_id = {job.id: job for job in jobs}
        for name, keys in list(self._keys.items()):
            for key in sorted(keys):
                if name in jobs_by_id:
                    self.changed.emit(key, jobs_by_id[name])
                else:
                    self.on_lost.emit(key)

    def _progressed(self, job: str, done: float | None, eta: float | None) -> None:
        for key in sorted(self._keys.get(job, ())):
            self.progressed.emit(key, done, eta)
