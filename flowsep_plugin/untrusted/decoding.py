"""Decode JSON and TOML from outside, with limits of size, nesting and numbers; whatever is wrong is one clear error.

`records.read` then builds a dataclass of what was decoded.
"""

import json
import math
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flowsep_plugin.errors import FlowsepError

from .regular_file import TEXT_BYTES, read_regular

DEEPEST = 64
"""Objects and lists within each other at most; Python's own functions fail at about a thousand."""

_MOST_DIGITS = 4000


@dataclass(frozen=True, slots=True)
class Origin:
    """Origin of a record, and how its errors read: `error("{where}: … ; {remedy}", setting=setting)`."""

    where: str
    error: type[FlowsepError]
    remedy: str
    setting: str | None = None

    def failure(self, reason: object) -> FlowsepError:
        """Return the error for this reason, such as "rate is 0, must be 1 or more"."""
        return self.error(f"{self.where}: {reason}; {self.remedy}", setting=self.setting)


def decode_json(content: bytes | str, origin: Origin) -> Any:
    """Return the value that JSON text in UTF-8 holds. Every number in it is finite.

    Raises `origin.error` where it is no JSON, nested too deep, or has a number that is NaN, infinite or too long.
    """
    try:
        text = content if isinstance(content, str) else content.decode("utf-8")
        value = json.loads(text, parse_float=_finite, parse_constant=_finite, parse_int=_whole)
        _check_depth(value)
    except (ValueError, RecursionError) as error:
        raise origin.failure(f"cannot be read as JSON ({_reason(error)})") from error
    return value


def read_json(path: Path, origin: Origin, most_bytes: int = TEXT_BYTES) -> Any:
    """Return the value of a JSON file, see `decode_json`.

    Raises FileNotFoundError where there is none, `origin.error` where it is no regular file, too long or no JSON.
    """
    return decode_json(_content(path, origin, most_bytes), origin)


def read_toml(path: Path, origin: Origin, most_bytes: int = TEXT_BYTES) -> dict[str, Any]:
    """Return the tables of a TOML file. Raises as `read_json` does."""
    try:
        tables = tomllib.loads(_content(path, origin, most_bytes).decode("utf-8"))
        _check_depth(tables)
    except (ValueError, RecursionError) as error:
        raise origin.failure(f"cannot be read as TOML ({_reason(error)})") from error
    return tables


def _content(path: Path, origin: Origin, most_bytes: int) -> bytes:
    """Return the bytes of a regular file. Raises FileNotFoundError, `origin.error` for any other reason."""
    try:
        return read_regular(path, most_bytes)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise origin.failure(f"cannot be read ({error.strerror or error})") from error


def _finite(number: str) -> float:
    """Return a number's value. Raises ValueError for NaN, an infinity, and what is too large to be finite."""
    value = float(number)
    if not math.isfinite(value):
        raise ValueError(f"{number[:20]} is not a finite number")
    return value


def _whole(number: str) -> int:
    """Return a whole number's value. Raises ValueError for more digits than Python turns into one, and back."""
    if len(number) > _MOST_DIGITS:
        raise ValueError(f"a number has {len(number)} digits")
    return int(number)


def _check_depth(value: Any) -> None:
    """Raise ValueError where objects and lists are nested more than `DEEPEST` deep."""
    level = [value]
    for _ in range(DEEPEST + 1):
        level = [inner for outer in level for inner in _members(outer)]
        if not level:
            return
    raise ValueError(f"nested more than {DEEPEST} deep")


def _members(value: Any) -> Iterator[Any]:
    """Yield the objects and lists directly within `value`."""
    members = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return (member for member in members if isinstance(member, (dict, list)))


def _reason(error: ValueError | RecursionError) -> str:
    """Return what is wrong in words, without what Python suggests to its programmers."""
    if isinstance(error, RecursionError):
        return f"nested more than {DEEPEST} deep"
    return str(error)
