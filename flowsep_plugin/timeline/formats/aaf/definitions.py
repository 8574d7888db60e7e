"""Write gains, steady and moving: the definitions that an AAF needs for them, and operation groups."""

from fractions import Fraction
from typing import Any, Final

from flowsep_plugin.timeline.gain_curve import GainCurve

from .effects import AMPLITUDE, LINEAR, MONO_GAIN
from .objects import items

_STEPS: Final = 2**27
_MOST: Final = 2**31 - 1
"""The largest numerator and denominator of an AAF's numbers."""


class GainEffects:
    """Makes Mono Audio Gain effects, and registers their definitions in an open AAF with the first one."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self._operation: Any = None
        self._amplitude: Any = None

    def around(self, clip: Any, gain: float, curve: GainCurve | None) -> Any:
        """Return a source clip in a gain effect; the clip itself where its gain is 1."""
        inner = clip if gain == 1 else self._group(clip, self._constant(gain))
        if curve is None or not clip.length:
            return inner
        return self._group(inner, self._varying([(frame / clip.length, value) for frame, value in curve.points]))

    def _group(self, clip: Any, parameter: Any) -> Any:
        group = self._file.create.OperationGroup(self._operation, clip.length, media_kind="sound")
        group.parameters.append(parameter)
        group["InputSegments"].append(clip)
        return group

    def _constant(self, gain: float) -> Any:
        self._define()
        return self._file.create.ConstantValue(self._amplitude, _rational(gain))

    def _varying(self, points: list[tuple[Fraction, float]]) -> Any:
        self._define()
        value = self._file.create.VaryingValue()
        value.parameterdef = self._amplitude
        value.interpolation = self._definition("InterpolationDef", "InterpolationDefinitions", LINEAR, "LinearInterp")
        value["PointList"].value = [self._point(time, gain, value.typedef) for time, gain in points]
        return value

    def _point(self, time: Fraction, gain: float, typedef: Any) -> Any:
        point = self._file.create.ControlPoint()
        point["Time"].value = _ratio(time.limit_denominator(_MOST))
        point["Value"].add_pid_entry()
        point["Value"].data = point["Value"].typedef.encode(_rational(gain), typedef)
        point["Value"].mark_modified()
        return point

    def _define(self) -> None:
        """Register amplitude and gain where the AAF does not have them; programs' own definitions are kept."""
        if self._operation is not None:
            return
        self._amplitude = self._definition(
            "ParameterDef", "ParameterDefinitions", AMPLITUDE, "Amplitude", "", "Rational"
        )
        operation = self._definition("OperationDef", "OperationDefinitions", MONO_GAIN, "Mono Audio Gain", "")
        if not items(operation, "ParametersDefined"):
            operation.media_kind = "sound"
            operation["NumberInputs"].value = 1
            operation["IsTimeWarp"].value = False
            operation["Bypass"].value = 0
            operation["OperationCategory"].value = "OperationCategory_Effect"
        if AMPLITUDE not in {str(one.auid) for one in items(operation, "ParametersDefined")}:
            operation["ParametersDefined"].append(self._amplitude)
        self._operation = operation

    def _definition(self, kind: str, family: str, auid: str, *arguments: str) -> Any:
        from aaf2.auid import AUID

        dictionary = self._file.dictionary
        definition = dictionary[family].get(AUID(auid), None)
        if definition is None:
            definition = getattr(self._file.create, kind)(AUID(auid), *arguments)
            dictionary.register_def(definition)
        return definition


def _rational(gain: float) -> str:
    """Return a gain as numerator and denominator of 31 bits."""
    return _ratio(Fraction(gain).limit_denominator(max(1, min(_STEPS, int(_MOST / max(abs(gain), 1)) - 1))))


def _ratio(value: Fraction) -> str:
    return f"{value.numerator}/{value.denominator}"
