"""Flatten a slot of an AAF: sequences, effects, transitions and nested compositions become clips of source mobs.

All times are seconds of the slot, exact.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, Final

from .effects import CHANNEL_COMBINER, difference_of, gains, is_bypassed, is_gain, is_warp, speed_of
from .fades import Crossfade, crossfade
from .flat_clip import ChannelSource, FlatClip, cut, moved
from .objects import attributes, effect_of, integer, items, kind, prop, rational
from .shapes import Shape

_DEEPEST: Final = 24
_ADJUSTED: Final = ("Usage_AdjustedClip", "Usage_SubClip")


@dataclass(frozen=True, slots=True)
class _Place:
    """The time at which a segment begins, and the edit rate that it counts in.

    scope : the tracks that a scope reference in it may name; they begin at `scope_at`.
    """

    at: Fraction
    rate: Fraction
    depth: int = 0
    master: tuple[Any, Any] | None = None
    scope: tuple[Any, ...] = field(default=(), repr=False)
    scope_at: Fraction = Fraction(0)

    def stop(self, segment: Any) -> Fraction:
        return self.at + int(prop(segment, "Length") or 0) / self.rate


def flatten(segment: Any, rate: Fraction) -> list[FlatClip]:
    """Return the clips of a slot's segment in their order; `rate` is the slot's edit rate."""
    return _clips(segment, _Place(Fraction(0), rate))


def _clips(segment: Any, place: _Place) -> list[FlatClip]:
    if place.depth > _DEEPEST:
        return [_refused(place, segment, "is nested too deep; export the sequence without nests")]
    read = _READERS.get(kind(segment))
    if read is not None:
        return read(segment, replace(place, depth=place.depth + 1))
    return [] if kind(segment) in ("Filler", "NoneType") else [_refused(place, segment, "leads to no audio file")]


def _refused(place: _Place, segment: Any, obstacle: str) -> FlatClip:
    return FlatClip(start=place.at, stop=place.stop(segment), name=_first_name(segment), obstacle=obstacle)


def _sequence(sequence: Any, place: _Place) -> list[FlatClip]:
    rows: list[list[FlatClip]] = [[]]
    at, fade = place.at, None
    for index, part in enumerate(items(sequence, "Components")):
        here = replace(place, at=at)
        length = here.stop(part) - at
        if kind(part) == "Transition":
            at -= length
            fade = crossfade(part, at, at + length)
            rows[-1] = [_faded(clip, fade.fade_out, fade) for clip in rows[-1]]
            continue
        row = [replace(clip, index=index) for clip in _clips(part, here)]
        rows.append([_faded(clip, fade.fade_in, fade) for clip in row] if fade is not None else row)
        at, fade = at + length, None
    return [clip for row in rows for clip in row]


def _faded(clip: FlatClip, shape: Shape, fade: Crossfade) -> FlatClip:
    return replace(clip, shapes=(*clip.shapes, shape), differences=(*clip.differences, *fade.differences))


def _operation(group: Any, place: _Place) -> list[FlatClip]:
    inputs = items(group, "InputSegments")
    if not inputs:
        return [_refused(place, group, f"is made by the {effect_of(group)}; render it first")]
    if str(group.operation.auid) == CHANNEL_COMBINER:
        return _combined(group, inputs, place)
    if len(inputs) > 1:
        return [_refused(place, group, f"mixes {len(inputs)} sounds with the {effect_of(group)}; render it first")]
    input_rate = _input_rate(inputs[0], place.rate)
    speed = Fraction(1) if is_bypassed(group) else speed_of(group, place.rate, input_rate)
    if speed != 1:
        pace = "at a speed that moves" if speed is None else f"at {float(speed):g} times its speed"
        return [_refused(place, group, f"is played {pace}; render it first")]
    clips = _to_fit(inputs[0], replace(place, rate=input_rate), place.stop(group))
    if is_gain(group):
        try:
            shapes, inexact = ([], []) if is_bypassed(group) else gains(group, place.at, place.stop(group))
        except (ValueError, ZeroDivisionError):
            return [_refused(place, group, "has a gain that is not a number; set it again in its program")]
        return [
            replace(c, shapes=(*c.shapes, *shapes), replaceable=(), differences=(*c.differences, *inexact))
            for c in clips
        ]
    changed = [] if is_warp(group) else difference_of(group)
    return [replace(clip, differences=(*clip.differences, *changed)) for clip in clips]


def _input_rate(segment: Any, rate: Fraction) -> Fraction:
    """Return the edit rate of an effect's input; Avid names it where a clip of another rate is fitted."""
    tags = attributes(segment)
    over, under = integer(tags.get("_MIXMATCH_RATE_NUM")), integer(tags.get("_MIXMATCH_RATE_DENOM"))
    return Fraction(over, under) if over > 0 and under > 0 else rate


