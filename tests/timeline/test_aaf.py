"""AAF: OTIO's adapter sees the same positions; embedded sound comes out bit for bit; effects stand in the way."""

import warnings
from dataclasses import replace
from pathlib import Path

import aaf2
import numpy as np
import opentimelineio as otio
import pytest
import soundfile

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.audio.span import Span
from flowsep_plugin.errors import SessionError, UsageError
from flowsep_plugin.media import read_clip, write_clip
from flowsep_plugin.timeline import (
    ClipRef,
    Marker,
    StemPlacement,
    Timeline,
    Track,
    by_suffix,
    parse_rate,
    place_stem,
    read_session,
    save_session,
)
from flowsep_plugin.timeline.media import probed

RATE = 48_000


@pytest.fixture
def song(tmp_path: Path) -> Timeline:
    noise = np.random.default_rng(0).integers(-(2**22), 2**22, (2, RATE)).astype(np.float32) / 2**23
    write_clip(tmp_path / "täke.wav", AudioClip(noise, RATE))
    media = probed(tmp_path / "täke.wav")
    clips = (
        ClipRef("a", "first", media, Span(100, 2000, RATE), Span(48_123, 2000, RATE)),
        ClipRef("b", "second", media, Span(7, 5, RATE), Span(200_001, 5, RATE)),
    )
    track = Track("t", "Drums", clips, 2)
    return Timeline("song", RATE, (track,), origin=3600 * RATE, frame_rate=parse_rate("25"))


def test_another_reader_sees_the_same_positions(song: Timeline, tmp_path: Path) -> None:
    save_session(song, tmp_path / "song.aaf")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the adapter's own
        theirs = otio.adapters.read_from_file(str(tmp_path / "song.aaf"))
    tracks = [track for track in theirs.audio_tracks() if track.find_clips()]
    assert len(tracks) == 2
    for track in tracks:
        found = [(clip, clip.trimmed_range_in_parent()) for clip in track.find_clips()]
        assert [span.start_time.to_seconds() * RATE for _, span in found] == [48_123, 200_001]
        assert [span.duration.value for _, span in found] == [2000, 5]
        assert [clip.source_range.start_time.value for clip, _ in found] == [100, 7]


def test_the_timecode_slot_says_where_the_session_starts(song: Timeline, tmp_path: Path) -> None:
    save_session(song, tmp_path / "song.aaf")
    again = read_session(tmp_path / "song.aaf")
    assert (again.origin, again.frame_rate) == (3600 * RATE, parse_rate("25"))


def test_embedded_sound_comes_out_bit_for_bit(tmp_path: Path) -> None:
    samples = np.random.default_rng(1).integers(-(2**15), 2**15, RATE).astype(np.int16)
    soundfile.write(tmp_path / "mono.wav", samples, RATE, "PCM_16")
    with aaf2.open(str(tmp_path / "song.aaf"), "w") as file:
        master = file.create.MasterMob("mono")
        file.content.mobs.append(master)
        slot = master.import_audio_essence(str(tmp_path / "mono.wav"), RATE)
        mob = file.create.CompositionMob("song")
        mob.usage = "Usage_TopLevel"
        file.content.mobs.append(mob)
        sequence = file.create.Sequence(media_kind="sound")
        sequence.components.append(file.create.Filler("sound", 1234))
        sequence.components.append(master.create_source_clip(slot.slot_id, start=10, length=500, media_kind="sound"))
        line = mob.create_timeline_slot(edit_rate=RATE)
        line.segment = sequence
    song = read_session(tmp_path / "song.aaf")
    clip = song.tracks[0].clips[0]
    assert (clip.place, clip.cut) == (Span(1234, 500, RATE), Span(10, 500, RATE))
    assert clip.why_not() is None
    assert clip.media is not None
    extract = by_suffix(tmp_path / "song.aaf").extract
    assert extract is not None
    out = extract(tmp_path / "song.aaf", clip.media, tmp_path)
    assert np.array_equal(read_clip(out).samples[0] * 2**15, samples.astype(np.float32))
    with pytest.raises(SessionError, match="does not hold"):
        extract(tmp_path / "song.aaf", replace(clip.media, member="x"), tmp_path)


def test_what_aaf_cannot_hold_is_refused_and_nothing_is_lost(song: Timeline, tmp_path: Path) -> None:
    path = tmp_path / "song.aaf"
    save_session(song, path)
    before, read = path.read_bytes(), read_session(path)
    source = read.tracks[0].clips[0]
    assert source.media is not None
    stem = StemPlacement(source.id, "piano", source.media, source.cut)
    with pytest.raises(UsageError, match="mute"):
        save_session(place_stem(read, stem, mute_source=True), path)
    with pytest.raises(UsageError, match="labels"):
        save_session(replace(read, markers=(Marker("x", Span(0, 0, RATE)),)), path)
    faded = replace(song.tracks[0].clips[0], fade_in=9)
    with pytest.raises(UsageError, match="faded"):
        save_session(replace(song, tracks=(Track("t", "x", (faded,), 2),)), tmp_path / "new.aaf")
    assert path.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["song.aaf", "täke.wav"]
