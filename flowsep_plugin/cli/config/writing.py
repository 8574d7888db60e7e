"""Changes to `settings.toml` from the shell: a checked value, or the user's own editor."""

import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flowsep_plugin.errors import FlowsepError, UsageError
from flowsep_plugin.settings import settings_file
from flowsep_plugin.settings.edit import change_settings, replace_settings
from flowsep_plugin.settings.resolving import entry_of
from flowsep_plugin.settings.tables import TABLES
from flowsep_plugin.untrusted.records import Entry, entries
from flowsep_plugin.untrusted.regular_file import read_regular_text

_HEADER = """# Settings of flowsep. A line without # holds; options and environment variables come before it.
# `flowsep config list` shows what holds and where it comes from.
"""


def checked_value(name: str, texts: Sequence[str]) -> Any:
    """Return the value of a setting that `texts` name. Raises UsageError for an unknown name or a wrong value."""
    entry = entry_of(name)
    if entry.kind not in (int, float, str):
        return [str(Path(text).expanduser().absolute()) for text in texts]
    if len(texts) != 1:
        raise UsageError(f"{name} takes one value; put one with spaces into quotes")
    value = _number(name, entry, texts[0]) if entry.kind in (int, float) else texts[0]
    if not entry.declaration.allows(value):
        raise UsageError(f"{name} must be {entry.range_text}; got {texts[0]!r}")
    _check_name(entry, str(value))
    return value


def write_setting(name: str, value: Any) -> Path:
    """Write a setting to the file, or remove it where `value` is None; returns the file's path. Raises UsageError."""
    entry_of(name)
    table, _, key = name.partition(".")
    return change_settings({table: {key: value}})


def edit_settings() -> Path:
    """Run the user's editor on a copy of the file, and replace the file by it; returns the file's path.

    Raises UsageError where the copy is wrong: it stays, and the next call opens it again.
    """
    path = settings_file()
    copy = path.with_name("settings.edited.toml")
    if not copy.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(read_regular_text(path) if path.exists() else template(), encoding="utf-8")
        copy.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o600)
    _run_editor(copy)
    try:
        replace_settings(path, read_regular_text(copy))
    except (FlowsepError, ValueError) as error:
        raise UsageError(
            f"{error}; your text stays in {copy}, the settings are as before; run `flowsep config edit` again, "
            f"or delete {copy.name} to drop it"
        ) from error
    copy.unlink()
    return path


def template() -> str:
    """Return a settings file in which every setting is there as a comment, with its built-in value and meaning."""
    import tomlkit

    lines = [_HEADER]
    for table, kind in TABLES.items():
        lines.append(f"[{table}]")
        for entry in entries(kind):
            value = [*map(str, entry.default)] if isinstance(entry.default, tuple) else entry.default
            lines.append(f"# {entry.name} = {tomlkit.item(value).as_string()}    # {entry.doc}")
        lines.append("")
    return "\n".join(lines)


def _run_editor(file: Path) -> None:
    """Wait for the user's editor to end. Raises UsageError where there is none, or it fails."""
    line = os.environ.get("VISUAL") or os.environ.get("EDITOR") or ("notepad" if sys.platform == "win32" else "vi")
    try:
        code = subprocess.run([*shlex.split(line, posix=sys.platform != "win32"), str(file)]).returncode
    except (OSError, ValueError) as error:
        raise UsageError(f"the editor {line!r} cannot be started ({error}); set EDITOR to one that is there") from error
    if code:
        raise UsageError(f"the editor {line!r} ended with exit code {code}; nothing has changed")


def _number(name: str, entry: Entry, text: str) -> float:
    """Return the number that `text` holds, a whole one where the setting is. Raises UsageError."""
    try:
        return int(text) if entry.kind is int else float(text)
    except ValueError:
        kind = "a whole number" if entry.kind is int else "a number"
        raise UsageError(f"{name} must be {kind}, {entry.range_text}; got {text!r}") from None


def _check_name(entry: Entry, value: str) -> None:
    """Raise UsageError where the setting names a device or a model that there is not."""
    if entry.name == "device":
        from flowsep_plugin.settings.devices import check_device

        check_device(value)
    if entry.name == "model" and value not in ("default", "echo"):
        from flowsep_plugin.engine.bundle import ModelBundle
        from flowsep_plugin.models import find_model

        ModelBundle.open(find_model(value), verify=False)
