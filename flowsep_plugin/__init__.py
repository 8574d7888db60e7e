"""Text-queried sound separation for timelines.

>>> from flowsep_plugin import Request, Separator, read_clip
>>> clip = read_clip("field.wav")                                        # doctest: +SKIP
>>> made = Separator.open().separate(clip, Request(["a dog barking"]))   # doctest: +SKIP
>>> made["a dog barking"], made.rest                                     # doctest: +SKIP

Names are loaded when they are first asked for, so that `import flowsep_plugin` costs nothing. It turns off the
telemetry of ONNX Runtime, for this process and its children (`docs/privacy.md`).
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .errors import (
    BundleError,
    Cancelled,
    Conflict,
    Crashed,
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
    from flowsep_plugin.render_settings import RenderSettings

    from .files import FileRequest, FileSeparation, separate_file
    from .media import read_clip, write_clip
    from .progress import Progress
    from .separate import Separation, Separator
    from .version import __version__

_HOMES = {
    "AudioClip": "audio.clip",
    "FileRequest": "files",
    "FileSeparation": "files",
    "Progress": "progress",
    "RenderSettings": "render_settings",
    "Request": "engine.base",
    "Separation": "separate",
    "Separator": "separate",
    "Span": "audio.span",
    "__version__": "version",
    "read_clip": "media",
    "separate_file": "files",
    "write_clip": "media",
}
"""Public name -> the module that it lives in."""

__all__ = [
    "AudioClip",
    "BundleError",
    "Cancelled",
    "Conflict",
    "Crashed",
    "EngineError",
    "FileRequest",
    "FileSeparation",
    "FlowsepError",
    "MediaError",
    "NotFound",
    "Progress",
    "ProviderError",
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
    "read_clip",
    "separate_file",
    "write_clip",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
