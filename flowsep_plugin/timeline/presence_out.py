"""Where a sound is, for every program: regions on the timeline, labels, a table, MIDI notes or controller curves."""

import csv
import io
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Final, Literal

from flowsep_plugin.audio.span import Span

from .clip import ClipRef
from .marker import Marker
from .midi_tempo import PPQ, Clock, delta_track, tempo_track
from .names import clean
from .numbers import frames, seconds
from .tempo import TempoMap

FIRST_NOTE: Final = 36
"""C1, where drum maps begin; each sound takes the next key."""

FIRST_CONTROLLER: Final = 20
"""Controllers 20 to 31 are free for anything (MIDI 1.0)."""

_CHANNEL: Final = 9

Present = Sequence[Sequence[float]]
"""As a receipt has it: (start, stop, peak) in seconds of the source file."""


def presence_regions(clip: ClipRef, title: str, present: Present) -> tuple[Marker, ...]:
    """Lay stretches of a clip's file onto the timeline; what the clip does not play is left out."""
    found = []
    for start, stop, *_ in present:
        first, last = (_at(clip, Fraction(second)) for second in ((stop, start) if clip.reverse else (start, stop)))
        low, high = max(first, clip.place.start), min(last, clip.place.stop)
        if low < high:
            found.append(Marker(clean(title), Span(low, high - low, clip.place.rate)))
    return tuple(found)


def presence_table(regions: Mapping[str, Sequence[Marker]]) -> str:
    """Write regions as CSV: sound, start and end in frames and in seconds."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\r\n")
    table.writerow(["sound", "start", "end", "rate", "start_seconds", "end_seconds"])
    for title, marks in regions.items():
        for mark in marks:
            start, stop, rate = mark.span.start, mark.span.stop, mark.span.rate
            table.writerow([clean(title), start, stop, rate, seconds(start, rate), seconds(stop, rate)])
    return text.getvalue()


def write_presence_midi(
    regions: Mapping[str, Sequence[Marker]], tempo: TempoMap, path: Path, kind: Literal["notes", "cc"] = "notes"
) -> None:
    """Write a MIDI file with a track a sound, as long notes (drum triggers) or as a controller of 127 and 0.

    A tempo map with ramps is left out of the file: its notes then lie by the clock, at 120 bpm.
    """
    import mido

    if any(point.ramp for point in tempo.tempos):
        tempo = TempoMap()
    clock = Clock(tempo)
    file = mido.MidiFile(type=1, ticks_per_beat=PPQ, charset="utf-8")
    file.tracks.append(tempo_track(tempo))
    for number, (title, marks) in enumerate(regions.items()):
        events = [(0, 0, mido.MetaMessage("track_name", name=clean(title)))]
        for mark in marks:
            first, last = (clock.ticks(Fraction(frame, mark.span.rate)) for frame in (mark.span.start, mark.span.stop))
            on, off = _messages(number, kind)
            events += [(first, 2, on), (max(first + 1, last), 1, off)]
        file.tracks.append(delta_track(events))
    file.save(path)


def _messages(number: int, kind: str) -> tuple[object, object]:
    import mido

    if kind == "notes":
        note = min(127, FIRST_NOTE + number)
        return (
            mido.Message("note_on", channel=_CHANNEL, note=note, velocity=100),
            mido.Message("note_off", channel=_CHANNEL, note=note, velocity=0),
        )
    control = FIRST_CONTROLLER + number % 12
    return tuple(mido.Message("control_change", channel=number // 12, control=control, value=v) for v in (127, 0))


def _at(clip: ClipRef, second: Fraction) -> int:
    """Session frame at which a second of the clip's file is heard."""
    edge = clip.cut.stop if clip.reverse else clip.cut.start
    passed = abs(second - Fraction(edge, clip.cut.rate)) * (
        1 if (second * clip.cut.rate >= edge) != clip.reverse else -1
    )
    return clip.place.start + frames(passed / clip.play_rate, clip.place.rate)
