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
from flowsep_plugin.timeline.exports.midi_import import read_midi_markers, read_midi_tempo
from flowsep_plugin.timeline.exports.midi_tempo import PPQ, write_midi_tempo


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


def midi_file(path: Path, division: bytes, *tracks: bytes, kind: int = 1) -> Path:
    """Write a MIDI file of `tracks`: their events with delta times, without the end of track."""
    head = b"MThd\0\0\0\6" + bytes([0, kind, 0, len(tracks)]) + division
    ended = [track + b"\0\xff\x2f\0" for track in tracks]
    path.write_bytes(head + b"".join(b"MTrk" + len(track).to_bytes(4, "big") + track for track in ended))
    return path


def tempo_event(microseconds: int) -> bytes:
    return b"\0\xff\x51\3" + microseconds.to_bytes(3, "big")


COPYRIGHT = b"\0\xff\2\5\xa9 me!"
DIVISION = b"\1\xe0"


def test_text_that_is_not_utf8_is_read_as_latin1(tmp_path: Path) -> None:
    """Older sequencers write their texts in the system's code page."""
    marker = b"\0\xff\6\4D\xfcr!"
    path = midi_file(tmp_path / "a.mid", DIVISION, COPYRIGHT + tempo_event(400_000) + marker)
    assert [tempo.bpm for tempo in read_midi_tempo(path).tempos] == [150]
    assert [mark.name for mark in read_midi_markers(path, 48_000)] == ["Dür!"]


def test_a_wrong_data_byte_is_no_obstacle_but_a_wrong_key_is_one(tmp_path: Path) -> None:
    note = b"\0\x90\x3c\xc8"
    path = midi_file(tmp_path / "a.mid", DIVISION, tempo_event(400_000) + note)
    assert [tempo.bpm for tempo in read_midi_tempo(path).tempos] == [150]
    path = midi_file(tmp_path / "b.mid", DIVISION, b"\0\xff\x59\2\x20\0")
    with pytest.raises(SessionError, match=r"b\.mid holds no MIDI file that can be read"):
        read_midi_tempo(path)


def test_a_file_in_smpte_frames_is_refused_by_name(tmp_path: Path) -> None:
    path = midi_file(tmp_path / "a.mid", b"\xe7\x28", tempo_event(400_000))
    with pytest.raises(SessionError, match="SMPTE frames"):
        read_midi_tempo(path)


def test_songs_of_type_2_are_read_where_only_one_has_tempos(tmp_path: Path) -> None:
    path = midi_file(tmp_path / "a.mid", DIVISION, COPYRIGHT, tempo_event(400_000), kind=2)
    assert [tempo.bpm for tempo in read_midi_tempo(path).tempos] == [150]
    path = midi_file(path, DIVISION, tempo_event(500_000), tempo_event(400_000), kind=2)
    with pytest.raises(SessionError, match="several songs"):
        read_midi_tempo(path)
