"""Write tempo maps and markers as MIDI files, where a tempo is a whole number of microseconds a quarter.

Every change is written at the tick nearest to its time, whatever precedes it: rounding errors do not add up.
"""

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Final

from flowsep_plugin.errors import UsageError
from flowsep_plugin.timeline.marker import Marker
from flowsep_plugin.timeline.names import clean
from flowsep_plugin.timeline.numbers import frames
from flowsep_plugin.timeline.tempo import TempoMap

if TYPE_CHECKING:
    import mido

PPQ: Final = 960
_MINUTE: Final = 60_000_000


def write_midi_tempo(tempo: TempoMap, path: Path, markers: tuple[Marker, ...] = ()) -> None:
    """Write a MIDI file with the map and the markers in one track.

    Raises UsageError for a ramp, which MIDI cannot express; `tempo_steps.stepped` turns ramps into steps.
    """
    import mido

    file = mido.MidiFile(type=1, ticks_per_beat=PPQ, charset="utf-8")
    file.tracks.append(tempo_track(tempo, markers))
    file.save(path)


def tempo_track(tempo: TempoMap, markers: tuple[Marker, ...] = ()) -> "mido.MidiTrack":
    """Return the map and the markers as a track, for files with more tracks. Raises UsageError for a ramp."""
    import mido

    if any(point.ramp for point in tempo.tempos):
        raise UsageError("the tempo map has ramps, which MIDI files cannot hold; turn them into steps first")
    clock = TickMap(tempo)
    events = [(clock.ticks(t.at), 1, mido.MetaMessage("set_tempo", tempo=_microseconds(t.bpm))) for t in tempo.tempos]
    for signature in tempo.signatures:
        message = mido.MetaMessage("time_signature", numerator=signature.beats, denominator=signature.unit)
        events.append((clock.ticks(tempo.seconds(signature.at)), 0, message))
    for marker in markers:
        at = clock.ticks(Fraction(marker.span.start, marker.span.rate))
        events.append((at, 2, mido.MetaMessage("marker", text=clean(marker.name))))
    return delta_track(events)


class TickMap:
    """Converts seconds to ticks by a map whose tempos are rounded as a MIDI file rounds them."""

    def __init__(self, tempo: TempoMap) -> None:
        self._points: list[tuple[Fraction, int, int]] = []
        for point in tempo.tempos:
            tick = self.ticks(point.at) if self._points else 0
            at = self._seconds(tick) if self._points else Fraction(0)
            self._points.append((at, tick, _microseconds(point.bpm)))

    def ticks(self, seconds: Fraction) -> int:
        """Return the tick nearest to `seconds`; 0 for any time before the start."""
        at, tick, length = next((p for p in reversed(self._points) if p[0] <= seconds), self._points[0])
        return max(0, tick + frames((seconds - at) * 1_000_000 / length, PPQ))

    def _seconds(self, tick: int) -> Fraction:
        at, first, length = self._points[-1]
        return at + Fraction((tick - first) * length, PPQ * 1_000_000)


def delta_track(events: "list[tuple[int, int, mido.Message]]") -> "mido.MidiTrack":
    """Return a track of (tick, order, message) events, sorted by tick and order, with delta times."""
    import mido

    track, last = mido.MidiTrack(), 0
    for tick, _, message in sorted(events, key=lambda event: event[:2]):
        track.append(message.copy(time=tick - last))
        last = tick
    track.append(mido.MetaMessage("end_of_track"))
    return track


def _microseconds(bpm: Fraction) -> int:
    length = frames(Fraction(_MINUTE) / bpm, 1)
    if not 0 < length < 1 << 24:
        raise UsageError(f"{float(bpm):g} bpm does not fit in a MIDI file; its lowest tempo is 3.58 bpm")
    return length
