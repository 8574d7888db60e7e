"""Take envelopes: `PT seconds value shape [_ _ _ tension]` in the take's own time, which runs at its play rate.

ACT 0 switches one off. VOLENV is a linear gain, straight in gain or on the fader scale (VOLTYPE 1); MUTEENV is 0 where
the take is silent; PANENV and PITCHENV move pan and pitch.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Final

import numpy as np

from flowsep_plugin.timeline.gain_curve import GainCurve
from flowsep_plugin.timeline.numbers import decimal, settle

from .rpp import RppBlock, finite, split_words
from .segment import Tolerance, is_near_gain, segment, straightened

Points = tuple[tuple[Fraction, float], ...]
"""(frame of the session from the item's start, value), joined by straight lines; two at one frame are a jump."""

_SQUARE: Final = 1
_ON: Final = 0.5
"""The value of a mute envelope from which on the take is heard."""


@dataclass(frozen=True, slots=True)
class EnvelopePoint:
    """A point of a file: place in frames, value, shape of the line to the next one, its tension."""

    frame: Fraction
    value: float
    shape: int
    tension: float


def is_on(envelope: RppBlock) -> bool:
    """Return whether an envelope is switched on and has points."""
    return (envelope.field("ACT") or ["1"])[0] != "0" and any(True for _ in envelope.fields("PT"))


def read_gain_curve(envelopes: Sequence[RppBlock], play_rate: Fraction, rate: int, length: int) -> GainCurve | None:
    """Return the gain of a take over time, of its volume and its mute envelope; None where neither moves it.

    rate : of the session (Hz).   length : of the item in frames. Raises SessionError for damaged numbers.
    """
    curve: GainCurve | None = None
    for envelope in envelopes:
        if envelope.name == "VOLENV" and is_on(envelope):
            points = read_points(envelope, play_rate, rate, is_near_gain)
            curve = GainCurve(tuple((frame, max(0.0, gain)) for frame, gain in points))
    for envelope in envelopes:
        if envelope.name == "MUTEENV" and is_on(envelope):
            for span in _silent_spans(_file_points(envelope, play_rate, rate), length):
                curve = _silenced(curve or GainCurve(((Fraction(0), 1.0),)), *span)
    return None if curve is None or all(gain == 1 for _, gain in curve.points) else curve


def read_points(envelope: RppBlock, play_rate: Fraction, rate: int, is_near: Tolerance) -> Points:
    """Return an envelope as straight lines that follow it within `is_near`. Raises SessionError for damaged numbers."""
    fader = envelope.name == "VOLENV" and (envelope.field("VOLTYPE") or ["0"])[0] == "1"
    points = _file_points(envelope, play_rate, rate)
    lines: list[tuple[Fraction, float]] = []
    for one, two in pairwise(points):
        lines.append((one.frame, one.value))
        if one.shape == _SQUARE:
            lines.append((two.frame, one.value))
        elif one.value != two.value and one.frame != two.frame:
            curve = segment(one.value, two.value, one.shape, one.tension, fader=fader)
            length = two.frame - one.frame
            lines += [(one.frame + length * Fraction(share), value) for share, value in straightened(curve, is_near)]
    return (*lines, *((point.frame, point.value) for point in points[-1:]))


def part_of(points: Points, first: int, length: int) -> Points:
    """Return the lines between two frames, counted from the first; held at both ends, where they have none."""
    frames = np.array([float(frame) for frame, _ in points])
    values = np.array([value for _, value in points])
    ends = np.interp([first, first + length], frames, values)
    inside = [(frame - first, value) for frame, value in points if first < frame < first + length]
    return ((Fraction(0), float(ends[0])), *inside, (Fraction(length), float(ends[1])))


def envelope_lines(name: str, points: Points, play_rate: Fraction, rate: int, guid: str) -> list[str]:
    """Return the lines of an envelope of straight lines. Inverse of `read_points`."""
    head = [f"<{name}", f"  EGUID {guid}", "  ACT 1 -1", "  VIS 1 1 1", "  LANEHEIGHT 0 0", "  ARM 0"]
    lines = [f"  PT {decimal(frame / rate * play_rate)} {decimal(value)} 0" for frame, value in points]
    return [*head, "  DEFSHAPE 0 -1 -1", *lines, ">"]


def _file_points(envelope: RppBlock, play_rate: Fraction, rate: int) -> list[EnvelopePoint]:
    usual = (envelope.field("DEFSHAPE") or ["0"])[0]
    points = []
    for line in envelope.fields("PT"):
        words = split_words(envelope.lines[line])[1:]
        at, value = (finite(word, f"a point of {envelope.name}") for word in (*words, "0", "0")[:2])
        shape = int(finite((*words[2:], usual)[0], f"a shape of {envelope.name}"))
        tension = finite((*words[6:], "0")[0], f"a tension of {envelope.name}") if len(words) > 6 else Fraction(0)
        frame = settle(at / play_rate, rate) * rate
        points.append(EnvelopePoint(frame, float(value), int(usual) if shape < 0 else shape, float(tension)))
    return sorted(points, key=lambda point: point.frame)


def _silent_spans(points: Sequence[EnvelopePoint], length: int) -> list[tuple[Fraction, Fraction]]:
    """Return the spans inside an item that its mute envelope silences; the envelope jumps at each point."""
    starts = [Fraction(0), *(min(max(point.frame, Fraction(0)), Fraction(length)) for point in points[1:])]
    stops = [*starts[1:], Fraction(length)]
    spans = zip(points, starts, stops, strict=True)
    return [(start, stop) for point, start, stop in spans if point.value < _ON and start < stop]


def _silenced(curve: GainCurve, start: Fraction, stop: Fraction) -> GainCurve:
    """Return the curve with gain 0 from `start` to `stop`."""
    ends = curve.at(np.array([float(start), float(stop)]))
    before = [point for point in curve.points if point[0] <= start]
    after = [point for point in curve.points if point[0] >= stop]
    if not before or before[-1][0] < start:
        before.append((start, float(ends[0])))
    if not after or after[0][0] > stop:
        after.insert(0, (stop, float(ends[1])))
    return GainCurve((*before, (start, 0.0), (stop, 0.0), *after))
