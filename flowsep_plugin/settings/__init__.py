"""User settings, read from `settings.toml` in the configuration folder; every field has a default that works.

[worker]
idle_seconds = 120          # then the model is unloaded and its memory freed
roots = ["/projects"]       # folders where the worker may read and write, besides the usual ones

[panel]
theme = "dark"              # dark, light, contrast or system
"""

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

import platformdirs

from flowsep_plugin.errors import UsageError


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """Settings of the worker.

    idle_seconds : time without work after which the engine process ends and frees its memory.
    leave_after_seconds : time without work or calls after which the worker ends; 0 is never.
    cache_mb : size of the cache of estimates, in MB.     keep_ended : number of ended jobs that stay on the list.
    roots : folders that jobs may read and write in, besides the usual ones.
    threads : CPU threads; 0 is one a core.     cancel_grace_seconds : time after which a cancelled engine is killed.
    Raises UsageError for a negative number.
    """

    idle_seconds: float = 300.0
    leave_after_seconds: float = 0.0
    cache_mb: int = 2048
    keep_ended: int = 5000
    roots: tuple[Path, ...] = ()
    threads: int = 0
    cancel_grace_seconds: float = 30.0

    def __post_init__(self) -> None:
        for name in (
            "idle_seconds",
            "leave_after_seconds",
            "cache_mb",
            "keep_ended",
            "threads",
            "cancel_grace_seconds",
        ):
            if getattr(self, name) < 0:
                raise UsageError(f"worker.{name} must be 0 or more, got {getattr(self, name)}")


THEMES: Final = ("dark", "light", "contrast", "system")


@dataclass(frozen=True, slots=True)
class PanelSettings:
    """Settings of the panel.

    theme : dark, light, contrast or system.     language : a code such as "de", or system.
    sound_device : name of the audio output, "" for the system's default.     device : device of separations.
    output_folder : folder for final stems; "" is `flowsep` in the music folder.
    midi_input : name of the controller's port, "" for none.
    Raises UsageError for an unknown theme.
    """

    theme: str = "dark"
    language: str = "system"
    sound_device: str = ""
    device: str = "auto"
    output_folder: str = ""
    midi_input: str = ""

    def __post_init__(self) -> None:
        if self.theme not in THEMES:
            raise UsageError(f"panel.theme must be one of {', '.join(THEMES)}, got {self.theme!r}")

    @property
    def folder(self) -> Path:
        """Path of the output folder."""
        if self.output_folder:
            return Path(self.output_folder).expanduser()
        return Path(platformdirs.user_music_dir()) / "flowsep"


def settings_file() -> Path:
    """Return the path of `settings.toml`; it need not exist."""
    return Path(platformdirs.user_config_dir("flowsep", appauthor=False)) / "settings.toml"


def worker_settings(path: Path | None = None) -> WorkerSettings:
    """Read `[worker]`; missing fields have their defaults. Raises UsageError that names a wrong field."""
    table = _table("worker", WorkerSettings, path or settings_file())
    roots = tuple(Path(root).expanduser() for root in table.get("roots", ()))
    return WorkerSettings(**{**table, "roots": roots})


def panel_settings(path: Path | None = None) -> PanelSettings:
    """Read `[panel]`; missing fields have their defaults. Raises UsageError that names a wrong field."""
    return PanelSettings(**_table("panel", PanelSettings, path or settings_file()))


def _table(name: str, kind: type[WorkerSettings] | type[PanelSettings], path: Path) -> dict[str, Any]:
    """Return the fields of `[name]`, with checked types. Raises UsageError."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8")).get(name, {})
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read as TOML ({error}); correct it or move it away") from error
    if not isinstance(table, dict):
        raise UsageError(f"{path}: {name} is not a table; write [{name}] on a line of its own")
    defaults = {field.name: field.default for field in fields(kind)}
    for key, value in table.items():
        if key not in defaults:
            raise UsageError(f"{path}: unknown setting {name}.{key}; the settings are {', '.join(defaults)}")
        kinds = _KINDS[type(defaults[key])]
        if not isinstance(value, kinds) or isinstance(value, bool):
            raise UsageError(f"{path}: {name}.{key} = {value!r} is not {' or '.join(kind.__name__ for kind in kinds)}")
    return table


_KINDS: Final[dict[type, tuple[type, ...]]] = {tuple: (list,), float: (int, float), int: (int,), str: (str,)}
"""Type of a field's default -> types that TOML may have for it."""
