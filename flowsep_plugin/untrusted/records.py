"""Read records from outside into dataclasses whose fields are `declared`: types, limits and defaults come from there.

    steps: int = field(metadata=declared("flow steps of a separation", low=1, high=200))
    rate: int = field(metadata=declared("sample rate, Hz", path="audio.rate", low=1, high=768_000))

A record is an object of JSON or a table of TOML, as `decoding` returns it. Texts, lists and numbers have limits
whatever is declared. `entries` lists the same fields for docs/bundle-format.md. (pydantic would do both, but takes
67 ms to import, on every start of the command line.)
"""

import math
import os
import types
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from flowsep_plugin.declared import Declaration

from .decoding import Origin
from .shortened import shortened

T = TypeVar("T")

LONGEST_TEXT = 10_000
"""Characters of a text at most, where its field declares nothing."""

LONGEST_LIST = 10_000
"""Items of a list or an object at most, where its field declares nothing."""

GREATEST_WHOLE = 2**53
"""Size of a whole number at most: up to here a floating-point number holds each one exactly."""

_LONGEST_NAME = 1000
"""Characters of a free name in an object at most."""

_SCALARS: dict[Any, tuple[type, ...]] = {int: (int,), float: (int, float), str: (str,), bool: (bool,), Path: (str,)}
_SCALAR_WORDS = {int: "a whole number", float: "a number", str: "a string", bool: "true or false", Path: "a path"}
_UNDECLARED = Declaration(doc="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry of a record: its dotted path, its type without `| None`, and what its field declares.

    name : of the field.     default : MISSING where the entry is required.
    """

    name: str
    kind: Any
    default: Any
    declaration: Declaration

    @property
    def path(self) -> str:
        """Dotted path in the record."""
        return self.declaration.path or self.name

    @property
    def doc(self) -> str:
        """The entry's meaning, "" for none."""
        return self.declaration.doc

    @property
    def range_text(self) -> str:
        """The range of a number in words, "" for none."""
        return self.declaration.range_text


def entries(kind: Any) -> Iterator[Entry]:
    """Yield the entries of the record that the dataclass `kind` is read from, in order."""
    hints = get_type_hints(kind)
    for own in fields(kind):
        default = own.default if own.default_factory is MISSING else own.default_factory()
        declaration = own.metadata.get("declaration", _UNDECLARED)
        yield Entry(name=own.name, kind=_without_none(hints[own.name]), default=default, declaration=declaration)


def read(kind: type[T], raw: Any, origin: Origin, prefix: str = "") -> T:
    """Build the dataclass `kind` from a decoded record; keys that it does not declare are ignored.

    prefix : dotted path of `raw` in its file, with its last dot.
    Raises `origin.error` that names the entry, its value and what it must be.
    """
    if not isinstance(raw, dict):
        raise origin.failure(f"{prefix.rstrip('.') or 'the top level'} is not a JSON object")
    values = {}
    for entry in entries(kind):
        path, value = f"{prefix}{entry.path}", _look_up(raw, entry.path)
        if value is not None:
            values[entry.name] = _value(entry.kind, value, entry.declaration, origin, path)
        elif entry.default is MISSING:
            raise origin.failure(f"{path} is missing")
    return kind(**values)


def _look_up(raw: Any, path: str) -> Any:
    """The value at a dotted path; None where a part of it is missing or null."""
    for name in path.split("."):
        raw = raw.get(name) if isinstance(raw, dict) else None
    return raw


def _value(kind: Any, value: Any, limits: Declaration, origin: Origin, path: str) -> Any:
    """`value` as the declared `kind`, lists as tuples. Raises `origin.error` that names `path`."""
    outer, arguments = get_origin(kind), get_args(kind)
    if is_dataclass(kind):
        return read(kind, value, origin, f"{path}.")  # type: ignore[arg-type]
    if kind is Any or (outer is Literal and value in arguments):
        return value
    _check_length(value, limits, origin, path)
    if outer is tuple and isinstance(value, list):
        repeated = arguments[-1] is Ellipsis
        if repeated or len(value) == len(arguments):
            kinds = arguments[:1] * len(value) if repeated else arguments
            items = enumerate(zip(kinds, value, strict=True))
            return tuple(_value(kind, item, limits, origin, f"{path}[{index}]") for index, (kind, item) in items)
    if outer in (Mapping, dict) and isinstance(value, dict):
        _check_names(value, origin, path)
        return {name: _value(arguments[1], item, limits, origin, f"{path}.{name}") for name, item in value.items()}
    if _is_scalar(kind, value) and _fits(kind, value, limits):
        return kind(value)
    raise origin.failure(f"{path} is {shortened(value)}, must be {_expected(kind, value, limits)}")


def _check_length(value: Any, limits: Declaration, origin: Origin, path: str) -> None:
    """Raise `origin.error` where a text, a list or an object is longer than declared."""
    if not isinstance(value, (str, list, dict)):
        return
    most = limits.longest or (LONGEST_TEXT if isinstance(value, str) else LONGEST_LIST)
    if len(value) > most:
        unit = "characters" if isinstance(value, str) else "entries"
        raise origin.failure(f"{path} has {len(value)} {unit}, must have at most {most}")


def _check_names(value: Mapping[str, Any], origin: Origin, path: str) -> None:
    """Raise `origin.error` where a free name of an object is none that can be written or shown."""
    for name in value:
        if not name or len(name) > _LONGEST_NAME or not _is_text(name):
            raise origin.failure(
                f"{path} has the name {shortened(name)}, must be 1 to {_LONGEST_NAME} plain characters"
            )


def _is_scalar(kind: Any, value: Any) -> bool:
    """Whether `value` is of this type; a whole number is a number too, true and false are not."""
    if kind not in _SCALARS or (isinstance(value, bool) and kind is not bool):
        return False
    return isinstance(value, _SCALARS[kind])


def _fits(kind: Any, value: Any, limits: Declaration) -> bool:
    """Whether a scalar of the right type is a value that can be worked with, and within its limits."""
    if kind is int:
        return abs(value) <= GREATEST_WHOLE and limits.allows(value)
    if kind is float:
        return _is_finite(value) and limits.allows(value)
    if kind is Path:
        return bool(value) and _is_path(value)
    return kind is bool or (_is_text(value) and limits.allows(value))


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number beyond what floating point holds
        return False


def _is_path(value: str) -> bool:
    """Whether a file can have this path; bytes that are not UTF-8 are escaped in it, as Python does."""
    try:
        return b"\0" not in os.fsencode(value)
    except UnicodeEncodeError:
        return False


def _is_text(value: str) -> bool:
    """Whether UTF-8 can encode a text, so that it can be written into other files."""
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return "\0" not in value


def _expected(kind: Any, value: Any, limits: Declaration) -> str:
    """Name what a value must be, for an error."""
    outer, arguments = get_origin(kind), get_args(kind)
    if outer is Literal:
        return f"one of {', '.join(arguments)}"
    if outer is tuple:
        return "a list" if arguments[-1] is Ellipsis else f"a list of {len(arguments)}"
    if outer in (Mapping, dict):
        return "an object"
    if not _is_scalar(kind, value):
        return _SCALAR_WORDS[kind]
    if limits.range_text:
        return limits.range_text
    return {int: "smaller", float: "finite", Path: "a path that a file can have"}.get(kind, "text that can be encoded")


def _without_none(kind: Any) -> Any:
    if get_origin(kind) in (Union, types.UnionType):
        return next(argument for argument in get_args(kind) if argument is not type(None))
    return kind
