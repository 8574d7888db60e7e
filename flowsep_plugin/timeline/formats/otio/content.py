"""The JSON of an OTIO file, with every number as it is written: long integers, NaN, Inf."""

import json
import re
from typing import Any, Final

from flowsep_plugin.errors import SessionError

_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|-?(?:NaN|Inf(?:inity)?|\d[\d.eE+-]*)', re.DOTALL)
_SCHEMA: Final = re.compile(r'"OTIO_SCHEMA"\s*:\s*"(\w+)\.(\d+)"')


class NumberText(str):
    """A number of the JSON as text, such as `Inf` or 40 digits."""

    __slots__ = ()


def parse(text: str) -> Any:
    """Return the JSON with numbers as `NumberText`. Inverse: `as_json`. Raises ValueError where it is damaged."""
    mark = _mark(text)

    def marked(match: re.Match[str]) -> str:
        token = match[0]
        return token if token.startswith('"') else f'"{mark}{token}"'

    return _with_numbers(json.loads(_TOKEN.sub(marked, text)), mark)


def as_json(content: Any) -> str:
    """Return the text of a JSON, indented as OTIO's own; every `NumberText` is written as it is."""
    plain = json.dumps(content, ensure_ascii=False)
    mark = _mark(plain)
    text = json.dumps(_with_marks(content, mark), indent=4, ensure_ascii=False)
    return re.sub(f'"{mark}([^"]*)"', r"\1", text)


def newer_schema(text: str) -> str | None:
    """Return the first schema of the file that the installed OTIO is too old for, such as `Clip.3`."""
    import opentimelineio as otio

    versions = otio.core.type_version_map()
    return next((f"{m[1]}.{m[2]}" for m in _SCHEMA.finditer(text) if int(m[2]) > versions.get(m[1], int(m[2]))), None)


def load(text: str) -> Any:
    """Return the OTIO timeline. Raises SessionError where it is damaged, newer, or another OTIO object."""
    import opentimelineio as otio

    try:
        _check_json(text)
        timeline = otio.core.deserialize_json_from_string(text)  # not by adapters, which load plug-ins
    except otio.exceptions.UnsupportedSchemaError as error:
        raise SessionError(
            f"it was written by a newer OpenTimelineIO than the installed {otio.__version__} (unsupported schema "
            f"version: {newer_schema(text) or error}); export it for an older version, or update opentimelineio"
        ) from error
    except (otio.exceptions.OTIOError, RecursionError, ValueError) as error:
        raise SessionError(f"it is damaged ({error}); open a backup instead") from error
    if not isinstance(timeline, otio.schema.Timeline):
        raise SessionError(f"it holds a {type(timeline).__name__}, not a Timeline; export the timeline")
    return timeline


def _check_json(text: str) -> None:
    """Raise ValueError or RecursionError where the text is no JSON: the library crashes over some that is cut off."""
    try:
        json.loads(text)
    except ValueError:
        parse(text)  # numbers that only OTIO writes, such as Inf


def _mark(text: str) -> str:
    """Return a word that is not in `text`."""
    number = 0
    while (mark := f"number {number} ") in text:
        number += 1
    return mark


def _with_numbers(value: Any, mark: str) -> Any:
    if isinstance(value, dict):
        return {name: _with_numbers(inner, mark) for name, inner in value.items()}
    if isinstance(value, list):
        return [_with_numbers(inner, mark) for inner in value]
    return NumberText(value[len(mark) :]) if isinstance(value, str) and value.startswith(mark) else value


def _with_marks(value: Any, mark: str) -> Any:
    if isinstance(value, dict):
        return {name: _with_marks(inner, mark) for name, inner in value.items()}
    if isinstance(value, list):
        return [_with_marks(inner, mark) for inner in value]
    return f"{mark}{value}" if isinstance(value, NumberText) else value
