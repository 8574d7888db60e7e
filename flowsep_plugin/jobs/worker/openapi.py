"""The OpenAPI 3.1 description of the API: calls from `OPERATIONS`, schemas from the dataclasses of jobs."""

from collections.abc import Iterable
from typing import Any

from pydantic.json_schema import models_json_schema

from flowsep_plugin.jobs.job import JOB_STATES, Job, JobError
from flowsep_plugin.jobs.schema import record_model
from flowsep_plugin.jobs.spec import job_model
from flowsep_plugin.version import __version__

from .api import EVENTS_QUERY, OPERATIONS, Operation
from .service import MOST_AT_ONCE, MOVE_MODEL
from .web.parameters import GREATEST, Parameter, word

_TEXT, _WHOLE, _FLAG = {"type": "string"}, {"type": "integer"}, {"type": "boolean"}
_TEXT_OR_NULL = {"type": ["string", "null"]}
_ANY_OBJECT: dict[str, Any] = {"type": "object"}
_EACH = {"description": "A Spec; one that is wrong is answered with its error, and does not stop the others."}

STATUSES = {
    400: "Not HTTP as it should be",
    401: "No token, or a wrong one",
    403: "A call from a web page",
    404: "No job has this id",
    405: "The path has no such method; Allow lists those it has",
    408: "The body did not come in time",
    409: "Not possible in the job's present state",
    413: "A body that is too large",
    421: "A foreign Host",
    422: "A wrong name or value, or a file or model that cannot be used",
    431: "Address and headers are too large",
    500: "An error that was not foreseen; the worker's log has its traceback",
    503: "Too many calls or listeners, or a disk that does not answer",
    507: "The disk of the queue has no room",
}
"""Every status but 200, and what it means; the body is always an Error."""

_EVERY_CALL = (400, 401, 403, 405, 408, 413, 421, 422, 431, 500, 503)


def description() -> dict[str, Any]:
    """Return the description as plain values: paths from `OPERATIONS`, schemas, and the bearer token."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    paths["/v1/events"] = {"get": _events()}
    paths["/v1/openapi.json"] = {"get": _plain("openapi", "This description", _json(_ANY_OBJECT), _EVERY_CALL)}
    return {
        "openapi": "3.1.0",
        "info": {"title": "flowsep worker", "version": __version__,
                 "description": "Listens on the loopback only. The token is in address.json of the worker's folder."},
        "security": [{"token": []}],
        "paths": paths,
        "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}, "schemas": _schemas()},
    }  # fmt: skip


def statuses(operation: Operation) -> list[int]:
    """Return the statuses other than 200 with which a call may be answered."""
    own = {404: "{id}" in operation.path, 409: operation.conflicts, 507: operation.method != "GET"}
    return sorted((*_EVERY_CALL, *(status for status, possible in own.items() if possible)))


def _operation(operation: Operation) -> dict[str, Any]:
    entry = _plain(operation.name, operation.summary, _json(_ref(operation.gives)), statuses(operation))
    id_schema = {"type": "string", "pattern": "^[0-9A-Za-z]+$"}
    parameters = [{"name": "id", "in": "path", "required": True, "schema": id_schema}] * ("{id}" in operation.path)
    parameters += [parameter.description() for parameter in operation.query]
    if parameters:
        entry["parameters"] = parameters
    if operation.takes:
        entry["requestBody"] = {"required": operation.needs_body, "content": _json(_ref(operation.takes))}
    return entry


def _events() -> dict[str, Any]:
    """Return the entry of the event stream, whose number to go on from may be in a header too."""
    content = {"text/event-stream": {"schema": _TEXT}}
    entry = _plain("events", "Server-sent events: job, progress, heard, engine, queue", content, _EVERY_CALL)
    last = Parameter(name="Last-Event-ID", schema=_WHOLE | {"minimum": 0, "maximum": GREATEST}, read=word("").read)
    entry["parameters"] = [
        *(parameter.description() for parameter in EVENTS_QUERY), last.description() | {"in": "header"},
    ]  # fmt: skip
    return entry


def _plain(name: str, summary: str, content: dict[str, Any], others: Iterable[int]) -> dict[str, Any]:
    responses: dict[str, Any] = {"200": {"description": "OK", "content": content}}
    for status in others:
        responses[str(status)] = {"description": STATUSES[status], "content": _json(_ref("Error"))}
    return {"operationId": name, "summary": summary, "responses": responses}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(**properties: Any) -> dict[str, Any]:
    """Return the schema of an object that has all these names and no others."""
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _list(items: dict[str, Any], **limits: int) -> dict[str, Any]:
    return {"type": "array", "items": items, **limits}


_REFUSED_TOGETHER = (
    {"required": ["mux_replace"], "properties": {"mux_replace": {"const": True}, "mux": {"const": None}}},
    {"required": ["mux", "rest"], "properties": {"mux": {"const": "rest"}, "rest": {"const": False}}},
)
"""Members of a job that no job has together, as schemas; `FileRequest` says why."""


def _schemas() -> dict[str, Any]:
    """Return the schemas by name: dataclasses from their models, the envelopes around them from here."""
    error = record_model("JobError", JobError)
    job = record_model("Job", Job, names={"paused": "held"}, spec=job_model(), error=error | None)
    _, root = models_json_schema(
        [(job, "validation"), (MOVE_MODEL, "validation")], ref_template="#/components/schemas/{model}"
    )
    records: dict[str, Any] = root["$defs"]
    records["Spec"]["allOf"] = [{"not": combination} for combination in _REFUSED_TOGETHER]
    accepted, rejected = _object(job=_ref("Job"), fresh=_FLAG), _object(error=_ref("JobError"))
    return records | {
        "Error": _object(error=_ref("JobError")),
        "Submission": {"oneOf": [_ref("Spec"), _object(jobs=_list(_EACH, minItems=1, maxItems=MOST_AT_ONCE))]},
        "Submitted": {"oneOf": [accepted, _object(jobs=_list({"oneOf": [accepted, rejected]}))]},
        "Jobs": _object(jobs=_list(_ref("Job"))),
        "Log": _object(lines=_list(_TEXT)),
        "Leaving": _object(leaving=_FLAG),
        "Status": _status(),
    }


def _status() -> dict[str, Any]:
    counts = _object(**dict.fromkeys(JOB_STATES, _WHOLE)) | {"required": []}
    return _object(
        version=_TEXT, paused=_FLAG, counts=counts, running=_TEXT_OR_NULL, progress=_ANY_OBJECT, trouble=_TEXT_OR_NULL,
        repaired=_TEXT_OR_NULL, cache_bytes=_WHOLE, roots=_list(_TEXT), last_event=_WHOLE,
    )  # fmt: skip
