"""`flowsep config`: show and change the settings, and say where each value comes from."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flowsep_plugin.cli.options import Json, option
from flowsep_plugin.cli.terminal import echo

from .completing import settings as complete_settings

if TYPE_CHECKING:
    from flowsep_plugin.settings.resolving import ResolvedSetting

config = typer.Typer(no_args_is_help=True, help="Show and change the settings, and where their values come from.")

SettingName = Annotated[
    str, typer.Argument(metavar="NAME", help="A setting, such as worker.threads.", autocompletion=complete_settings)
]


@config.command("list")
def list_settings(
    as_json: Json = False,
    changed: Annotated[bool, option("--changed", help="Only those that have not their built-in value.")] = False,
) -> None:
    """List every setting with its value, where that comes from, and its meaning; then the environment variables."""
    from flowsep_plugin.settings import settings_file
    from flowsep_plugin.settings.resolving import BUILT_IN, resolve
    from flowsep_plugin.settings.tables import TABLES

    rows = [setting for table in TABLES for setting in resolve(table)]
    rows = [setting for setting in rows if not changed or setting.source != BUILT_IN]
    if as_json:
        record = {"file": str(settings_file()), "settings": [*map(_record, rows)], "variables": _variables()}
        echo(json.dumps(record))
        return
    width = max((len(setting.name) for setting in rows), default=0)
    for setting in rows:
        echo(f"{setting.name:<{width}}  {_in_words(setting.value)}  ({_source(setting)})\n    {setting.doc}")
    echo("\nEnvironment variables:")
    for variable in _variables():
        if variable["set"] or not changed:
            state = (variable["value"] or "(secret)") if variable["set"] else "(not set)"
            echo(f"{variable['name']}  {state}\n    {variable['meaning']}")


@config.command("get")
def get_setting(name: SettingName, as_json: Json = False) -> None:
    """Print the value of a setting; a list one item a line."""
    from flowsep_plugin.settings.resolving import resolve_one

    setting = resolve_one(name)
    if as_json:
        echo(json.dumps(_record(setting)))
    elif isinstance(setting.value, tuple):
        for item in setting.value:
            echo(item)
    else:
        echo(setting.value)


@config.command("set")
def set_setting(
    name: SettingName,
    values: Annotated[list[str], typer.Argument(metavar="VALUE…", help="Its value; several for a list.")],
) -> None:
    """Write a setting to settings.toml, once it is checked; comments and other lines stay as they are."""
    from .writing import checked_value, write_setting

    path = write_setting(name, checked_value(name, values))
    _print_written(name, path)


@config.command("unset")
def unset_setting(name: SettingName) -> None:
    """Remove a setting from settings.toml, so that its built-in value holds again."""
    from .writing import write_setting

    _print_written(name, write_setting(name, None))


@config.command("path")
def print_path() -> None:
    """Print the path of settings.toml; the file need not exist."""
    from flowsep_plugin.settings import settings_file

    echo(settings_file())


@config.command("edit")
def edit_file() -> None:
    """Open settings.toml in $VISUAL or $EDITOR; what is wrong afterwards is said, and neither text is lost."""
    from .writing import edit_settings

    echo(f"{edit_settings()} is valid")


def register(app: typer.Typer) -> None:
    """Add `config` to the root command."""
    app.add_typer(config, name="config")


def _record(setting: "ResolvedSetting") -> dict[str, Any]:
    """Return the setting as plain values for JSON."""
    value = [*map(str, setting.value)] if isinstance(setting.value, tuple) else setting.value
    return {
        "name": setting.name, "value": value, "source": setting.source, "place": setting.place or None,
        "meaning": setting.doc,
    }  # fmt: skip


def _variables() -> list[dict[str, Any]]:
    """Return the environment variables as plain values for JSON; the value of a secret one is not told."""
    from flowsep_plugin.settings.variables import VARIABLES

    return [
        {
            "name": variable.name,
            "setting": variable.overrides,
            "set": variable.name in os.environ,
            "value": None if variable.is_secret else os.environ.get(variable.name),
            "meaning": variable.doc,
        }
        for variable in VARIABLES
    ]


def _in_words(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    return str(value) if value != "" else '""'


def _source(setting: "ResolvedSetting") -> str:
    """Return where the value is from, such as "environment: FLOWSEP_DEVICE"."""
    is_plain = setting.place in ("", setting.name)
    return setting.source if is_plain else f"{setting.source}: {setting.place}"


def _print_written(name: str, path: Path) -> None:
    """Print what holds now, and a remark where the environment overrides it."""
    from flowsep_plugin.settings.resolving import ENVIRONMENT, resolve_one

    setting = resolve_one(name)
    echo(f"{name} is {_in_words(setting.value)} ({_source(setting)}); {path}")
    if setting.source == ENVIRONMENT:
        echo(f"the environment variable {setting.place} overrides the file", err=True)
