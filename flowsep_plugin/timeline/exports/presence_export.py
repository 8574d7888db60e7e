"""Presence of sounds, for other programs: regions on the timeline, a table, MIDI notes or controller curves."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final, Literal

from flowsep_plugin.audio.span import Span
from flowsep_plugin.timeline.clip import ClipRef
from flowsep_plugin.timeline.marker import Marker
from flowsep_plugin.timeline.names import clean
from flowsep_plugin.timeline.numbers import frames, seconds
from flowsep_plugin.timeline.tempo import TempoMap

from .midi_tempo import PPQ, TickMap, delta_track, tempo_track
from .tempo_steps import stepped

FIRST_NOTE: Final = 36
"""C1, the first key of drum maps; each sound takes the next key."""

FIRST_CONTROLLER: Final = 20
"""Controllers 20 to 31 are undefined in MIDI 1.0, so free to use."""

_CHANNEL: Final = 9
_LOUDEST: Final = 127


@dataclass(frozen=True, slots=True)
class PresenceRegion:
    """A span of the session in which a sound is present. `peak`: the highest presence in it, 0..1."""

    name: str
    span: Span
    peak: float = 1.0

    @property
    def marker(self) -> Marker:
        """The region as a marker of a session, without its peak."""
        return Marker(self.name, self.span)


PresenceSpans = Sequence[Sequence[float]]
"""(start, stop, peak) or (start, stop), in seconds of the source file, as in a receipt."""


def presence_regions(clip: ClipRef, name: str, spans: PresenceSpans) -> tuple[PresenceRegion, ...]:
    """Return spans of a clip's file as regions of the session called `name`, without what the clip does not play."""
    regions = []
    for start, stop, *peak in spans:
        first, last = (_at(clip, Fraction(second)) for second in ((stop, start) if clip.reverse else (start, stop)))
        low, high = max(first, clip.place.start), min(last, clip.place.stop)
        if low < high:
            span = Span(low, high - low, clip.place.rate)
            regions.append(PresenceRegion(clean(name), span, float(peak[0]) if peak else 1.0))
    return tuple(regions)


def presence_table(regions: Mapping[str, Sequence[PresenceRegion]]) -> str:
    """Return regions by query as CSV: query, start and end in frames and in seconds, the highest presence."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\r\n")
    table.writerow(["sound", "start", "end", "rate", "start_seconds", "end_seconds", "peak"])
    for query, marks in regions.items():
        for mark in marks:
            start, stop, rate = mark.span.start, mark.span.stop, mark.span.rate
            table.writerow([clean(query), start, stop, rate, seconds(start, rate), seconds(stop, rate), mark.peak])
    return text.getvalue()


def write_presence_midi(
    regions: Mapping[str, Sequence[PresenceRegion]], tempo: TempoMap, path: Path, kind: Literal["notes", "cc"] = "notes"
) -> None:
    """Write a MIDI file with one track for each query: a note for each region, or a controller that goes up and to 0.

    Velocity, or the controller's value, is 127 times the highest presence. Tempo ramps become steps of a 16th.
    Raises UsageError for a tempo below 3.58 bpm, which MIDI files cannot hold.
    """
    import mido

    tempo = stepped(tempo)
    clock = TickMap(tempo)
    file = mido.MidiFile(type=1, ticks_per_beat=PPQ, charset="utf-8")
    file.tracks.append(tempo_track(tempo))
    for number, (query, marks) in enumerate(regions.items()):
        events = [(0, 0, mido.MetaMessage("track_name", name=clean(query)))]
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
    """Return the session frame at which `second` of the clip's file plays."""
    edge = clip.cut.stop if clip.reverse else clip.cut.start
    passed = abs(second - Fraction(edge, clip.cut.rate)) * (
        1 if (second * clip.cut.rate >= edge) != clip.reverse else -1
    )
    return clip.place.start + frames(passed / clip.play_rate, clip.place.rate)
