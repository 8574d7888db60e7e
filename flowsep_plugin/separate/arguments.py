"""Conversion of the arguments of `Separator.separate` to an `AudioClip` and a `Request`."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.engine.base import Request, render_by_query
from flowsep_plugin.errors import UsageError
from flowsep_plugin.media import read_clip
from flowsep_plugin.queries import Query
from flowsep_plugin.render_settings import RenderSettings
from flowsep_plugin.suggest import did_you_mean

Audio: TypeAlias = AudioClip | str | os.PathLike[str] | tuple[ArrayLike, float]
"""A clip, the path of an audio file, or an array (channels, frames) or (frames,) with its sample rate in Hz."""


_RENDER = {own.name for own in fields(RenderSettings)}
SETTINGS = (*(own.name for own in fields(Request) if own.name != "queries"), *sorted(_RENDER))
"""Names of keyword settings: the fields of `Request` and of `RenderSettings`."""


def as_clip(audio: Audio) -> AudioClip:
    """Return `audio` as a clip; reads the file that a path names.

    Raises UsageError for an array without a sample rate, MediaError for a file or an array that is not audio.
    """
    if isinstance(audio, AudioClip):
        return audio
    if isinstance(audio, (str, os.PathLike)):
        return read_clip(os.fspath(audio))
    if isinstance(audio, tuple) and len(audio) == 2:
        samples, rate = audio
        if np.ndim(samples) == 0 and np.ndim(rate) > 0:
            raise UsageError("the sample rate comes second: give (array, sample_rate)")
        return AudioClip(np.asarray(samples), whole_rate(rate))
    if hasattr(audio, "__array__") or isinstance(audio, list):
        raise UsageError("an array needs its sample rate: give (array, sample_rate) or AudioClip(array, sample_rate)")
    raise UsageError(f"audio must be an AudioClip, a path or (array, sample_rate), got {type(audio).__name__}")


def as_request(queries: str | Query | Sequence[str | Query] | Request, settings: Mapping[str, Any]) -> Request:
    """Return a request for `queries` with `settings`, whose names are `SETTINGS`.

    `stem_render` may be a mapping from query to `RenderSettings`.
    Raises UsageError for an unknown name, a value out of range, or settings in addition to a `Request`.
    """
    if isinstance(queries, Request):
        if settings:
            raise UsageError(f"{next(iter(settings))!r}: a Request holds its own settings; use dataclasses.replace")
        return queries
    unknown = next((name for name in settings if name not in SETTINGS), None)
    if unknown is not None:
        hint = did_you_mean(unknown, SETTINGS) or f"; settings: {', '.join(SETTINGS)}"
        raise UsageError(f"unknown setting {unknown!r}{hint}")
    plain = {name: value for name, value in settings.items() if name not in _RENDER}
    render = {name: value for name, value in settings.items() if name in _RENDER}
    plain["render"] = replace(plain.get("render", RenderSettings()), **render)
    own = plain.get("stem_render", ())
    if isinstance(own, Mapping):
        plain["stem_render"] = render_by_query(own, Request(queries).queries)  # type: ignore[arg-type]
    return Request(queries, **plain)  # type: ignore[arg-type]  # it takes `Query` values and holds texts


def whole_rate(rate: float) -> int:
    """Return `rate` as an integer. Raises UsageError where it is not a positive whole number."""
    try:
        whole = 0 if isinstance(rate, bool) else int(rate)
    except (TypeError, ValueError, OverflowError) as error:
        raise UsageError(f"the sample rate must be a whole number of hertz, got {rate!r}") from error
    if whole != rate or whole <= 0:
        raise UsageError(f"the sample rate must be a whole number of hertz above 0, got {rate!r}")
    return whole
