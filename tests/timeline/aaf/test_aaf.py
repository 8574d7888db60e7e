"""AAF: OTIO's adapter reads the same positions; embedded sound is bit-exact; content AAF cannot hold is refused."""

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
from flowsep_plugin.timeline.media import probe_media

RATE = 48_000


@pytest.fixture
def song(tmp_path: Path) -> Timeline:
    noise = np.random.default_rng(0).integers(-(2**22), 2**22, (2, RATE)).astype(np.float32) / 2**23
    write_clip(tmp_path / "täke.wav", AudioClip(noise, RATE))
    media = probe_media(tmp_path / "täke.wav")
    clips = (
        ClipRef("a", "first", media, Span(100, 2000, RATE), Span(48_123, 2000, RATE)),
        ClipRef("b", "second", media, Span(7, 5, RATE), Span(200_001, 5, RATE)),
    )
    track = Track("t", "Drums", clips, 2)
    return Timeline("song", RATE, (track,), origin=3600 * RATE, frame_rate=parse_rate("25"))


def test_another_reader_reads_the_same_positions(song: Timeline, tmp_path: Path) -> None:
    save_session(song, tmp_path / "song.aaf")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # warnings of the adapter itself
        theirs = otio.adapters.read_from_file(str(tmp_path / "song.aaf"))
    tracks = [track for track in theirs.audio_tracks() if track.find_clips()]
    assert len(tracks) == 2
    for track in tracks:
        placements = [(clip, clip.trimmed_range_in_parent()) for clip in track.find_clips()]
        assert [span.start_time.to_seconds() * RATE for _, span in placements] == [48_123, 200_001]
        assert [span.duration.value for _, span in placements] == [2000, 5]
        assert [clip.source_range.start_time.value for clip, _ in placements] == [100, 7]


def test_the_timecode_slot_stores_the_session_start(song: Timeline, tmp_path: Path) -> None:
    save_session(song, tmp_path / "song.aaf")
    again = read_session(tmp_path / "song.aaf")
    assert (again.origin, again.frame_rate) == (3600 * RATE, parse_rate("25"))


def test_embedded_sound_is_extracted_bit_for_bit(tmp_path: Path) -> None:
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
    with pytest.raises(SessionError, match="does not have the sound"):
        extract(tmp_path / "song.aaf", replace(clip.media, member="x"), tmp_path)


def test_content_that_aaf_cannot_hold_is_refused_and_the_file_is_unchanged(song: Timeline, tmp_path: Path) -> None:
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


def noise(path: Path, channels: int, subtype: str, seed: int = 3) -> np.ndarray:
    """Write a file of random integer samples; returns them, (frames, channels) int32."""
    bits = 24 if subtype == "PCM_24" else 16
    whole = np.random.default_rng(seed).integers(-(2 ** (bits - 1)), 2 ** (bits - 1), (RATE, channels)).astype(np.int32)
    soundfile.write(path, whole << (32 - bits), RATE, subtype)
    return whole


@pytest.mark.parametrize(("channels", "subtype"), [(1, "PCM_16"), (2, "PCM_24"), (3, "PCM_24"), (2, "PCM_16")])
def test_embedded_sound_is_the_source_bit_for_bit(tmp_path: Path, channels: int, subtype: str) -> None:
    whole = noise(tmp_path / "take.wav", channels, subtype)
    media = probe_media(tmp_path / "take.wav")
    clips = (ClipRef("a", "first", media, Span(100, 2000, RATE), Span(48_123, 2000, RATE)),
             ClipRef("b", "again", media, Span(7, 5, RATE), Span(200_001, 5, RATE)))  # fmt: skip
    save_session(Timeline("song", RATE, (Track("t", "Drums", clips, channels),)), tmp_path / "song.aaf", embed=True)
    (tmp_path / "take.wav").unlink()
    with aaf2.open(str(tmp_path / "song.aaf")) as file:
        sources = list(file.content.sourcemobs())
        width = 3 if subtype == "PCM_24" else 2
        assert len(sources) == channels
        for channel, source in enumerate(sources):
            data = source.essence.open("r").read()
            assert data == (whole[:, channel].astype("<i4").view(np.uint8).reshape(-1, 4)[:, :width]).tobytes()
            assert int(source.descriptor["Channels"].value) == 1
    again = read_session(tmp_path / "song.aaf")
    (track,) = again.tracks
    assert [(c.cut, c.place, c.channels, c.why_not()) for c in track.clips] == [
        (c.cut, c.place, None, None) for c in clips
    ]  # fmt: skip
    extract = by_suffix(tmp_path / "song.aaf").extract
    assert extract is not None
    assert track.clips[0].media is not None
    out, rate = soundfile.read(extract(tmp_path / "song.aaf", track.clips[0].media, tmp_path), dtype="int32")
    assert rate == RATE
    assert np.array_equal(out.reshape(RATE, channels) >> (32 - 8 * width), whole)


