"""Text-queried sound separation for timelines.

>>> from flowsep_plugin import Separator
>>> with Separator.open() as separator:                                              # doctest: +SKIP
...     separation = separator.separate("field.wav", ["a dog barking", "rain"])
>>> separation["rain"], separation.residual                                          # doctest: +SKIP
(AudioClip(2 ch, 48000 Hz, 12.000 s), AudioClip(2 ch, 48000 Hz, 12.000 s))

Public names are imported on first use, so `import flowsep_plugin` is cheap. Importing it turns off the telemetry of
ONNX Runtime in this process and its children (`docs/privacy.md`).
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .errors import (
    BundleError,
    Cancelled,
    Conflict,
    Crashed,
    EffectError,
    EngineError,
    FlowsepError,
    MediaError,
    NotFound,
    ProviderError,
    SessionError,
    StorageFull,
    UsageError,
    WorkerError,
)
from .telemetry import disable_telemetry

disable_telemetry()

if TYPE_CHECKING:
    from flowsep_plugin.audio.clip import AudioClip
    from flowsep_plugin.audio.span import Span
    from flowsep_plugin.engine.base import Request

    from .files import FileRequest, FileSeparation, separate_file
    from .hub import install_model
    from .listening import Heard, Listener
    from .media import read_clip, write_clip
    from .progress import Progress
    from .queries import Query
    from .render_settings import RenderSettings
    from .separate import Separation, Separator
    from .version import __version__

_MODULES = {
    "AudioClip": "audio.clip",
    "FileRequest": "files",
    "FileSeparation": "files",
    "Heard": "listening",
    "Listener": "listening",
    "Progress": "progress",
    "Query": "queries",
    "RenderSettings": "render_settings",
    "Request": "engine.base",
    "Separation": "separate",
    "Separator": "separate",
    "Span": "audio.span",
    "__version__": "version",
    "install_model": "hub",
    "read_clip": "media",
    "separate_file": "files",
    "write_clip": "media",
}
"""Public name -> module that defines it."""

__all__ = [
    "AudioClip",
    "BundleError",
    "Cancelled",
    "Conflict",
    "Crashed",
    "EffectError",
    "EngineError",
    "FileRequest",
    "FileSeparation",
    "FlowsepError",
    "Heard",
    "Listener",
    "MediaError",
    "NotFound",
    "Progress",
    "ProviderError",
    "Query",
    "RenderSettings",
    "Request",
    "Separation",
    "Separator",
    "SessionError",
    "Span",
    "StorageFull",
    "UsageError",
    "WorkerError",
    "__version__",
    "install_model",
    "read_clip",
    "separate_file",
    "write_clip",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
