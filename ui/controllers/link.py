"""The interface between panel and worker; `worker_link` implements it, tests have a fake."""

from PyQt6.QtCore import QObject, pyqtSignal

from flowsep_plugin.jobs.spec import JobSpec


class Link(QObject):
    """Calls to the worker, and its events as signals. No call waits; signals arrive in the window's thread.

    state_changed : "starting", "ready", "resting" (none runs and none is needed) or "away" (it died or does not
    start), and why.     jobs_listed : all jobs of the worker, after every (re)connection.
    job_changed : the new `Job`.     progressed : job id, fraction 0..1 or None, seconds left or None.
    presence_found : job id, presence as JSON.     engine_changed : the engine event as JSON.
    submitted, refused : the ticket of `submit`, and its `Job` or `JobError`.     call_failed : why another call failed.
    """

    state_changed = pyqtSignal(str, str)
    jobs_listed = pyqtSignal(list)
    job_changed = pyqtSignal(object)
    progressed = pyqtSignal(str, object, object)
    presence_found = pyqtSignal(str, object)
    engine_changed = pyqtSignal(object)
    queue_paused = pyqtSignal(bool)
    job_forgotten = pyqtSignal(str)
    submitted = pyqtSignal(object, object)
    refused = pyqtSignal(object, object)
    call_failed = pyqtSignal(object)

    def submit(self, ticket: object, spec: JobSpec) -> None:
        """Submit a job; `submitted` or `refused` answers with `ticket`."""
        raise NotImplementedError

    def cancel(self, job: str) -> None:
        """Cancel a waiting or running job."""
        raise NotImplementedError

    def retry(self, job: str) -> None:
        """Queue an ended job again."""
        raise NotImplementedError

    def move(self, job: str, before: str | None) -> None:
        """Move a waiting job before another; None moves it to the front."""
        raise NotImplementedError

    def hold(self, job: str, on: bool) -> None:
        """Pause (`on`) or resume one job."""
        raise NotImplementedError

    def pause(self, paused: bool) -> None:
        """Pause or resume the whole queue."""
        raise NotImplementedError

    def forget(self, job: str) -> None:
        """Remove an ended job from the list; its files stay."""
        raise NotImplementedError

    def wake(self) -> None:
        """Start a worker if none runs."""
        raise NotImplementedError

    def close(self) -> None:
        """End the threads; the worker and its jobs go on."""
        raise NotImplementedError
