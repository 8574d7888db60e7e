"""Where a sound is, for every program: regions on the timeline, labels, a table, MIDI notes or controller curves."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final, Literal

from flowsep_plugin.audio.span import Span

from .clip import ClipRef
from .marker import Marker
from .midi_tempo import PPQ, TickMap, delta_track, tempo_track
from .names import clean
from .numbers import frames, seconds
from .tempo import TempoMap
from .tempo_steps import stepped

FIRST_NOTE: Final = 36
"""C1, where drum maps begin; each sound takes the next key."""

FIRST_CONTROLLER: Final = 20
"""Controllers 20 to 31 are free for anything (MIDI 1.0)."""

_CHANNEL: Final = 9
_LOUDEST: Final = 127


@dataclass(frozen=True, slots=True)
class PresenceRegion:
    """A stretch of the session, at its rate, in which a sound is; `peak`: the highest presence there, above 0 to 1."""

    name: str
    span: Span
    peak: float = 1.0

    @property
    def marker(self) -> Marker:
        """As formats know it, without the peak."""
        return Marker(self.name, self.span)


PresenceSpans = Sequence[Sequence[float]]
"""As a receipt has it: (start, stop, peak) in seconds of the source file."""


def presence_regions(clip: ClipRef, title: str, present: PresenceSpans) -> tuple[PresenceRegion, ...]:
    """Lay stretches of a clip's file onto the timeline; what the clip does not play is left out."""
    found = []
    for start, stop, *peak in present:
        first, last = (_at(clip, Fraction(second)) for second in ((stop, start) if clip.reverse else (start, stop)))
        low, high = max(first, clip.place.start), min(last, clip.place.stop)
        if low < high:
            span = Span(low, high - low, clip.place.rate)
            found.append(PresenceRegion(clean(title), span, float(peak[0]) if peak else 1.0))
    return tuple(found)


def presence_table(regions: Mapping[str, Sequence[PresenceRegion]]) -> str:
    """Write regions as CSV: sound, start and end in frames and in seconds, the highest presence."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\r\n")
    table.writerow(["sound", "start", "end", "rate", "start_seconds", "end_seconds", "peak"])
    for title, marks in regions.items():
        for mark in marks:
            start, stop, rate = mark.span.start, mark.span.stop, mark.span.rate
            table.writerow([clean(title), start, stop, rate, seconds(start, rate), seconds(stop, rate), mark.peak])
    return text.getvalue()


def write_presence_midi(
    regions: Mapping[str, Sequence[PresenceRegion]], tempo: TempoMap, path: Path, kind: Literal["notes", "cc"] = "notes"
) -> None:
    """Write a MIDI file with a track a sound: long notes, as drum triggers write them, or a controller that goes to 0.

    Velocity, or the controller's value, is the highest presence of 127. Tempo ramps become steps of a 16th.
    """
    import mido

    tempo = stepped(tempo)
    clock = TickMap(tempo)
    file = mido.MidiFile(type=1, ticks_per_beat=PPQ, charset="utf-8")
    file.tracks.append(tempo_track(tempo))
    for number, (title, marks) in enumerate(regions.items()):
        events = [(0, 0, mido.MetaMessage("track_name", name=clean(title)))]
        for mark in marks:
            first, last = (clock.ticks(Fraction(frame, mark.span.rate)) for frame in (mark.span.start, mark.span.stop))
            on, off = _messages(number, kind, max(1, min(_LOUDEST, round(_LOUDEST * mark.peak))))
            events += [(first, 2, on), (max(first + 1, last), 1, off)]
        file.tracks.append(delta_track(events))
    file.save(path)


def _messages(number: int, kind: str, value: int) -> tuple[object, object]:
    import mido

    if kind == "notes":
        note = min(_LOUDEST, FIRST_NOTE + number)
        return (
            mido.Message("note_on", channel=_CHANNEL, note=note, velocity=value),
            mido.Message("note_off", channel=_CHANNEL, note=note, velocity=0),
        )
    control, channel = FIRST_CONTROLLER + number % 12, number // 12 % 16
    return tuple(mido.Message("control_change", channel=channel, control=control, value=v) for v in (value, 0))


def _at(clip: ClipRef, second: Fraction) -> int:
    """Session frame at which a second of the clip's file is heard."""
    edge = clip.cut.stop if clip.reverse else clip.cut.start
    passed = abs(second - Fraction(edge, clip.cut.rate)) * (
        1 if (second * clip.cut.rate >= edge) != clip.reverse else -1
    )
    return clip.place.start + frames(passed / clip.play_rate, clip.place.rate)
