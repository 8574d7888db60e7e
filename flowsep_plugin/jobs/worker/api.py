"""The worker's HTTP API: a table of calls, from which routes and the OpenAPI description are made."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from flowsep_plugin.errors import FlowsepError, NotFound, UsageError
from flowsep_plugin.jobs.job import JobError
from flowsep_plugin.jobs.log_privacy import Public
from flowsep_plugin.untrusted.decoding import Origin, decode_json

from .service import JobService
from .web.answers import JsonAnswer, error_answer
from .web.disk_calls import DiskCalls
from .web.parameters import GREATEST, Parameter, read_parameters, states, whole, whole_number, word
from .web.streams import EventStreams

log = logging.getLogger(__name__)

Call = Callable[[JobService, dict[str, Any], Any], dict[str, Any]]
Endpoint = Callable[[Request], Awaitable[Response]]

_BODY = Origin("the body", UsageError, "send one JSON object")


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One call: what it runs, its query parameters, and the schemas of its body (`takes`) and answer (`gives`).

    needs_body : False where an empty body will do.     reads_disk : whether it may wait for a disk of the user's.
    conflicts : whether it is refused in some states of a job.
    """

    method: str
    path: str
    name: str
    summary: str
    run: Call
    query: tuple[Parameter, ...] = ()
    takes: str | None = None
    needs_body: bool = False
    gives: str = "Job"
    reads_disk: bool = False
    conflicts: bool = False


def _of_job(method: str, verb: str, name: str, summary: str, run: Call, **more: Any) -> Operation:
    """Return the operation on one job at /v1/jobs/{id}, or at `verb` below it."""
    path = "/v1/jobs/{id}" + (f"/{verb}" if verb else "")
    return Operation(method=method, path=path, name=name, summary=summary, run=run, **more)


def _of_worker(method: str, name: str, summary: str, run: Call, **more: Any) -> Operation:
    """Return the operation on the whole worker at /v1/NAME, the part of `name` before "_"."""
    return Operation(method=method, path=f"/v1/{name.partition('_')[0]}", name=name, summary=summary, run=run, **more)


OPERATIONS = (
    _of_worker("GET", "status", "State of the worker", lambda s, p, b: s.status(), gives="Status"),
    Operation(method="POST", path="/v1/jobs", name="submit", summary="Submit one job, or several",
              run=lambda s, p, b: s.submit(b), takes="Submission", needs_body=True, gives="Submitted", reads_disk=True),
    Operation(method="GET", path="/v1/jobs", name="list_jobs", summary="Jobs in order",
              run=lambda s, p, b: s.jobs(p["states"], after=p["after"], limit=p["limit"]), gives="Jobs",
              query=(states("states"), whole("after", 0, GREATEST, 0), whole("limit", 1, 10_000, 1000))),
    _of_job("GET", "", "show_job", "One job", lambda s, p, b: s.job(p["id"])),
    _of_job("DELETE", "", "forget_job", "Delete an ended job from the list", lambda s, p, b: s.forget(p["id"]),
            conflicts=True),
    _of_job("POST", "cancel", "cancel_job", "Cancel, within a flow step", lambda s, p, b: s.cancel(p["id"])),
    _of_job("POST", "retry", "retry_job", "Queue an ended job again", lambda s, p, b: s.retry(p["id"]),
            conflicts=True),
    _of_job("POST", "pause", "pause_job", "Pause a job: do not start it, or wait between two steps",
            lambda s, p, b: s.hold(p["id"], True), conflicts=True),
    _of_job("POST", "resume", "resume_job", "Resume a job", lambda s, p, b: s.hold(p["id"], False), conflicts=True),
    _of_job("POST", "move", "move_job", "Move a queued job before another, or to the front",
            lambda s, p, b: s.move(p["id"], b), takes="Move", conflicts=True),
    _of_job("GET", "log", "show_log", "Log lines of a job", lambda s, p, b: s.log(p["id"]), gives="Log"),
    _of_worker("POST", "cancel_all", "Cancel all jobs", lambda s, p, b: s.cancel_all(), gives="Status"),
    _of_worker("POST", "pause", "Pause all jobs", lambda s, p, b: s.pause(True), gives="Status"),
    _of_worker("POST", "resume", "Resume all jobs", lambda s, p, b: s.pause(False), gives="Status"),
    _of_worker("POST", "shutdown", "Stop the worker", lambda s, p, b: s.stop(), gives="Leaving"),
)  # fmt: skip

