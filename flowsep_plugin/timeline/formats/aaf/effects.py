"""Effects of an AAF by the ids of their definitions: gain, pan, speed, and all that changes the sound otherwise."""

from fractions import Fraction
from itertools import pairwise
from typing import Any, Final

from flowsep_plugin.timeline.difference import Difference

from .objects import effect_of, items, kind, name_of_definition, parameters, prop, rational
from .shapes import Form, GainPiece, Shape, is_steady, scaled, steady

MONO_GAIN: Final = "9d2ea894-0968-11d3-8a38-0050040ef7d2"
CHANNEL_COMBINER: Final = "6b46dd7a-132d-4856-ab21-8b751d8462ec"
AMPLITUDE: Final = "e4962321-2267-11d3-8a4c-0050040ef7d2"
PAN: Final = "e4962322-2267-11d3-8a4c-0050040ef7d2"
LINEAR: Final = "5b6c85a4-0ede-11d3-80a9-006008143e6f"
POWER: Final = "c09153f7-bd18-4e5a-ad09-cbdd654fa001"
LOGARITHMIC: Final = "15829ec3-1f24-458a-960d-c65bb23c2aa1"

_STEREO_GAIN: Final = "9d2ea895-0968-11d3-8a38-0050040ef7d2"
_MONO_PAN: Final = "9d2ea893-0968-11d3-8a38-0050040ef7d2"
_CLIP_RATIO: Final = "47c00f7d-fb55-11d3-9ff7-0004ac969f50"
"""AvidControlClipRatio: Media Composer's clip gain automation."""

_SPEED_RATIO: Final = "72559a80-24d7-11d3-8a50-0050040ef7d2"
_CONSTANT: Final = "5b6c85a5-0ede-11d3-80a9-006008143e6f"
_STRAIGHT: Final = {LINEAR, "5b6c85a3-0ede-11d3-80a9-006008143e6f", ""}
_CENTRE: Final = Fraction(1, 2)


def is_gain(group: Any) -> bool:
    """Return whether an operation group is a gain: mono or stereo."""
    return str(group.operation.auid) in (MONO_GAIN, _STEREO_GAIN)


def is_warp(group: Any) -> bool:
    """Return whether an operation group changes the speed of its input, or fits one of another edit rate."""
    return _SPEED_RATIO in parameters(group) or bool(prop(group.operation, "IsTimeWarp"))


def is_bypassed(group: Any) -> bool:
    """Return whether an operation group is switched off."""
    return bool(prop(group, "BypassOverride"))


def gains(group: Any, start: Fraction, stop: Fraction) -> tuple[list[Shape], list[Difference]]:
    """Return the shapes of a gain effect between two times in seconds, and what of them is not exact."""
    by_id = parameters(group)
    ids: list[str] = [auid for auid in (AMPLITUDE, _CLIP_RATIO) if auid in by_id]
    # flowsep wrote Amplitude with the id of Pan up to version 0.1, in an effect that has no pan
    ids = ids or [PAN for _ in by_id if PAN in by_id][:1]
    shapes = [shape_of(by_id[auid], start, stop) for auid in ids]
    if len(shapes) == 2 and is_steady(shapes[0]):  # Media Composer's clip gain and its automation are one gain
        shapes = [scaled(shapes[1], shapes[0][0].first)]
    return shapes, [name for auid in ids for name in _inexact(by_id[auid])]


def shape_of(parameter: Any, start: Fraction, stop: Fraction) -> Shape:
    """Return the shape of a parameter whose times 0 and 1 are `start` and `stop`, in seconds."""
    if kind(parameter) != "VaryingValue":
        return steady(float(rational(parameter.value)))
    points = control_points(parameter)
    if len({value for _, value in points}) < 2:
        return steady(points[0][1] if points else 1.0)
    scaled = [(start + time * (stop - start), value) for time, value in points]
    auid = interpolation_id(parameter)
    form: Form = "exponential" if auid == LOGARITHMIC else "linear"
    pieces = [
        GainPiece(a, b, low, low if auid == _CONSTANT else high, form) for (a, low), (b, high) in pairwise(scaled)
    ]
    end, last = scaled[-1]
    return (*pieces, GainPiece(end, end, last, last))


def control_points(parameter: Any) -> list[tuple[Fraction, float]]:
    """Return times and values of a varying value, in the order of times."""
    points = [
        (rational(prop(point, "Time")), float(rational(prop(point, "Value"))))
        for point in items(parameter, "PointList")
    ]
    return sorted(points, key=lambda point: point[0])


def interpolation_id(parameter: Any) -> str:
    """Return the id of the interpolation of a varying value; empty where it has none."""
    definition = parameter.interpolation
    return "" if definition is None else str(definition.auid)


def _inexact(parameter: Any) -> list[Difference]:
    """Return the automation of a parameter that moves in curves, which are read as straight lines."""
    if kind(parameter) != "VaryingValue" or len({value for _, value in control_points(parameter)}) < 2:
        return []
    exact = interpolation_id(parameter) in {_CONSTANT, LOGARITHMIC, *_STRAIGHT}
    return [] if exact else [Difference("automation", name_of_definition(parameter.interpolation))]


def difference_of(group: Any) -> list[Difference]:
    """Return what the stems will not have of an effect: none for a bypassed one and a pan in the centre."""
    if is_bypassed(group):
        return []
    if str(group.operation.auid) != _MONO_PAN:
        return [effect_of(group)]
    try:
        values = _values(parameters(group).get(PAN))
    except (ValueError, ZeroDivisionError):
        return [Difference("pan")]
    if values <= {float(_CENTRE)}:
        return []
    return [Difference("automation", "pan") if len(values) > 1 else Difference("pan")]


def _values(parameter: Any) -> set[float]:
    """Return all values of a parameter; none where there is no parameter."""
    if kind(parameter) == "VaryingValue":
        return {value for _, value in control_points(parameter)}
    return {float(rational(parameter.value))} if kind(parameter) == "ConstantValue" else set()


def speed_of(group: Any, rate: Fraction, input_rate: Fraction) -> Fraction | None:
    """Return at how many times its own speed an effect plays its input; 1 for no warp, None for a moving speed.

    rate, input_rate : edit rates of the group and of its input, which differ where Avid fits a clip of another rate.
    """
    ratio: Any = parameters(group).get(_SPEED_RATIO)
    if kind(ratio) == "ConstantValue" and rational(ratio.value):
        return rate / input_rate / rational(ratio.value)
    return None if is_warp(group) else Fraction(1)
