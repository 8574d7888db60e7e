"""Gain over time as AAF describes it, in seconds of a slot, and its conversion to a gain curve.

A shape is a row of pieces; before the first its first gain is held, after the last its last one.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import Final, Literal

from flowsep_plugin.timeline.gain_curve import GainCurve
from flowsep_plugin.timeline.numbers import frames

Form = Literal["linear", "power", "exponential"]
"""How a piece goes from its first gain to its last one; "power" as a quarter of a sine."""

_FLOOR: Final = 1e-3
"""Where exponential pieces begin and end in place of 0: -60 dB."""

_MOST_ERROR: Final = 0.0005
"""Greatest error of a straight line in place of a bent one, as a share of the gain: 0.005 dB."""

_QUIET: Final = 1e-6
_FINEST: Final = 12


@dataclass(frozen=True, slots=True)
class GainPiece:
    """A part of a shape. start, stop : seconds.   first, last : linear gains at its ends."""

    start: Fraction
    stop: Fraction
    first: float
    last: float
    form: Form = "linear"

    def at(self, time: Fraction) -> float:
        """Return the gain at a time in seconds, held outside the piece."""
        if self.stop == self.start:
            return self.last
        share = min(1.0, max(0.0, float((time - self.start) / (self.stop - self.start))))
        if self.form == "exponential" and self.first != self.last:
            low, high = max(self.first, _FLOOR), max(self.last, _FLOOR)
            return float(low * (high / low) ** share)
        if self.form == "power":
            rise = math.sin(share * math.pi / 2) if self.last >= self.first else 1 - math.cos(share * math.pi / 2)
            return self.first + (self.last - self.first) * rise
        return self.first + (self.last - self.first) * share


Shape = tuple[GainPiece, ...]


def steady(gain: float) -> Shape:
    """Return the shape of a gain that does not move."""
    return (GainPiece(Fraction(0), Fraction(0), gain, gain),)


def scaled(shape: Shape, gain: float) -> Shape:
    """Return a shape times a steady gain."""
    return tuple(replace(piece, first=gain * piece.first, last=gain * piece.last) for piece in shape)


def gain_and_curve(
    shapes: Sequence[Shape], start: Fraction, stop: Fraction, rate: int
) -> tuple[float, GainCurve | None]:
    """Return the product of shapes between two times in seconds: its steady part, and the part that moves, if any.

    rate : of the session, in Hz; the curve's frames count from the frame nearest to `start`.
    Raises ValueError for a moving gain below 0.
    """
    gain = math.prod(shape[0].first for shape in shapes if is_steady(shape))
    moving = [shape for shape in shapes if not is_steady(shape)]
    first = frames(start, rate)
    points = [(time * rate - first, value) for time, value in _sampled(moving, start, stop)] if moving else []
    values = {value for _, value in points}
    if len(values) > 1:
        return gain, GainCurve(tuple(points))
    return gain * next(iter(values), 1.0), None


def is_steady(shape: Shape) -> bool:
    """Return whether a shape has the same gain everywhere."""
    return len({gain for piece in shape for gain in (piece.first, piece.last)}) == 1


def _sampled(shapes: Sequence[Shape], start: Fraction, stop: Fraction) -> list[tuple[Fraction, float]]:
    ends = {end for shape in shapes for piece in shape for end in (piece.start, piece.stop) if start < end < stop}
    edges = sorted({start, stop} | ends)
    points: list[tuple[Fraction, float]] = []
    for low, high in pairwise(edges):
        pieces = [_piece_between(shape, low, high) for shape in shapes]

        def gain(time: Fraction, pieces: Sequence[GainPiece] = pieces) -> float:
            return math.prod(piece.at(time) for piece in pieces)

        straight = sum(piece.first != piece.last for piece in pieces) <= 1 and all(p.form == "linear" for p in pieces)
        bent = [] if straight else _bends(gain, low, high)
        added = [(low, gain(low)), *((time, gain(time)) for time in bent), (high, gain(high))]
        points += added[1:] if points and points[-1] == added[0] else added
    return points


def _piece_between(shape: Shape, low: Fraction, high: Fraction) -> GainPiece:
    """Return the piece that covers a stretch which no piece begins or ends in; a held one outside of all."""
    for piece in shape:
        if piece.start <= low and high <= piece.stop:
            return piece
    before = [piece for piece in shape if piece.stop <= low]
    value = before[-1].last if before else shape[0].first
    return GainPiece(low, high, value, value)


def _bends(gain: Callable[[Fraction], float], low: Fraction, high: Fraction, depth: int = 0) -> list[Fraction]:
    """Return times between two others at which straight lines have to bend to follow `gain`."""
    quarters = [low + (high - low) * Fraction(number, 4) for number in (1, 2, 3)]
    first, last = gain(low), gain(high)
    lines = [first + (last - first) * share for share in (0.25, 0.5, 0.75)]
    exact = [gain(time) for time in quarters]
    if depth == _FINEST or all(
        abs(line - value) <= max(_MOST_ERROR * value, _QUIET) for line, value in zip(lines, exact, strict=True)
    ):
        return []
    middle = quarters[1]
    return [*_bends(gain, low, middle, depth + 1), middle, *_bends(gain, middle, high, depth + 1)]
