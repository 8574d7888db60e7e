"""Calls that no client of ours makes: every answer is documented JSON, and the next call is answered too."""

import asyncio
import http.client
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from job_makers import RealWorker, spec, tone

from flowsep_plugin.errors import BundleError, FlowsepError, MediaError, UsageError
from flowsep_plugin.jobs.client.worker_client import WorkerClient
from flowsep_plugin.jobs.directory import Address
from flowsep_plugin.jobs.worker.api import make_app
from flowsep_plugin.jobs.worker.auth import MOST_BYTES, MOST_HEAD_BYTES
from flowsep_plugin.jobs.worker.web.answers import encoded
from flowsep_plugin.jobs.worker.web.disk_calls import DiskCalls

LONG_DIGITS = "7" * 5000


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealWorker]:
    started_worker = RealWorker(tmp_path_factory.mktemp("home") / "worker")
    started_worker.start().pause()
    yield started_worker
    started_worker.stop()


@pytest.fixture
def address(worker: RealWorker) -> Address:
    address = worker.directory.read_address()
    assert address is not None
    return address


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return tone(tmp_path / "a.wav")


def call(
    address: Address, path: str, method: str = "GET", body: str = "", **headers: str
) -> tuple[int, Any, http.client.HTTPResponse]:
    """Return status, decoded body and answer of a call."""
    connection = http.client.HTTPConnection(address.url.removeprefix("http://"), timeout=30)
    sent = {"Authorization": f"Bearer {address.token}", "Content-Type": "application/json"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    connection.request(method, path, body.encode("utf-8", "surrogateescape"), sent)
    answer = connection.getresponse()
    content = json.loads(answer.read())
    connection.close()
    return answer.status, content, answer


def assert_refused(outcome: tuple[int, Any, http.client.HTTPResponse], *statuses: int) -> str:
    """The answer has one of these statuses, and the body of every error; returns its message."""
    status, content, answer = outcome
    assert status in statuses, content
    assert answer.getheader("content-type") == "application/json"
    assert set(content) == {"error"}
    assert {"kind", "message", "exit_code", "parked"} <= set(content["error"]) <= {
        "kind", "message", "exit_code", "parked", "setting",
    }  # fmt: skip
    return str(content["error"]["message"])


@pytest.mark.parametrize("text", ["%C2%B2", "1" + "0" * 20, LONG_DIGITS, "-1", "1.5", "%EF%BC%91"])
@pytest.mark.parametrize("path", ["/v1/jobs?after=", "/v1/jobs?limit=", "/v1/events?after="])
def test_a_number_that_is_none_is_named(address: Address, path: str, text: str) -> None:
    assert "must be a whole number from" in assert_refused(call(address, path + text), 422)


@pytest.mark.parametrize("text", ["²".encode().decode("latin-1"), LONG_DIGITS, "1" + "0" * 20])
def test_an_event_number_that_is_none_is_named(address: Address, text: str) -> None:
    message = assert_refused(call(address, "/v1/events", Last_Event_ID=text), 422)
    assert message.startswith("Last-Event-ID must be a whole number from")


@pytest.mark.parametrize("path", ["/v1/jobs?limit=1&limit=2", "/v1/events?colour=red", "/v1/openapi.json?a=b"])
def test_a_parameter_that_is_unknown_or_repeated_is_named(address: Address, path: str) -> None:
    assert "parameter" in assert_refused(call(address, path), 422)


@pytest.mark.parametrize("name", ["queries", "device", "input", "out", "model"])
def test_a_lone_surrogate_is_no_text(address: Address, clip: Path, tmp_path: Path, name: str) -> None:
    record = spec(clip, tmp_path / "out").as_json()
    record["request"]["queries"] = ["a\ud800"] if name == "queries" else ["a dog"]
    if name != "queries":
        record[name] = f"{record[name]}\ud800"
    assert_refused(call(address, "/v1/jobs", "POST", json.dumps(record)), 422)


@pytest.mark.parametrize("before", ["\ud800", "x\udcff", LONG_DIGITS, ["a"], 5])
def test_a_move_before_no_job_is_refused(address: Address, before: Any) -> None:
    assert_refused(call(address, "/v1/jobs/ffff/move", "POST", json.dumps({"before": before})), 404, 422)


@pytest.mark.parametrize("body", ["[]", "null", '"a"', '{"after": "x"}'])
def test_a_move_is_an_object_that_names_nothing_else(address: Address, body: str) -> None:
    assert_refused(call(address, "/v1/jobs/ffff/move", "POST", body), 422)


@pytest.mark.parametrize("number", ["1" + "0" * 400, LONG_DIGITS, "1e400", "NaN", "-Infinity", "true", '"1"'])
def test_a_strength_that_is_no_number_is_refused(address: Address, clip: Path, tmp_path: Path, number: str) -> None:
    body = json.dumps(spec(clip, tmp_path / "out").as_json()).replace('"strength": 1.0', f'"strength": {number}')
    assert_refused(call(address, "/v1/jobs", "POST", body), 422)


@pytest.mark.parametrize("model", ["m" * 5000, "/" + "m" * 5000, "a\0b", "~nobody-of-this-name/model", "/dev/null", ""])
def test_a_model_that_can_be_no_folder_is_refused(worker: RealWorker, clip: Path, tmp_path: Path, model: str) -> None:
    with pytest.raises(BundleError):
        worker.client().submit(spec(clip, tmp_path / "out", model=model))


def test_pipes_and_devices_are_refused_at_once(worker: RealWorker, clip: Path, tmp_path: Path) -> None:
    pipe, out, model = tmp_path / "pipe.wav", tmp_path / "out", tmp_path / "model"
    model.mkdir()
    os.mkfifo(pipe)
    os.mkfifo(model / "card.json")
    client = WorkerClient(*_url_and_token(worker), timeout_seconds=10)
    wrong: list[tuple[type[FlowsepError], dict[str, Any]]] = [
        (MediaError, {"clip": pipe, "out": out}),
        (UsageError, {"clip": clip, "out": pipe}),
        (UsageError, {"clip": clip, "out": pipe / "below"}),
        (UsageError, {"clip": clip, "out": clip / "below"}),
        (UsageError, {"clip": clip, "out": tmp_path / ("o" * 300)}),
        (BundleError, {"clip": clip, "out": out, "model": str(model)}),
        (BundleError, {"clip": clip, "out": out, "model": str(pipe)}),
    ]
    for error, arguments in wrong:
        with pytest.raises(error):
            client.submit(spec(**arguments))


def test_a_file_name_that_is_not_unicode_is_a_job_like_others(worker: RealWorker, tmp_path: Path) -> None:
    client = worker.client()
    clip = tone(tmp_path / "cafe.wav").rename(tmp_path / "caf\udce9.wav")
    job = client.submit(spec(clip, tmp_path / "st\udcff"))
    assert job.spec.input.name == "caf\udce9.wav"
    assert job.id in [listed.id for listed in client.jobs()]
    assert client.job(job.id).spec.files.out.name == "st\udcff"
    client.change(job.id, "cancel")


@pytest.mark.parametrize("name", ["é", "a b", "..", "\udcff", "a/b", "?", ""])
def test_a_job_of_any_name_is_looked_for(worker: RealWorker, name: str) -> None:
    with pytest.raises(UsageError):
        worker.client().job(name)


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/v1/status", {"GET"}),
        ("/v1/jobs", {"GET", "POST"}),
        ("/v1/jobs/ffff", {"GET", "DELETE"}),
        ("/v1/jobs/ffff/cancel", {"POST"}),
        ("/v1/events", {"GET"}),
    ],
)
@pytest.mark.parametrize("method", ["PATCH", "OPTIONS", "TRACE", "PROPFIND"])
def test_a_method_that_a_path_has_not_is_told_which_it_has(
    address: Address, path: str, allowed: set[str], method: str
) -> None:
    outcome = call(address, path, method)
    assert_refused(outcome, 405)
    assert {name.strip() for name in (outcome[2].getheader("allow") or "").split(",")} == allowed


