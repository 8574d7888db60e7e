"""User settings, from the environment and from `settings.toml` in the configuration folder; each has a built-in value.

[separation]
device = "cuda"             # of every separation, unless an option or FLOWSEP_DEVICE says otherwise

[worker]
idle_seconds = 120          # then the model is unloaded and its memory freed
roots = ["/projects"]       # folders where the worker may read and write, besides the usual ones

[panel]
theme = "dark"              # dark, light, contrast or system
"""

from pathlib import Path
from typing import Any

from .resolving import resolve, settings_file
from .tables import THEMES, PanelSettings, SeparationSettings, WorkerSettings, expanded

__all__ = [
    "THEMES", "PanelSettings", "SeparationSettings", "WorkerSettings", "check_settings_file", "panel_settings",
    "separation_settings", "settings_file", "worker_settings",
]  # fmt: skip


def separation_settings(path: Path | None = None) -> SeparationSettings:
    """Return what holds for every separation. Raises UsageError that names a wrong setting or variable."""
    return SeparationSettings(**_values("separation", path))


def worker_settings(path: Path | None = None) -> WorkerSettings:
    """Return the worker's settings. Raises UsageError that names a wrong setting or variable."""
    values = _values("worker", path)
    return WorkerSettings(**{**values, "roots": tuple(map(expanded, values["roots"]))})


def panel_settings(path: Path | None = None) -> PanelSettings:
    """Return the panel's settings. Raises UsageError that names a wrong setting or variable."""
    return PanelSettings(**_values("panel", path))


def check_settings_file(path: Path) -> None:
    """Raise UsageError where a setting in the file is wrong, whatever the environment is."""
    for table in ("separation", "worker", "panel"):
        resolve(table, path, {})


def _values(table: str, path: Path | None) -> dict[str, Any]:
    return {setting.name.rpartition(".")[2]: setting.value for setting in resolve(table, path)}
