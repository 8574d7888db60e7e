"""The JSON of jobs, made from the dataclasses that hold it.

dataclass field: type, default, declaration ─► pydantic model ─► check: UsageError in words
                                                     └─► JSON Schema ─► OpenAPI ─► tables of docs/reference/http-api.md
"""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, fields
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeAlias, Union, get_args, get_origin, get_type_hints

import pydantic
from pydantic import ConfigDict, PlainValidator, WithJsonSchema

from flowsep_plugin.errors import UsageError

RecordModel: TypeAlias = type[pydantic.BaseModel]

_CONFIG = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
_LONGEST_VALUE = 80
"""A wrong value is repeated in a message up to this many characters."""


def _require(valid: bool, value: Any) -> Any:
    if not valid:
        raise ValueError
    return value


def _kind(valid: Any, schema: dict[str, Any]) -> Any:
    """Return a type for values that `valid` accepts. Pydantic's own texts refuse file names that are not Unicode."""
    return Annotated[Any, PlainValidator(lambda value: _require(valid(value), value)), WithJsonSchema(schema)]


def is_text(value: Any) -> bool:
    """Whether `value` is text; surrogates in it must stand for the bytes of a file name that is not UTF-8."""
    if not isinstance(value, str):
        return False
    try:
        value.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return True


def _is_path(value: Any) -> bool:
    """Whether `value` is text that may be a path; `JobSpec.from_json` says what is wrong with its surrogates."""
    return isinstance(value, str) and 0 < len(value) <= LONGEST_PATH and "\0" not in value


LONGEST_PATH = 32_767
"""Characters of a path at most: what Windows allows, eight times what Linux does."""

_PATH_SCHEMA = {
    "type": "string", "format": "path", "minLength": 1, "maxLength": LONGEST_PATH, "pattern": "^[^\\x00]+$",
}  # fmt: skip

TEXT = _kind(is_text, {"type": "string"})
PATH = _kind(_is_path, _PATH_SCHEMA)


def texts(*, shortest: int = 0, **limits: int) -> Any:
    """Return the type of a list of texts; the limits are for its schema, the dataclass checks them."""
    return _kind(
        lambda value: isinstance(value, (list, tuple)) and all(map(is_text, value)),
        {"type": "array", "items": {"type": "string", **({"minLength": shortest} if shortest else {})}, **limits},
    )


def pairs(first: tuple[float, float], second: tuple[float, float], *, fewest: int, most: int) -> Any:
    """Return the type of a list of `fewest` to `most` pairs of numbers, each within its limits, low and high."""
    limits = (first, second)

    def is_pair(value: Any) -> bool:
        return isinstance(value, (list, tuple)) and len(value) == len(limits) and all(map(_is_within, value, limits))

    numbers = [{"type": "number", "minimum": low, "maximum": high} for low, high in limits]
    pair = {"type": "array", "prefixItems": numbers, "items": False, "minItems": 2, "maxItems": 2}
    return _kind(
        lambda value: isinstance(value, (list, tuple)) and fewest <= len(value) <= most and all(map(is_pair, value)),
        {"type": "array", "items": pair, "minItems": fewest, "maxItems": most},
    )


def _is_within(value: Any, limits: tuple[float, float]) -> bool:
    """Whether `value` is a number from the first to the second limit."""
    return type(value) in (int, float) and limits[0] <= value <= limits[1]


TEXTS = texts()
NUMBERS = _kind(
    lambda value: isinstance(value, (list, tuple)) and all(type(one) is int and one >= 0 for one in value),
    {"type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": 1},
)
_TYPES = {str: TEXT, Path: PATH}
_LISTS = {(str,): TEXTS, (str, ...): TEXTS, (int, ...): NUMBERS}
"""Arguments of a sequence's type -> its type in JSON."""


def record_model(
    name: str, kind: type, *others: type, names: Mapping[str, str] | None = None, **types: Any
) -> RecordModel:
    """Return a model of the JSON object that holds the fields of dataclasses, in their order.

    names : field -> name in JSON, where it has another.
    types : field -> type in JSON, where the field's own does not do; None leaves the field out.
    """
    members: dict[str, Any] = {}
    for owner in (kind, *others):
        hints = get_type_hints(owner)
        for field in fields(owner):
            hint = types.get(field.name, hints[field.name])
            if hint is not None:
                members[(names or {}).get(field.name, field.name)] = (_json_type(hint, _limits(field)), _info(field))
    required_first = dict(sorted(members.items(), key=lambda member: not member[1][1].is_required()))
    return pydantic.create_model(name, __config__=_CONFIG, **required_first)


def one_of(tag: str, *models: RecordModel) -> Any:
    """Return the type of an object that is of that one of `models` whose member `tag` has its value."""
    return Annotated[Union[models], pydantic.Discriminator(tag)]  # noqa: UP007


def _models_in(annotation: Any) -> Iterator[RecordModel]:
    if isinstance(annotation, type) and issubclass(annotation, pydantic.BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)


