"""Connections: half-open ones lock nobody out, heads have a time limit, listeners have room, all end with a signal."""

import asyncio
import contextlib
import http.client
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from job_makers import RealWorker, spec, tone, wait_until

from flowsep_plugin.errors import WorkerError
from flowsep_plugin.file_lock import is_locked
from flowsep_plugin.jobs.client.worker_client import WorkerClient
from flowsep_plugin.jobs.directory import Address, WorkerDirectory
from flowsep_plugin.jobs.spec import JobSpec
from flowsep_plugin.jobs.worker.auth import DRAIN_SECONDS
from flowsep_plugin.jobs.worker.events import Events
from flowsep_plugin.jobs.worker.web import connections, disk_calls, streams
from flowsep_plugin.jobs.worker.web.connections import MOST_OWN, MOST_STRANGERS, crowd
from flowsep_plugin.jobs.worker.web.disk_calls import DiskCalls
from flowsep_plugin.jobs.worker.web.peer import is_same_user, peer_uid
from flowsep_plugin.jobs.worker.web.server import END_SECONDS
from flowsep_plugin.jobs.worker.web.streams import EventStreams

LISTENERS = 200
FLOOD = """
import encodings.idna, os, select, socket, sys, time
port, count, user = map(int, sys.argv[1:])
if user: os.setgid(user); os.setuid(user)
waiting, opened, until = [], 0, time.monotonic() + 60
while time.monotonic() < until and os.getppid() != 1:
    while len(waiting) < count:
        try: waiting.append(socket.create_connection(("127.0.0.1", port), 10))
        except OSError: sys.exit()
        waiting[-1].sendall(b"GET /v1/sta")
        opened += 1
    if opened == count: print("open", flush=True); opened += 1
    poll = select.poll()
    for one in waiting: poll.register(one, select.POLLIN)
    closed = {number for number, _ in poll.poll(20)}
    for one in [one for one in waiting if one.fileno() in closed]: waiting.remove(one); one.close()
"""
"""Holds `count` connections with half a head open, as another user where it may, and replaces those that are closed."""


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealWorker]:
    started_worker = RealWorker(tmp_path_factory.mktemp("home") / "worker")
    started_worker.start().pause()
    yield started_worker
    started_worker.stop()


def address_of(worker: RealWorker) -> Address:
    address = worker.directory.read_address()
    assert address is not None
    return address


def port_of(worker: RealWorker) -> int:
    return int(address_of(worker).url.rpartition(":")[2])


@contextlib.contextmanager
def flood(worker: RealWorker, count: int) -> Iterator[None]:
    """Half-open connections, of the user "nobody" where this process may act as it, while the context lasts."""
    user = 65534 if hasattr(os, "geteuid") and os.geteuid() == 0 else 0
    process = subprocess.Popen(
        [sys.executable, "-c", FLOOD, str(port_of(worker)), str(count), str(user)], stdout=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"open\n"
        yield
    finally:
        process.kill()
        process.communicate()


def open_stream(worker: RealWorker) -> socket.socket:
    address = address_of(worker)
    listener = socket.create_connection(("127.0.0.1", port_of(worker)), timeout=30)
    head = f"GET /v1/events HTTP/1.1\r\nHost: {address.url.removeprefix('http://')}\r\n"
    listener.sendall(f"{head}Authorization: Bearer {address.token}\r\n\r\n".encode())
    return listener


def read_until(listener: socket.socket, text: bytes) -> bytes:
    received = b""
    while text not in received:
        received += (more := listener.recv(65536))
        assert more, received
    return received


def test_half_open_connections_lock_nobody_out_and_all_listeners_hear(worker: RealWorker) -> None:
    """The review's attack: 260 of them kept the owner out for as long as they were held; 123 of 200 listeners too."""
    client = worker.client()
    with flood(worker, 300), contextlib.ExitStack() as sockets:
        listeners = [sockets.enter_context(open_stream(worker)) for _ in range(LISTENERS)]
        for listener in listeners:
            assert b" 200 " in read_until(listener, b": event ")
        for number in range(10):
            client.pause(number % 2 == 0)
        for listener in listeners:
            received = read_until(listener, b'{"paused":false}')
            while received.count(b"event: queue") < 10:
                received += listener.recv(65536)
            assert received.count(b'"paused":true') == 5


def test_a_head_that_does_not_come_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert connections.HEAD_SECONDS <= 10
    assert connections.IDLE_SECONDS <= 10
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.3)
    with served(connections.Connection) as port:
        for sent in (b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HT"):
            with socket.create_connection(("127.0.0.1", port), timeout=10) as waiting:
                waiting.sendall(sent)
                start = time.monotonic()
                while True:
                    try:
                        if not waiting.recv(65536):
                            break
                    except ConnectionResetError:
                        break
                assert time.monotonic() - start < 5


def test_a_call_that_takes_long_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.2)
    with served(connections.Connection, answer_seconds=0.8) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        for _ in range(2):
            connection.request("GET", "/")
            assert connection.getresponse().read() == b"late"
        connection.close()


