"""Stem sets, placed by time stamp in any DAW: two readers agree on the position, samples equal the clip's."""

import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from wavinfo import WavInfoReader

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.audio.span import Span
from flowsep_plugin.errors import SessionError, UsageError
from flowsep_plugin.media import open_media, read_clip, write_clip
from flowsep_plugin.timeline import ClipRef, Marker, StemPlacement, Timeline, Track, place_stem, read_session
from flowsep_plugin.timeline.exports.labels import format_labels, parse_labels
from flowsep_plugin.timeline.exports.stem_set import only_new, write_stem_set
from flowsep_plugin.timeline.media import probe_media

RATE = 48_000


@pytest.fixture
def song(tmp_path: Path) -> Timeline:
    noise = np.random.default_rng(0).integers(-(2**23), 2**23, (2, 3 * RATE)).astype(np.float32) / 2**23
    path = tmp_path / "take one.wav"
    write_clip(path, AudioClip(noise, RATE))
    clip = ClipRef(
        "c",
        'it\'s "it"/\\ ✓',
        probe_media(path),
        Span(1000, 2 * RATE, RATE),
        Span(48_123, 2 * RATE, RATE),
        gain=0.5,
    )
    markers = (
        Marker("hit", Span(50_000, 0, RATE)),
        Marker("verse", Span(60_000, 1000, RATE)),
        Marker("far", Span(9, 0, RATE)),
    )
    return Timeline("song", RATE, (Track("t", "Drums", (clip,), 2),), markers, origin=3600 * RATE)


def test_two_readers_agree_on_the_position(song: Timeline, tmp_path: Path) -> None:
    stem_set = write_stem_set(song, tmp_path / "out")
    wave = WavInfoReader(str(stem_set.files[0]))
    assert wave.bext is not None
    assert wave.bext.time_reference == 3600 * RATE + 48_123
    with open_media(stem_set.files[0]) as source:
        assert source.info.bext is not None
        assert source.info.bext.time_reference == wave.bext.time_reference
        assert [(m.frame, m.label) for m in source.info.markers] == [
            (1877, "hit"), (11_877, "verse"), (12_877, "verse (end)")
        ]  # fmt: skip
    ixml = stem_set.files[0].read_bytes()
    assert b"<TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO>172848123<" in ixml


def test_the_samples_are_those_of_the_cut(song: Timeline, tmp_path: Path) -> None:
    stem_set = write_stem_set(song, tmp_path / "out")
    clip = song.tracks[0].clips[0]
    assert clip.media is not None
    assert np.array_equal(read_clip(stem_set.files[0]).samples, read_clip(clip.media.path, clip.cut).samples)


def test_a_clip_above_full_scale_is_not_clipped(song: Timeline, tmp_path: Path) -> None:
    samples = np.linspace(-1.5, 1.5, 3 * RATE, dtype=np.float32)[None]
    write_clip(tmp_path / "loud.wav", AudioClip(samples, RATE), "wav32f")
    clip = replace(song.tracks[0].clips[0], media=probe_media(tmp_path / "loud.wav"))
    stem_set = write_stem_set(replace(song, tracks=(replace(song.tracks[0], clips=(clip,)),)), tmp_path / "out")
    assert np.array_equal(read_clip(stem_set.files[0]).samples, samples[:, clip.cut.start : clip.cut.stop])


def test_padded_files_start_with_the_session(song: Timeline, tmp_path: Path) -> None:
    stem_set = write_stem_set(song, tmp_path / "out", padded=True)
    sound = read_clip(stem_set.files[0]).samples
    clip = song.tracks[0].clips[0]
    assert clip.media is not None
    assert not sound[:, :48_123].any()
    assert np.array_equal(sound[:, 48_123:], read_clip(clip.media.path, clip.cut).samples)
    assert WavInfoReader(str(stem_set.files[0])).bext.time_reference == 3600 * RATE  # type: ignore[union-attr]


def test_the_list_can_be_read_as_a_session(song: Timeline, tmp_path: Path) -> None:
    stem_set = write_stem_set(song, tmp_path / "out")
    again = read_session(stem_set.list)
    clip = again.tracks[0].clips[0]
    assert clip.place == song.tracks[0].clips[0].place
    assert clip.gain == 0.5
    assert clip.why_not() is None
    assert again.markers == song.markers


def test_existing_files_are_not_overwritten(song: Timeline, tmp_path: Path) -> None:
    first = write_stem_set(song, tmp_path / "out")
    before = {path: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    second = write_stem_set(song, tmp_path / "out")
    assert not {*first.files, first.list, first.labels} & {*second.files, second.list, second.labels}
    assert all(path.read_bytes() == content for path, content in before.items())


def test_reversed_clips_are_refused_before_anything_is_written(song: Timeline, tmp_path: Path) -> None:
    clip = replace(song.tracks[0].clips[0], reverse=True)
    with pytest.raises(UsageError, match="reversed"):
        write_stem_set(replace(song, tracks=(Track("t", "x", (clip,)),)), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_only_new_keeps_the_tracks_that_were_added(song: Timeline) -> None:
    media = song.tracks[0].clips[0].media
    assert media is not None
    timeline = place_stem(song, StemPlacement("c", "piano", media, Span(1000, 2 * RATE, RATE)))
    assert [track.name for track in only_new(timeline).tracks] == ["Drums [piano]"]


def test_labels_are_parsed_back_to_their_markers(song: Timeline) -> None:
    assert parse_labels(format_labels(song.markers), RATE) == song.markers
    assert parse_labels("1.5\t2\tx\n\\\t100\t200\n", RATE) == (Marker("x", Span(72_000, 24_000, RATE)),)


@pytest.mark.parametrize("text", ["a\tb\tc", "1", "nan\t1\tx"])
def test_text_other_than_labels_is_refused(text: str) -> None:
    with pytest.raises(SessionError):
        parse_labels(text, RATE)


@pytest.mark.parametrize("text", ["", "kind,track\n", "a,b\n1,2\n"])
def test_a_table_other_than_a_stem_list_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.csv").write_text(text)
    with pytest.raises(SessionError, match="not a list of stems"):
        read_session(tmp_path / "x.csv")


def test_the_time_reference_counts_at_the_rate_of_the_file(song: Timeline, tmp_path: Path) -> None:
    path = tmp_path / "44.wav"
    write_clip(path, AudioClip(np.zeros((1, 44_100), np.float32), 44_100))
    clip = ClipRef("d", "44", probe_media(path), Span(0, 44_100, 44_100), Span(RATE, RATE, RATE))
    stem_set = write_stem_set(replace(song, tracks=(Track("t", "x", (clip,)),)), tmp_path / "out")
    assert WavInfoReader(str(stem_set.files[0])).bext.time_reference == 3601 * 44_100  # type: ignore[union-attr]
    assert struct.unpack("<I", stem_set.files[0].read_bytes()[24:28]) != (RATE,)
