"""The worker's API in this process: calls with and without the token, and the list of jobs afterwards."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from fuzzing.harness import Harness, Seed

_GOLDEN = Path(__file__).parents[3] / "golden" / "v0_1"
_URL, _TOKEN = "http://127.0.0.1:50123", "a-token-of-the-fuzzer"
_HEADERS = {"host": "127.0.0.1:50123", "authorization": f"Bearer {_TOKEN}", "content-type": "application/json"}
_ANSWER_SECONDS = 10.0
_REFUSALS = (400, 401, 403, 413, 421)


def read(folder: Path) -> None:
    """Send the call of the folder to a worker with one job, then ask for its state and its jobs."""
    try:
        call = json.loads((folder / "call.json").read_bytes().decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return  # the description of the call is not what is tried
    body = (folder / "body.json").read_bytes().replace(b"FOLDER", str(folder).encode())
    app, close = _app(folder)
    try:
        first = {
            "input": f"{folder}/clip.wav",
            "out": f"{folder}/out",
            "model": "echo",
            "request": {"queries": ["a dog"]},
        }
        status, answer = _ask(app, "POST", "/v1/jobs", _HEADERS, json.dumps(first).encode())
        assert status == 200, f"a right job: {status} {answer!r}"
        if isinstance(call, dict):
            headers = call.get("headers") if isinstance(call.get("headers"), dict) else {}
            status, answer = _ask(app, str(call.get("method")), str(call.get("target")), headers, body)
            _judge(status, answer, headers)
        for target in ("/v1/status", "/v1/jobs"):
            status, answer = _ask(app, "GET", target, _HEADERS, b"")
            assert status == 200, f"{target} answers {status} afterwards"
            json.loads(answer)
    finally:
        close()


def _judge(status: int, answer: bytes, headers: dict[str, Any]) -> None:
    if str(headers.get("authorization")) != _HEADERS["authorization"]:
        assert status in _REFUSALS, f"answers {status} without the token"
    assert status < 500, f"answers {status}: {answer[:200]!r}"
    if status >= 300:
        assert answer.startswith(b"{"), f"answers {status} with {answer[:100]!r}"
        error = json.loads(answer)["error"]
        assert isinstance(error["kind"], str)
        assert isinstance(error["message"], str)


def _app(folder: Path) -> tuple[Any, Any]:
    """Return the application of a worker whose jobs are not run, and a function that closes it."""
    from flowsep_plugin.jobs.directory import Address, WorkerDirectory
    from flowsep_plugin.jobs.store.cache import EstimateCache
    from flowsep_plugin.jobs.store.database import Database
    from flowsep_plugin.jobs.store.digests import Digests
    from flowsep_plugin.jobs.store.queue import JobQueue
    from flowsep_plugin.jobs.worker.api import make_app
    from flowsep_plugin.jobs.worker.auth import AuthMiddleware
    from flowsep_plugin.jobs.worker.dispatcher import Dispatcher
    from flowsep_plugin.jobs.worker.engine_handle import EngineHandle
    from flowsep_plugin.jobs.worker.events import Events
    from flowsep_plugin.jobs.worker.openapi import description
    from flowsep_plugin.jobs.worker.paths import path_rules
    from flowsep_plugin.jobs.worker.service import JobService
    from flowsep_plugin.jobs.worker.web.disk_calls import DiskCalls
    from flowsep_plugin.jobs.worker.web.streams import EventStreams
    from flowsep_plugin.settings import WorkerSettings

    directory, events, settings = WorkerDirectory(folder / "worker"), Events(), WorkerSettings()
    directory.make()
    database = Database(directory.database)
    queue = JobQueue(database, lambda job: events.publish("job", job.as_json()))
    service = JobService(
        queue=queue, digests=Digests(database), events=events, rules=path_rules(directory.folder, (folder,)),
        dispatcher=Dispatcher(queue, EngineHandle(directory, settings), events, settings), directory=directory,
        cache=EstimateCache(directory.cache, 1 << 20), keep_ended=100, repaired=None, shutdown=lambda: None,
    )  # fmt: skip
    address = Address(_URL, _TOKEN, 1, "0")
    disk = DiskCalls()
    app = AuthMiddleware(make_app(service, EventStreams(events), disk, description), address, lambda: None)

    def close() -> None:
        disk.close()
        database.close()

    return app, close


def _ask(app: Any, method: str, target: str, headers: dict[str, Any], body: bytes) -> tuple[int, bytes]:
    """Return status and body of the answer to a call; of a stream of events, what comes before the client leaves."""
    path, _, query = target.partition("?")
    raw = [(_latin(name).lower(), _latin(value)) for name, value in headers.items()]
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "http",
        "server": ("127.0.0.1", 50123),
        "client": ("127.0.0.1", 40000), "method": method[:50].upper(), "path": unquote(_ascii(path)),
        "raw_path": _ascii(path).encode(), "query_string": _ascii(query).encode(), "headers": raw, "root_path": "",
    }  # fmt: skip
    return asyncio.run(asyncio.wait_for(_answer(app, scope, body), _ANSWER_SECONDS))


async def _answer(app: Any, scope: dict[str, Any], body: bytes) -> tuple[int, bytes]:
    incoming = [{"type": "http.request", "body": body, "more_body": False}]
    status, parts = 0, [b""]
    heard = asyncio.Event()

    async def receive() -> dict[str, Any]:
        if incoming:
            return incoming.pop()
        await heard.wait()  # a client that leaves once it has the beginning of the answer
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        elif message["type"] == "http.response.body":
            parts.append(message.get("body", b""))
            heard.set()

    await app(scope, receive, send)
    return status, b"".join(parts)


def _ascii(text: str) -> str:
    """Return what a client sends of a target: percent signs for what is not ASCII, as h11 lets nothing else through."""
    return quote(
        text.encode("utf-8", "surrogateescape" if _is_bytes(text) else "surrogatepass"), safe="/%:?&=+,;@!$'()*[]~"
    )


def _is_bytes(text: str) -> bool:
    return all(not "\ud800" <= letter <= "\udc7f" and not "\udd00" <= letter <= "\udfff" for letter in text)


def _latin(value: Any) -> bytes:
    return str(value).encode("latin-1", "replace").replace(b"\0", b"").replace(b"\r", b"").replace(b"\n", b"")


def _seeds(folder: Path) -> Sequence[Seed]:
    clip = (_GOLDEN / "yard.wav").read_bytes()
    job = {"input": "FOLDER/clip.wav", "out": "FOLDER/out", "model": "echo", "request": {
        "queries": ["a dog", "rain"], "negative": ["wind"], "seed": 3, "takes": 1,
        "render": {"mode": "mask", "strength": 1.0}}, "span": {"start": 0, "frames": 900, "rate": 8000}}  # fmt: skip
    calls: tuple[tuple[str, str, Any], ...] = (
        ("POST", "/v1/jobs", job), ("POST", "/v1/jobs", {"jobs": [job, job]}), ("POST", "/v1/jobs", job),
        ("GET", "/v1/jobs?states=queued,done&after=0&limit=10", None), ("GET", "/v1/jobs/abc", None),
        ("DELETE", "/v1/jobs/abc", None), ("POST", "/v1/jobs/abc/move", {"before": "abc"}),
        ("POST", "/v1/jobs/abc/cancel", None), ("GET", "/v1/jobs/abc/log", None), ("POST", "/v1/pause", None),
        ("GET", "/v1/status", None), ("GET", "/v1/openapi.json", None), ("GET", "/v1/events?after=0&job=abc", None),
    )  # fmt: skip
    seeds = []
    for number, (method, target, body) in enumerate(calls):
        for headers in (_HEADERS, {**_HEADERS, "authorization": "Bearer x"}):
            call = {"method": method, "target": target, "headers": headers}
            files = {"call.json": json.dumps(call).encode(), "clip.wav": clip,
                     "body.json": b"" if body is None else json.dumps(body).encode()}  # fmt: skip
            targets = ("call.json",) if body is None else ("call.json", "body.json", "body.json", "body.json")
            seeds.append(Seed(name=f"{number} {method} {target}", files=files, targets=targets))
    return seeds


HARNESSES = (
    Harness(name="http", seeds=_seeds, read=read, errors=(), writes=("worker/*", "worker/*/*"), weight=8, seconds=5.0),
)