def test_another_reader_reads_embedded_sound_at_its_position(song: Timeline, tmp_path: Path) -> None:
    save_session(song, tmp_path / "song.aaf", embed=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # warnings of the adapter itself
        theirs = otio.adapters.read_from_file(str(tmp_path / "song.aaf"))
    tracks = [track for track in theirs.audio_tracks() if track.find_clips()]
    assert len(tracks) == 2
    for track in tracks:
        clips = list(track.find_clips())
        assert [clip.trimmed_range_in_parent().start_time.value for clip in clips] == [48_123, 200_001]
        assert [clip.source_range.start_time.value for clip in clips] == [100, 7]


def test_a_stem_placed_in_an_aaf_can_be_embedded(song: Timeline, tmp_path: Path) -> None:
    path = tmp_path / "song.aaf"
    save_session(song, path)
    before = read_session(path)
    noise(tmp_path / "stem.wav", 2, "PCM_24", 9)
    source = before.tracks[0].clips[0]
    stem = StemPlacement(source.id, "piano", probe_media(tmp_path / "stem.wav"), Span(0, RATE, RATE))
    save_session(place_stem(before, stem), path, embed=True)
    (tmp_path / "stem.wav").unlink()
    stem_track = next(track for track in read_session(path).tracks if "[piano]" in track.name)
    assert stem_track.clips[0].media is not None
    assert stem_track.clips[0].media.member is not None
    assert (stem_track.channels, stem_track.clips[0].place, stem_track.clips[0].why_not()) == (2, source.place, None)
    assert read_session(path).tracks[0].clips[0].media == source.media


@pytest.mark.parametrize(("kind", "container"), [("WAVEDescriptor", "WAV"), ("AIFCDescriptor", "AIFF")])
def test_whole_files_embedded_by_other_programs_are_extracted(tmp_path: Path, kind: str, container: str) -> None:
    samples = np.random.default_rng(1).integers(-(2**15), 2**15, (RATE, 2)).astype(np.int16)
    soundfile.write(tmp_path / "take.bin", samples, RATE, "PCM_16", format=container)
    with aaf2.open(str(tmp_path / "song.aaf"), "w") as file:
        source = file.create.SourceMob("take")
        file.content.mobs.append(source)
        essence, slot = source.create_essence(RATE, "sound")
        descriptor = getattr(file.create, kind)()
        descriptor["Summary"].value = bytearray(b"RIFF" + bytes(40))
        descriptor["SampleRate"].value = RATE
        descriptor["Length"].value = RATE
        source.descriptor = descriptor
        slot.segment.length = RATE
        essence.open("w").write((tmp_path / "take.bin").read_bytes())
        master = file.create.MasterMob("take")
        file.content.mobs.append(master)
        line = master.create_timeline_slot(edit_rate=RATE)
        line.segment = source.create_source_clip(slot.slot_id, media_kind="sound")
        mob = file.create.CompositionMob("song")
        mob.usage = "Usage_TopLevel"
        file.content.mobs.append(mob)
        sequence = file.create.Sequence(media_kind="sound")
        sequence.components.append(master.create_source_clip(line.slot_id, start=10, length=500, media_kind="sound"))
        mob.create_timeline_slot(edit_rate=RATE).segment = sequence
    clip = read_session(tmp_path / "song.aaf").tracks[0].clips[0]
    extract = by_suffix(tmp_path / "song.aaf").extract
    assert extract is not None
    assert clip.media is not None
    out = extract(tmp_path / "song.aaf", clip.media, tmp_path)
    assert np.array_equal(read_clip(out).samples.T * 2**15, samples.astype(np.float32))


def test_float_files_are_linked_or_refused_but_not_rounded(song: Timeline, tmp_path: Path) -> None:
    write_clip(tmp_path / "float.wav", AudioClip(np.zeros((2, RATE), np.float32), RATE), "wav32f")
    clip = replace(song.tracks[0].clips[0], media=probe_media(tmp_path / "float.wav"))
    floats = replace(song, tracks=(replace(song.tracks[0], clips=(clip,)),))
    with pytest.raises(UsageError, match=r"float\.wav is FLOAT.*wav24, or link"):
        save_session(floats, tmp_path / "x.aaf", embed=True)
    assert not (tmp_path / "x.aaf").exists()
    save_session(floats, tmp_path / "x.aaf")
