"""Timecode and markers of an AAF's composition."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, Final

from flowsep_plugin.audio.span import Span
from flowsep_plugin.timeline.marker import Marker
from flowsep_plugin.timeline.numbers import frames
from flowsep_plugin.timeline.timecode import FrameRate

from .objects import items, kind, prop, rational

NO_TIMECODE: Final = "TC1 (default)"
_DROP: Final = (Fraction(30000, 1001), Fraction(60000, 1001))
_LEAST_AUDIO_RATE: Final = 8000
_UNNUMBERED: Final = 1 << 30


def timecode(mob: Any, rate: int) -> tuple[int, FrameRate | None]:
    """Return the time of day of a composition's start, in frames of `rate`, and its frame rate; 0 and None without.

    The track with the lowest number counts: Media Composer adds others, at other frame rates.
    """
    slots = [slot for slot in mob.slots if _code(slot) is not None and slot.name != NO_TIMECODE]
    if not slots:
        return 0, None
    slot = min(slots, key=lambda slot: int(prop(slot, "PhysicalTrackNumber") or _UNNUMBERED))
    code, fps = _code(slot), rational(slot.edit_rate)
    if fps >= _LEAST_AUDIO_RATE:
        fps = Fraction(int(code.fps))
    return frames(int(code.start) / fps, rate), FrameRate(fps, bool(code.drop) and fps in _DROP)


def _code(slot: Any) -> Any:
    """Return the timecode that a slot begins with; None where it has none."""
    segment = slot.segment if hasattr(slot, "edit_rate") else None
    if kind(segment) == "Sequence":
        segment = next(iter(items(segment, "Components")), None)
    return segment if kind(segment) == "Timecode" else None


def markers(mob: Any, rate: int) -> tuple[Marker, ...]:
    """Return a composition's markers in their order; those with a length become regions."""
    events = [marker for slot in mob.slots if kind(slot) == "EventMobSlot" for marker in _markers(slot, rate)]
    return tuple(sorted(dict.fromkeys(events), key=lambda marker: (marker.span.start, marker.span.frames)))


def _markers(slot: Any, rate: int) -> Iterator[Marker]:
    edit_rate = rational(prop(slot, "EditRate"))
    for event in items(slot.segment, "Components"):
        position = prop(event, "Position")
        if kind(event) not in ("CommentMarker", "DescriptiveMarker") or position is None:
            continue
        start = frames(int(position) / edit_rate, rate)
        stop = frames((int(position) + int(prop(event, "Length") or 0)) / edit_rate, rate)
        name = str(prop(event, "Comment") or prop(event, "CommentMarkerUser") or "")
        yield Marker(name, Span(start, stop - start, rate))
