"""Beats and seconds of a DAWproject: each timeline says its unit, or inherits it."""

from fractions import Fraction
from typing import Final

from flowsep_plugin.timeline.formats.xml_text import Element
from flowsep_plugin.timeline.numbers import number, settle
from flowsep_plugin.timeline.tempo import TICKS, Tempo, TempoMap, TimeSignature

BEATS, SECONDS = "beats", "seconds"
_FINE: Final = 4 * TICKS


class ProjectClock:
    """The project's tempo, and positions by it.

    doubtful_from : quarters after which beats cannot be placed exactly, since the tempo glides; None: it never does.
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
        """Return the time of a position; one that means a frame is that frame."""
        return settle(value if unit == SECONDS else self.tempo.seconds(value), self.rate)

    def length(self, start: Fraction, value: Fraction, unit: str) -> Fraction:
        """Return how long `value` lasts from `start` (seconds) on."""
        if unit == SECONDS:
            return value
        return self.tempo.seconds(self.tempo.quarters(start) + value) - start

    def is_doubtful(self, value: Fraction, unit: str) -> bool:
        """Whether a position cannot be told exactly."""
        return unit == BEATS and self.doubtful_from is not None and value > self.doubtful_from

    def _tempos(self, project: Element, arrangement: Element | None, unit: str) -> list[Tempo]:
        first = project.find("Transport/Tempo")
        bpm = number(first.get("value", "120"), "the tempo") if first is not None else Fraction(120)
        made = [Tempo(Fraction(0), bpm)]
        quarters = Fraction(0)
        glides = False
        automation = None if arrangement is None else arrangement.find("TempoAutomation")
        if automation is None:
            return made
        unit = unit_of(automation, unit)
        for point in automation.findall("RealPoint"):
            place, bpm = number(point.get("time"), "a tempo's time"), number(point.get("value"), "a tempo")
            last = made[-1]
            if glides and bpm != last.bpm and self.doubtful_from is None:
                self.doubtful_from = quarters
            glides = point.get("interpolation") == "linear"
            at = place if unit == SECONDS else last.at + (place - quarters) * 60 / last.bpm
            at = settle(at, self.rate)
            quarters = place if unit == BEATS else quarters + (at - last.at) * last.bpm / 60
            if at <= last.at:
                made[-1] = Tempo(last.at, bpm)
            elif bpm != last.bpm:
                made.append(Tempo(at, bpm))
            else:
                quarters -= (at - last.at) * last.bpm / 60
        return made

    def _signatures(self, project: Element, arrangement: Element | None, unit: str) -> list[TimeSignature]:
        first = project.find("Transport/TimeSignature")
        made = [TimeSignature(Fraction(0), 4, 4)]
        if first is not None:
            made = [TimeSignature(Fraction(0), int(first.get("numerator")), int(first.get("denominator")))]
        automation = None if arrangement is None else arrangement.find("TimeSignatureAutomation")
        for point in [] if automation is None else automation.findall("TimeSignaturePoint"):
            place = number(point.get("time"), "a time signature's time")
            place = place if unit_of(automation, unit) == BEATS else self.tempo.quarters(place)
            signature = TimeSignature(settle(place, _FINE), int(point.get("numerator")), int(point.get("denominator")))
            if signature.at <= made[-1].at:
                made.pop()
            made.append(signature)
        return [TimeSignature(Fraction(0), made[0].beats, made[0].unit), *made[1:]] if made[0].at else made


def unit_of(timeline: Element, inherited: str) -> str:
    """Return the unit of a timeline's times."""
    return str(timeline.get("timeUnit") or inherited)
