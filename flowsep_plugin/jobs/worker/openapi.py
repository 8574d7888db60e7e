"""The OpenAPI 3.1 description of the API: calls from `OPERATIONS`, schemas from the dataclasses of jobs."""

from typing import Any

from pydantic.json_schema import models_json_schema

from flowsep_plugin.jobs.job import Job, JobError
from flowsep_plugin.jobs.schema import record_model
from flowsep_plugin.jobs.spec import job_model
from flowsep_plugin.version import __version__

from .api import OPERATIONS, Operation

_TEXT = {"type": "string"}


def description() -> dict[str, Any]:
    """Return the description as plain values: paths from `OPERATIONS`, schemas, and the bearer token."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    paths["/v1/events"] = {"get": _plain("events", "Server-sent events: job, progress, heard, engine, queue",
                                         {"text/event-stream": {"schema": _TEXT}})}  # fmt: skip
    paths["/v1/shutdown"] = {"post": _plain("shutdown", "Stop the worker", {"application/json": {"schema": {}}})}
    paths["/v1/openapi.json"] = {"get": _plain("openapi", "This description", {"application/json": {"schema": {}}})}
    return {
        "openapi": "3.1.0",
        "info": {"title": "flowsep worker", "version": __version__,
                 "description": "Listens on the loopback only. The token is in address.json of the worker's folder."},
        "security": [{"token": []}],
        "paths": paths,
        "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}, "schemas": _schemas()},
    }  # fmt: skip


def _operation(operation: Operation) -> dict[str, Any]:
    answers = {"application/json": {"schema": _ref(operation.gives)}}
    entry = _plain(operation.name, operation.summary, answers)
    entry["responses"]["default"] = {
        "description": "Error", "content": {"application/json": {"schema": _ref("Error")}},
    }  # fmt: skip
    parameters = [{"name": "id", "in": "path", "required": True, "schema": _TEXT}] if "{id}" in operation.path else []
    parameters += [{"name": name, "in": "query", "required": False, "schema": _TEXT} for name in operation.query]
    if parameters:
        entry["parameters"] = parameters
    if operation.takes:
        entry["requestBody"] = {"required": True, "content": {"application/json": {"schema": _ref(operation.takes)}}}
    return entry


def _plain(name: str, summary: str, content: dict[str, Any]) -> dict[str, Any]:
    return {"operationId": name, "summary": summary, "responses": {"200": {"description": "OK", "content": content}}}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(required: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _schemas() -> dict[str, Any]:
    """Return the schemas by name: dataclasses from their models, the envelopes around them from here."""
    error = record_model("JobError", JobError)
    job = record_model("Job", Job, names={"paused": "held"}, spec=job_model(), error=error | None)
    _, root = models_json_schema([(job, "validation")], ref_template="#/components/schemas/{model}")
    records: dict[str, Any] = root["$defs"]
    answer = _object([], job=_ref("Job"), fresh={"type": "boolean"}, error=_ref("JobError"))
    return records | {
        "Error": _object(["error"], error=_ref("JobError")),
        "Submission": {"oneOf": [_ref("Spec"), _object(["jobs"], jobs=_list(_ref("Spec")))]},
        "Submitted": {"oneOf": [answer, _object(["jobs"], jobs=_list(answer))]},
        "Jobs": _object(["jobs"], jobs=_list(_ref("Job"))),
        "Move": _object([], before=_TEXT),
        "Log": _object(["lines"], lines=_list(_TEXT)),
        "Status": {"type": "object"},
    }
