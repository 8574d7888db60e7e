"""Query parameters of the API, each declared once: how it is read, and its entry in the OpenAPI description."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flowsep_plugin.errors import UsageError
from flowsep_plugin.jobs.job import JOB_STATES, JobState
from flowsep_plugin.untrusted.shortened import shortened

GREATEST = (1 << 63) - 1
"""Greatest whole number of SQLite."""

_DIGITS = re.compile(r"[0-9]{1,19}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A query parameter: `read` turns its text into a value, or raises UsageError; `schema` says what it accepts."""

    name: str
    schema: Mapping[str, Any]
    read: Callable[[str], Any]
    default: Any = None

    def description(self) -> dict[str, Any]:
        """Return the parameter's entry in the OpenAPI description."""
        listed = {"style": "form", "explode": False} if self.schema["type"] == "array" else {}
        return {"name": self.name, "in": "query", "required": False, "schema": dict(self.schema), **listed}


def read_parameters(parameters: Sequence[Parameter], pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return the value of every parameter by name. Raises UsageError for an unknown, repeated or wrong one."""
    texts: dict[str, str] = {}
    for name, text in pairs:
        if name not in {parameter.name for parameter in parameters}:
            names = ", ".join(parameter.name for parameter in parameters) or "none"
            raise UsageError(f"unknown parameter {shortened(name)}; known parameters are {names}")
        if name in texts:
            raise UsageError(f"the parameter {name} is there more than once; send it once")
        texts[name] = text
    return {
        parameter.name: parameter.read(texts[parameter.name]) if parameter.name in texts else parameter.default
        for parameter in parameters
    }


def whole(name: str, low: int, high: int, default: int | None = None) -> Parameter:
    """Return the parameter of a whole number in ASCII digits, from `low` to `high`."""
    schema = {"type": "integer", "minimum": low, "maximum": high}
    return Parameter(name=name, schema=schema, read=lambda text: whole_number(name, text, low, high), default=default)


def whole_number(name: str, text: str, low: int, high: int) -> int:
    """Return the whole number that `text` holds. Raises UsageError, with `name`, where it is none from low to high."""
    if _DIGITS.fullmatch(text) is None or not low <= int(text) <= high:
        raise UsageError(f"{name} must be a whole number from {low} to {high}; got {shortened(text)}")
    return int(text)


def states(name: str) -> Parameter:
    """Return the parameter of job states, separated by commas; none of them are all states."""
    schema = {"type": "array", "items": {"enum": list(JOB_STATES)}}
    return Parameter(name=name, schema=schema, read=_states, default=())


def _states(text: str) -> list[JobState]:
    names = text.split(",") if text else []
    for name in names:
        if name not in JOB_STATES:
            raise UsageError(f"unknown state {shortened(name)}; states are {', '.join(JOB_STATES)}")
    return [state for state in JOB_STATES if state in names]


def word(name: str) -> Parameter:
    """Return the parameter of any text."""
    return Parameter(name=name, schema={"type": "string"}, read=str)
