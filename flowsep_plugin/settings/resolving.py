"""Values of settings and where each comes from: environment variable, `settings.toml`, or built in.

option (the command line's, not here)  >  environment  >  settings.toml  >  built in
"""

import os
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import platformdirs

from flowsep_plugin.errors import UsageError
from flowsep_plugin.suggest import did_you_mean
from flowsep_plugin.untrusted.decoding import Origin, read_toml
from flowsep_plugin.untrusted.records import Entry, entries, read
from flowsep_plugin.untrusted.shortened import shortened

from .tables import FALLBACKS, TABLES
from .variables import VARIABLE_OF

BUILT_IN, FILE, ENVIRONMENT = "built-in", "file", "environment"

_FILE_BYTES: Final = 1 << 20
_WHOLE: Final = re.compile(r"\s*[0-9]{1,9}\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedSetting:
    """The value of a setting, and where it comes from.

    name : such as "worker.threads".     source : BUILT_IN, FILE or ENVIRONMENT.
    place : the variable's name, or the name in the file, which is another setting's where that one is the fallback.
    """

    name: str
    value: Any
    source: str
    place: str
    doc: str


def settings_file() -> Path:
    """Return the path of `settings.toml`; it need not exist."""
    return Path(platformdirs.user_config_dir("flowsep", appauthor=False)) / "settings.toml"


def setting_names() -> list[str]:
    """Return the names of all settings, such as "worker.threads"."""
    return [f"{table}.{entry.name}" for table, kind in TABLES.items() for entry in entries(kind)]


def resolve(table: str, path: Path | None = None, environ: Mapping[str, str] | None = None) -> list[ResolvedSetting]:
    """Return the settings of a table, checked.

    environ : the environment; None is the process's own, an empty one leaves only the file.
    Raises UsageError that names a wrong setting of the file, or a wrong variable.
    """
    path = path or settings_file()
    values = _file_values(path, {table, "separation"})
    return list(_resolved(table, values, path, os.environ if environ is None else environ))


def resolve_one(name: str, path: Path | None = None) -> ResolvedSetting:
    """Return one setting. Raises UsageError for an unknown name, with the nearest one, and as `resolve` does."""
    entry_of(name)
    return next(setting for setting in resolve(name.partition(".")[0], path) if setting.name == name)


def entry_of(name: str) -> Entry:
    """Return the declaration of a setting. Raises UsageError for an unknown name, with the nearest one."""
    if name not in setting_names():
        hint = _near_end(name) or did_you_mean(name, setting_names()) or f"; settings: {', '.join(setting_names())}"
        raise UsageError(f"no setting is called {name!r}{hint}")
    table, _, key = name.partition(".")
    return next(entry for entry in entries(TABLES[table]) if entry.name == key)


def _near_end(name: str) -> str:
    """Return a hint for the last part of a name alone, such as "threads"; "" where no setting ends so."""
    ends = [full for full in setting_names() if full.rpartition(".")[2] == name]
    return f"; did you mean {' or '.join(map(repr, ends))}?" if ends else ""


def _resolved(
    table: str, values: Mapping[str, Any], path: Path, environ: Mapping[str, str]
) -> Iterator[ResolvedSetting]:
    for entry in entries(TABLES[table]):
        name = f"{table}.{entry.name}"
        fallback = FALLBACKS.get(name, name)
        variable = VARIABLE_OF.get(fallback, "")
        place = name if name in values else fallback
        value, source = entry.default, BUILT_IN
        if environ.get(variable, ""):
            value, source, place = _variable_value(entry, variable, environ[variable]), ENVIRONMENT, variable
        elif place in values:
            value, source = _checked(values[place], str(path), place), FILE
        else:
            place = ""
        yield ResolvedSetting(name=name, value=value, source=source, place=place, doc=entry.doc)


def _checked(raw: Any, where: str, place: str) -> Any:
    """Return the value of the setting `place` that the file has as `raw`. Raises UsageError."""
    table, _, key = place.rpartition(".")
    origin = Origin(where, UsageError, "correct it or move the file away")
    return getattr(read(TABLES[table], {key: raw}, origin, f"{table}."), key)


def _variable_value(entry: Entry, variable: str, text: str) -> Any:
    """Return the value of `entry` that an environment variable holds as text. Raises UsageError that names it."""
    value: Any = text
    if entry.kind is int:
        value = int(text) if _WHOLE.fullmatch(text) else None
    if value is None or not entry.declaration.allows(value):
        raise UsageError(
            f"the environment variable {variable} is {shortened(text)}, must be "
            f"{'a whole number, ' if entry.kind is int else ''}{entry.range_text}; correct it or unset it"
        )
    return value


def _file_values(path: Path, names: Collection[str]) -> dict[str, Any]:
    """Return the settings of some tables of the file: name -> value as it is there. Raises UsageError."""
    origin = Origin(str(path), UsageError, "correct it or move the file away")
    try:
        tables = read_toml(path, origin, _FILE_BYTES)
    except FileNotFoundError:
        return {}
    values: dict[str, Any] = {}
    for name in names:
        table = tables.get(name, {})
        if not isinstance(table, dict):
            raise UsageError(f"{path}: {name} is not a table; write [{name}] on a line of its own")
        names_of_table = [entry.name for entry in entries(TABLES[name])]
        for key, value in table.items():
            if key not in names_of_table:
                raise UsageError(
                    f"{path}: unknown setting {name}.{key}{did_you_mean(key, names_of_table)}; "
                    f"the settings are {', '.join(names_of_table)}"
                )
            values[f"{name}.{key}"] = value
    return values
