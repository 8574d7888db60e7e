"""What the panel hears from a worker and says to it. `worker_link` has the real one; tests have their own."""

from PyQt6.QtCore import QObject, pyqtSignal

from flowsep_plugin.jobs.spec import JobSpec


class Link(QObject):
    """What the panel hears and says; `WorkerLink` is the real one, tests have their own.

    state_changed : "starting", "ready", "resting" (none runs and none is needed) or "away" (it died or does not
    start), and why.     jobs_listed : every job there is, after (re)connecting.     heard : id, presence.
    progressed : id, stage, 0..1 or None, seconds to go or None.     submitted, refused : the ticket of `submit`, and
    its job or why not.     order_failed : why another order was not carried out.
    """

    state_changed = pyqtSignal(str, str)
    jobs_listed = pyqtSignal(list)
    job_changed = pyqtSignal(object)
    progressed = pyqtSignal(str, str, object, object)
    heard = pyqtSignal(str, object)
    engine_changed = pyqtSignal(object)
    queue_paused = pyqtSignal(bool)
    job_forgotten = pyqtSignal(str)
    submitted = pyqtSignal(object, object)
    refused = pyqtSignal(object, object)
    call_failed = pyqtSignal(str)

    def submit(self, ticket: object, spec: JobSpec) -> None:
        """Ask for a job; `submitted` or `refused` answers with `ticket`."""
        raise NotImplementedError

    def cancel(self, job: str) -> None:
        """Cancel a job."""
        raise NotImplementedError

    def retry(self, job: str) -> None:
        """Put an ended job in again."""
        raise NotImplementedError

    def move(self, job: str, before: str | None) -> None:
        """Put a waiting job before another; None is the first place."""
        raise NotImplementedError

    def hold(self, job: str, held: bool) -> None:
        """Pause or resume one job."""
        raise NotImplementedError

    def pause(self, paused: bool) -> None:
        """Pause or resume everything."""
        raise NotImplementedError

    def forget(self, job: str) -> None:
        """Take an ended job off the list."""
        raise NotImplementedError

    def wake(self) -> None:
        """Start a worker where none runs."""
        raise NotImplementedError

    def close(self) -> None:
        """End the threads; the worker and its jobs go on."""
        raise NotImplementedError
