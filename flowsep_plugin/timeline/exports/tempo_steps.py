"""Tempo ramps as steps, for files that hold only steps.

Every step starts and ends where the ramp does, in seconds and in quarters: nothing after a ramp moves.
"""

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

from flowsep_plugin.timeline.tempo import Tempo, TempoMap

SIXTEENTH = Fraction(1, 4)
MOST_STEPS = 8_000
"""Most steps of one ramp: 16ths of 16 minutes at 120 bpm."""

_FINE = 10**9


def stepped(tempo: TempoMap, quarters: Fraction = SIXTEENTH) -> TempoMap:
    """Return the map with each ramp replaced by steps of at most `quarters`; a map without ramps as it is.

    Ramps of more than `MOST_STEPS` such steps have longer ones.
    """
    if not any(point.ramp for point in tempo.tempos):
        return tempo
    points: list[Tempo] = []
    for point, following in pairwise((*tempo.tempos, None)):
        assert point is not None
        if not point.ramp or following is None or following.bpm == point.bpm:
            points.append(Tempo(point.at, point.bpm))
            continue
        points += _steps(tempo, point, following, quarters)
    return TempoMap(tuple(points), tempo.signatures)


def _steps(tempo: TempoMap, first: Tempo, last: Tempo, quarters: Fraction) -> Iterator[Tempo]:
    start, stop = tempo.quarters(first.at), tempo.quarters(last.at)
    count = max(1, min(MOST_STEPS, -(-(stop - start) // quarters)))
    length = (stop - start) / count if count == MOST_STEPS else quarters
    edges = [first.at]
    for number in range(1, int(count)):
        at = tempo.seconds(start + number * length)
        edges.append(Fraction(round(at * _FINE), _FINE))
    for low, high in pairwise((*edges, last.at)):
        yield Tempo(low, 60 * (tempo.quarters(high) - tempo.quarters(low)) / (high - low))
