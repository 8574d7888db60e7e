"""Times in Ardour's sessions as frames: `a` superclocks or `b` ticks from version 7 on, samples before.

Ardour rounds down what lies between two frames, so this does too: rounding to the nearest moves such clips by a frame.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from flowsep_plugin.errors import SessionError, UsageError
from flowsep_plugin.timeline.numbers import decimal

from .tempo import SUPERCLOCKS, TempoPoint, superclock_at, ticks_at

_TIME: Final = re.compile(r"([ab])(-?\d+)")
_SAMPLES: Final = re.compile(r"-?\d+(\.\d*)?([eE][-+]?\d+)?")


@dataclass(frozen=True, slots=True)
class SessionClock:
    """Converts the times that a session stores.

    rate : frames a second.   points : the tempo map, for times in ticks.   per_second : superclocks a second.
    counts_samples : whether times are written as samples, for Ardour 6.
    """

    rate: int
    points: Sequence[TempoPoint]
    per_second: int = SUPERCLOCKS
    counts_samples: bool = False

    def frame(self, text: str | None) -> int:
        """Return the frame of a time, cut off as Ardour does. Raises SessionError for anything that is no time."""
        return int(self.exact(text))

    def exact(self, text: str | None) -> Fraction:
        """Return a time in frames, with what lies between two of them. Raises as `frame` does."""
        kind, value = _parse(text)
        if not kind:
            return value
        return Fraction(self._superclock(kind, int(value)) * self.rate, self.per_second)

    def place(self, text: str) -> tuple[int, int]:
        """Return start and length of a region, in frames, from `length@position`. Raises as `frame` does."""
        length, _, position = text.partition("@")
        (kind, value), (place_kind, place) = _parse(length), _parse(position)
        if not kind or not place_kind:
            return self.frame(position), self.frame(length)
        start = self._superclock(place_kind, int(place))
        frames = int(value)
        if kind == "b":
            first = int(place) if place_kind == "b" else ticks_at(self.points, start, self.per_second)
            frames = superclock_at(self.points, first + frames) - start
        return self._whole(start), self._whole(frames)

    def text(self, frame: int) -> str:
        """Return a frame as the session writes it. Raises UsageError where superclocks cannot count it exactly."""
        if self.counts_samples:
            return str(frame)
        exact = Fraction(frame * self.per_second, self.rate)
        if exact.denominator != 1:
            raise UsageError(f"Ardour cannot count frames at {self.rate} Hz exactly; use 44100, 48000 or a multiple")
        return f"a{exact.numerator}"

    def near(self, frame: Fraction) -> str:
        """Return the time nearest to `frame` that the session can write, for places between two frames."""
        return decimal(frame) if self.counts_samples else f"a{round(frame * self.per_second / self.rate)}"

    def _superclock(self, kind: str, value: int) -> int:
        return value if kind == "a" else superclock_at(self.points, value)

    def _whole(self, superclocks: int) -> int:
        return int(Fraction(superclocks * self.rate, self.per_second))


def _parse(text: str | None) -> tuple[str, Fraction]:
    """Return the unit of a time (`a`, `b`, empty for samples) and its number."""
    if match := _TIME.fullmatch(text or ""):
        return match[1], Fraction(match[2])
    if _SAMPLES.fullmatch(text or ""):
        return "", Fraction(text or "")
    raise SessionError(f"{text!r} is not a time of Ardour; open the session in Ardour 7 or later and save it again")
