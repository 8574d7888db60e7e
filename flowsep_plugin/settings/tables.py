"""The tables of `settings.toml`: every setting with its meaning, limits and built-in value."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import platformdirs

from flowsep_plugin.declared import check_declared, declared

THEMES: Final = ("dark", "light", "contrast", "system")

_SECONDS: Final[dict[str, Any]] = {"low": 0, "high": 10**9}
_LONGEST_NAME, _LONGEST_PATH = 1000, 4096


@dataclass(frozen=True, slots=True)
class SeparationSettings:
    """Settings of every separation for which neither an option nor an environment variable says otherwise.

    model : name or folder of a model.     device : one of `DEVICES`.     threads : CPU threads; 0 is one a core.
    out : folder for stems; "" leaves it to the program.
    Raises UsageError for a number out of range.
    """

    model: str = field(
        default="default", metadata=declared("model: a name or a bundle's folder", longest=_LONGEST_PATH)
    )
    device: str = field(
        default="auto",
        metadata=declared("device: auto, cpu, cuda, tensorrt, coreml or directml", longest=_LONGEST_NAME),
    )
    threads: int = field(default=0, metadata=declared("CPU threads; 0 takes all cores", low=0, high=4096))
    out: str = field(
        default="",
        metadata=declared("folder for stems; empty: next to the clip, or the panel's folder", longest=_LONGEST_PATH),
    )

    def __post_init__(self) -> None:
        check_declared(self)


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """Settings of the worker.

    idle_seconds : time without work after which the engine process ends and frees its memory.
    leave_after_seconds : time without work or calls after which the worker ends; 0 is never.
    cache_mb : size of the cache of estimates, in MB.     keep_ended : number of ended jobs that stay on the list.
    roots : folders that jobs may read and write in, besides the usual ones.
    threads : CPU threads; 0 is one a core.     cancel_grace_seconds : time after which a cancelled engine is killed.
    Raises UsageError for a number out of range.
    """

    idle_seconds: float = field(
        default=300.0, metadata=declared("seconds without work after which the model is unloaded", **_SECONDS)
    )
    leave_after_seconds: float = field(
        default=0.0,
        metadata=declared("seconds without jobs or calls after which the worker ends; 0: never", **_SECONDS),
    )
    cache_mb: int = field(default=2048, metadata=declared("size of the cache of estimates, MB", low=0, high=10**9))
    keep_ended: int = field(default=5000, metadata=declared("ended jobs that stay on the list", low=0, high=10**7))
    roots: tuple[Path, ...] = field(
        default=(), metadata=declared("more folders in which jobs may read and write", longest=1000)
    )
    threads: int = field(default=0, metadata=declared("CPU threads of the worker; 0 takes all cores", low=0, high=4096))
    cancel_grace_seconds: float = field(
        default=30.0, metadata=declared("seconds after which a cancelled job's engine is killed", **_SECONDS)
    )

    def __post_init__(self) -> None:
        check_declared(self)


@dataclass(frozen=True, slots=True)
class PanelSettings:
    """Settings of the panel.

    theme : dark, light, contrast or system.     language : a code such as "de", or system.
    sound_device : name of the audio output, "" for the system's default.     device : device of separations.
    output_folder : folder for final stems; "" is `flowsep` in the music folder.
    midi_input : name of the controller's port, "" for none.
    Raises UsageError for an unknown theme.
    """

    theme: str = field(default="dark", metadata=declared("colours of the panel", choices=THEMES))
    language: str = field(
        default="system", metadata=declared("language: a code such as de, or system", longest=_LONGEST_NAME)
    )
    sound_device: str = field(
        default="", metadata=declared("audio output; empty: the system's default", longest=_LONGEST_NAME)
    )
    device: str = field(default="auto", metadata=declared("device of the panel's separations", longest=_LONGEST_NAME))
    output_folder: str = field(
        default="",
        metadata=declared("folder for final stems; empty: flowsep in the music folder", longest=_LONGEST_PATH),
    )
    midi_input: str = field(
        default="", metadata=declared("port of the MIDI controller; empty: none", longest=_LONGEST_NAME)
    )

    def __post_init__(self) -> None:
        check_declared(self)

    @property
    def folder(self) -> Path:
        """Path of the output folder."""
        if self.output_folder:
            return expanded(Path(self.output_folder))
        return Path(platformdirs.user_music_dir()) / "flowsep"


SettingsTable = SeparationSettings | WorkerSettings | PanelSettings

TABLES: Final[dict[str, type[SettingsTable]]] = {
    "separation": SeparationSettings, "worker": WorkerSettings, "panel": PanelSettings,
}  # fmt: skip
"""Name of a table in `settings.toml` -> its settings."""

FALLBACKS: Final = {
    "worker.threads": "separation.threads",
    "panel.device": "separation.device",
    "panel.output_folder": "separation.out",
}
"""Setting of one program -> the setting of all programs that holds where the file does not have the first."""


def expanded(path: Path) -> Path:
    """Return the path with `~` replaced, as it is where it names a user that does not exist."""
    try:
        return path.expanduser()
    except RuntimeError:
        return path
