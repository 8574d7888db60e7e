"""Tempo maps of Ardour: ticks and superclocks of every position, with Ardour's own rounding.

A ramp is exponential in time; `omega` is how fast its tempo grows (doc/tempo.pdf of Ardour).
"""

import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import Final

from flowsep_plugin.errors import SessionError
from flowsep_plugin.timeline.formats.xml_text import Element
from flowsep_plugin.timeline.numbers import number
from flowsep_plugin.timeline.tempo import Tempo, TempoMap, TimeSignature

SUPERCLOCKS: Final = 282_240_000
"""Superclocks a second; at every usual rate a frame lasts a whole number of them."""

TICKS_IN_QUARTER: Final = 1920
_STEP_TICKS: Final = TICKS_IN_QUARTER // 4
_MOST_STEPS: Final = 256


@dataclass(frozen=True, slots=True)
class TempoPoint:
    """A tempo from a position on, at `superclock` and `ticks`.

    bpm : quarters a minute.   pace : superclocks a quarter.   omega : growth of the tempo in a superclock, 0 where it
    is steady.   end : quarters a minute at the end of a ramp; `bpm` where it is steady.
    """

    superclock: int
    ticks: int
    bpm: Fraction
    pace: int
    end: Fraction
    omega: float = 0.0


def superclock_at(points: Sequence[TempoPoint], ticks: int) -> int:
    """Return the superclock of a position in ticks. Raises SessionError where a ramp stops before it."""
    point = points[max(0, bisect_right(points, ticks, key=lambda point: point.ticks) - 1)]
    distance = ticks - point.ticks
    if not point.omega:
        beats, past = divmod(abs(distance), TICKS_IN_QUARTER)
        length = point.pace * beats + _nearest(Fraction(point.pace * past, TICKS_IN_QUARTER))
        return point.superclock + (length if distance >= 0 else -length)
    growth = point.pace * point.omega * distance / TICKS_IN_QUARTER
    if growth <= -1:
        raise SessionError("its tempo map slows down to 0; open the session in Ardour and save it again")
    return point.superclock + round(math.log1p(growth) / point.omega)


def ticks_at(points: Sequence[TempoPoint], superclock: int, per_second: int = SUPERCLOCKS) -> int:
    """Return the tick nearest to a superclock."""
    point = points[max(0, bisect_right(points, superclock, key=lambda point: point.superclock) - 1)]
    distance = superclock - point.superclock
    if point.omega:
        quarters = math.expm1(point.omega * distance) / (point.pace * point.omega)
        return point.ticks + round(quarters * TICKS_IN_QUARTER)
    return point.ticks + _nearest(point.bpm * distance * TICKS_IN_QUARTER / (60 * per_second))


def read_tempo_points(session: Element, rate: int, per_second: int = SUPERCLOCKS) -> tuple[TempoPoint, ...]:
    """Return the tempo map of a session of version 6 or later; 120 bpm where it has none.

    Raises SessionError for a tempo that is not a number above 0.
    """
    points = [_new_point(element, per_second) for element in session.iterfind("TempoMap/Tempos/Tempo[@sclock]")]
    points += [_old_point(element, rate, per_second) for element in session.iterfind("TempoMap/Tempo[@pulse]")
               if element.get("active") != "0"]  # fmt: skip
    points = sorted({point.superclock: point for point in points}.values(), key=lambda point: point.superclock)
    if not points or points[0].superclock or points[0].ticks:
        return (_tempo_point(0, 0, Fraction(120), Fraction(120), per_second),)
    return tuple(_with_growth(point, following) for point, following in pairwise((*points, None)) if point is not None)


def timeline_tempo(session: Element, points: Sequence[TempoPoint], per_second: int = SUPERCLOCKS) -> TempoMap:
    """Return the tempo map for a timeline, ramps as steps of a 16th that begin and end where the ramp does."""
    tempos: list[Tempo] = []
    for point, following in pairwise((*points, None)):
        assert point is not None
        if point.omega and following is not None:
            tempos += _steps(point, following, per_second)
        else:
            tempos.append(Tempo(Fraction(point.superclock, per_second), point.bpm))
    return TempoMap(tuple(tempos), _signatures(session) or TempoMap().signatures)


