"""Readers and writers of sessions in a child process: a damaged session crashes, hangs or fills that one only."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from flowsep_plugin.audio.span import Span
from flowsep_plugin.timeline.clip import ClipRef
from flowsep_plugin.timeline.difference import Difference
from flowsep_plugin.timeline.gain_curve import GainCurve
from flowsep_plugin.timeline.marker import Marker
from flowsep_plugin.timeline.media import Media, probe_media
from flowsep_plugin.timeline.tempo import Tempo, TempoMap, TimeSignature
from flowsep_plugin.timeline.timecode import FrameRate
from flowsep_plugin.timeline.timeline import SessionDocument, Timeline
from flowsep_plugin.timeline.track import Track
from flowsep_plugin.untrusted import isolated

TYPES: Final[dict[str, Callable[..., Any]]] = {
    thing.__name__: thing
    for thing in (
        ClipRef, Difference, FrameRate, GainCurve, Marker, Media, SessionDocument, Span, Tempo, TempoMap,
        TimeSignature, Timeline, Track, probe_media,
    )
}  # fmt: skip
"""Types that may cross between the processes. `probe_media` runs in the child, any other probe here."""

MEMORY_BYTES: Final = 2 << 30
_READ_SECONDS, _MOST_SECONDS, _WRITE_SECONDS = 20.0, 300.0, 900.0
_BYTES_A_SECOND: Final = 1 << 20


def isolated_reader(module: str, function: str = "read") -> Callable[..., Timeline]:
    """Return a reader that runs `function` of `module` in a child: (path, probe) and perhaps a frame rate.

    It raises IsolatedError besides what the function raises.
    """

    def read(path: Path, *arguments: Any) -> Timeline:
        seconds = min(_MOST_SECONDS, _READ_SECONDS + path.stat().st_size / _BYTES_A_SECOND)
        timeline: Timeline = isolated_call(module, function, path.absolute(), *arguments, seconds=seconds)
        return timeline

    return read


def isolated_writer(module: str, function: str) -> Callable[..., Any]:
    """Return a writer or extractor that runs `function` of `module` in a child, which reads the old session again."""

    def write(*arguments: Any) -> Any:
        absolute = (one.absolute() if isinstance(one, Path) else one for one in arguments)
        return isolated_call(module, function, *absolute, seconds=_WRITE_SECONDS)

    return write


def run(module: str, function: str, *arguments: Any) -> Any:
    """Call a function of a format; in the child. Each medium is looked up once in a call."""
    return getattr(import_module(module), function)(*map(_with_cached_probe, arguments))


def isolated_call(module: str, function: str, *arguments: Any, seconds: float, memory_bytes: int = MEMORY_BYTES) -> Any:
    """Return what `function` of `module` answers in a child. Raises IsolatedError and what the function raises."""
    return isolated.call(
        f"{__name__}:run", module, function, *arguments,
        seconds=seconds, memory_bytes=memory_bytes, allowed=f"{__name__}:TYPES",
    )  # fmt: skip


def _with_cached_probe(argument: Any) -> Any:
    if isinstance(argument, Timeline) and argument.document is not None:
        document = argument.document
        return replace(argument, document=replace(document, probe=cache(document.probe)))
    return cache(argument) if callable(argument) else argument
