"""Transitions: the shapes by which a clip fades out and the next one fades in."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from flowsep_plugin.timeline.difference import Difference

from .effects import LOGARITHMIC, POWER, control_points, interpolation_id, shape_of
from .objects import attributes, effect_of, integer, kind, parameters, prop
from .shapes import Form, GainPiece, Shape

_DISSOLVES: Final = {
    "0c3bea41-fc05-11d2-8a29-0050040ef7d2",  # Mono Audio Dissolve
    "0c3bea42-fc05-11d2-8a29-0050040ef7d2",  # Stereo Audio Dissolve
    "2311bd90-b5da-4285-aa3a-8552848779b3",  # Two-Parameter Mono Audio Dissolve
}
_LEVEL: Final = "e4962320-2267-11d3-8a4c-0050040ef7d2"
_OUTGOING: Final = "9e610007-1be2-41e1-bb11-c95de9964d03"
_INCOMING: Final = "48cea642-a8f9-455b-82b3-86c814b797c7"
_CURVE_TYPE: Final = "8134fc48-3bd6-4904-9520-7a6360cc7127"
"""Media Composer 18 and later; earlier ones write the attribute _ATN_AUDIO_DISSOLVE_CURVETYPE."""

_AVID_FORMS: Final[dict[int, Form]] = {0: "linear", 1: "power"}


@dataclass(frozen=True, slots=True)
class Crossfade:
    """The shapes of a transition, and what of them is not exact."""

    fade_out: Shape
    fade_in: Shape
    differences: tuple[Difference, ...] = ()


def crossfade(transition: Any, start: Fraction, stop: Fraction) -> Crossfade:
    """Return the crossfade of a transition between two times, in seconds."""
    group = prop(transition, "OperationGroup")
    if group is None:
        return _plain(start, stop, "linear")
    try:
        return _of_effect(group, start, stop)
    except (ValueError, ZeroDivisionError):  # points that are not numbers
        return _plain(start, stop, "linear", (Difference("fade", effect_of(group).name),))


def _of_effect(group: Any, start: Fraction, stop: Fraction) -> Crossfade:
    by_id = parameters(group)
    if _OUTGOING in by_id and _INCOMING in by_id:
        return Crossfade(shape_of(by_id[_OUTGOING], start, stop), shape_of(by_id[_INCOMING], start, stop))
    form = _avid_form(group, by_id)
    if form is not None:
        return _plain(start, stop, form)
    inexact = () if str(group.operation.auid) in _DISSOLVES else (Difference("fade", effect_of(group).name),)
    return _by_level(by_id.get(_LEVEL), start, stop, inexact)


def _avid_form(group: Any, by_id: dict[str, Any]) -> Form | None:
    code = attributes(group).get("_ATN_AUDIO_DISSOLVE_CURVETYPE")
    if code is None and _CURVE_TYPE in by_id:
        code = by_id[_CURVE_TYPE].value
    return None if code is None else _AVID_FORMS.get(integer(code))


def _by_level(level: Any, start: Fraction, stop: Fraction, inexact: tuple[Difference, ...]) -> Crossfade:
    """Return the crossfade of the dissolve's Level; Premiere writes its interpolation, but levels of 0 alone."""
    auid = interpolation_id(level) if kind(level) == "VaryingValue" else ""
    if auid == POWER:
        return _plain(start, stop, "power", inexact)
    if auid == LOGARITHMIC:  # the programs that write it do not say how steep it is
        return _plain(start, stop, "exponential", (*inexact, Difference("fade", "logarithmic")))
    if kind(level) == "VaryingValue" and len({value for _, value in control_points(level)}) > 1:
        fade_in = shape_of(level, start, stop)
        fade_out = tuple(GainPiece(p.start, p.stop, 1 - p.first, 1 - p.last, p.form) for p in fade_in)
        return Crossfade(fade_out, fade_in, inexact)
    return _plain(start, stop, "linear", inexact)


def _plain(start: Fraction, stop: Fraction, form: Form, inexact: tuple[Difference, ...] = ()) -> Crossfade:
    return Crossfade((GainPiece(start, stop, 1, 0, form),), (GainPiece(start, stop, 0, 1, form),), inexact)
