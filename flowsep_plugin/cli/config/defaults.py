"""Values of options that were not typed: from the environment, `settings.toml` or built in, in this order."""

from pathlib import Path
from typing import Any

from flowsep_plugin.errors import UsageError

_ERROR_SETTINGS = {
    "separation.model": "model", "separation.device": "device",
    "separation.threads": "threads", "separation.out": "out",
}  # fmt: skip
"""Setting -> the `setting` of the errors about its value."""


class ValueOrigins:
    """Origins of values that were not typed: `setting` of an error -> variable or setting. Each command clears them."""

    places: dict[str, str] = {}  # noqa: RUF012


def default_of(name: str) -> Any:
    """Return the value of the setting `name`, and remember where it is from, for errors. Raises UsageError."""
    from flowsep_plugin.settings.resolving import BUILT_IN, FILE, resolve_one, settings_file

    setting = resolve_one(name)
    if setting.source != BUILT_IN:
        place = f"{setting.place} in {settings_file()}" if setting.source == FILE else setting.place
        ValueOrigins.places[_ERROR_SETTINGS[name]] = place
    return setting.value


def thread_count(typed: int | None) -> int | None:
    """Return the number of CPU threads; None for all cores. Raises UsageError."""
    return typed or default_of("separation.threads") or None


def stem_folder(typed: Path | None) -> Path | None:
    """Return the folder for stems, `~` replaced where it is no option's; None where nothing names one."""
    if typed is not None:
        return typed
    name = default_of("separation.out")
    if not name:
        return None
    from flowsep_plugin.settings.tables import expanded

    return expanded(Path(name))


def required_stem_folder(typed: Path | None) -> Path:
    """Return the folder for stems. Raises UsageError where nothing names one."""
    folder = stem_folder(typed)
    if folder is None:
        raise UsageError("no folder for the stems is named", setting="out")
    return folder
