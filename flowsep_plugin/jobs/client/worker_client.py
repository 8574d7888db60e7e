"""The typed client: jobs in, jobs out, errors as the package's own."""

import contextlib
import http.client
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from flowsep_plugin.errors import FlowsepError, WorkerError, error_class
from flowsep_plugin.file_lock import is_locked
from flowsep_plugin.jobs.directory import HOME_VARIABLE, WorkerDirectory
from flowsep_plugin.jobs.job import Job, JobError
from flowsep_plugin.jobs.spec import JobSpec

from . import stdlib_client as bare

_START_SECONDS = 120.0
_STARTED: "list[subprocess.Popen[bytes]]" = []
"""Kept, because Python warns of a process whose handle is dropped while it runs."""

LEAVE_AFTER_SECONDS = 1800.0
"""A worker that was started for somebody leaves after so long without work or calls."""


def _go_on() -> None:
    """Nobody wants it to end."""


class WorkerClient:
    """A running worker. Every method raises FlowsepError: the worker's own errors, WorkerError where it is gone."""

    def __init__(self, url: str, token: str, timeout_seconds: float = 30.0) -> None:
        self._bare = bare.Worker(url, token, timeout_seconds)

    @classmethod
    def running(cls, directory: WorkerDirectory | None = None) -> "WorkerClient | None":
        """The worker of `home` (default: the user's own), or None where none runs."""
        directory = directory or WorkerDirectory.default()
        if not is_locked(directory.worker_lock):  # a file left by one that is gone; nobody gets its token
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
    def ensure(cls, directory: WorkerDirectory | None = None, check: Callable[[], None] = _go_on) -> "WorkerClient":
        """The running worker, or one started now; `check` is called while it comes up, and what it raises ends that.

        Raises WorkerError where it does not come up.
        """
        directory = directory or WorkerDirectory.default()
        client = cls.running(directory)
        if client is not None:
            return client
        process = _start(directory)
        until = time.monotonic() + _START_SECONDS
        while time.monotonic() < until:
            client = cls.running(directory)
            if client is not None:
                _end_a_late_one(process, directory)
                return client
            check()
            if process.poll() not in (None, WorkerError.exit_code):  # somebody else's may be coming up
                break
            time.sleep(0.05)
        raise WorkerError(f"the worker did not start; {directory.logs} says why, or run `flowsep worker` and read on")

    def status(self) -> Mapping[str, Any]:
        """How it is."""
        return dict(self._call("GET", "/v1/status"))

    def submit(self, spec: JobSpec) -> Job:
        """Ask for a job; one that was done before comes back at once."""
        return Job.from_json(self._call("POST", "/v1/jobs", spec.as_json())["job"])

    def submit_all(self, specs: Sequence[JobSpec]) -> list[Job | JobError]:
        """Ask for many; what is wrong with one does not keep the others."""
        made: list[Job | JobError] = []
        for first in range(0, len(specs), 200):
            part = [spec.as_json() for spec in specs[first : first + 200]]
            for answer in self._call("POST", "/v1/jobs", {"jobs": part})["jobs"]:
                made.append(JobError(**answer["error"]) if "error" in answer else Job.from_json(answer["job"]))
        return made

    def jobs(self, *states: str) -> list[Job]:
        """Jobs in their order; all of them, or those in `states`."""
        found: list[Job] = []
        while True:
            after = found[-1].position if found else 0
            query = f"?after={after}&limit=1000" + (f"&states={','.join(states)}" if states else "")
            page = [Job.from_json(plain) for plain in self._call("GET", f"/v1/jobs{query}")["jobs"]]
            found += page
            if len(page) < 1000:
                return found

    def job(self, name: str) -> Job:
        """One job."""
        return Job.from_json(self._call("GET", f"/v1/jobs/{name}"))

    def change(self, name: str, verb: str, body: Mapping[str, Any] | None = None) -> Job:
        """`verb` is cancel, retry, pause, resume or move (with {"before": id}, or nothing for the first place)."""
        return Job.from_json(self._call("POST", f"/v1/jobs/{name}/{verb}", body))

    def forget(self, name: str) -> None:
        """Take an ended job off the list."""
        self._call("DELETE", f"/v1/jobs/{name}")

    def log(self, name: str) -> list[str]:
        """What the log says about a job."""
        return list(self._call("GET", f"/v1/jobs/{name}/log")["lines"])

    def cancel_all(self) -> None:
        """Cancel everything that has not ended."""
        self._call("POST", "/v1/cancel")

    def pause(self, paused: bool = True) -> None:
        """Pause or resume everything."""
        self._call("POST", "/v1/pause" if paused else "/v1/resume")

    def shutdown(self) -> None:
        """End it; what it was at is done by the next one."""
        self._call("POST", "/v1/shutdown")

    def events(self, job: str | None = None, after: int | None = None) -> "EventStream":
        """(kind, data) as it happens, from the call on; of one job until it has ended, or the worker goes away."""
        with _in_our_words():
            return EventStream(self._bare.events(job, after))

    def wait(self, name: str) -> Job:
        """Follow a job to its end, over restarts of the stream."""
        while not (job := self.job(name)).has_ended:
            with contextlib.suppress(WorkerError):
                for _ in self.events(job.id):
                    pass
        return job

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        with _in_our_words():
            return self._bare.call(method, path, body)


class EventStream:
    """Pairs (kind, data), in the order they happen. Raises as the client does."""

    def __init__(self, stream: bare._Stream) -> None:
        self._stream = stream

    def __iter__(self) -> "EventStream":
        return self

    def __next__(self) -> tuple[str, Mapping[str, Any]]:
        with _in_our_words():
            return next(self._stream)

    def close(self) -> None:
        """End it, from any thread: whoever waits for the next pair gets none."""
        self._stream.close()


@contextlib.contextmanager
def _in_our_words() -> Iterator[None]:
    try:
        yield
    except bare.Refused as error:
        raise error_class(error.kind, WorkerError)(str(error), setting=error.setting) from None
    except (OSError, http.client.HTTPException) as error:
        raise WorkerError(f"the worker does not answer ({error}); `flowsep worker` starts one") from error


def _end_a_late_one(process: "subprocess.Popen[bytes]", directory: WorkerDirectory) -> None:
    """Another client's worker was faster: ours, still starting, must not take over when that one leaves."""
    address = directory.read_address()
    if sys.platform != "win32" and address is not None and address.pid != process.pid:
        process.terminate()  # on Windows a virtual environment's Python has another id than its launcher


def _start(directory: WorkerDirectory) -> "subprocess.Popen[bytes]":
    """Start a worker that outlives this process and its terminal."""
    flags = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0) | getattr(subprocess, "CREATE_NO_WINDOW", 0)
    command = [sys.executable, "-m", "flowsep_plugin.jobs.worker.process", "--leave-after", str(LEAVE_AFTER_SECONDS)]
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={**os.environ, HOME_VARIABLE: str(directory.folder)}, start_new_session=True, creationflags=flags,
    )  # fmt: skip
    _STARTED.append(process)
    return process