EVENTS_QUERY = (whole("after", 0, GREATEST), word("job"))


def make_app(
    service: JobService, streams: EventStreams, disk: DiskCalls, describe: Callable[[], dict[str, Any]]
) -> Starlette:
    """Return the application, to be wrapped in `AuthMiddleware`; `describe` returns its OpenAPI description."""
    endpoints: dict[str, dict[str, Endpoint]] = {
        "/v1/openapi.json": {"GET": _answered(_description(describe))},
        "/v1/events": {"GET": _answered(_events(streams))},
    }
    for operation in OPERATIONS:
        endpoints.setdefault(operation.path, {})[operation.method] = _answered(_call(service, operation, disk))
    app = Starlette(
        routes=[_route(path, by_method) for path, by_method in endpoints.items()],
        exception_handlers={HTTPException: _no_such_call},
    )
    app.router.redirect_slashes = False
    return app


def _route(path: str, by_method: dict[str, Endpoint]) -> Route:
    """Return the one route of a path, so that `Allow` lists all its methods; HEAD is not added to GET."""

    async def endpoint(request: Request) -> Response:
        return await by_method[request.method](request)

    route = Route(path, endpoint, methods=list(by_method))
    route.methods = set(by_method)
    return route


def _answered(endpoint: Endpoint) -> Endpoint:
    """Return `endpoint` with its errors as answers; one that is not flowsep's is logged with its traceback."""

    async def answered(request: Request) -> Response:
        try:
            return await endpoint(request)
        except FlowsepError as error:
            return error_answer(JobError.of(error), error.http_status)
        except Exception as error:
            log.exception("%s %s failed", Public(request.method), Public(request.scope["route"].path))
            return error_answer(JobError.of(error), FlowsepError.http_status)

    return answered


def _call(service: JobService, operation: Operation, disk: DiskCalls) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        parameters = read_parameters(operation.query, request.query_params.multi_items())
        body = await _json(request) if operation.takes else None

        def call() -> JsonAnswer:
            return JsonAnswer(operation.run(service, {**parameters, **request.path_params}, body))

        return await disk.run(call) if operation.reads_disk else await run_in_threadpool(call)

    return endpoint


def _description(describe: Callable[[], dict[str, Any]]) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        read_parameters((), request.query_params.multi_items())
        return JsonAnswer(describe())

    return endpoint


def _events(streams: EventStreams) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        parameters = read_parameters(EVENTS_QUERY, request.query_params.multi_items())
        last, after = request.headers.get("last-event-id"), parameters["after"]
        if last is not None:
            after = whole_number("Last-Event-ID", last, 0, GREATEST)
        return streams.open(after, parameters["job"])

    return endpoint


async def _no_such_call(request: Request, error: Exception) -> Response:
    """Answer a path or method that the API does not have."""
    status = error.status_code if isinstance(error, HTTPException) else NotFound.http_status
    headers = error.headers if isinstance(error, HTTPException) else None
    message = f"{request.method} is not possible here" if status == 405 else "the API has no such path"
    kind = UsageError.__name__ if status == 405 else NotFound.__name__
    failure = JobError(kind, f"{message}; GET /v1/openapi.json describes all calls", UsageError.exit_code)
    return error_answer(failure, status, headers)


async def _json(request: Request) -> Any:
    """Return the value of the body, {} for an empty one. Raises UsageError where it is not JSON."""
    raw = await request.body()
    if not raw:
        return {}
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise UsageError("the body must be JSON; send it with content-type: application/json")
    return decode_json(raw, _BODY)
