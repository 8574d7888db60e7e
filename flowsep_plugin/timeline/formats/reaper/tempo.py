"""REAPER's tempo envelope: `PT seconds bpm shape [meter]`, shape 0 a ramp, 1 a step; meter is 65536 * unit + beats."""

from fractions import Fraction
from typing import Final

from flowsep_plugin.errors import UsageError
from flowsep_plugin.timeline.numbers import decimal, settle
from flowsep_plugin.timeline.tempo import TICKS, Tempo, TempoMap, TimeSignature

from .rpp import RppBlock, finite, split_words

_FINE: Final = 4 * TICKS
_RAMP: Final = "0"


def read_tempo(project: RppBlock, rate: int) -> TempoMap:
    """Return the project's tempo map, with times within 1/1000 frame of a frame at `rate` (Hz) set to that frame.

    Raises SessionError for damaged numbers, UsageError for a tempo out of range.
    """
    words = project.field("TEMPO")
    bpm = finite(words[0], "TEMPO", 120) if words else Fraction(120)
    beats, unit = (int(words[1]), int(words[2])) if len(words) > 2 else (4, 4)
    tempos, changes = [Tempo(Fraction(0), bpm)], [(Fraction(0), beats, unit)]
    for envelope in project.blocks("TEMPOENVEX"):
        for line in envelope.fields("PT"):
            words = split_words(project.lines[line])[1:]
            point_bpm = finite(words[1], "a tempo")
            if not point_bpm:
                continue
            at = settle(finite(words[0], "a tempo's time"), rate)
            tempo = Tempo(at, point_bpm, words[2:3] == [_RAMP])
            signature = int(words[3]) if len(words) > 3 and words[3].isdigit() else 0
            if signature:
                changes.append((at, signature & 0xFFFF, signature >> 16))
            if at <= tempos[-1].at:
                tempos[-1] = Tempo(tempos[-1].at, tempo.bpm, tempo.ramp)
            elif not (signature and not tempos[-1].ramp and not tempo.ramp and tempo.bpm == tempos[-1].bpm):
                tempos.append(tempo)
    timing = TempoMap(tuple(tempos))
    signatures: list[TimeSignature] = []
    for at, beats, unit in changes:
        place = settle(timing.quarters(at), _FINE)
        if signatures and signatures[-1].at == place:
            signatures.pop()
        signatures.append(TimeSignature(place, beats, unit))
    return TempoMap(timing.tempos, tuple(signatures))


def tempo_lines(tempo: TempoMap) -> list[str]:
    """Return the lines of a tempo map, without indent. Inverse: `read_tempo`.

    Raises UsageError for a time signature that changes inside a ramp.
    """
    signatures = {tempo.seconds(signature.at): signature for signature in tempo.signatures}
    points = {point.at: point for point in tempo.tempos}
    first = tempo.signatures[0]
    lines = [f"TEMPO {decimal(tempo.tempos[0].bpm)} {first.beats} {first.unit}"]
    lines += ["<TEMPOENVEX", "  ACT 1 -1", "  VIS 1 0 1", "  LANEHEIGHT 0 0", "  ARM 0", "  DEFSHAPE 1 -1 -1"]
    current = tempo.tempos[0]
    for at in sorted({*signatures, *points}):
        if at not in points and current.ramp:
            raise UsageError(
                f"the time signature changes inside a tempo ramp at {float(at):.3f} s; add a tempo there first"
            )
        current = points.get(at, current)
        signature = f" {(signatures[at].unit << 16) + signatures[at].beats}" if at in signatures else ""
        lines.append(f"  PT {decimal(at)} {decimal(current.bpm)} {_RAMP if current.ramp else 1}{signature}")
    return [*lines, ">"]
