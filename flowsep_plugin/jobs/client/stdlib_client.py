"""A client of the worker in one file of standard library: copy it into any DAW's Python (3.8 or newer).

from stdlib_client import Worker
worker = Worker.running()
job = worker.submit(input="/clips/a.wav", out="/stems", request={"queries": ["a dog barking"]})
for kind, data in worker.events(job["id"]):
    print(kind, data)
"""

from __future__ import annotations  # for Pythons before 3.10

import contextlib
import http.client
import json
import os
import socket
import sys
import urllib.parse
from collections.abc import Iterator
from typing import Any

__all__ = ["Refused", "Worker", "address_file"]


class Refused(Exception):
    """The worker refused a call: HTTP `status`, and class name, exit code and setting of flowsep's error."""

    def __init__(self, status: int, kind: str, message: str, exit_code: int, setting: str | None = None) -> None:
        super().__init__(message)
        self.status, self.kind, self.exit_code, self.setting = status, kind, exit_code, setting


def address_file() -> str:
    """Return the path of the file with the address of a running worker."""
    override = os.environ.get("FLOWSEP_WORKER_HOME")
    if override:
        return os.path.join(override, "address.json")
    directory = os.path.expanduser("~")
    if sys.platform == "win32":
        data = os.environ.get("LOCALAPPDATA", os.path.join(directory, "AppData", "Local"))
    elif sys.platform == "darwin":
        data = os.path.join(directory, "Library", "Application Support")
    else:
        data = os.environ.get("XDG_DATA_HOME") or os.path.join(directory, ".local", "share")
    return os.path.join(data, "flowsep", "worker", "address.json")


def quoted(text: str) -> str:
    """Return any text as one part of an address: everything but letters, digits and commas is escaped."""
    return urllib.parse.quote(text, ",", errors="surrogateescape").replace(".", "%2E")


class _Stream:
    """An iterator over events that closes its connection, even where no event was read."""

    def __init__(self, connection: http.client.HTTPConnection, pairs: Iterator[tuple[str, Any]]) -> None:
        self._connection, self._pairs = connection, pairs
        self._socket = connection.sock

    def close(self) -> None:
        """End the stream, from any thread; a thread that waits for the next event gets StopIteration."""
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        return self

    def __next__(self) -> tuple[str, Any]:
        return next(self._pairs)

    def __del__(self) -> None:
        self._connection.close()


class Worker:
    """A running worker. Methods raise Refused where it refuses a call, OSError where it does not answer.

    last_event : number of the last event read; pass it to `events` as `after` to continue.
    """

    def __init__(self, url: str, token: str, timeout_seconds: float = 30.0) -> None:
        self._host = url.split("://", 1)[1].rstrip("/")
        self._token, self._timeout = token, timeout_seconds
        self.last_event: int | None = None

    @classmethod
    def running(cls, timeout_seconds: float = 30.0) -> Worker:
        """Return the user's worker. Raises OSError where none runs: start one with `flowsep worker`."""
        with open(address_file(), encoding="utf-8") as file:
            address = json.load(file)
        return cls(address["url"], address["token"], timeout_seconds)

    def submit(self, **spec: Any) -> Any:
        """Submit a job, with the names of docs/reference/http-api.md; returns the job."""
        return self.call("POST", "/v1/jobs", spec)["job"]

    def submit_all(self, specs: Any) -> Any:
        """Submit several jobs, each a dict; every answer has `job` or `error`."""
        return self.call("POST", "/v1/jobs", {"jobs": list(specs)})["jobs"]

    def jobs(self, states: str = "") -> Any:
        """Return the jobs in order; `states`, such as "queued,running", selects some."""
        return self.call("GET", "/v1/jobs" + ("?states=" + quoted(states) if states else ""))["jobs"]

    def job(self, name: str) -> Any:
        """Return the job with this id, or with an id that starts so."""
        return self.call("GET", "/v1/jobs/" + quoted(name))

    def cancel(self, name: str) -> Any:
        """Cancel a job, within a flow step; returns the job."""
        return self.call("POST", "/v1/jobs/" + quoted(name) + "/cancel")

    def status(self) -> Any:
        """Return the worker's state: version, job counts, running job and progress."""
        return self.call("GET", "/v1/status")

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Make one call of the API, see docs/reference/http-api.md; returns its answer. Raises Refused, OSError."""
        connection, answer = self._request(method, path, body, self._timeout)
        try:
            return self._checked(answer)
        finally:
            connection.close()

    def events(self, job: str | None = None, after: int | None = None, quiet_seconds: float = 60.0) -> _Stream:
        """Return events (kind, data) as they occur, from now on or after number `after`; of `job` until it has ended.

        No event is missed unless more than 10,000 wait to be read: then, and where the worker ends, the stream ends.
        `last_event` is the number to continue from.
        """
        self.last_event = after
        path = "/v1/events?" + "&".join(
            name + "=" + quoted(str(value)) for name, value in (("job", job), ("after", after)) if value is not None
        )
        connection, answer = self._request("GET", path, None, quiet_seconds)
        try:
            if answer.status != 200:
                self._checked(answer)
            while answer.readline().strip():  # the greeting: from here on the worker sends events to this connection
                pass
        except BaseException:
            connection.close()
            raise
        return _Stream(connection, self._follow(connection, answer, job))

    def _follow(
        self, connection: http.client.HTTPConnection, answer: http.client.HTTPResponse, job: str | None
    ) -> Iterator[tuple[str, Any]]:
        try:
            if job is not None:
                current = self.job(job)
                yield "job", current
                if current["state"] in ("done", "failed", "cancelled"):
                    return
            for kind, data in self._events(answer):
                yield kind, data
                if job is not None and kind == "job" and data["state"] in ("done", "failed", "cancelled"):
                    return
        finally:
            connection.close()

    def _events(self, answer: http.client.HTTPResponse) -> Iterator[tuple[str, Any]]:
        kind = ""
        while True:
            try:
                raw = answer.readline()
            except (http.client.HTTPException, ConnectionError):  # the worker has ended
                return
            if not raw:
                return
            line = raw.decode("utf-8").rstrip("\n")
            if line.startswith("id: "):
                self.last_event = int(line[4:])
            elif line.startswith("event: "):
                kind = line[7:]
            elif line.startswith("data: "):
                yield kind, json.loads(line[6:])

    def _request(
        self, method: str, path: str, body: Any, timeout: float
    ) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        connection = http.client.HTTPConnection(self._host, timeout=timeout)
        headers = {"Authorization": "Bearer " + self._token, "Content-Type": "application/json"}
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            return connection, connection.getresponse()
        except BaseException:
            connection.close()
            raise

    @staticmethod
    def _checked(answer: http.client.HTTPResponse) -> Any:
        raw = answer.read()
        try:
            content = json.loads(raw)
        except ValueError:
            content = {"error": {"kind": "Refused", "message": raw.decode("utf-8", "replace"), "exit_code": 5}}
        if answer.status >= 400:
            error = content["error"]
            raise Refused(answer.status, error["kind"], error["message"], error["exit_code"], error.get("setting"))
        return content
