"""Read JSON objects into dataclasses whose fields are `declared`: types, ranges and defaults come from there alone.

    steps: int = field(metadata=declared("flow steps of a separation", low=1))
    rate: int = field(metadata=declared("sample rate, Hz", path="audio.rate"))

`entries` lists the same fields for docs/bundle-format.md. (pydantic would do both, but takes 67 ms to import, on every
start of the command line.)
"""

import types
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from flowsep_plugin.declared import Declaration
from flowsep_plugin.errors import BundleError

T = TypeVar("T")

_SCALARS = {int: "a whole number", float: "a number", str: "a string"}
_UNDECLARED = Declaration(doc="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry of a JSON object: its dotted path, its type without `| None`, and what its field declares.

    name : of the field.     default : MISSING where the entry is required.
    """

    name: str
    kind: Any
    default: Any
    declaration: Declaration

    @property
    def path(self) -> str:
        """Dotted path in the object."""
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
    """Yield the entries of the object that the dataclass `kind` is read from, in order."""
    hints = get_type_hints(kind)
    for own in fields(kind):
        default = own.default if own.default_factory is MISSING else own.default_factory()
        declaration = own.metadata.get("declaration", _UNDECLARED)
        yield Entry(name=own.name, kind=_without_none(hints[own.name]), default=default, declaration=declaration)


def read(kind: type[T], raw: Any, where: str, prefix: str = "") -> T:
    """Build the dataclass `kind` from a decoded JSON object; keys that it does not declare are ignored.

    where : names the file in errors.     prefix : dotted path of `raw` in the file, with its last dot.
    Raises BundleError that names the entry, its value and what it must be.
    """
    if not isinstance(raw, dict):
        raise BundleError(f"{where}: {prefix.rstrip('.') or 'the top level'} is not a JSON object; export it again")
    values = {}
    for entry in entries(kind):
        path, value = f"{prefix}{entry.path}", _look_up(raw, entry.path)
        if value is not None:
            values[entry.name] = _value(entry.kind, value, entry.declaration, where, path)
        elif entry.default is MISSING:
            raise BundleError(f"{where}: {path} is missing; export the model again")
    return kind(**values)


def _look_up(raw: Any, path: str) -> Any:
    """The value at a dotted path; None where a part of it is missing or null."""
    for name in path.split("."):
        raw = raw.get(name) if isinstance(raw, dict) else None
    return raw


def _value(kind: Any, value: Any, limits: Declaration, where: str, path: str) -> Any:
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
            return tuple(_value(kind, item, limits, where, f"{path}[{index}]") for index, (kind, item) in items)
    if origin in (Mapping, dict) and isinstance(value, dict):
        return {name: _value(arguments[1], item, limits, where, f"{path}.{name}") for name, item in value.items()}
    if _is_scalar(kind, value) and limits.allows(value):
        return kind(value)
    raise BundleError(f"{where}: {path} is {value!r}, must be {_expected(kind, value, limits)}; export the model again")


def _is_scalar(kind: Any, value: Any) -> bool:
    """Whether `value` is of this type; a whole number is a number too, true and false are not."""
    if kind not in _SCALARS or isinstance(value, bool):
        return False
    return isinstance(value, (int, float) if kind is float else kind)


def _expected(kind: Any, value: Any, limits: Declaration) -> str:
    """Name what a value must be, for an error."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Literal:
        return f"one of {', '.join(arguments)}"
    if origin is tuple:
        return "a list" if arguments[-1] is Ellipsis else f"a list of {len(arguments)}"
    if origin in (Mapping, dict):
        return "an object"
    return limits.range_text if limits.range_text and _is_scalar(kind, value) else _SCALARS[kind]


def _without_none(kind: Any) -> Any:
    if get_origin(kind) in (Union, types.UnionType):
        return next(argument for argument in get_args(kind) if argument is not type(None))
    return kind
