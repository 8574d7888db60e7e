"""Tempo maps of MIDI files that others made, against sums over the events of mido. FLOWSEP_SESSIONS: their folder."""

import os
from pathlib import Path

import mido
import pytest

from flowsep_plugin.errors import SessionError
from flowsep_plugin.timeline.exports.midi_import import read_midi_markers, read_midi_tempo

SESSIONS = Path(os.environ.get("FLOWSEP_SESSIONS", Path(__file__).parents[3].parent / "shared" / "sessions"))
FILES = sorted((SESSIONS / "midi").glob("*.mid")) if SESSIONS.is_dir() else []
pytestmark = pytest.mark.skipif(not FILES, reason=f"no MIDI files in {SESSIONS / 'midi'}; set FLOWSEP_SESSIONS")


def refusals() -> dict[str, str]:
    lines = (SESSIONS / "expected.txt").read_text("utf-8").splitlines()
    return {name: reason for name, _, reason in (line.partition("\t") for line in lines if "\t" in line)}


def sums(path: Path) -> dict[float, int]:
    """Return microseconds a quarter by the second from which they hold, to a microsecond."""
    file, at, tempo = mido.MidiFile(path), 0.0, 500_000
    tempos = {0.0: tempo}
    for message in mido.merge_tracks(file.tracks):
        at += mido.tick2second(message.time, file.ticks_per_beat, tempo)
        if message.type == "set_tempo":
            tempo = tempos[round(at, 6)] = message.tempo
    return tempos


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_tempos_are_where_mido_sums_them_or_the_file_is_rightly_refused(path: Path) -> None:
    reason = refusals().get(path.name)
    if reason is not None:
        with pytest.raises(SessionError, match=reason):
            read_midi_tempo(path)
        return
    expected, tempos = sums(path), read_midi_tempo(path).tempos
    assert [round(60_000_000 / tempo.bpm) for tempo in tempos] == list(expected.values())
    for tempo, at in zip(tempos, expected, strict=True):
        assert abs(float(tempo.at) - at) < 2e-6
    read_midi_markers(path, 48_000)
