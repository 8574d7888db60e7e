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
from flowsep_plugin.timeline.exports.midi_tempo import PPQ, read_midi_markers, read_midi_tempo, write_midi_tempo


def quantised(tempo: TempoMap) -> TempoMap:
    """Return the map with tempos of whole microseconds per quarter, as MIDI stores them."""
    tempos = (replace(t, bpm=Fraction(60_000_000, round(60_000_000 / t.bpm))) for t in tempo.tempos)
    return TempoMap(tuple(tempos), tempo.signatures)


@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_change_is_at_the_tick_nearest_to_its_time(data: st.DataObject, tmp_path: Path) -> None:
    expected = quantised(data.draw(tempo_maps(48_000, Capabilities())))
    path = tmp_path / "tempo.mid"
    write_midi_tempo(expected, path)
    actual = read_midi_tempo(path)
    assert [t.bpm for t in actual.tempos] == [t.bpm for t in expected.tempos]
    for actual_tempo, expected_tempo in zip(actual.tempos, expected.tempos, strict=True):
        assert abs(actual_tempo.at - expected_tempo.at) <= 60 / expected_tempo.bpm / PPQ * 8
    assert [(m.beats, m.unit) for m in actual.signatures] == [(m.beats, m.unit) for m in expected.signatures]


@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_map_that_was_read_is_written_back_exactly(data: st.DataObject, tmp_path: Path) -> None:
    write_midi_tempo(data.draw(tempo_maps(48_000, Capabilities())), tmp_path / "a.mid")
    read = read_midi_tempo(tmp_path / "a.mid")
    write_midi_tempo(read, tmp_path / "b.mid")
    assert read_midi_tempo(tmp_path / "b.mid") == read


def test_tempos_are_written_as_rounded_microseconds_per_quarter(tmp_path: Path) -> None:
    """Ardour read 93.5 bpm back as 93.50003: 641711 microseconds a quarter."""
    write_midi_tempo(
        TempoMap((Tempo(Fraction(0), Fraction(120)), Tempo(Fraction(4), Fraction("93.5")))), tmp_path / "a.mid"
    )
    file = mido.MidiFile(tmp_path / "a.mid")
    tempos = [message for message in file.tracks[0] if message.type == "set_tempo"]
    assert [(m.time, m.tempo) for m in tempos] == [(0, 500_000), (8 * PPQ, 641_711)]


def test_markers_keep_their_names(tmp_path: Path) -> None:
    marks = (Marker("Müsik 笛", Span(96_000, 0, 48_000)), Marker("b", Span(96_050, 0, 48_000)))
    write_midi_tempo(TempoMap(), tmp_path / "a.mid", marks)
    assert read_midi_markers(tmp_path / "a.mid", 48_000) == marks


def test_ramps_are_refused(tmp_path: Path) -> None:
    ramp = TempoMap((Tempo(Fraction(0), Fraction(60), ramp=True), Tempo(Fraction(9), Fraction(90))))
    with pytest.raises(UsageError, match="ramps"):
        write_midi_tempo(ramp, tmp_path / "a.mid")


@pytest.mark.parametrize("content", [b"", b"MThd", b"RIFF....WAVE", b"MThd\0\0\0\6\0\1\0\1\0\0MTrk\0\0\0\x05"])
def test_a_file_other_than_midi_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.mid").write_bytes(content)
    with pytest.raises(SessionError):
        read_midi_tempo(tmp_path / "a.mid")


def test_a_missing_midi_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SessionError, match="no such MIDI file"):
        read_midi_tempo(tmp_path / "a.mid")