@pytest.mark.parametrize(
    "sent", [b"\x16\x03\x01\x02\x00", b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", b"x" * 70_000]
)
def test_what_is_no_http_is_answered_with_documented_json(worker: RealWorker, sent: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port_of(worker)), timeout=30) as connection:
        connection.sendall(sent + b"\r\n\r\n")
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        content = json.loads(answer.read())
    assert answer.status == 400
    assert content["error"]["kind"] == "Refused"
    worker.client().status()


@pytest.mark.parametrize(
    ("host", "length", "status"), [(None, 1 << 20, 401), (None, 6 << 20, 413), ("a.b", 1 << 20, 421)]
)
def test_a_refusal_arrives_whole_where_the_body_comes_after_it(
    worker: RealWorker, host: str | None, length: int, status: int
) -> None:
    address = address_of(worker)
    head = (
        f"POST /v1/jobs HTTP/1.1\r\nHost: {host or address.url.removeprefix('http://')}\r\nContent-Length: {length}\r\n"
    )
    token = f"Authorization: Bearer {address.token}\r\n" if status == 413 else ""
    for pause in (0.0, 0.0003, 0.0006, 0.05):
        with socket.create_connection(("127.0.0.1", port_of(worker)), 10) as caller:
            caller.sendall(f"{head}{token}\r\n".encode())
            time.sleep(pause)
            caller.sendall(bytes(length))
            answer = b"".join(iter(lambda: caller.recv(4096), b""))  # a reset would raise
        assert answer.startswith(f"HTTP/1.1 {status} ".encode())
        assert set(json.loads(answer.partition(b"\r\n\r\n")[2])) == {"error"}


def test_a_refused_body_that_does_not_come_is_not_waited_for(worker: RealWorker) -> None:
    host, begin = address_of(worker).url.removeprefix("http://"), time.monotonic()
    for expects in ("", "Expect: 100-continue\r\n"):
        with socket.create_connection(("127.0.0.1", port_of(worker)), 10) as caller:
            caller.sendall(f"POST /v1/jobs HTTP/1.1\r\nHost: {host}\r\n{expects}Content-Length: 9\r\n\r\n".encode())
            assert caller.recv(12) == b"HTTP/1.1 401"
    assert time.monotonic() - begin < 2 * DRAIN_SECONDS


def test_the_oldest_stranger_without_a_call_is_dropped_first() -> None:
    strangers = [FakeConnection(since) for since in range(MOST_STRANGERS + 1)]
    strangers[0].has_token = True
    assert crowd(strangers) is None
    strangers[0].has_token = False
    assert crowd(strangers) is strangers[0]
    own = [FakeConnection(since, is_own=True) for since in range(MOST_OWN)]
    assert crowd(own) is None
    assert crowd([*own, *strangers]) is strangers[0]


class FakeConnection:
    """A connection as `crowd` sees it."""

    def __init__(self, since: float, is_own: bool = False) -> None:
        self.since, self.is_own, self.has_token, self.transport = since, is_own, False, self

    def is_closing(self) -> bool:
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells whose a connection is")
def test_linux_tells_whose_a_connection_is() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        client = socket.create_connection(server.getsockname())
        names = (client.getsockname(), server.getsockname())
        assert peer_uid(*names) == os.geteuid()
        assert is_same_user(*names)
        client.close()
    assert not is_same_user(("127.0.0.1", 1), names[1])


def test_listeners_have_room_of_their_own_and_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "MOST_STREAMS", 1)
    monkeypatch.setattr(streams, "MOST_BEHIND", 3)

    async def listen() -> list[Any]:
        events = Events()
        room = EventStreams(events)
        lines: Any = room.open(None, None).body_iterator
        heard = [await anext(lines)]
        with pytest.raises(WorkerError, match="1 listeners are connected"):
            room.open(None, None)
        for number in range(5):
            events.publish("queue", {"number": number})
        await asyncio.sleep(0.01)
        heard += [line async for line in lines]
        room.open(0, None)
        return heard

    heard = asyncio.run(listen())
    assert [line.split(b"\n")[0] for line in heard] == [b"retry: 1000", b"id: 1", b"id: 2", b"id: 3"]


