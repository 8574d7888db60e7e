from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import mido
import pytest

from flowsep_plugin.audio.span import Span
from flowsep_plugin.timeline import ClipRef, Marker, Tempo, TempoMap
from flowsep_plugin.timeline.presence_out import presence_regions, presence_table, write_presence_midi

RATE = 48_000
CLIP = ClipRef("c", "c", None, Span(RATE, 2 * RATE, RATE), Span(10 * RATE, 2 * RATE, RATE))


def spans(clip: ClipRef, *present: tuple[float, float]) -> list[tuple[float, float]]:
    made = presence_regions(clip, "x", [(*pair, 1.0) for pair in present])
    return [(mark.span.start / RATE, mark.span.stop / RATE) for mark in made]


def test_seconds_of_the_file_become_places_on_the_timeline() -> None:
    assert spans(CLIP, (1.5, 2.0)) == [(10.5, 11.0)]


def test_what_the_clip_does_not_play_is_left_out() -> None:
    assert spans(CLIP, (0.0, 0.5), (0.5, 1.5), (2.5, 9.0), (5.0, 6.0)) == [(10.0, 10.5), (11.5, 12.0)]


def test_a_stretched_clip_stretches_its_regions() -> None:
    assert spans(replace(CLIP, play_rate=Fraction(2), place=Span(10 * RATE, RATE, RATE)), (1.5, 2.0)) == [(10.25, 10.5)]


def test_a_reversed_clip_turns_its_regions_round() -> None:
    assert spans(replace(CLIP, reverse=True), (1.0, 1.5), (2.5, 3.0)) == [(11.5, 12.0), (10.0, 10.5)]


REGIONS = {"dog": (Marker("dog", Span(RATE, RATE, RATE)),), "rain": ()}


def test_a_table_says_frames_and_seconds() -> None:
    assert presence_table(REGIONS).splitlines()[1] == "dog,48000,96000,48000,1,2"


@pytest.mark.parametrize(("kind", "wanted"), [("notes", ("note_on", "note_off")), ("cc", ("control_change",) * 2)])
def test_midi_lies_on_the_beat_of_the_tempo(tmp_path: Path, kind, wanted: tuple[str, str]) -> None:
    write_presence_midi(REGIONS, TempoMap((Tempo(Fraction(0), Fraction(60)),)), tmp_path / "p.mid", kind)
    file = mido.MidiFile(tmp_path / "p.mid")
    assert [track.name for track in file.tracks[1:]] == ["dog", "rain"]
    events = [message for message in file.tracks[1] if not message.is_meta]
    assert tuple(event.type for event in events) == wanted
    assert [event.time for event in events] == [960, 960]


def test_a_map_with_ramps_is_left_out_and_times_stay(tmp_path: Path) -> None:
    ramp = TempoMap((Tempo(Fraction(0), Fraction(60), ramp=True), Tempo(Fraction(9), Fraction(90))))
    write_presence_midi(REGIONS, ramp, tmp_path / "p.mid")
    times = [message.time for message in mido.MidiFile(tmp_path / "p.mid").tracks[1] if not message.is_meta]
    assert times == [1920, 1920]
