"""Writing `settings.toml`: what was not changed, comments and order with it, stays as it was typed."""

import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from flowsep_plugin.errors import UsageError

from . import panel_settings, settings_file, worker_settings


def change_settings(changes: Mapping[str, Mapping[str, Any]], path: Path | None = None) -> Path:
    """Set `changes` (table -> field -> value) in the file, which is replaced at once or not at all; returns its path.

    A value of None takes the field out, so that its default counts. Raises UsageError where the file is no TOML (it is
    left as it is), where a value is wrong, and where the folder takes no file.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    path = path or settings_file()
    try:
        document = tomlkit.parse(path.read_text(encoding="utf-8")) if path.exists() else tomlkit.document()
    except (OSError, ValueError, TOMLKitError) as error:
        raise UsageError(f"{path} cannot be read as TOML ({error}); correct it or move it away") from error
    for name, values in changes.items():
        if name not in document:
            document[name] = tomlkit.table()
        table: Any = document[name]
        if not isinstance(table, dict):
            raise UsageError(f"{path}: {name} is no table; write [{name}] in a line of its own")
        for key, value in values.items():
            if value is None:
                table.pop(key, None)
            else:
                table[key] = value
    _replace(path, tomlkit.dumps(document))
    return path


def _replace(path: Path, text: str) -> None:
    """Write beside `path`, check, then take its place."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".settings-", suffix=".toml")
    except OSError as error:
        raise UsageError(f"{path} cannot be written ({error.strerror}); check the folder's rights") from error
    made = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        try:
            worker_settings(made)
            panel_settings(made)
        except UsageError as error:
            raise UsageError(str(error).replace(str(made), path.name)) from error
        if path.exists():
            made.chmod(path.stat().st_mode & 0o777)
        os.replace(made, path.resolve())
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written ({error.strerror}); make room, or check the file's rights"
        ) from error
    finally:
        with suppress(OSError):
            made.unlink()
