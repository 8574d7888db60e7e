"""The OpenAPI 3.1 description of the API, made from its table of calls."""

from typing import Any

from flowsep_plugin.engine.base import REQUEST_FIELDS
from flowsep_plugin.files import FORMATS
from flowsep_plugin.jobs.job import STATES
from flowsep_plugin.render_settings import RENDER_SETTINGS, RenderSetting
from flowsep_plugin.version import __version__

from .api import OPERATIONS, Operation

_TEXT = {"type": "string"}
_BOOL = {"type": "boolean"}
_INT = {"type": "integer"}
_NUMBER = {"type": "number"}


def description() -> dict[str, Any]:
    """All of it."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    paths["/v1/events"] = {"get": _plain("events", "Server-sent events: job, progress, heard, engine, queue",
                                         {"text/event-stream": {"schema": _TEXT}})}  # fmt: skip
    paths["/v1/shutdown"] = {"post": _plain("shutdown", "End the worker", {"application/json": {"schema": {}}})}
    paths["/v1/openapi.json"] = {"get": _plain("openapi", "This page", {"application/json": {"schema": {}}})}
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
    made = _plain(operation.name, operation.summary, answers)
    made["responses"]["default"] = {
        "description": "What is wrong", "content": {"application/json": {"schema": _ref("Error")}},
    }  # fmt: skip
    parameters = [{"name": "id", "in": "path", "required": True, "schema": _TEXT}] if "{id}" in operation.path else []
    parameters += [{"name": name, "in": "query", "required": False, "schema": _TEXT} for name in operation.query]
    if parameters:
        made["parameters"] = parameters
    if operation.takes:
        made["requestBody"] = {"required": True, "content": {"application/json": {"schema": _ref(operation.takes)}}}
    return made


def _plain(name: str, summary: str, content: dict[str, Any]) -> dict[str, Any]:
    return {"operationId": name, "summary": summary, "responses": {"200": {"description": "OK", "content": content}}}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(required: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


def _setting_schema(setting: RenderSetting) -> dict[str, Any]:
    schema: dict[str, Any] = {"enum": list(setting.values)} if setting.choices else _NUMBER
    return _or_null(schema) if setting.optional else schema


def _schemas() -> dict[str, Any]:
    texts = {"type": "array", "items": _TEXT}
    render = _object([], **{setting.name: _setting_schema(setting) for setting in RENDER_SETTINGS})
    request = _object(
        ["queries"], queries=texts, negative=texts, steps=_or_null(_INT), solver=_or_null(_TEXT), draft=_BOOL,
        seed=_INT, takes=_INT, render=_ref("Render"),
    )  # fmt: skip
    assert set(request["properties"]) == set(REQUEST_FIELDS)
    spec = _object(
        ["input", "out", "request"], input=_TEXT, out=_TEXT, request=_ref("Request"),
        span=_or_null(_object(["start", "frames", "rate"], start=_INT, frames=_INT, rate=_INT)),
        format={"enum": list(FORMATS)}, residual=_BOOL, overwrite=_BOOL, model=_TEXT, device=_TEXT, cpu_fallback=_BOOL,
        skip_absent=_BOOL, loudness=_BOOL,
    )  # fmt: skip
    error = _object(
        ["kind", "message", "exit_code"], kind=_TEXT, message=_TEXT, exit_code=_INT, parked=_BOOL, setting=_TEXT
    )
    job = _object(
        ["id", "state", "spec"], id=_TEXT, state={"enum": list(STATES)}, position=_INT, held=_BOOL, crashes=_INT,
        interruptions=_INT, error=_or_null(error), result=_or_null({"type": "object"}), created=_NUMBER,
        started=_or_null(_NUMBER), finished=_or_null(_NUMBER), spec=_ref("Spec"),
    )  # fmt: skip
    one = _object([], job=_ref("Job"), fresh=_BOOL, error=error)
    many = {"type": "array", "items": one}
    return {
        "Render": render, "Request": request, "Spec": spec, "Job": job, "Error": _object(["error"], error=error),
        "Submission": {"oneOf": [_ref("Spec"), _object(["jobs"], jobs={"type": "array", "items": _ref("Spec")})]},
        "Submitted": {"oneOf": [one, _object(["jobs"], jobs=many)]},
        "Jobs": _object(["jobs"], jobs={"type": "array", "items": _ref("Job")}),
        "Move": _object([], before=_TEXT), "Log": _object(["lines"], lines=texts), "Status": {"type": "object"},
    }  # fmt: skip
