"""The calls and schemas of the worker's HTTP API, from its OpenAPI description."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from scripts.docs.meanings import field_meanings

Schema = Mapping[str, Any]


def description() -> Schema:
    """Return the OpenAPI description, as `GET /v1/openapi.json` answers it."""
    from flowsep_plugin.jobs.worker.openapi import description as made_of_code

    return made_of_code()


def calls() -> str:
    """Return Markdown with a section for every call: parameters, body, answer."""
    return "\n".join(
        "\n".join(_call(method, path, operation))
        for path, operations in sorted(description()["paths"].items())
        for method, operation in operations.items()
    )


def _call(method: str, path: str, operation: Schema) -> Iterator[str]:
    yield f"### {method.upper()} {path}\n"
    yield f"{operation['summary']}.\n"
    if parameters := operation.get("parameters"):
        yield "| parameter | in | values | |"
        yield "|---|---|---|---|"
        for one in parameters:
            needed = "required" if one.get("required") else ""
            yield f"| `{one['name']}` | {one['in']} | {words(one['schema'])} | {needed} |"
        yield ""
    if body := operation.get("requestBody"):
        yield f"Body: {_content(body)}{'' if body['required'] else ', or none'}.\n"
    answers = operation["responses"]
    others = ", ".join(status for status in answers if status != "200")
    yield f"Answer: {_content(answers['200'])}. Errors: {others}.\n"


def _content(holder: Schema) -> str:
    kind, content = next(iter(holder["content"].items()))
    return "a stream of server-sent events" if kind == "text/event-stream" else words(content["schema"])


def schemas() -> str:
    """Return Markdown with a section for every schema: its members, their values and meanings."""
    return "\n".join(
        "\n".join(_schema(name, schema)) for name, schema in description()["components"]["schemas"].items()
    )


def _schema(name: str, schema: Schema) -> Iterator[str]:
    meanings = _meanings().get(name, {})
    yield f"### {name}\n"
    if "properties" not in schema:
        yield f"{words(schema)}.\n"
        return
    yield "| name | values | default | meaning |"
    yield "|---|---|---|---|"
    for member, value in schema["properties"].items():
        default = "required" if member in schema.get("required", ()) else ""
        default = f"`{json.dumps(value['default'])}`" if "default" in value else default
        yield f"| `{member}` | {words(value)} | {default} | {value.get('description') or meanings.get(member, '')} |"
    yield ""


def _meanings() -> dict[str, dict[str, str]]:
    """Return the meanings of members whose dataclasses say them in words: schema -> member -> meaning."""
    from flowsep_plugin.jobs.job import Job, JobError

    job = field_meanings(Job)
    return {"Job": {**job, "held": job["paused"]}, "JobError": field_meanings(JobError)}


def words(schema: Schema) -> str:
    """Return what a schema allows in words, with links to the schemas that it names."""
    from flowsep_plugin.jobs.schema import allowed

    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    for several in ("oneOf", "anyOf"):
        if several in schema:
            return ", or ".join(map(words, schema[several]))
    if isinstance(schema.get("type"), list):
        return ", or ".join(words({**schema, "type": one}) for one in schema["type"])
    if "prefixItems" in schema:
        return f"[{', '.join(map(words, schema['prefixItems']))}]"
    if schema.get("type") == "array" and "items" in schema:
        return f"a list of {_plural(words(schema['items']))}"
    if schema.get("type") == "object" and schema.get("properties"):
        return "an object with " + ", ".join(f"`{key}` ({words(value)})" for key, value in schema["properties"].items())
    limits = {key: value for key, value in schema.items() if key != "maximum" or value < 2**53}
    return allowed(limits)


def _plural(one: str) -> str:
    return {"a text": "texts", "a whole number from 0 up": "whole numbers"}.get(one, one)