def _new_point(element: Element, per_second: int) -> TempoPoint:
    quarter = Fraction(4, int(element.get("note-type") or 4))
    bpm = number(element.get("npm"), "a tempo") * quarter
    end = number(element.get("enpm") or element.get("npm"), "a tempo") * quarter
    whole, _, ticks = (element.get("quarters") or "0:0").partition(":")
    place = int(whole) * TICKS_IN_QUARTER + int(ticks or 0)
    point = _tempo_point(int(element.get("sclock")), place, bpm, end, per_second)
    return replace(point, omega=float(number(element.get("omega") or "0", "the growth of a tempo")))


def _old_point(element: Element, rate: int, per_second: int) -> TempoPoint:
    """Return a tempo of version 6, whose place is in samples and whole notes."""
    quarter = Fraction(4, int(float(element.get("note-type") or 4)))
    bpm = number(element.get("beats-per-minute"), "a tempo") * quarter
    end = number(element.get("end-beats-per-minute") or element.get("beats-per-minute"), "a tempo") * quarter
    at = _nearest(number(element.get("frame") or "0", "a tempo's place") * per_second / rate)
    return _tempo_point(at, _old_ticks(element), bpm, end, per_second)


def _old_ticks(element: Element) -> int:
    return _nearest(4 * number(element.get("pulse"), "the place of a tempo or meter") * TICKS_IN_QUARTER)


def _tempo_point(superclock: int, ticks: int, bpm: Fraction, end: Fraction, per_second: int) -> TempoPoint:
    if bpm <= 0 or end <= 0:
        raise SessionError("a tempo is not above 0; open the session in its program and save it again")
    return TempoPoint(superclock, ticks, bpm, _nearest(60 * per_second / bpm), end)


def _with_growth(point: TempoPoint, following: TempoPoint | None) -> TempoPoint:
    """Return the point with its growth, which Ardour before 7 and Ardour 7.5 do not store as later ones do."""
    if point.end == point.bpm:
        return replace(point, omega=0.0)
    if point.omega or following is None:
        return point
    growth = math.log(point.end / point.bpm) / (following.superclock - point.superclock)
    return replace(point, omega=growth)


def _steps(point: TempoPoint, following: TempoPoint, per_second: int) -> Iterator[Tempo]:
    count = min(_MOST_STEPS, -(-(following.ticks - point.ticks) // _STEP_TICKS))
    ticks = [point.ticks + (following.ticks - point.ticks) * step // count for step in range(count + 1)]
    edges = [superclock_at((point,), tick) for tick in ticks[:-1]] + [following.superclock]
    for (low, start), (high, stop) in pairwise(zip(ticks, edges, strict=True)):
        if stop > start:
            bpm = Fraction(60 * per_second * (high - low), TICKS_IN_QUARTER * (stop - start))
            yield Tempo(Fraction(start, per_second), bpm)


def _signatures(session: Element) -> tuple[TimeSignature, ...]:
    signatures: list[TimeSignature] = []
    for element in session.iterfind("TempoMap/Meters/Meter[@quarters]"):
        whole, _, ticks = element.get("quarters").partition(":")
        at = int(whole) + Fraction(int(ticks or 0), TICKS_IN_QUARTER)
        signatures.append(_signature(at, element, "note-value"))
    for element in session.iterfind("TempoMap/Meter[@pulse]"):
        signatures.append(_signature(Fraction(_old_ticks(element), TICKS_IN_QUARTER), element, "note-type"))
    ordered = sorted({signature.at: signature for signature in signatures}.values(), key=lambda one: one.at)
    return tuple(ordered) if ordered and not ordered[0].at else ()


def _signature(at: Fraction, element: Element, unit: str) -> TimeSignature:
    return TimeSignature(at, int(float(element.get("divisions-per-bar") or 4)), int(float(element.get(unit) or 4)))


def _nearest(value: Fraction) -> int:
    """Return the nearest integer; halves go away from 0, as in Ardour."""
    return math.floor(value + Fraction(1, 2)) if value >= 0 else -math.floor(-value + Fraction(1, 2))
