"""Positions in beats and seconds of a DAWproject, where each timeline has its unit or inherits one."""

from dataclasses import replace
from fractions import Fraction
from typing import Final

from flowsep_plugin.timeline.formats.xml_text import Element
from flowsep_plugin.timeline.numbers import number, settle
from flowsep_plugin.timeline.tempo import TICKS, Tempo, TempoMap, TimeSignature

BEATS, SECONDS = "beats", "seconds"
_FINE: Final = 4 * TICKS


class ProjectClock:
    """The project's tempo map, and positions converted by it.

    doubtful_from : quarters from which beats have no exact time, as the tempo has glided; None if it never does.
    """

    def __init__(self, project: Element, rate: int) -> None:
        self.rate = rate
        self.doubtful_from: Fraction | None = None
        arrangement = project.find("Arrangement")
        unit = (
            BEATS
            if arrangement is None or arrangement.find("Lanes") is None
            else unit_of(arrangement.find("Lanes"), BEATS)
        )
        tempos = self._tempos(project, arrangement, unit)
        self.tempo = TempoMap(tuple(tempos))
        self.tempo = TempoMap(tuple(tempos), tuple(self._signatures(project, arrangement, unit)))

    def seconds(self, value: Fraction, unit: str) -> Fraction:
        """Return the time of a position in seconds, set to a frame's time where it is within 1/1000 frame of it."""
        return settle(value if unit == SECONDS else self.tempo.seconds(value), self.rate)

    def length(self, start: Fraction, value: Fraction, unit: str) -> Fraction:
        """Return how many seconds `value` lasts from `start` (seconds) on."""
        if unit == SECONDS:
            return value
        return self.tempo.seconds(self.tempo.quarters(start) + value) - start

    def is_doubtful(self, value: Fraction, unit: str) -> bool:
        """Return whether a position has no exact time."""
        return unit == BEATS and self.doubtful_from is not None and value > self.doubtful_from

    def _tempos(self, project: Element, arrangement: Element | None, unit: str) -> list[Tempo]:
        first = project.find("Transport/Tempo")
        bpm = number(first.get("value", "120"), "the tempo") if first is not None else Fraction(120)
        tempos = [Tempo(Fraction(0), bpm)]
        quarters = Fraction(0)
        glides = False
        automation = None if arrangement is None else arrangement.find("TempoAutomation")
        if automation is None:
            return tempos
        unit = unit_of(automation, unit)
        for point in automation.findall("RealPoint"):
            place, bpm = number(point.get("time"), "a tempo's time"), number(point.get("value"), "a tempo")
            last = tempos[-1]
            if glides and bpm != last.bpm and self.doubtful_from is None:
                self.doubtful_from = quarters
            glides = point.get("interpolation") == "linear"
            at = place if unit == SECONDS else last.at + (place - quarters) * 60 / last.bpm
            at = settle(at, self.rate)
            quarters = place if unit == BEATS else quarters + (at - last.at) * last.bpm / 60
            if at <= last.at:
                tempos[-1] = Tempo(last.at, bpm)
            elif bpm != last.bpm:
                tempos.append(Tempo(at, bpm))
            else:
                quarters -= (at - last.at) * last.bpm / 60
        return tempos

    def _signatures(self, project: Element, arrangement: Element | None, unit: str) -> list[TimeSignature]:
        first = project.find("Transport/TimeSignature")
        signatures = [TimeSignature(Fraction(0), 4, 4)]
        if first is not None:
            signatures = [TimeSignature(Fraction(0), int(first.get("numerator")), int(first.get("denominator")))]
        automation = None if arrangement is None else arrangement.find("TimeSignatureAutomation")
        for point in [] if automation is None else automation.findall("TimeSignaturePoint"):
            place = number(point.get("time"), "a time signature's time")
            place = place if unit_of(automation, unit) == BEATS else self.tempo.quarters(place)
            signature = TimeSignature(settle(place, _FINE), int(point.get("numerator")), int(point.get("denominator")))
            if signature.at <= signatures[-1].at:
                signatures.pop()
            signatures.append(signature)
        signatures[0] = replace(signatures[0], at=Fraction(0))
        return signatures


def unit_of(timeline: Element, inherited: str) -> str:
    """Return the unit of a timeline's times: its own, or the one that it inherits."""
    return str(timeline.get("timeUnit") or inherited)
