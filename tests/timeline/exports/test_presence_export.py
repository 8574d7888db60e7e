import itertools
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import mido
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from session_makers import tempo_maps

from flowsep_plugin.audio.span import Span
from flowsep_plugin.timeline import Capabilities, ClipRef, Marker, Tempo, TempoMap
from flowsep_plugin.timeline.exports.midi_import import read_midi_tempo
from flowsep_plugin.timeline.exports.presence_export import (
    PresenceRegion,
    presence_regions,
    presence_table,
    write_presence_midi,
)
from flowsep_plugin.timeline.exports.tempo_steps import stepped

RATE = 48_000
CLIP = ClipRef("c", "c", None, Span(RATE, 2 * RATE, RATE), Span(10 * RATE, 2 * RATE, RATE))


def spans(clip: ClipRef, *present: tuple[float, float]) -> list[tuple[float, float]]:
    regions = presence_regions(clip, "x", [(*pair, 1.0) for pair in present])
    return [(mark.span.start / RATE, mark.span.stop / RATE) for mark in regions]


def test_seconds_of_the_file_become_places_on_the_timeline() -> None:
    assert spans(CLIP, (1.5, 2.0)) == [(10.5, 11.0)]


def test_presence_outside_the_cut_is_omitted() -> None:
    assert spans(CLIP, (0.0, 0.5), (0.5, 1.5), (2.5, 9.0), (5.0, 6.0)) == [(10.0, 10.5), (11.5, 12.0)]


def test_a_stretched_clip_stretches_its_regions() -> None:
    assert spans(replace(CLIP, play_rate=Fraction(2), place=Span(10 * RATE, RATE, RATE)), (1.5, 2.0)) == [(10.25, 10.5)]


def test_a_reversed_clip_reverses_its_regions() -> None:
    assert spans(replace(CLIP, reverse=True), (1.0, 1.5), (2.5, 3.0)) == [(11.5, 12.0), (10.0, 10.5)]


REGIONS = {"dog": (PresenceRegion("dog", Span(RATE, RATE, RATE), 0.75),), "rain": ()}


def test_a_table_has_frames_and_seconds() -> None:
    assert presence_table(REGIONS).splitlines()[1] == "dog,48000,96000,48000,1,2,0.75"


@pytest.mark.parametrize(("kind", "event_types"), [("notes", ("note_on", "note_off")), ("cc", ("control_change",) * 2)])
def test_midi_events_are_on_the_beat_of_the_tempo(tmp_path: Path, kind, event_types: tuple[str, str]) -> None:
    write_presence_midi(REGIONS, TempoMap((Tempo(Fraction(0), Fraction(60)),)), tmp_path / "p.mid", kind)
    file = mido.MidiFile(tmp_path / "p.mid")
    assert [track.name for track in file.tracks[1:]] == ["dog", "rain"]
    events = [message for message in file.tracks[1] if not message.is_meta]
    assert tuple(event.type for event in events) == event_types
    assert [event.time for event in events] == [960, 960]


@pytest.mark.parametrize(("kind", "name"), [("notes", "velocity"), ("cc", "value")])
def test_velocity_and_controller_value_follow_the_presence(tmp_path: Path, kind, name: str) -> None:
    write_presence_midi(REGIONS, TempoMap(), tmp_path / "p.mid", kind)
    events = [message for message in mido.MidiFile(tmp_path / "p.mid").tracks[1] if not message.is_meta]
    assert [getattr(event, name) for event in events] == [95, 0]


def test_a_region_keeps_its_presence_peak() -> None:
    (region,) = presence_regions(CLIP, "x", [(1.5, 2.0, 0.625)])
    assert region.peak == 0.625
    assert region.marker == Marker("x", Span(int(10.5 * RATE), RATE // 2, RATE))


def test_more_sounds_than_keys_and_controllers_still_fit(tmp_path: Path) -> None:
    many = {f"sound {n}": REGIONS["dog"] for n in range(200)}
    for kind in ("notes", "cc"):
        write_presence_midi(many, TempoMap(), tmp_path / "p.mid", kind)
        assert len(mido.MidiFile(tmp_path / "p.mid").tracks) == 201


@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
def test_notes_are_at_their_second_under_any_tempo_map(data: st.DataObject, tmp_path: Path) -> None:
    tempo = data.draw(tempo_maps(RATE, Capabilities(ramps=True)))
    at = data.draw(st.integers(0, 400 * RATE))
    write_presence_midi({"x": (PresenceRegion("x", Span(at, RATE, RATE)),)}, tempo, tmp_path / "p.mid")
    read, file = read_midi_tempo(tmp_path / "p.mid"), mido.MidiFile(tmp_path / "p.mid")
    tick = sum(message.time for message in itertools.takewhile(lambda m: m.type != "note_off", file.tracks[1]))
    assert abs(read.seconds(Fraction(tick, file.ticks_per_beat)) - Fraction(at, RATE)) < Fraction(1, 500)


@given(data=st.data())
@settings(max_examples=20)
def test_steps_follow_the_ramp(data: st.DataObject) -> None:
    tempo = data.draw(tempo_maps(RATE, Capabilities(ramps=True)))
    steps = stepped(tempo)
    assert not any(point.ramp for point in steps.tempos)
    for point in (*steps.tempos, *tempo.tempos):
        assert abs(steps.quarters(point.at) - tempo.quarters(point.at)) < Fraction(1, 10**6)
