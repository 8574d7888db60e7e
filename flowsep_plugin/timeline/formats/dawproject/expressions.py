"""Expressions of a DAWproject clip: its gain as a gain curve, all others as differences."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from flowsep_plugin.timeline.difference import Difference, DifferenceKind
from flowsep_plugin.timeline.formats.gain_points import GainPoint, curve_of, linear_gain, simplest
from flowsep_plugin.timeline.formats.xml_text import Element
from flowsep_plugin.timeline.gain_curve import GainCurve
from flowsep_plugin.timeline.numbers import number

from .clock import unit_of
from .features import values_of

_KINDS: Final[dict[str, DifferenceKind]] = {"pan": "pan", "transpose": "play rate"}

FrameOf = Callable[[Fraction, str], Fraction]
"""Returns the session frame, from the clip's start, of a time and its unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expressions:
    """Gain (linear), its curve and the differences that the content of a clip adds to it."""

    gain: float = 1.0
    gain_curve: GainCurve | None = None
    differences: tuple[Difference, ...] = ()


def expressions_of(content: Element | None, unit: str, frame_of: FrameOf) -> Expressions:
    """Return the expressions in a clip's content. unit : of times in it that state none."""
    if content is None or content.tag != "Lanes":
        return Expressions()
    gain, curve, differences = 1.0, None, []
    for points in content.findall("Points"):
        target = points.find("Target")
        expression = None if target is None else target.get("expression")
        if (
            expression == "gain"
            and points.get("unit", "linear") in ("linear", "decibel")
            and points.find("RealPoint") is not None
        ):
            gain, curve = simplest(1.0, _curve(points, unit_of(points, unit_of(content, unit)), frame_of))
        elif expression == "gain" or expression is None:
            differences.append(Difference("automation", expression or ""))
        elif not _is_neutral(expression, points):
            differences.append(Difference(_KINDS.get(expression, "effect"), expression))
    return Expressions(gain=gain, gain_curve=curve, differences=tuple(differences))


def _curve(points: Element, unit: str, frame_of: FrameOf) -> GainCurve:
    corners: list[GainPoint] = [
        (
            frame_of(number(point.get("time"), "a gain's time"), unit),
            float(number(point.get("value"), "a gain")),
            point.get("interpolation") != "linear",
        )
        for point in points.findall("RealPoint")
    ]
    return curve_of(corners, linear_gain if points.get("unit") == "decibel" else None)


def _is_neutral(expression: str, points: Element) -> bool:
    middle = 0.5 if expression == "pan" and points.get("unit") == "normalized" else 0.0
    return all(float(number(value, f"a {expression}")) == middle for value in values_of(points))
