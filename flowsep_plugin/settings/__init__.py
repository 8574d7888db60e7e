"""What a user may set once, in `settings.toml` of the configuration folder; every field has a default that works.

[worker]
idle_seconds = 120          # then the model is let go, and its memory with it
roots = ["/projects"]       # where the worker may read and write, beside the usual places

[panel]
theme = "dark"              # dark, light or system
"""

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

import platformdirs

from flowsep_plugin.errors import UsageError


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """How the worker behaves.

    idle_seconds : after so long without work the engine's process ends and gives all its memory back.
    leave_after_seconds : after so long without work or a call the worker itself ends; 0 never.
    cache_mb : room for kept estimates.     keep_ended : so many ended jobs stay on the list.
    roots : folders that jobs may read and write in, beside the usual places.
    threads : for the CPU, 0 takes the cores there are.     cancel_grace_seconds : then the engine is ended by force.
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


THEMES: Final = ("dark", "light", "system")


@dataclass(frozen=True, slots=True)
class PanelSettings:
    """How the panel looks, sounds and works.

    theme : dark, light or system.     language : a code ("de"), or system.
    sound_device : name of the output to listen on, "" the system's default.     device : what separations run on.
    output_folder : where stems go that are to stay; "" is `flowsep` in the music folder.
    midi_input : name of the controller's port, "" none.
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
        """The output folder, made out."""
        if self.output_folder:
            return Path(self.output_folder).expanduser()
        return Path(platformdirs.user_music_dir()) / "flowsep"


def settings_file() -> Path:
    """Where the settings are looked for."""
    return Path(platformdirs.user_config_dir("flowsep", appauthor=False)) / "settings.toml"


def worker_settings(path: Path | None = None) -> WorkerSettings:
    """Read `[worker]`; what is not there has its default. Raises UsageError that names the wrong field."""
    given = _table("worker", WorkerSettings, path or settings_file())
    roots = tuple(Path(root).expanduser() for root in given.get("roots", ()))
    return WorkerSettings(**{**given, "roots": roots})


def panel_settings(path: Path | None = None) -> PanelSettings:
    """Read `[panel]`; what is not there has its default. Raises UsageError that names the wrong field."""
    return PanelSettings(**_table("panel", PanelSettings, path or settings_file()))


def _table(name: str, kind: type[WorkerSettings] | type[PanelSettings], path: Path) -> dict[str, Any]:
    """The fields of `[name]`, of the right types. Raises UsageError."""
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8")).get(name, {})
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read as TOML ({error}); correct it or move it away") from error
    if not isinstance(given, dict):
        raise UsageError(f"{path}: {name} is no table; write [{name}] in a line of its own")
    known = {field.name: field.default for field in fields(kind)}
    for key, value in given.items():
        if key not in known:
            raise UsageError(f"{path}: {name}.{key} is not known; there is {', '.join(known)}")
        kinds = _KINDS[type(known[key])]
        if not isinstance(value, kinds) or isinstance(value, bool):
            raise UsageError(f"{path}: {name}.{key} = {value!r} is not {' or '.join(kind.__name__ for kind in kinds)}")
    return given


_KINDS: Final[dict[type, tuple[type, ...]]] = {tuple: (list,), float: (int, float), int: (int,), str: (str,)}
"""What TOML may say for a field whose default is of this type."""
