"""OTIO as other programs write it: picture rates, nested tracks, foreign metadata, zip archives."""

import json
import zipfile
from dataclasses import replace
from pathlib import Path

import opentimelineio as otio
import pytest
from opentimelineio.opentime import RationalTime, TimeRange
from session_makers import sparse_wave

from flowsep_plugin.audio.span import Span
from flowsep_plugin.errors import UsageError
from flowsep_plugin.timeline import (
    ClipRef,
    Marker,
    StemPlacement,
    Timeline,
    Track,
    by_suffix,
    place_stem,
    read_session,
    save_session,
)
from flowsep_plugin.timeline.media import probe_media

RATE = 48_000


def frames_at_24(start: float, length: float) -> TimeRange:
    return TimeRange(RationalTime(start, 24000 / 1001), RationalTime(length, 24000 / 1001))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    sparse_wave(tmp_path / "take one.wav", RATE, 20 * RATE)
    edit = otio.schema.Timeline("edit")
    edit.metadata["Resolve_OTIO"] = {"Secret": [1, {"a": "b"}]}
    picture = otio.schema.Track("V1", kind="Video")
    picture.append(otio.schema.Clip("shot", source_range=frames_at_24(0, 100)))
    sound = otio.schema.Track("A1", kind="Audio")
    reference = otio.schema.ExternalReference("take%20one.wav", frames_at_24(24, 400))
    sound.append(otio.schema.Gap(duration=RationalTime(24, 24000 / 1001)))
    sound.append(otio.schema.Clip("sync", reference, frames_at_24(48, 24)))
    slow = otio.schema.Clip("slow", reference.clone(), frames_at_24(48, 24))
    slow.effects.append(otio.schema.LinearTimeWarp(time_scalar=0.5))
    sound.append(slow)
    sound.append(otio.schema.Stack("nest", children=[otio.schema.Clip("in", source_range=frames_at_24(0, 5))]))
    edit.tracks.extend([picture, sound])
    otio.adapters.write_to_file(edit, str(tmp_path / "edit.otio"))
    return tmp_path / "edit.otio"


def test_picture_rates_become_exact_frames(path: Path) -> None:
    song = read_session(path)
    assert song.rate == RATE
    clip = song.tracks[0].clips[0]
    assert clip.place == Span(48_048, 48_048, RATE)
    assert clip.cut == Span(48_048, 48_048, RATE)
    assert clip.why_not() is None


def test_a_clip_that_cannot_be_separated_names_the_reason(path: Path) -> None:
    reasons = [str(clip.why_not()) for clip in read_session(path).tracks[0].clips[1:]]
    assert "stretched" in reasons[0]
    assert "nested" in reasons[1]


def with_stem_and_marker(song: Timeline, folder: Path) -> Timeline:
    source = song.tracks[0].clips[0]
    stem = sparse_wave(folder / "stem.wav", RATE, 48_048)
    timeline = place_stem(song, StemPlacement(source.id, "piano", stem, source.cut), mute_source=True)
    return replace(timeline, markers=(*timeline.markers, Marker("hit", Span(5, 7, RATE))))


def test_foreign_metadata_and_pictures_are_kept(path: Path) -> None:
    save_session(with_stem_and_marker(read_session(path), path.parent), path)
    again = otio.adapters.read_from_file(str(path))
    assert again.metadata["Resolve_OTIO"]["Secret"][1]["a"] == "b"
    assert [track.name for track in again.tracks] == ["V1", "A1", "A1 [piano]"]
    assert not again.tracks[1][1].enabled
    assert again.tracks[2].find_clips()[0].trimmed_range_in_parent().start_time.value == 48_048


def test_a_zipped_timeline_embeds_its_stems(path: Path, tmp_path: Path) -> None:
    content = json.loads(path.read_text())
    text = json.dumps(content).replace("take%20one.wav", "media/take.wav")
    zipped = tmp_path / "edit.otioz"
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("content.otio", text)
        archive.writestr("version.txt", "1.0.0")
        archive.write(tmp_path / "take one.wav", "media/take.wav")
    song = read_session(zipped)
    source = song.tracks[0].clips[0]
    assert source.media is not None
    assert source.media.member == "media/take.wav"
    save_session(with_stem_and_marker(song, tmp_path), zipped)
    stem = read_session(zipped).tracks[1].clips[0]
    extract = by_suffix(zipped).extract
    assert extract is not None
    assert stem.media is not None
    assert probe_media(extract(zipped, stem.media, tmp_path)).frames == 48_048
    with zipfile.ZipFile(zipped) as archive:
        assert archive.read("version.txt") == b"1.0.0"


def test_overlaps_and_backward_clips_are_refused(tmp_path: Path) -> None:
    media = sparse_wave(tmp_path / "a.wav", RATE, RATE)
    clip = ClipRef("a", "a", media, Span(0, 100, RATE), Span(0, 100, RATE))
    for clips in ((clip, replace(clip, place=Span(50, 100, RATE))), (replace(clip, reverse=True),)):
        with pytest.raises(UsageError):
            save_session(Timeline("x", RATE, (Track("t", "t", clips),)), tmp_path / "x.otio")
    assert not (tmp_path / "x.otio").exists()
