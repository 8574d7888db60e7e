"""Tempo maps: exact conversions between seconds, quarters and bars|beats|ticks, in rationals.

`quarters(seconds(q)) == q` where the tempo is steady. Inside a ramp (linear in time, as in REAPER) the quarters of a
time are exact too; the time of a quarter needs a square root and is exact to a billionth of a second.
"""

import math
from bisect import bisect_right
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Final

from flowsep_plugin.errors import UsageError

TICKS: Final = 960
"""Ticks in a quarter, for positions as text."""

_ROOT_SCALE: Final = 10**24


@dataclass(frozen=True, slots=True)
class Tempo:
    """A tempo of `bpm` quarters a minute from `at` (seconds) on; a `ramp` is linear in time up to the next tempo."""

    at: Fraction
    bpm: Fraction
    ramp: bool = False


@dataclass(frozen=True, slots=True)
class TimeSignature:
    """Bars of `beats` beats of 1/`unit` from `at` (quarters) on, where a bar starts."""

    at: Fraction
    beats: int
    unit: int


@dataclass(frozen=True, slots=True)
class TempoMap:
    """Tempos and time signatures in order, the first of each at 0. Raises UsageError for any other map."""

    tempos: tuple[Tempo, ...] = (Tempo(Fraction(0), Fraction(120)),)
    signatures: tuple[TimeSignature, ...] = (TimeSignature(Fraction(0), 4, 4),)

    def __post_init__(self) -> None:
        if not self.tempos or not self.signatures or self.tempos[0].at or self.signatures[0].at:
            raise UsageError("a tempo map needs a tempo and a time signature at its start")
        if any(a.at >= b.at for a, b in pairwise(self.tempos)) or any(
            a.at >= b.at for a, b in pairwise(self.signatures)
        ):
            raise UsageError("the points of a tempo map are out of order, or two are at one position")
        if any(not 0 < tempo.bpm <= 10_000 for tempo in self.tempos):
            raise UsageError("a tempo is above 0 and at most 10000 bpm")
        if any(signature.beats < 1 or signature.unit < 1 for signature in self.signatures):
            raise UsageError("a time signature has at least one beat, and a unit of at least 1")

    @property
    def is_steady(self) -> bool:
        """Whether one tempo holds for the whole session."""
        return len(self.tempos) == 1

    def quarters(self, seconds: Fraction) -> Fraction:
        """Return the quarters from the start to `seconds`, exactly; the first tempo also holds before the start."""
        total = Fraction(0)
        for index, tempo in enumerate(self.tempos):
            stop = self.tempos[index + 1].at if index + 1 < len(self.tempos) else None
            if stop is None or seconds <= stop:
                return total + _quarters_in(tempo, self._slope(index), seconds - tempo.at)
            total += _quarters_in(tempo, self._slope(index), stop - tempo.at)
        raise AssertionError("the last tempo has no end")

    def seconds(self, quarters: Fraction) -> Fraction:
        """Return the time of a position in quarters, in seconds. Inverse: `quarters`."""
        total = Fraction(0)
        for index, tempo in enumerate(self.tempos):
            slope = self._slope(index)
            last = index + 1 == len(self.tempos)
            span = Fraction(0) if last else _quarters_in(tempo, slope, self.tempos[index + 1].at - tempo.at)
            if last or quarters <= total + span:
                return tempo.at + _seconds_for(tempo, slope, quarters - total)
            total += span
        raise AssertionError("the last tempo has no end")

    def bar_start(self, bar: int) -> Fraction:
        """Return the position at which `bar` (counted from 1) starts, in quarters."""
        first = 1
        for signature, following in pairwise((*self.signatures, None)):
            assert signature is not None
            length = bar_quarters(signature)
            bars = None if following is None else math.ceil((following.at - signature.at) / length)
            if bars is None or bar < first + bars:
                return signature.at + (bar - first) * length
            first += bars
        raise AssertionError("the last time signature has no end")

    def bar_beat(self, quarters: Fraction) -> tuple[int, int, Fraction]:
        """Return bar and beat, both counted from 1, and the quarters past the beat."""
        first = 1
        place = max(0, bisect_right([signature.at for signature in self.signatures], quarters) - 1)
        for signature, following in pairwise(self.signatures[: place + 1]):
            first += math.ceil((following.at - signature.at) / bar_quarters(signature))
        signature = self.signatures[place]
        bars, in_bar = divmod(quarters - signature.at, bar_quarters(signature))
        beat, past = divmod(in_bar, Fraction(4, signature.unit))
        return first + int(bars), 1 + int(beat), past

    def bar_beat_quarters(self, bar: int, beat: int = 1, past: Fraction = Fraction(0)) -> Fraction:
        """Return the quarters of a bar and beat. Inverse: `bar_beat`.

        Raises UsageError for a beat that the bar does not have.
        """
        start = self.bar_start(bar)
        signature = self.signatures[max(0, bisect_right([m.at for m in self.signatures], start) - 1)]
        if not 1 <= beat <= signature.beats:
            raise UsageError(f"bar {bar} has beats 1 to {signature.beats}, not {beat}")
        return start + (beat - 1) * Fraction(4, signature.unit) + past

    def _slope(self, index: int) -> Fraction:
        """Return the change of a segment's tempo, in bpm a second."""
        tempo = self.tempos[index]
        if not tempo.ramp or index + 1 == len(self.tempos):
            return Fraction(0)
        following = self.tempos[index + 1]
        return (following.bpm - tempo.bpm) / (following.at - tempo.at)


def bar_quarters(signature: TimeSignature) -> Fraction:
    """Return the length of a bar in quarters."""
    return Fraction(4 * signature.beats, signature.unit)


def _quarters_in(tempo: Tempo, slope: Fraction, seconds: Fraction) -> Fraction:
    """Return the quarters that pass in `seconds` of a segment; before the map's start its first tempo is steady."""
    slope = slope if seconds > 0 else Fraction(0)
    return (tempo.bpm + slope * seconds / 2) * seconds / 60


def _seconds_for(tempo: Tempo, slope: Fraction, quarters: Fraction) -> Fraction:
    """Return the seconds in which `quarters` of a segment pass: the root of slope/2 t² + bpm t - 60 q."""
    if not slope or quarters <= 0:
        return 60 * quarters / tempo.bpm
    square = max(Fraction(0), tempo.bpm**2 + 120 * slope * quarters)
    scaled = square * _ROOT_SCALE**2
    root = Fraction(math.isqrt(scaled.numerator // scaled.denominator), _ROOT_SCALE)
    return 120 * quarters / (tempo.bpm + root)
