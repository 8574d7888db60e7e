from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import mido
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from session_makers import tempo_maps

from flowsep_plugin.audio.span import Span
from flowsep_plugin.errors import SessionError, UsageError
from flowsep_plugin.timeline import Capabilities, Marker, Tempo, TempoMap
from flowsep_plugin.timeline.midi_tempo import PPQ, read_midi_markers, read_midi_tempo, write_midi_tempo


def quantised(tempo: TempoMap) -> TempoMap:
    """The map with tempos that a MIDI file can say."""
    made = (replace(t, bpm=Fraction(60_000_000, round(60_000_000 / t.bpm))) for t in tempo.tempos)
    return TempoMap(tuple(made), tempo.signatures)


@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_change_lies_on_the_tick_nearest_to_its_time(data: st.DataObject, tmp_path: Path) -> None:
    wanted = quantised(data.draw(tempo_maps(48_000, Capabilities())))
    path = tmp_path / "tempo.mid"
    write_midi_tempo(wanted, path)
    found = read_midi_tempo(path)
    assert [t.bpm for t in found.tempos] == [t.bpm for t in wanted.tempos]
    for got, want in zip(found.tempos, wanted.tempos, strict=True):
        assert abs(got.at - want.at) <= 60 / want.bpm / PPQ * 8
    assert [(m.beats, m.unit) for m in found.signatures] == [(m.beats, m.unit) for m in wanted.signatures]


@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_map_that_was_read_is_written_back_exactly(data: st.DataObject, tmp_path: Path) -> None:
    write_midi_tempo(data.draw(tempo_maps(48_000, Capabilities())), tmp_path / "a.mid")
    read = read_midi_tempo(tmp_path / "a.mid")
    write_midi_tempo(read, tmp_path / "b.mid")
    assert read_midi_tempo(tmp_path / "b.mid") == read


def test_the_tempo_that_a_host_imported_is_written_so(tmp_path: Path) -> None:
    """Ardour read 93.5 bpm back as 93.50003: 641711 microseconds a quarter."""
    write_midi_tempo(
        TempoMap((Tempo(Fraction(0), Fraction(120)), Tempo(Fraction(4), Fraction("93.5")))), tmp_path / "a.mid"
    )
    file = mido.MidiFile(tmp_path / "a.mid")
    tempos = [message for message in file.tracks[0] if message.type == "set_tempo"]
    assert [(m.time, m.tempo) for m in tempos] == [(0, 500_000), (8 * PPQ, 641_711)]


def test_markers_travel_with_their_names(tmp_path: Path) -> None:
    marks = (Marker("Müsik 笛", Span(96_000, 0, 48_000)), Marker("b", Span(96_050, 0, 48_000)))
    write_midi_tempo(TempoMap(), tmp_path / "a.mid", marks)
    assert read_midi_markers(tmp_path / "a.mid", 48_000) == marks


def test_ramps_are_refused(tmp_path: Path) -> None:
    ramp = TempoMap((Tempo(Fraction(0), Fraction(60), ramp=True), Tempo(Fraction(9), Fraction(90))))
    with pytest.raises(UsageError, match="ramps"):
        write_midi_tempo(ramp, tmp_path / "a.mid")


@pytest.mark.parametrize("content", [b"", b"MThd", b"RIFF....WAVE", b"MThd\0\0\0\6\0\1\0\1\0\0MTrk\0\0\0\x05"])
def test_a_file_that_is_no_midi_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.mid").write_bytes(content)
    with pytest.raises(SessionError):
        read_midi_tempo(tmp_path / "a.mid")


def test_a_midi_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SessionError, match="no such MIDI file"):
        read_midi_tempo(tmp_path / "a.mid")
