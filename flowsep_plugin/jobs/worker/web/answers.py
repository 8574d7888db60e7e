"""Answers as JSON that always encodes, and errors in the one form that docs/reference/http-api.md shows."""

import json
import math
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from flowsep_plugin.errors import UsageError
from flowsep_plugin.jobs.job import JobError


def encoded(content: Any) -> bytes:
    r"""Return `content`, plain values, as JSON in ASCII: surrogates as `\udce9`, NaN and infinities as null."""
    try:
        text = json.dumps(content, allow_nan=False, separators=(",", ":"))
    except ValueError:
        text = json.dumps(_finite(content), separators=(",", ":"))
    return text.encode("ascii")


class JsonAnswer(Response):
    """An answer of plain values; unlike Starlette's, it has no content that it cannot encode."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Return the body, which is `content` as ASCII."""
        return encoded(content)


def error_body(error: JobError) -> dict[str, Any]:
    """Return the body of every answer that is not 2xx."""
    return {"error": error.as_json()}


def error_answer(error: JobError, status: int, headers: Mapping[str, str] | None = None) -> JsonAnswer:
    """Return an answer that says what is wrong."""
    return JsonAnswer(error_body(error), status, headers)


def refusal(status: int, message: str, headers: Mapping[str, str] | None = None) -> JsonAnswer:
    """Return the answer to a call that is refused before it is looked at; the connection is closed after it."""
    error = JobError("Refused", message, UsageError.exit_code)
    return error_answer(error, status, {"connection": "close", **(headers or {})})


def _finite(content: Any) -> Any:
    """Return plain values with null in place of every number that JSON has no form for."""
    if isinstance(content, Mapping):
        return {str(name): _finite(value) for name, value in content.items()}
    if isinstance(content, (list, tuple)):
        return [_finite(value) for value in content]
    return None if isinstance(content, float) and not math.isfinite(content) else content
