"""The environment variables of flowsep, in one table: for the command line's help, `flowsep config` and the docs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentVariable:
    """A variable: its name, its meaning, the setting it overrides, and whether its value is a secret."""

    name: str
    doc: str
    overrides: str | None = None
    is_secret: bool = False


VARIABLES: Final = (
    EnvironmentVariable(
        name="FLOWSEP_MODEL", overrides="separation.model", doc="model: a name or a bundle's folder"
    ),
    EnvironmentVariable(
        name="FLOWSEP_DEVICE", overrides="separation.device",
        doc="device: auto, cpu, cuda, tensorrt, coreml or directml",
    ),
    EnvironmentVariable(
        name="FLOWSEP_THREADS", overrides="separation.threads", doc="CPU threads; 0 takes all cores"
    ),
    EnvironmentVariable(name="FLOWSEP_OUT", overrides="separation.out", doc="folder for stems"),
    EnvironmentVariable(name="FLOWSEP_OFFLINE", doc="1: download nothing; models of the Hub come from the cache"),
    EnvironmentVariable(name="FLOWSEP_WORKER_HOME", doc="folder of the worker: queue, cache, logs"),
    EnvironmentVariable(
        name="FLOWSEP_WORKER_TOKEN_FILE", doc="file with the token that calls to the worker need"
    ),
    EnvironmentVariable(
        name="FLOWSEP_WORKER_TOKEN", is_secret=True, doc="the token itself, where a file cannot be had"
    ),
    EnvironmentVariable(name="FLOWSEP_PANEL_HOME", doc="folder of the panel: data and cache in one"),
    EnvironmentVariable(name="FLOWSEP_CACHE_HOME", doc="folder of the cached waveforms"),
)  # fmt: skip
"""Every variable that flowsep reads by a name of its own."""

VARIABLE_OF: Final[Mapping[str, str]] = {
    variable.overrides: variable.name for variable in VARIABLES if variable.overrides is not None
}
"""Setting -> the variable that overrides it."""
