"""What a user may set once, in `settings.toml` of the configuration folder; every field has a default that works.

[worker]
idle_seconds = 120          # then the model is let go, and its memory with it
roots = ["/projects"]       # where the worker may read and write, beside the usual places
"""

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

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


def settings_file() -> Path:
    """Where the settings are looked for."""
    return Path(platformdirs.user_config_dir("flowsep", appauthor=False)) / "settings.toml"


def worker_settings(path: Path | None = None) -> WorkerSettings:
    """Read `[worker]`; what is not there has its default. Raises UsageError that names the wrong field."""
    path = path or settings_file()
    try:
        given: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8")).get("worker", {})
    except FileNotFoundError:
        return WorkerSettings()
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read as TOML ({error}); correct it or move it away") from error
    known = {field.name: field.default for field in fields(WorkerSettings)}
    for name, value in given.items():
        if name not in known:
            raise UsageError(f"{path}: worker.{name} is not known; there is {', '.join(known)}")
        kinds = (list,) if name == "roots" else (int, float) if isinstance(known[name], float) else (int,)
        if not isinstance(value, kinds) or isinstance(value, bool):
            raise UsageError(f"{path}: worker.{name} = {value!r} is not {' or '.join(kind.__name__ for kind in kinds)}")
    roots = tuple(Path(root).expanduser() for root in given.get("roots", ()))
    return WorkerSettings(**{**given, "roots": roots})
