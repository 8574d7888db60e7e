"""Gain curves from the points of other programs: steps, lines in decibels, curves over curves."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Final

import numpy as np

from flowsep_plugin.timeline.clip import ClipRef
from flowsep_plugin.timeline.gain_curve import GainCurve

_PIECES: Final = 128
"""Straight pieces for a bent segment: 48 dB in one segment are then off by less than 0.003 dB."""

SILENT_DB: Final = -96.0
"""Level in dB at and below which programs mean silence."""

GainPoint = tuple[Fraction, float, bool]
"""Frame of the session from the clip's start, value, and whether it is held up to the next point."""


def linear_gain(decibels: float) -> float:
    """Return decibels as linear gain, with silence at -96 dB and below."""
    return 0.0 if decibels <= SILENT_DB else float(10 ** (decibels / 20))


def curve_of(points: Sequence[GainPoint], gain_of: Callable[[float], float] | None = None) -> GainCurve:
    """Return the curve of points in order of frames, at least one, with straight lines between their values.

    gain_of : linear gain of a value, such as `linear_gain`, for lines in another unit; None where values are gains.
    """
    to_gain = gain_of or float
    corners: list[tuple[Fraction, float]] = []
    for (at, value, is_held), (after, target, _) in pairwise(points):
        corners.append((at, to_gain(value)))
        if is_held:
            corners.append((after, to_gain(value)))
        elif gain_of is not None and value != target:
            corners += ((place, to_gain(value + share * (target - value))) for place, share in _inside(at, after))
    at, value, _ = points[-1]
    return GainCurve((*corners, (at, to_gain(value))))


def with_gain(clip: ClipRef, gain: float, curve: GainCurve | None) -> ClipRef:
    """Return the clip with another gain and curve multiplied into its own; both count from the same clip's start."""
    own = clip.gain_curve
    if own is not None and curve is not None:
        curve = _product(own, curve)
    return replace(clip, gain=clip.gain * gain, gain_curve=own if curve is None else curve)


def simplest(gain: float, curve: GainCurve | None) -> tuple[float, GainCurve | None]:
    """Return gain and curve, with a steady curve as a part of the gain."""
    if curve is None or not curve.is_steady:
        return gain, curve
    return gain * curve.points[0][1], None


def _product(one: GainCurve, other: GainCurve) -> GainCurve:
    places = sorted({frame for curve in (one, other) for frame, _ in curve.points})
    finer = [at for a, b in pairwise(places) for at in (a, *(place for place, _ in _inside(a, b)))] + places[-1:]
    at = np.array([float(place) for place in finer])
    return GainCurve(tuple(zip(finer, map(float, one.at(at) * other.at(at)), strict=True)))


def _inside(start: Fraction, stop: Fraction) -> Iterator[tuple[Fraction, float]]:
    """Yield places between two frames with their shares of the way, 0 to 1."""
    if stop > start:
        for number in range(1, _PIECES):
            yield start + (stop - start) * Fraction(number, _PIECES), number / _PIECES