def _combined(group: Any, inputs: Sequence[Any], place: _Place) -> list[FlatClip]:
    """Return the clips of a channel combiner: its inputs are the channels, in their order."""
    rows = [_to_fit(one, place, place.stop(group)) for one in inputs]
    merged = []
    for parts in zip(*rows, strict=False):
        if len({(part.start, part.stop, part.shapes, part.muted) for part in parts}) > 1:
            break
        obstacle = next((part.obstacle for part in parts if part.obstacle), None)
        sources = tuple(source for part in parts for source in part.sources)
        differences = tuple(dict.fromkeys(one for part in parts for one in part.differences))
        merged.append(replace(parts[0], sources=sources, obstacle=obstacle, differences=differences))
    if any(len(row) != len(merged) for row in rows):
        return [_refused(place, group, "combines channels that are cut or faded differently; render it first")]
    return merged


def _selector(selector: Any, place: _Place) -> list[FlatClip]:
    """Return the selected clips; where that is silence, the first others as muted ones: so clips are switched off."""
    selected, others = prop(selector, "Selected"), items(selector, "Alternates")
    off = bool(integer(attributes(selector).get("_DISABLE_CLIP_FLAG"))) or kind(selected) == "Filler"
    if off and others:
        return [replace(clip, muted=True) for clip in _clips(others[0], place)]
    return _clips(selected, place)


def _nested_scope(nest: Any, place: _Place) -> list[FlatClip]:
    slots = items(nest, "Slots")
    return _clips(slots[-1], replace(place, scope=tuple(slots), scope_at=place.at)) if slots else []


def _scope_reference(reference: Any, place: _Place) -> list[FlatClip]:
    """Return the clips of the track below that a reference lets through; none at the bottom, where there is silence."""
    back = int(prop(reference, "RelativeSlot") or 0)
    if prop(reference, "RelativeScope") or not 0 < back < len(place.scope):
        return []
    below = place.scope[: len(place.scope) - back]
    clips = _clips(below[-1], replace(place, at=place.scope_at, scope=below))
    return cut(clips, place.at, place.stop(reference))


def _essence_group(group: Any, place: _Place) -> list[FlatClip]:
    choices = items(group, "Choices")
    return _clips(choices[0], place) if choices else []


def _source_clip(clip: Any, place: _Place) -> list[FlatClip]:
    mob, slot = _target(clip)
    if mob is None or slot is None:
        return [_refused(place, clip, "leads to no audio file")]
    start = int(prop(clip, "StartTime") or 0) / place.rate
    stop = place.stop(clip)
    if kind(mob) == "SourceMob":
        source = ChannelSource(mob, slot, start, place.master)
        return [FlatClip(start=place.at, stop=stop, name=str(mob.name or ""), sources=(source,))]
    inner = _Place(place.at - start, rational(slot.edit_rate), place.depth)
    if kind(mob) == "MasterMob":
        inner = replace(inner, master=(mob, slot))
    if kind(mob) != "MasterMob":
        clips = cut(_clips(slot.segment, inner), place.at, stop)
        if prop(mob, "UsageCode") in _ADJUSTED:
            clips = [replace(c, shapes=(), replaceable=(*c.replaceable, *c.shapes)) for c in clips]
        return [replace(clips[0], name=str(mob.name or "") or clips[0].name)] if len(clips) == 1 else clips
    clips = _to_fit(slot.segment, inner, stop, place.at)
    clips = [replace(one, name=str(mob.name or "")) for one in clips]
    return clips or [_refused(place, clip, "leads to no audio file")]


def _target(clip: Any) -> tuple[Any, Any]:
    try:
        return clip.mob, clip.slot
    except IndexError:  # a slot that the mob does not have
        return clip.mob, None


def _to_fit(segment: Any, place: _Place, stop: Fraction, start: Fraction | None = None) -> list[FlatClip]:
    """Return a segment's clips cut to a span that begins at `start`, or where the segment does.

    A clip that is the whole segment fills all of the span: lengths inside of it may be rounded to picture frames.
    """
    clips = _clips(segment, place)
    first = place.at if start is None else start
    if len(clips) == 1 and clips[0].sources and _is_one(segment):
        return [moved(clips[0], first, stop)]
    return cut(clips, first, stop)


def _is_one(segment: Any) -> bool:
    """Return whether a segment is a single clip, with effects or without."""
    parts = items(segment, {"Sequence": "Components", "OperationGroup": "InputSegments"}.get(kind(segment), "-"))
    if kind(segment) == "Sequence":
        return len(parts) == 1 and _is_one(parts[0])
    return kind(segment) == "SourceClip" or any(_is_one(part) for part in parts)


def _first_name(segment: Any) -> str:
    """Return the name of the first mob below a segment; empty where there is none."""
    if kind(segment) == "SourceClip":
        return str(segment.mob.name or "") if segment.mob is not None else ""
    for parts in ("InputSegments", "Components", "Slots", "Choices"):
        for part in items(segment, parts):
            if name := _first_name(part):
                return name
    return ""


_READERS: Final[dict[str, Callable[[Any, _Place], list[FlatClip]]]] = {
    "Sequence": _sequence,
    "OperationGroup": _operation,
    "Selector": _selector,
    "NestedScope": _nested_scope,
    "ScopeReference": _scope_reference,
    "EssenceGroup": _essence_group,
    "SourceClip": _source_clip,
}
