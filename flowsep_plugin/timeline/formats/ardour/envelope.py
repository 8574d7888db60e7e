"""Gain envelopes of Ardour's regions, in all its shapes between two points, as gain curves and back."""

import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import pairwise
from typing import Final

from flowsep_plugin.timeline.formats.xml_text import Element, add
from flowsep_plugin.timeline.gain_curve import GainCurve
from flowsep_plugin.timeline.numbers import decimal, number

from .clock import SessionClock
from .program import is_on

GREATEST_GAIN: Final = 2.0
"""The gain to which Ardour clips the points of an envelope."""

_JUMP: Final = Fraction(1, 100)
"""Frames from the first to the second point of a jump: of two points at one place, Ardour might drop one."""

_TINY: Final = 1e-7
_CLOSE: Final = 10 ** (0.005 / 20) - 1
_SILENT: Final = 1e-5
_MOST_HALVINGS: Final = 10

_Points = list[tuple[Fraction, float]]
_Shape = Callable[[float], float]


def read_envelope(region: Element, clock: SessionClock) -> GainCurve | None:
    """Return the gain curve of a region; None where it has none, it is switched off, or it stays at 1.

    Raises SessionError for a point that is no time or no number.
    """
    envelope = region.find("Envelope")
    if envelope is None or envelope.get("default") is not None or not is_on(region.get("envelope-active"), False):
        return None
    points = event_points(envelope, clock)
    if not points or all(gain == 1 for _, gain in points):
        return None
    curve = envelope.find("AutomationList")
    return GainCurve(tuple(_sampled(points, "Linear" if curve is None else curve.get("interpolation-style"))))


def event_points(curve: Element, clock: SessionClock) -> _Points:
    """Return the points of a fade or envelope: frames from the region's start, linear gains from 0 to 2."""
    words = (curve.findtext(".//events") or "").split()
    gains = (float(number(word, "a gain")) for word in words[1::2])
    return [(clock.exact(at), min(GREATEST_GAIN, max(0.0, gain))) for at, gain in zip(words[::2], gains, strict=False)]


def last_event(curve: Element, clock: SessionClock) -> Fraction:
    """Return the frame of a fade's last point, from the region's start; 0 where it has none."""
    words = (curve.findtext(".//events") or "").split()
    return clock.exact(words[::2][-1]) if words else Fraction(0)


def greatest_gain(curve: GainCurve | None) -> float:
    """Return what the gains of a curve are divided by in an envelope, whose points go up to 2; 1 where they fit."""
    return 1.0 if curve is None else max(1.0, max(gain for _, gain in curve.points) / GREATEST_GAIN)


def add_envelope(region: Element, curve: GainCurve, clock: SessionClock, list_id: int) -> None:
    """Add the envelope of a gain curve to a region; its gains are divided by `greatest_gain`."""
    divisor = greatest_gain(curve)
    element = add(add(region, "Envelope"), "AutomationList", id=list_id)
    for key, value in (("automation-id", "envelope"), ("interpolation-style", "Linear"), ("time-domain", "AudioTime"),
                       ("state", "Off")):  # fmt: skip
        element.set(key, value)
    rows: list[str] = []
    before = None
    for frame, gain in curve.points:
        at = frame + _JUMP if frame == before else frame
        rows.append(f"{clock.near(at)} {decimal(gain / divisor)}\n")
        before = frame
    add(element, "events").text = "".join(rows)


def _sampled(points: _Points, style: str | None) -> Iterator[tuple[Fraction, float]]:
    """Yield points between which straight lines are within 0.01 dB of the shapes that `style` names."""
    slopes = _slopes(points) if style == "Curved" and len(points) > 2 else None
    yield points[0]
    for index, ((start, low), (stop, high)) in enumerate(pairwise(points)):
        if style == "Discrete":
            yield stop, low
        elif low != high and stop > start:
            length = float(stop - start)
            ends = None if slopes is None else (slopes[index] * length, slopes[index + 1] * length)
            shape = _shape(style, low, high) if ends is None else _cubic(low, high, *ends)
            for share in _shares(shape, 0.0, 1.0, _MOST_HALVINGS):
                yield start + (stop - start) * Fraction(share), max(0.0, shape(share))
        yield stop, high


def _shape(style: str | None, low: float, high: float) -> _Shape:
    """Return the gain by the share of the way from `low` to `high`, as Ardour computes it."""
    if style == "Logarithmic" and low * high > 0:
        return lambda share: low * (high / low) ** share
    if style == "Exponential":
        first, last = _fader(low + _TINY), _fader(high + _TINY)
        return lambda share: _gain(first + share * (last - first))
    return lambda share: low + (high - low) * share


def _fader(gain: float) -> float:
    """Return the position of a fader, 0 to 1, at a gain of 0 to 2. Inverse: `_gain`."""
    return max(0.0, (6 * math.log2(gain) + 192) / 198) ** 8


def _gain(position: float) -> float:
    return float(2 ** ((198 * position ** (1 / 8) - 192) / 6)) if position > 0 else 0.0


def _shares(shape: _Shape, start: float, stop: float, halvings: int) -> Iterator[float]:
    """Yield the shares at which points are needed, without the two ends."""
    low, high = shape(start), shape(stop)
    middle = (start + stop) / 2
    checks = ((start + (stop - start) * part, low + (high - low) * part) for part in (0.25, 0.5, 0.75))
    if halvings and any(abs(shape(at) - line) > _CLOSE * abs(shape(at)) + _SILENT for at, line in checks):
        yield from _shares(shape, start, middle, halvings - 1)
        yield middle
        yield from _shares(shape, middle, stop, halvings - 1)


def _cubic(low: float, high: float, first: float, last: float) -> _Shape:
    """Return the cubic from `low` to `high` that has the slopes `first` and `last` there."""
    rise = high - low
    return lambda share: (
        low + rise * share + share * (1 - share) * ((first - rise) * (1 - share) + (rise - last) * share)
    )


def _slopes(points: _Points) -> list[float]:
    """Return the slope at every point, in gain a frame: a constrained cubic spline (Kruger, korf.co.uk/spline.pdf)."""
    lines = [(high - low) / max(1e-9, float(stop - start)) for (start, low), (stop, high) in pairwise(points)]
    inner = [2 / (1 / before + 1 / after) if before * after > 0 else 0.0 for before, after in pairwise(lines)]
    return [1.5 * lines[0] - inner[0] / 2, *inner, 1.5 * lines[-1] - inner[-1] / 2]