def check(model: RecordModel, record: Any, place: str) -> dict[str, Any]:
    """Return `record` as a dict, its values unchanged.

    place : the record's name in messages, such as "the job".
    Raises UsageError with place, name, value and what is allowed where it does not fit `model`.
    """
    if not isinstance(record, Mapping):
        raise UsageError(f"{place} must be an object with names and values; got {_short(record)}")
    try:
        model.model_validate(record)
    except pydantic.ValidationError as error:
        raise UsageError(_in_words(model, record, place, error)) from None
    return dict(record)


def allowed(schema: Mapping[str, Any]) -> str:
    """Return the values that a JSON Schema allows in words, such as "a whole number from 1 to 200, or null"."""
    if "anyOf" in schema:
        return ", or ".join(map(allowed, schema["anyOf"]))
    if "enum" in schema or "const" in schema:
        *most, last = map(str, schema.get("enum", [schema.get("const")]))
        return f"{', '.join(most)} or {last}" if most else last
    kind = "path" if schema.get("format") == "path" else schema.get("type", "object")
    words = {
        "boolean": "true or false", "null": "null", "string": "a text", "path": "a path", "object": "an object",
        "array": f"a list of {_ITEMS.get(schema.get('items', {}).get('type'), 'objects and nulls')}",
        "integer": "a whole number", "number": "a number",
    }  # fmt: skip
    if kind == "object" and _type_of(schema.get("additionalProperties")) == "string":
        return "an object of texts"
    low, high = schema.get("minimum"), schema.get("maximum")
    if "exclusiveMinimum" in schema:
        return f"{words[kind]} above {schema['exclusiveMinimum']:g}, up to {high:g}"
    if low is None:
        return words[kind]
    return words[kind] + (f" from {low:g} up" if high is None else f" from {low:g} to {high:g}")


def _type_of(schema: Any) -> str | None:
    """Return the type that a JSON Schema names; None where it names none."""
    return schema.get("type") if isinstance(schema, Mapping) else None


_ITEMS = {"string": "texts", "integer": "whole numbers", "array": "lists"}
"""JSON type of a list's items -> those items in words."""


def _limits(field: Field[Any]) -> Any:
    """Return the field's `Declaration` or `RenderSetting`; None where it has none."""
    return field.metadata.get("declaration") or field.metadata.get("setting")


def _info(field: Field[Any]) -> Any:
    limits = _limits(field)
    doc = getattr(limits, "doc", None) or getattr(limits, "help", None)
    if field.default_factory is not MISSING:
        return pydantic.Field(default_factory=field.default_factory, description=doc)
    return pydantic.Field(default=... if field.default is MISSING else field.default, description=doc)


def _json_type(hint: Any, limits: Any) -> Any:
    """Return the type in JSON of a field annotated `hint`: texts, paths and numbers with their limits."""
    if get_origin(hint) in (UnionType, Union):
        return Union[tuple(_json_type(part, limits) for part in get_args(hint))]  # noqa: UP007
    choices = getattr(limits, "values", None) or getattr(limits, "choices", None)
    if choices and hint is not NoneType:
        return Literal[tuple(choices)]
    if hint in (int, float) and limits is not None and limits.low is not None:
        above = {"gt": limits.low} if getattr(limits, "low_excluded", False) else {"ge": limits.low}
        return Annotated[hint, pydantic.Field(le=limits.high, **above)]
    if get_args(hint) in _LISTS:
        return _LISTS[get_args(hint)]
    return dict[str, Any] if get_origin(hint) is Mapping else _TYPES.get(hint, hint)


def _in_words(model: RecordModel, record: Any, place: str, error: pydantic.ValidationError) -> str:
    """Return a sentence about the first thing that is wrong."""
    details = error.errors(include_url=False)[0]
    if not details["loc"]:
        return f"{place} has a name that is not valid Unicode"
    path = list(details["loc"])
    while not isinstance(path[-1], str):
        path.pop()
    *outer, name = path
    models = [model]
    for part in outer:
        if isinstance(part, str) and part not in record:  # the tag by which the object is of one of several models
            models = [one for one in models if part in _constants(one)]
            continue
        if isinstance(part, str):
            inner = list(_models_in(models[0].model_fields[part].annotation))
            if not inner:  # an object of names and values, or a list of plain values: it is wrong as a whole
                name = part
                break
            models = inner
        place, record = (part if isinstance(part, str) else f"{place}[{part}]"), record[part]
    schema = models[0].model_json_schema()
    members = schema["properties"]
    if details["type"] == "missing":
        missing = ", ".join(repr(one) for one in schema["required"] if one not in record)
        return f"{place} needs {missing}; it has {', '.join(map(str, record)) or 'nothing'}"
    if name not in members:
        return f"{place}: unknown name {name!r}; known names are {', '.join(members)}"
    return f"{place}: {name} must be {allowed(members[name])}; got {_short(record[name])}"


def _constants(model: RecordModel) -> set[Any]:
    """Return the values that members of `model` are restricted to."""
    return {
        value for own in model.model_fields.values() for value in get_args(own.annotation) if isinstance(value, str)
    }


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"