def test_all_refusals_are_json(address: Address) -> None:
    assert_refused(call(address, "/v1/nothing"), 404)
    assert_refused(call(address, "/v1/jobs/"), 404)
    assert_refused(call(address, "/v1/status", Authorization="Bearer x"), 401)
    assert_refused(call(address, "/v1/status", Origin="null"), 403)
    assert_refused(call(address, "/v1/status", Host="evil.example"), 421)
    assert_refused(call(address, "/v1/jobs", "POST", "{}", Content_Length=str(MOST_BYTES + 1)), 413)
    assert_refused(call(address, "/v1/jobs", "POST", "{}", Content_Length="1" * 5000), 400, 413)
    assert_refused(call(address, "/v1/status", X="x" * MOST_HEAD_BYTES), 400, 431)
    assert_refused(call(address, "/v1/jobs", "POST", "{}", Content_Type="application/jsonx"), 422)
    assert_refused(call(address, "/v1/jobs", "POST", "\udcff"), 422)
    assert call(address, "/v1/status")[0] == 200


def test_an_error_that_was_not_foreseen_is_json_and_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    class Broken:
        def __getattr__(self, name: str) -> Any:
            raise ZeroDivisionError("by \udcff")

    app = make_app(Broken(), Broken(), DiskCalls(), lambda: {})  # type: ignore[arg-type]
    status, content = asyncio.run(asgi_call(app, "/v1/status"))
    assert (status, content["error"]["kind"]) == (500, "ZeroDivisionError")
    assert content["error"]["message"] == "unexpected: by \udcff"
    assert "ZeroDivisionError" in caplog.text


async def asgi_call(app: Any, path: str) -> tuple[int, Any]:
    """Return status and decoded body of a GET that an ASGI application answers."""
    messages: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        messages.append(message)

    scope = {"type": "http", "method": "GET", "path": path, "root_path": "", "query_string": b"", "headers": []}
    await app(scope, receive, send)
    return messages[0]["status"], json.loads(b"".join(message.get("body", b"") for message in messages))


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ({"a": "caf\udce9 雨"}, b'{"a":"caf\\udce9 \\u96e8"}'),
        ({"a": float("nan"), "b": [float("inf"), (1.5,)]}, b'{"a":null,"b":[null,[1.5]]}'),
    ],
)
def test_every_answer_can_be_encoded(content: Any, text: bytes) -> None:
    assert encoded(content) == text


def _url_and_token(worker: RealWorker) -> tuple[str, str]:
    address = worker.directory.read_address()
    assert address is not None
    return address.url, address.token


def test_jobs_are_listed_with_names_that_are_no_text(worker: RealWorker, tmp_path: Path) -> None:
    """A file name may hold line breaks, bytes that are not UTF-8 and what a terminal obeys; it is shown on one line."""
    clip = tone(tmp_path / "a.wav").rename(tmp_path / "caf\udce9\n\x1b[2J.wav")
    job = worker.client().submit(spec(clip, tmp_path / "out"))
    environment = {**os.environ, "FLOWSEP_WORKER_HOME": str(worker.directory.folder), "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-m", "flowsep_plugin", "jobs", "list"]
    ran = subprocess.run(command, env=environment, capture_output=True, timeout=60, check=False)
    lines = [line for line in ran.stdout.decode("utf-8").splitlines() if line.startswith(job.id[:8])]
    assert len(lines) == 1, ran.stderr
    assert r"caf\udce9\n\x1b[2J.wav" in lines[0]
