"""The worker's HTTP API: a table of calls, from which routes and the OpenAPI description are made."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from flowsep_plugin.errors import FlowsepError, UsageError
from flowsep_plugin.jobs.job import JobError

from .events import Event, Events
from .service import JobService

_HEARTBEAT_SECONDS = 15.0
Call = Callable[[JobService, dict[str, str], Any], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Operation:
    """One call: what it runs, its `query` parameters, and the schemas of its body (`takes`) and answer (`gives`)."""

    method: str
    path: str
    name: str
    summary: str
    run: Call
    query: tuple[str, ...] = ()
    takes: str | None = None
    gives: str = "Job"


OPERATIONS = (
    Operation("GET", "/v1/status", "status", "State of the worker", lambda d, p, b: d.status(), gives="Status"),
    Operation("POST", "/v1/jobs", "submit", "Submit one job, or several", lambda d, p, b: d.submit(b),
              takes="Submission", gives="Submitted"),
    Operation("GET", "/v1/jobs", "list_jobs", "Jobs in order", lambda d, p, b: d.jobs(**p),
              query=("states", "after", "limit"), gives="Jobs"),
    Operation("GET", "/v1/jobs/{id}", "show_job", "One job", lambda d, p, b: d.job(p["id"])),
    Operation("DELETE", "/v1/jobs/{id}", "forget_job", "Delete an ended job from the list",
              lambda d, p, b: d.forget(p["id"])),
    Operation("POST", "/v1/jobs/{id}/cancel", "cancel_job", "Cancel, within a flow step",
              lambda d, p, b: d.cancel(p["id"])),
    Operation("POST", "/v1/jobs/{id}/retry", "retry_job", "Queue an ended job again",
              lambda d, p, b: d.retry(p["id"])),
    Operation("POST", "/v1/jobs/{id}/pause", "pause_job", "Pause a job: do not start it, or wait between two steps",
              lambda d, p, b: d.hold(p["id"], True)),
    Operation("POST", "/v1/jobs/{id}/resume", "resume_job", "Resume a job", lambda d, p, b: d.hold(p["id"], False)),
    Operation("POST", "/v1/jobs/{id}/move", "move_job", "Move a queued job before another, or to the front",
              lambda d, p, b: d.move(p["id"], b), takes="Move"),
    Operation("GET", "/v1/jobs/{id}/log", "show_log", "Log lines of a job",
              lambda d, p, b: d.log(p["id"]), gives="Log"),
    Operation("POST", "/v1/cancel", "cancel_all", "Cancel all jobs", lambda d, p, b: d.cancel_all(), gives="Status"),
    Operation("POST", "/v1/pause", "pause", "Pause all jobs", lambda d, p, b: d.pause(True), gives="Status"),
    Operation("POST", "/v1/resume", "resume", "Resume all jobs", lambda d, p, b: d.pause(False), gives="Status"),
)  # fmt: skip


def make_app(service: JobService, events: Events, describe: Callable[[], dict[str, Any]]) -> Starlette:
    """Return the application, to be wrapped in `AuthMiddleware`; `describe` returns its OpenAPI description."""
    routes = [
        Route(operation.path, _endpoint(service, operation), methods=[operation.method]) for operation in OPERATIONS
    ]

    async def description(request: Request) -> Response:
        return JSONResponse(describe())

    async def stream(request: Request) -> Response:
        last = request.headers.get("last-event-id") or request.query_params.get("after") or ""
        after = int(last) if last.isdigit() else None
        only = request.query_params.get("job")
        return StreamingResponse(_event_lines(events, after, only), media_type="text/event-stream",
                                 headers={"cache-control": "no-store"})  # fmt: skip

    async def shutdown(request: Request) -> Response:
        service.shutdown()
        return JSONResponse({"leaving": True})

    routes += [
        Route("/v1/openapi.json", description),
        Route("/v1/events", stream),
        Route("/v1/shutdown", shutdown, methods=["POST"]),
    ]
    return Starlette(routes=routes)


def _endpoint(service: JobService, operation: Operation) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        try:
            body = await _json(request) if operation.takes else None
            unknown = set(request.query_params) - set(operation.query)
            if unknown:
                names = ", ".join(operation.query) or "none"
                raise UsageError(f"unknown parameter {min(unknown)!r}; known parameters are {names}")
            parameters = {**request.query_params, **request.path_params}
            return JSONResponse(await run_in_threadpool(operation.run, service, parameters, body))
        except FlowsepError as error:
            return JSONResponse({"error": JobError.of(error).as_json()}, error.http_status)

    return endpoint


async def _json(request: Request) -> Any:
    raw = await request.body()
    if not raw:
        return {}
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise UsageError("the body must be JSON; send it with content-type: application/json")
    try:
        return json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"the body is not valid JSON: {error}") from error


async def _event_lines(events: Events, after: int | None, only: str | None) -> AsyncIterator[str]:
    """Yield server-sent events, and a comment every 15 seconds, so that a dead connection is noticed."""
    loop, waiting = asyncio.get_running_loop(), asyncio.Queue[Event]()

    def enqueue(event: Event) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: the worker ends
            loop.call_soon_threadsafe(waiting.put_nowait, event)

    end = events.listen(enqueue, after)
    try:
        yield f"retry: 1000\n: event {events.last}\n\n"
        while True:
            try:
                event = await asyncio.wait_for(waiting.get(), _HEARTBEAT_SECONDS)
            except TimeoutError:
                yield ": heartbeat\n\n"
                continue
            if only is None or event.data.get("id", only) == only:
                yield f"id: {event.number}\nevent: {event.kind}\ndata: {json.dumps(event.data)}\n\n"
    finally:
        end()
