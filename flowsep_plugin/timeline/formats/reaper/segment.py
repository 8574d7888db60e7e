"""The course of an envelope between two of its points, as REAPER plays it: shapes 0 to 5, on a linear or a fader scale.

Shapes, of the way from the first value to the second at fraction f of the time: 0 f, 1 0 (a jump at the end),
2 3f^2 - 2f^3, 3 1 - (1 - f)^3, 4 f^3, 5 a cubic Bezier curve from (0, 0) to (1, 1) whose control points depend on the
tension. On the fader scale (VOLTYPE 1) positions follow the shape in place of gains: a fader at position p, 1 at
+12 dB, has the gain 10^0.6 (p^3 + p^6) / 2.
"""

import math
from collections.abc import Callable
from typing import Final

_TOP: Final = 10**0.6
"""Gain of a fader at position 1: +12 dB."""
_BEZIER, _SQUARE = 5, 1
_STEPS: Final = 48
"""Halvings that find the place on a Bezier curve to the last digit of a double."""
_DEEPEST: Final = 14
_PROBES: Final = (0.25, 0.5, 0.75)

Tolerance = Callable[[float, float], bool]
"""Whether a value on a straight line is near enough to the true one."""


def fader_gain(position: float) -> float:
    """Return the linear gain of a fader's position, 0 to 1 for up to +12 dB."""
    cube = position**3
    return _TOP * (cube + cube * cube) / 2


def fader_position(gain: float) -> float:
    """Return a fader's position for a linear gain. Inverse of `fader_gain`."""
    return float(((math.sqrt(1 + 8 * max(gain, 0.0) / _TOP) - 1) / 2) ** (1 / 3))


def is_near_gain(true: float, straight: float) -> bool:
    """Return whether two gains differ by less than 0.01 dB, or both are below -100 dB."""
    return abs(true - straight) <= 0.001 * max(abs(true), 1e-5)


def segment(first: float, last: float, shape: int, tension: float = 0.0, *, fader: bool = False) -> "Segment":
    """Return the value between two points as a function of the fraction of the time between them, 0 to 1.

    shape : of the first point.   tension : of a Bezier curve, -1 (fast start) to 1 (slow start).
    fader : the values are gains on the fader scale.
    """
    way = _way(shape, tension, fader=fader)
    if not fader:
        return lambda f: first + (last - first) * way(f)
    low, high = fader_position(first), fader_position(last)
    return lambda f: fader_gain(low + (high - low) * way(f))


Segment = Callable[[float], float]


def straightened(curve: Segment, is_near: Tolerance) -> list[tuple[float, float]]:
    """Return points (fraction, value) strictly between 0 and 1 whose straight lines follow `curve` within `is_near`."""
    points: list[tuple[float, float]] = []

    def split(start: float, stop: float, low: float, high: float, depth: int) -> None:
        def far(share: float) -> bool:
            return not is_near(curve(start + (stop - start) * share), low + (high - low) * share)

        if depth >= _DEEPEST or not any(far(share) for share in _PROBES):
            return
        middle = (start + stop) / 2
        value = curve(middle)
        split(start, middle, low, value, depth + 1)
        points.append((middle, value))
        split(middle, stop, value, high, depth + 1)

    split(0.0, 1.0, curve(0.0), curve(1.0), 0)
    return points


def _way(shape: int, tension: float, *, fader: bool) -> Segment:
    if shape == _BEZIER and tension:
        return _bezier(max(-1.0, min(1.0, tension)), fader=fader)
    ways: dict[int, Segment] = {
        _SQUARE: lambda f: float(f >= 1),
        2: lambda f: f * f * (3 - 2 * f),
        3: lambda f: 1 - (1 - f) ** 3,
        4: lambda f: f**3,
    }
    return ways.get(shape, lambda f: f)


def _bezier(tension: float, *, fader: bool) -> Segment:
    """Return REAPER's Bezier curve of a tension; its control points were found by others in renders of REAPER 7.

    They are (b/4, 1 - sb) and (3b/4, 1 - tb) with b = 1 - |tension| for negative tensions, mirrored for positive ones;
    s and t are 3/4 and 1/4, on the fader scale 7/8 and 1/8.
    """
    slack = 1 - abs(tension)
    lower, upper = (7 / 8, 1 / 8) if fader and slack else (3 / 4, 1 / 4)
    one, two = (slack / 4, 1 - lower * slack), (3 * slack / 4, 1 - upper * slack)
    if tension > 0:
        one, two = (1 - two[0], 1 - two[1]), (1 - one[0], 1 - one[1])

    def way(f: float) -> float:
        if not 0 < f < 1:
            return float(f >= 1)  # a curve that ends upright has no place there to the last digit
        low, high = 0.0, 1.0
        for _ in range(_STEPS):
            middle = (low + high) / 2
            low, high = (middle, high) if _cubic(one[0], two[0], middle) < f else (low, middle)
        return _cubic(one[1], two[1], (low + high) / 2)

    return way


def _cubic(one: float, two: float, u: float) -> float:
    return 3 * (1 - u) ** 2 * u * one + 3 * (1 - u) * u * u * two + u**3
