"""Ardour without a screen, with the real engine: separate a clip, place, re-save, reopen, render, find the stem."""

import re
import signal
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from ardour_tools import RATE, ArdourTools
from real_hosts import end, flowsep_command, wait_for

from flowsep_plugin.audio.span import Span
from flowsep_plugin.media import read_clip, write_clip
from flowsep_plugin.timeline import ClipRef, Track, read_session, save_session
from flowsep_plugin.timeline.formats.ardour.sound import audio_folder
from flowsep_plugin.timeline.media import probe_media

pytestmark = pytest.mark.host

CLIP = Path(__file__).parents[3] / "examples" / "clips" / "courtyard.flac"
CUT = Span(12_345, 90_001, RATE)
PLACE = Span(48_123, CUT.frames, RATE)
OTHER = Span(150_000, 30_000, RATE)
QUERY = "a dog barking"


@pytest.fixture
def session(ardour: ArdourTools) -> Path:
    """Return a session with two clips of one 24-bit file, saved by Ardour at a rate that it counts exactly."""
    path = ardour.new_session(ardour.directory.folder / "song")
    take = audio_folder(path) / "take.wav"
    write_clip(take, read_clip(CLIP, Span(0, 4 * RATE, RATE)))
    clips = (
        ClipRef("a", "take", probe_media(take), CUT, PLACE),
        ClipRef("b", "other", probe_media(take), Span(0, OTHER.frames, RATE), OTHER),
    )
    song = read_session(path)
    tracks = (*song.tracks, Track("t", "Yard", clips, 2, like="none"))
    save_session(replace(song, tracks=tracks), path)
    assert len(ardour.resave(path)) == 2
    return path


def test_ardour_renders_a_stem_at_its_sample(session: Path, ardour: ArdourTools, tmp_path: Path) -> None:
    before = ardour.export(session, tmp_path / "before.wav")
    done = ardour.directory.flowsep(
        "session", session, "separate", "--clip", "take", "-q", QUERY, "--mute-source", "--here"
    )
    assert done.returncode == 0, done.stderr

    places = [[str(PLACE.start), str(PLACE.frames)], [str(OTHER.start), str(OTHER.frames)]]
    for _ in range(2):  # saved by Ardour, and opened again
        regions = ardour.resave(session)
        assert sorted(line[2:4] for line in regions) == [places[1], *[places[0]] * 3]
    song = read_session(session)
    assert [track.name for track in song.tracks] == ["Yard", f"Yard [{QUERY}]", "Yard [rest]"]
    assert [[clip.muted for clip in track.clips] for track in song.tracks] == [[True, False], [False], [False]]

    after = ardour.export(session, tmp_path / "after.wav")
    assert np.abs(ardour.inner(ardour.aligned(after, before) - before)).max() <= 2**-22

    stem = read_clip(song.tracks[1].clips[0].media.path).samples
    alone = ardour.export(only(session, song.tracks[1].name), tmp_path / "alone.wav")
    expected = np.zeros_like(alone)
    expected[:, PLACE.start : PLACE.stop] = stem
    assert np.abs(stem).max() > 0.01
    assert np.abs(ardour.aligned(alone, expected) - expected).max() <= 2**-22


def only(session: Path, name: str) -> Path:
    """Mute all clips of other tracks in the session's file; returns its path."""
    song = read_session(session)
    text = session.read_text()
    for track, clip in song.clips():
        if track.name != name:
            region = re.search(rf'<Region [^>]*\bid="{clip.id}"[^>]*>', text)
            assert region is not None
            text = text.replace(region[0], region[0].replace('muted="0"', 'muted="1"'))
    session.write_text(text)
    return session


def test_a_killed_separation_leaves_the_session_and_complete_stems(session: Path, ardour: ArdourTools) -> None:
    before = session.read_bytes()
    existing = {*audio_folder(session).iterdir()}
    ours = ardour.directory.start(flowsep_command(), "session", session, "separate", "-q", QUERY, "--here")
    wait_for(lambda: {*audio_folder(session).iterdir()} - existing or ours.poll() is not None, 90, "a first trace")
    ours.send_signal(signal.SIGKILL)
    ours.wait(20)
    assert session.read_bytes() == before
    for file in {*audio_folder(session).glob("*.wav")} - existing:
        assert read_clip(file).frames in (CUT.frames, OTHER.frames)
    assert len(ardour.resave(session)) == 2
    done = ardour.directory.flowsep("session", session, "separate", "-q", QUERY, "--here", "--absent", "write")
    assert done.returncode == 0, done.stderr
    assert len(ardour.resave(session)) == 6


def test_a_session_that_ardour_has_open_is_not_written(session: Path, ardour: ArdourTools) -> None:
    home = ardour.directory.folder
    script = home / "hold.lua"
    script.write_text(
        f'AudioEngine:set_backend("None (Dummy)", "", "")\nlocal s = assert(load_session("{session.parent}", "song"))\n'
        f'io.open("{home}/held", "w"):close()\nARDOUR.LuaAPI.usleep(60000000)\nclose_session() quit()\n'
    )
    holder = ardour.directory.start(ardour.tool("lua"), script)
    wait_for((home / "held").exists, 60, "Ardour with the session")
    before = session.read_bytes()
    done = ardour.directory.flowsep("session", session, "separate", "-q", QUERY, "--here")
    assert done.returncode != 0
    assert "is open in its program" in done.stderr
    assert session.read_bytes() == before
    end(holder)
    dry_run = ardour.directory.flowsep("session", session, "separate", "-q", QUERY, "--here", "--dry-run")
    assert dry_run.returncode == 0, dry_run.stderr
