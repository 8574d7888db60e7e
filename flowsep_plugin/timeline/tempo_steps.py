"""Tempo ramps as steps, for files that know steps alone.

Every step's edges lie where the ramp has them, in seconds and in quarters: nothing behind a ramp moves.
"""

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

from .tempo import Tempo, TempoMap

SIXTEENTH = Fraction(1, 4)
_FINE = 10**9


def stepped(tempo: TempoMap, quarters: Fraction = SIXTEENTH) -> TempoMap:
    """Return the map with each ramp drawn as steps of at most `quarters`; a map without ramps is itself."""
    if not any(point.ramp for point in tempo.tempos):
        return tempo
    made: list[Tempo] = []
    for point, following in pairwise((*tempo.tempos, None)):
        assert point is not None
        if not point.ramp or following is None or following.bpm == point.bpm:
            made.append(Tempo(point.at, point.bpm))
            continue
        made += _steps(tempo, point, following, quarters)
    return TempoMap(tuple(made), tempo.signatures)


def _steps(tempo: TempoMap, first: Tempo, last: Tempo, quarters: Fraction) -> Iterator[Tempo]:
    start, stop = tempo.quarters(first.at), tempo.quarters(last.at)
    count = -(-(stop - start) // quarters)
    edges = [first.at]
    for number in range(1, int(count)):
        at = tempo.seconds(start + number * quarters)
        edges.append(Fraction(round(at * _FINE), _FINE))
    for low, high in pairwise((*edges, last.at)):
        yield Tempo(low, 60 * (tempo.quarters(high) - tempo.quarters(low)) / (high - low))
