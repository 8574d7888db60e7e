"""The workspace on disk: JSON, written atomically, read back to an equal value.

`load` returns what `save` was given, except for drafts and progress. Keys are field names, or metadata “stored”.
"""

import collections.abc
import dataclasses
import functools
import json
import math
import os
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import Any

from flowsep_plugin.errors import UsageError
from flowsep_plugin.media.atomic import write_json_atomic
from flowsep_plugin.untrusted.regular_file import read_regular_text

from .results import Results, TakeResult
from .saved.old_workspace import with_settings_by_sound
from .workspace import Workspace

FORMAT = 1
DAMAGE: typing.Final = (
    OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError, UsageError,
)  # fmt: skip
"""Errors by which reading tells that a saved file is damaged."""


@dataclass(frozen=True, slots=True)
class SavedWorkspace:
    """A loaded workspace with results by take id. `closed`: the panel was left on purpose; False after a crash."""

    workspace: Workspace
    results: dict[str, TakeResult]
    closed: bool


def save(path: Path, workspace: Workspace, results: Results, *, closed: bool = False) -> None:
    """Write `workspace` and the results of its takes atomically. Inverse: `load`.

    Raises MediaError or OSError where the file cannot be written.
    """
    ids = {take.id for take in workspace.takes}
    of_takes = {name: replace(result, done=None) for name, result in results.items() if name in ids}
    record = {
        "format": FORMAT,
        "closed": closed,
        "workspace": to_plain(replace(workspace, draft=None)),
        "results": to_plain(of_takes),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json_atomic(path, record)


def load(path: Path) -> SavedWorkspace | None:
    """Return the saved workspace; None where there is none, and where it is damaged: it is renamed to `….damaged`.

    Raises OSError where a damaged file cannot be renamed.
    """
    try:
        record = json.loads(read_regular_text(path))
        if record["format"] != FORMAT:
            raise ValueError(record["format"])
        record = with_settings_by_sound(record)
        workspace = from_plain(Workspace, record["workspace"])
        results = from_plain(dict[str, TakeResult], record["results"])
        return SavedWorkspace(workspace, results, bool(record["closed"]))
    except FileNotFoundError:
        return None
    except DAMAGE:
        os.replace(path, path.with_suffix(".damaged"))
        return None


def persistent_part(workspace: Workspace) -> Workspace:
    """Return what outlives the documents of a workspace: history, favourites, all presets, model, device, folder."""
    return replace(
        workspace, documents=(), front_id=None, selected=None, queries=(), other_queries={}, takes=(), current={},
        draft=None, mixes={}, chains={}, forced=(), markers={},
    )  # fmt: skip


def to_plain(value: Any) -> Any:
    """Return `value` as dicts, lists, strings and numbers for JSON. Inverse: `from_plain`."""
    if is_dataclass(value) and not isinstance(value, type):
        return {_stored_name(field): to_plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [to_plain(item) for item in value]
    return os.fspath(value) if isinstance(value, Path) else value


def from_plain(kind: Any, plain: Any) -> Any:
    """Return the value of type `kind` from its JSON form; unknown keys are skipped. Inverse: `to_plain`.

    Raises ValueError, KeyError or OverflowError where `plain` does not have that form, and UsageError where
    a setting is out of its range.
    """
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        return _member_of(inner, plain)
    if origin is tuple:
        return _tuple(inner, _of_type(list, plain))
    if origin in (dict, collections.abc.Mapping):
        return {key: from_plain(inner[1], item) for key, item in _of_type(dict, plain).items()}
    if is_dataclass(kind):
        hints, names = _fields_of(kind)
        items = _of_type(dict, plain).items()
        return kind(**{names[key]: from_plain(hints[names[key]], item) for key, item in items if key in names})  # type: ignore[operator]
    return plain if kind is Any else _scalar(kind, origin, plain)


def _member_of(members: tuple[Any, ...], plain: Any) -> Any:
    """Return the value of one of the types of a union. Raises as `from_plain`."""
    if plain is None and types.NoneType in members:
        return None
    others = [member for member in members if member is not types.NoneType]
    if len(others) == 1:
        return from_plain(others[0], plain)
    if type(plain) not in others and not (float in others and type(plain) is int):
        raise ValueError(f"{plain!r:.80} fits none of {others}")
    return plain


def _scalar(kind: Any, origin: Any, plain: Any) -> Any:
    """Return a text, number, path or choice. Raises ValueError, OverflowError."""
    if origin is typing.Literal:
        if plain not in typing.get_args(kind):
            raise ValueError(f"{plain!r:.80} is not one of {typing.get_args(kind)}")
        return plain
    if kind is float:
        number = float(plain) if isinstance(plain, int) and not isinstance(plain, bool) else _of_type(float, plain)
        if not math.isfinite(number):
            raise ValueError(f"{number} is not finite")
        return number
    if kind is Path:
        if "\0" in _of_type(str, plain):
            raise ValueError("a path with a NUL")
        return Path(plain)
    return _of_type(kind, plain)


def _of_type(kind: Any, plain: Any) -> Any:
    """Return `plain`. Raises ValueError where it is of another type; true and false are not numbers."""
    if not isinstance(plain, kind) or (isinstance(plain, bool) and kind is not bool):
        raise ValueError(f"{plain!r:.80} is not a {kind.__name__}")
    return plain


@functools.cache
def _fields_of(kind: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the types of a dataclass by field, and its fields by their names in the file."""
    return typing.get_type_hints(kind), {_stored_name(field): field.name for field in fields(kind)}


def _stored_name(field: dataclasses.Field[Any]) -> str:
    """Return the field's name in the file: metadata "stored" keeps old files readable after a rename."""
    return str(field.metadata.get("stored", field.name))


def _tuple(inner: tuple[Any, ...], plain: Any) -> tuple[Any, ...]:
    if len(inner) == 2 and inner[1] is Ellipsis:
        return tuple(from_plain(inner[0], item) for item in plain)
    return tuple(from_plain(one, item) for one, item in zip(inner, plain, strict=True))
