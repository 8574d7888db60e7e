"""Changes to `settings.toml` that keep the rest of the file, comments and order included, as the user typed it."""

import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from flowsep_plugin.errors import UsageError
from flowsep_plugin.unfinished import replace_file
from flowsep_plugin.untrusted.regular_file import read_regular_text

from . import check_settings_file, settings_file


def change_settings(changes: Mapping[str, Mapping[str, Any]], path: Path | None = None) -> Path:
    """Set `changes` (table -> field -> value) in the settings file, atomically; returns its path.

    A value of None removes the field, so that its default holds. Raises UsageError, and leaves the file unchanged,
    where the file is not valid TOML, a value is wrong, or the folder is not writable.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    path = path or settings_file()
    try:
        document = tomlkit.parse(read_regular_text(path)) if path.exists() else tomlkit.document()
    except (OSError, ValueError, TOMLKitError, RecursionError) as error:
        raise UsageError(f"{path} cannot be read as TOML ({error}); correct it or move it away") from error
    for name, values in changes.items():
        if name not in document:
            document[name] = tomlkit.table()
        table: Any = document[name]
        if not isinstance(table, dict):
            raise UsageError(f"{path}: {name} is not a table; write [{name}] on a line of its own")
        for key, value in values.items():
            if value is None:
                table.pop(key, None)
            else:
                table[key] = value
    replace_settings(path, tomlkit.dumps(document))
    return path


def replace_settings(path: Path, text: str) -> None:
    """Write `text` to a temporary file, check that it is valid, then replace `path` with it. Raises UsageError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".settings-", suffix=".toml")
    except OSError as error:
        raise UsageError(f"{path} cannot be written ({error.strerror}); check the folder's permissions") from error
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        try:
            check_settings_file(temporary)
        except UsageError as error:
            raise UsageError(str(error).replace(str(temporary), path.name)) from error
        if path.exists():
            temporary.chmod(path.stat().st_mode & 0o777)
        replace_file(temporary, path.resolve())
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written ({error.strerror}); make room, or check the file's permissions"
        ) from error
    finally:
        with suppress(OSError):
            temporary.unlink()
