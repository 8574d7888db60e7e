"""The typed client of the worker: jobs in, jobs out, errors as classes of `flowsep_plugin.errors`."""

import contextlib
import http.client
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from flowsep_plugin.errors import FlowsepError, WorkerError, error_class
from flowsep_plugin.file_lock import is_locked
from flowsep_plugin.jobs.directory import HOME_VARIABLE, WorkerDirectory
from flowsep_plugin.jobs.job import Job, JobError
from flowsep_plugin.jobs.spec import JobSpec
from flowsep_plugin.untrusted.child_process import python_command

from . import stdlib_client
from .stdlib_client import quoted

_START_SECONDS = 120.0

LEAVE_AFTER_SECONDS = 1800.0
"""A worker that a client has started stops after this long without jobs or calls."""


def _never_stop() -> None:
    """Return: the wait is not to be stopped."""


class WorkerClient:
    """A client of a running worker.

    Every method raises the worker's errors, such as NotFound, as their class, and WorkerError where it does not answer.
    """

    def __init__(self, url: str, token: str, timeout_seconds: float = 30.0) -> None:
        self._worker = stdlib_client.Worker(url, token, timeout_seconds)

    @classmethod
    def running(cls, directory: WorkerDirectory | None = None) -> "WorkerClient | None":
        """Return a client of the worker of `directory` (default: the user's); None where none runs."""
        directory = directory or WorkerDirectory.default()
        if not is_locked(
            directory.worker_lock
        ):  # the address file of a worker that crashed: its token must not be sent
            return None
        address = directory.read_address()
        if address is None:
            return None
        client = cls(address.url, address.token)
        with contextlib.suppress(FlowsepError):
            client.status()
            return client
        return None

    @classmethod
    def ensure(
        cls, directory: WorkerDirectory | None = None, check: Callable[[], None] = _never_stop
    ) -> "WorkerClient":
        """Return a client of the running worker; start one where none runs.

        check : called while the worker starts; its error ends the wait.     Raises WorkerError where it does not start.
        """
        directory = directory or WorkerDirectory.default()
        client = cls.running(directory)
        if client is not None:
            return client
        process = _start(directory)
        deadline_s = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline_s:
            client = cls.running(directory)
            if client is not None:
                _end_second(process, directory)
                return client
            check()
            if process.poll() not in (None, WorkerError.exit_code):  # that code: another client's worker is starting
                break
            time.sleep(0.05)
        raise WorkerError(
            f"the worker did not start; see the logs in {directory.logs}, or run `flowsep worker` to see why"
        )

    def status(self) -> Mapping[str, Any]:
        """Return the worker's state: version, job counts, running job and progress, trouble."""
        return dict(self._call("GET", "/v1/status"))

    def submit(self, spec: JobSpec) -> Job:
        """Submit a job and return it; an equal one that is done is returned as it is."""
        return Job.from_json(self._call("POST", "/v1/jobs", spec.as_json())["job"])

    def submit_all(self, specs: Sequence[JobSpec]) -> list[Job | JobError]:
        """Submit jobs; returns for each the job, or its error, which does not stop the others."""
        answers: list[Job | JobError] = []
        for first in range(0, len(specs), 200):
            part = [spec.as_json() for spec in specs[first : first + 200]]
            for answer in self._call("POST", "/v1/jobs", {"jobs": part})["jobs"]:
                answers.append(JobError(**answer["error"]) if "error" in answer else Job.from_json(answer["job"]))
        return answers

    def jobs(self, *states: str) -> list[Job]:
        """Return all jobs in order, or those in `states`."""
        jobs: list[Job] = []
        while True:
            after = jobs[-1].position if jobs else 0
            query = f"?after={after}&limit=1000" + (f"&states={quoted(','.join(states))}" if states else "")
            page = [Job.from_json(plain) for plain in self._call("GET", f"/v1/jobs{query}")["jobs"]]
            jobs += page
            if len(page) < 1000:
                return jobs

    def job(self, name: str) -> Job:
        """Return the job with this id, or with an id that starts so."""
        return Job.from_json(self._call("GET", f"/v1/jobs/{quoted(name)}"))

    def change(self, name: str, verb: str, body: Mapping[str, Any] | None = None) -> Job:
        """Change a job and return it.

        verb : cancel, retry, pause, resume, or move, whose body is {"before": id}, or None for the front.
        """
        return Job.from_json(self._call("POST", f"/v1/jobs/{quoted(name)}/{verb}", body))

    def forget(self, name: str) -> None:
        """Delete an ended job from the list; its files stay."""
        self._call("DELETE", f"/v1/jobs/{quoted(name)}")

    def log(self, name: str) -> list[str]:
        """Return the worker's log lines about a job."""
        return list(self._call("GET", f"/v1/jobs/{quoted(name)}/log")["lines"])

    def cancel_all(self) -> None:
        """Cancel every job that has not ended."""
        self._call("POST", "/v1/cancel")

    def pause(self, paused: bool = True) -> None:
        """Pause the whole queue, or resume it."""
        self._call("POST", "/v1/pause" if paused else "/v1/resume")

    def shutdown(self) -> None:
        """Stop the worker; the next one runs the interrupted job again."""
        self._call("POST", "/v1/shutdown")

    def events(self, job: str | None = None, after: int | None = None) -> "EventStream":
        """Return events (kind, data) from now on, or after number `after`; those of one job until it has ended.

        The stream also ends where the worker does.
        """
        with _own_errors():
            return EventStream(self._worker.events(job, after))

    def wait(self, name: str) -> Job:
        """Wait until a job has ended and return it; a broken event stream is opened again."""
        while not (job := self.job(name)).has_ended:
            with contextlib.suppress(WorkerError):
                for _ in self.events(job.id):
                    pass
        return job

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        with _own_errors():
            return self._worker.call(method, path, body)


class EventStream:
    """Iterator over events (kind, data) in order. Raises the same errors as `WorkerClient`."""

    def __init__(self, stream: stdlib_client._Stream) -> None:
        self._stream = stream

    def __iter__(self) -> "EventStream":
        return self

    def __next__(self) -> tuple[str, Mapping[str, Any]]:
        with _own_errors():
            return next(self._stream)

    def close(self) -> None:
        """End the stream, from any thread; a thread that waits for the next event gets StopIteration."""
        self._stream.close()


@contextlib.contextmanager
def _own_errors() -> Iterator[None]:
    try:
        yield
    except stdlib_client.Refused as error:
        raise error_class(error.kind, WorkerError)(str(error), setting=error.setting) from None
    except (OSError, http.client.HTTPException) as error:
        raise WorkerError(f"the worker does not answer ({error}); `flowsep worker` starts one") from error


def _end_second(process: "subprocess.Popen[bytes]", directory: WorkerDirectory) -> None:
    """End our starting worker where another client's was first, so that it does not replace that one later."""
    address = directory.read_address()
    if sys.platform != "win32" and address is not None and address.pid != process.pid:
        process.terminate()  # on Windows a virtual environment's Python has another id than its launcher


def _start(directory: WorkerDirectory) -> "subprocess.Popen[bytes]":
    """Start a worker that outlives this process and its terminal; a thread waits for it, so that no zombie stays."""
    flags = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0) | getattr(subprocess, "CREATE_NO_WINDOW", 0)
    command = [*python_command("flowsep_plugin.jobs.worker"), "--leave-after", str(LEAVE_AFTER_SECONDS)]
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={**os.environ, HOME_VARIABLE: str(directory.folder)}, start_new_session=True, creationflags=flags,
    )  # fmt: skip
    threading.Thread(target=process.wait, daemon=True, name="worker-reaper").start()
    return process