def test_calls_that_wait_for_a_dead_disk_stop_no_other_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk_calls, "MOST_THREADS", 2)
    monkeypatch.setattr(disk_calls, "WAIT_SECONDS", 0.1)
    disk_is_back = threading.Event()

    async def run() -> None:
        calls = DiskCalls()
        hanging = [asyncio.create_task(calls.run(lambda: disk_is_back.wait(30))) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(WorkerError, match="2 calls wait for a disk that does not answer"):
            await calls.run(int)
        disk_is_back.set()
        assert await asyncio.gather(*hanging) == [True, True]
        assert await calls.run(lambda: 5) == 5
        with pytest.raises(ZeroDivisionError):
            await calls.run(lambda: 1 / 0)
        calls.close()

    asyncio.run(run())


@pytest.mark.parametrize(("hangs", "exit_code"), [("", 0), ("Digests.of", 0), ("Dispatcher.stop", 1)])
def test_a_signal_ends_the_worker_within_two_seconds(tmp_path: Path, hangs: str, exit_code: int) -> None:
    """With listeners, half-open connections, and a call that waits for a dead disk, or a clean end that hangs."""
    assert END_SECONDS < 2
    worker = HangingWorker(tmp_path / "worker", hangs)
    client = worker.start()
    with flood(worker, 50), contextlib.ExitStack() as sockets:
        for _ in range(10):
            read_until(sockets.enter_context(open_stream(worker)), b": event ")
        if hangs == "Digests.of":
            submission = threading.Thread(
                target=submit_and_fail, args=(client, spec(tone(tmp_path / "a.wav"), tmp_path))
            )
            submission.start()
            wait_until(lambda: (tmp_path / "worker" / "hangs").exists())
        start = time.monotonic()
        os.kill(worker.pid, signal.SIGTERM)
        assert worker.exit_code() == exit_code
        assert time.monotonic() - start < 4  # on a machine that does other things too
    assert not worker.directory.address_file.exists()
    assert not is_locked(worker.directory.worker_lock)


def submit_and_fail(client: WorkerClient, job: JobSpec) -> None:
    with pytest.raises(WorkerError):
        client.submit(job)


class HangingWorker(RealWorker):
    """A worker in which one function, "Class.method", does not return."""

    SCRIPT = """
import pathlib, sys, time
from flowsep_plugin.jobs.worker import process
from flowsep_plugin.jobs.client.worker_client import WorkerClient
from flowsep_plugin.jobs.directory import WorkerDirectory
def hang(*arguments):
    (WorkerDirectory.default().folder / "hangs").touch()
    time.sleep(60)
owner, _, name = sys.argv[1].partition(".")
if owner: setattr(getattr(process, owner), name, hang)
sys.exit(process.main([]))
"""

    def __init__(self, folder: Path, hangs: str) -> None:
        super().__init__(folder)
        self._hangs = hangs

    def start(self) -> WorkerClient:
        environment = {**os.environ, "FLOWSEP_WORKER_HOME": str(self.directory.folder)}
        command = [sys.executable, "-c", self.SCRIPT, self._hangs]
        self._process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE)
        return self.client()

    def exit_code(self) -> int:
        """Wait for the end; returns the exit code."""
        assert self._process is not None
        self._process.communicate(timeout=60)
        return self._process.returncode


def test_the_address_of_a_worker_that_crashed_is_forgotten_and_the_new_one_answers_at_once(tmp_path: Path) -> None:
    directory = WorkerDirectory(tmp_path / "worker")
    directory.make()
    directory.write_address(Address("http://127.0.0.1:9", "secret", 1, "0"))
    worker = RealWorker(directory.folder)
    starting = threading.Thread(target=worker.start)
    starting.start()
    try:
        wait_until(lambda: (address := directory.read_address()) is not None and address.token != "secret")
        with socket.create_connection(("127.0.0.1", port_of(worker)), timeout=10) as connection:
            assert select.select([], [connection], [], 10)[1]
    finally:
        starting.join()
        worker.stop()


@contextlib.contextmanager
def served(protocol: Any, answer_seconds: float = 0.0) -> Iterator[int]:
    """The port of a server on a thread, whose connections are `protocol`s; every call is answered with "late"."""
    import uvicorn

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.sleep(answer_seconds)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]})
        await send({"type": "http.response.body", "body": b"late"})

    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_config=None, lifespan="off", ws="none", http=protocol, loop="asyncio")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(10)
