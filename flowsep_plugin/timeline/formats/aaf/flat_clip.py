"""Clips of a slot of an AAF after flattening. All times are seconds, exact."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from flowsep_plugin.timeline.difference import Difference

from .shapes import Shape


@dataclass(frozen=True, slots=True)
class ChannelSource:
    """The place that the sound of one channel comes from.

    mob, slot : source mob and its slot.   seconds : in it, where the clip begins.   master : the master mob and its
    slot that led there, or None.
    """

    mob: Any
    slot: Any
    seconds: Fraction
    master: tuple[Any, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FlatClip:
    """A clip of a slot. start, stop : seconds.   index : of the component of the slot's sequence that it comes from.

    sources : one for each channel; empty where `obstacle` says why there are none.   shapes : gains to multiply.
    replaceable : gains of Media Composer's adjusted clips and subclips, which it copies to a gain around them.
    """

    start: Fraction
    stop: Fraction
    name: str = ""
    index: int = 0
    sources: tuple[ChannelSource, ...] = ()
    shapes: tuple[Shape, ...] = ()
    replaceable: tuple[Shape, ...] = ()
    differences: tuple[Difference, ...] = ()
    muted: bool = False
    obstacle: str | None = None


def cut(clips: Iterable[FlatClip], start: Fraction, stop: Fraction) -> list[FlatClip]:
    """Return clips cut to a span in seconds; those outside of it are left out."""
    inside = [clip for clip in clips if clip.start < stop and clip.stop > start]
    return [moved(clip, max(start, clip.start), min(stop, clip.stop)) for clip in inside]


def moved(clip: FlatClip, start: Fraction, stop: Fraction) -> FlatClip:
    """Return a clip with other edges; what it plays stays in its place."""
    sources = tuple(replace(one, seconds=one.seconds + start - clip.start) for one in clip.sources)
    return replace(clip, start=start, stop=stop, sources=sources)
