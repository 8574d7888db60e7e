"""Declare the entries of a JSON object once, as an annotated dataclass: types, ranges, defaults and meanings.

    steps: Annotated[int, Entry("flow steps of a separation", low=1)]
    rate: Annotated[int, Entry("sample rate, Hz", at="audio.rate")]

`read` validates an object and builds the dataclass; the tables of docs/bundle-format.md are made of `declared_fields`.
(pydantic would do the same, but takes 67 ms to import, on every start of the command line.)
"""

import types
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from flowsep_plugin.errors import BundleError

T = TypeVar("T")

_SCALARS = {int: "a whole number", float: "a number", str: "a string"}


@dataclass(frozen=True, slots=True)
class Entry:
    """Annotation of a field: its meaning and limits.

    meaning : a phrase for documentation.     at : dotted path in the JSON object, where it is not the field's name.
    low, high : inclusive range of a number; no `high` without `low`.
    """

    meaning: str
    at: str = ""
    low: float | None = None
    high: float | None = None

    def admits(self, value: Any) -> bool:
        """Whether a number is in the range, or there is none."""
        return self.low is None or (value >= self.low and (self.high is None or value <= self.high))

    @property
    def range(self) -> str:
        """The range in words, "" for none."""
        if self.low is None:
            return ""
        return f"{self.low:g} or more" if self.high is None else f"{self.low:g} to {self.high:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredField:
    """A field of a dataclass: its type without `| None`, its annotation, its path; `default` is MISSING for none."""

    name: str
    kind: Any
    entry: Entry
    path: str
    default: Any


def declared_fields(kind: Any) -> list[DeclaredField]:
    """Return the fields of a dataclass in order."""
    hints = get_type_hints(kind, include_extras=True)
    declared = []
    for field in fields(kind):
        hint, entry = hints[field.name], Entry("")
        if get_origin(hint) is Annotated:
            hint, entry = get_args(hint)[:2]
        default = field.default if field.default_factory is MISSING else field.default_factory()
        path, plain = entry.at or field.name, _without_none(hint)
        declared.append(DeclaredField(name=field.name, kind=plain, entry=entry, path=path, default=default))
    return declared


def read(kind: type[T], raw: Any, where: str, prefix: str = "") -> T:
    """Build the dataclass `kind` from a decoded JSON object; keys that it does not declare are ignored.

    where : names the file in errors.     prefix : dotted path of `raw` in the file, with its last dot.
    Raises BundleError that names the entry, its value and what it must be.
    """
    if not isinstance(raw, dict):
        raise BundleError(f"{where}: {prefix.rstrip('.') or 'the top level'} is not a JSON object; export it again")
    values = {}
    for field in declared_fields(kind):
        path, value = f"{prefix}{field.path}", _look_up(raw, field.path)
        if value is not None:
            values[field.name] = _value(field.kind, value, field.entry, where, path)
        elif field.default is MISSING:
            raise BundleError(f"{where}: {path} is missing; export the model again")
    return kind(**values)


def _look_up(raw: Any, path: str) -> Any:
    """The value at a dotted path; None where a part of it is missing or null."""
    for name in path.split("."):
        raw = raw.get(name) if isinstance(raw, dict) else None
    return raw


def _value(kind: Any, value: Any, entry: Entry, where: str, path: str) -> Any:
    """`value` as the declared `kind`, lists as tuples. Raises BundleError that begins with `where` and `path`."""
    origin, arguments = get_origin(kind), get_args(kind)
    if is_dataclass(kind):
        return read(kind, value, where, f"{path}.")  # type: ignore[arg-type]
    if kind is Any or (origin is Literal and value in arguments):
        return value
    if origin is tuple and isinstance(value, list):
        repeated = arguments[-1] is Ellipsis
        if repeated or len(value) == len(arguments):
            kinds = arguments[:1] * len(value) if repeated else arguments
            items = enumerate(zip(kinds, value, strict=True))
            return tuple(_value(kind, item, entry, where, f"{path}[{index}]") for index, (kind, item) in items)
    if origin in (Mapping, dict) and isinstance(value, dict):
        return {name: _value(arguments[1], item, entry, where, f"{path}.{name}") for name, item in value.items()}
    if _is_scalar(kind, value) and entry.admits(value):
        return kind(value)
    raise BundleError(f"{where}: {path} is {value!r}, must be {_expected(kind, value, entry)}; export the model again")


def _is_scalar(kind: Any, value: Any) -> bool:
    """Whether `value` is of this type; a whole number is a number too, true and false are not."""
    if kind not in _SCALARS or isinstance(value, bool):
        return False
    return isinstance(value, (int, float) if kind is float else kind)


def _expected(kind: Any, value: Any, entry: Entry) -> str:
    """Name what a value must be, for an error."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Literal:
        return f"one of {', '.join(arguments)}"
    if origin is tuple:
        return "a list" if arguments[-1] is Ellipsis else f"a list of {len(arguments)}"
    if origin in (Mapping, dict):
        return "an object"
    return entry.range if entry.range and _is_scalar(kind, value) else _SCALARS[kind]


def _without_none(kind: Any) -> Any:
    if get_origin(kind) in (Union, types.UnionType):
        return next(argument for argument in get_args(kind) if argument is not type(None))
    return kind
