"""Where the worker listens: beyond the loopback only with a token of the user's, which it tells nobody."""

import asyncio
import http.client
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from job_makers import tone, wait_until

from flowsep_plugin.errors import UsageError
from flowsep_plugin.jobs.client.worker_client import WorkerClient
from flowsep_plugin.jobs.directory import Address, WorkerDirectory
from flowsep_plugin.jobs.worker.auth import AuthMiddleware
from flowsep_plugin.jobs.worker.listening import BindOptions, user_token

TOKEN = "c2f1a7b9d03e4856" * 2


def test_without_options_only_this_machine_can_connect() -> None:
    options = BindOptions()
    assert (options.host, options.is_loopback, options.call_names) == ("127.0.0.1", True, None)
    with options.listen() as listener:
        assert listener.getsockname()[0] == "127.0.0.1"


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "10.0.0.1"])
def test_beyond_the_loopback_a_token_is_needed(host: str) -> None:
    with pytest.raises(UsageError, match="needs a token of yours"):
        BindOptions(host=host)
    assert not BindOptions(host=host, token=TOKEN).is_loopback


@pytest.mark.parametrize("host", ["", "localhost", "::", "0.0.0.0:80", "http://1.2.3.4", "1.2.3", "256.1.1.1"])
def test_what_is_no_address_is_refused(host: str) -> None:
    with pytest.raises(UsageError, match="no IPv4 address; write one"):
        BindOptions(host=host, token=TOKEN)


@pytest.mark.parametrize("name", ["", "http://studio", "studio:80", "*", "a b", "-x"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="no name; leave out"):
        BindOptions(host="0.0.0.0", token=TOKEN, names=(name,))


def test_the_token_is_read_from_its_file_or_variable_and_taken_out_of_the_environment(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "token").write_text(f"{TOKEN}\n")
    (tmp_path / "token").symlink_to("data/token")  # as in a mounted secret of Kubernetes
    assert user_token({"FLOWSEP_WORKER_TOKEN_FILE": str(tmp_path / "token")}) == TOKEN
    environ = {"FLOWSEP_WORKER_TOKEN": TOKEN}
    assert (user_token(environ), environ) == (TOKEN, {})
    assert user_token({}) is None


@pytest.mark.parametrize("token", ["short", "a" * 64, "ab" * 40, f"{TOKEN} {TOKEN}", f"{TOKEN}\n{TOKEN}", f"{TOKEN}é"])
def test_a_weak_token_is_refused_and_not_repeated(token: str, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(token)
    for environ in ({"FLOWSEP_WORKER_TOKEN": token}, {"FLOWSEP_WORKER_TOKEN_FILE": str(tmp_path / "token")}):
        with pytest.raises(UsageError, match="FLOWSEP_WORKER_TOKEN") as error:
            user_token(environ)
        assert token not in str(error.value)


def test_a_token_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        user_token({"FLOWSEP_WORKER_TOKEN_FILE": str(tmp_path / "none")})
    with pytest.raises(UsageError, match="both set"):
        user_token({"FLOWSEP_WORKER_TOKEN_FILE": str(tmp_path / "none"), "FLOWSEP_WORKER_TOKEN": TOKEN})


def status_of(names: frozenset[str] | None, host: str, token: str = TOKEN, *more: tuple[bytes, bytes]) -> int:
    """Return the status that the middleware answers a call with; 200 where it passes it on."""
    sent: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200})

    async def receive() -> Any:
        return {"type": "http.request", "body": b""}

    async def send(message: Any) -> None:
        sent.append(message)

    middleware = AuthMiddleware(app, Address("http://127.0.0.1:9", TOKEN, 1, "1"), lambda: None, names)
    headers = [(b"host", host.encode()), (b"authorization", f"Bearer {token}".encode()), *more]
    scope = {"type": "http", "method": "GET", "path": "/", "headers": headers, "query_string": b""}
    asyncio.run(middleware(scope, receive, send))  # type: ignore[arg-type]
    return int(sent[0]["status"])


def test_beyond_the_loopback_known_names_pass_with_any_port_and_nothing_without_the_token() -> None:
    names = BindOptions(host="0.0.0.0", token=TOKEN, names=("Studio.local",)).call_names
    for host in ("127.0.0.1:8765", "localhost:1", "localhost", "studio.local:8765", "STUDIO.local"):
        assert status_of(names, host) == 200
        assert status_of(names, host, "wrong") == 401
        assert status_of(names, host, TOKEN, (b"origin", b"http://localhost")) == 403
    for host in ("evil.example", "studio.local.evil.example", "localhost:x", "", "127.0.0.1@evil:1"):
        assert status_of(names, host) == 421


def test_on_the_loopback_only_the_workers_own_port_passes() -> None:
    assert status_of(None, "127.0.0.1:9") == 200
    assert status_of(None, "127.0.0.1:8") == 421


@pytest.fixture
def process(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A worker with the user's token on the loopback, as a container starts it."""
    (tmp_path / "token").write_text(TOKEN)
    environment = {
        **os.environ, "FLOWSEP_WORKER_HOME": str(tmp_path / "worker"), "FLOWSEP_MODEL": "echo", "FLOWSEP_DEVICE": "cpu",
        "FLOWSEP_WORKER_TOKEN_FILE": str(tmp_path / "token"),
    }  # fmt: skip
    worker = subprocess.Popen([sys.executable, "-m", "flowsep_plugin", "worker"], env=environment)
    yield worker
    worker.kill()
    worker.wait()


def test_a_worker_with_a_token_of_the_user_fills_in_its_model_and_ends_on_a_signal(
    process: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    directory = WorkerDirectory(tmp_path / "worker")
    wait_until(lambda: WorkerClient.running(directory) is not None)
    address = directory.read_address()
    assert address is not None
    assert address.token == TOKEN
    worker = WorkerClient(address.url, TOKEN)
    clip = tone(tmp_path / "a.wav")
    plain = {"input": str(clip), "out": str(tmp_path / "stems"), "request": {"queries": ["rain"]}}
    job = worker._call("POST", "/v1/jobs", plain)["job"]
    assert (job["spec"]["model"], job["spec"]["device"]) == ("echo", "cpu")
    chosen = worker._call("POST", "/v1/jobs", {**plain, "model": "flowsep-base", "device": "auto"})["job"]
    assert (chosen["spec"]["model"], chosen["spec"]["device"]) == ("flowsep-base", "auto")
    connection = http.client.HTTPConnection(address.url.removeprefix("http://"), timeout=10)
    connection.request("GET", "/v1/status")
    assert connection.getresponse().status == 401
    connection.close()
    logs = "".join(path.read_text() for path in directory.logs.iterdir())
    assert TOKEN not in logs
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) in (0, 1)  # 1: a machine so busy that the worker ended itself after 1.8 s
    assert not directory.address_file.exists()


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "flowsep_plugin", "worker", *arguments]
    return subprocess.run(line, env={**os.environ, **environment}, capture_output=True, text=True, timeout=60)


def test_the_command_refuses_other_machines_without_a_token_and_check_starts_nothing(tmp_path: Path) -> None:
    own = {"FLOWSEP_WORKER_HOME": str(tmp_path / "worker")}
    refused = run("--host", "0.0.0.0", **own)
    assert (refused.returncode, "needs a token of yours" in refused.stderr) == (2, True)
    checked = run("--check", **own)
    assert (checked.returncode, "no worker answers" in checked.stderr) == (5, True)
    assert not (tmp_path / "worker" / "queue.db").exists()
