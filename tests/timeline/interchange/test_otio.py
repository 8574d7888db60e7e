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
from flowsep_plugin.errors import SessionError, UsageError
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
from flowsep_plugin.timeline.difference import Difference
from flowsep_plugin.timeline.media import probe_media
from flowsep_plugin.timeline.media_finder import MediaFinder

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
    nest = otio.schema.Stack("nest", children=[otio.schema.Clip("in", source_range=frames_at_24(0, 5))])
    nest.effects.append(otio.schema.LinearTimeWarp(time_scalar=2))
    sound.append(nest)
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


def saved(folder: Path, *items: otio.core.Composable, name: str = "x.otio") -> Path:
    """Write a timeline with one audio track; returns its path."""
    sparse_wave(folder / "a.wav", RATE, 20 * RATE)
    track = otio.schema.Track("A1", kind="Audio", children=list(items))
    edit = otio.schema.Timeline("edit", tracks=[track])
    otio.adapters.write_to_file(edit, str(folder / name))
    return folder / name


def a_clip(name: str, start: int, frames: int, url: str = "a.wav") -> otio.schema.Clip:
    span = TimeRange(RationalTime(start, RATE), RationalTime(frames, RATE))
    return otio.schema.Clip(name, otio.schema.ExternalReference(url), span)


def placed(path: Path) -> Timeline:
    """Place a stem of the first clip, save, and return the timeline as it is then."""
    song = read_session(path)
    source = song.tracks[0].clips[0]
    assert source.media is not None
    save_session(place_stem(song, StemPlacement(source.id, "piano", source.media, source.cut)), path)
    return read_session(path)


NUMBERS = (
    '"a": Inf, "b": -Inf, "c": -Infinity, "d": NaN, "e": Infinity, "f": 578960446186580977117854925043, "g": 1.50e+2'
)


def test_numbers_that_json_does_not_have_are_kept_as_they_are(tmp_path: Path) -> None:
    path = saved(tmp_path, a_clip("one", 0, 4800))
    path.write_text(
        path.read_text().replace('"metadata": {}', '"metadata": {"x": {' + NUMBERS + ', "h": "Inf, NaN 7"}}', 1)
    )
    assert len(placed(path).tracks) == 2
    text = path.read_text()
    for pair in (*NUMBERS.split(", "), '"h": "Inf, NaN 7"'):
        assert pair in text


def test_a_schema_of_a_newer_version_is_refused_by_its_name(tmp_path: Path) -> None:
    path = saved(tmp_path, a_clip("one", 0, 4800))
    path.write_text(path.read_text().replace("Clip.2", "Clip.99"))
    with pytest.raises(SessionError, match=r"newer OpenTimelineIO .*unsupported schema version: Clip\.99") as caught:
        read_session(path)
    assert "backup" not in str(caught.value)


def test_a_nested_stack_is_flattened_and_trimmed(tmp_path: Path) -> None:
    inner = otio.schema.Track("in", kind="Audio", children=[a_clip("one", 0, 9600), a_clip("two", 100, 9600)])
    picture = otio.schema.Track("v", kind="Video", children=[a_clip("picture", 0, 9600)])
    nest = otio.schema.Stack("nest", children=[picture, inner])
    nest.source_range = TimeRange(RationalTime(4800, RATE), RationalTime(9600, RATE))
    nest.effects.append(otio.schema.Effect("Reverb"))
    path = saved(tmp_path, a_clip("first", 0, 4800), nest, a_clip("last", 0, 4800))
    clips = read_session(path).tracks[0].clips
    assert [(c.name, c.place.start, c.place.frames, c.cut.start) for c in clips] == [
        ("first", 0, 4800, 0), ("one", 4800, 4800, 4800), ("two", 9600, 4800, 100), ("last", 14_400, 4800, 0),
    ]  # fmt: skip
    assert clips[2].differences == (Difference("effect", "Reverb"),)
    song = read_session(path)
    stem = StemPlacement(clips[2].id, "x", clips[2].media, clips[2].cut)  # type: ignore[arg-type]
    save_session(place_stem(song, stem, mute_source=True), path)
    again = read_session(path)
    assert [clip.muted for clip in again.tracks[0].clips] == [False, False, True, False]
    assert again.tracks[1].clips[0].place == clips[2].place


def test_a_trimmed_track_and_stack_move_their_clips(tmp_path: Path) -> None:
    path = saved(tmp_path, a_clip("one", 0, 9600), a_clip("two", 0, 9600))
    edit = otio.adapters.read_from_file(str(path))
    edit.tracks.source_range = TimeRange(RationalTime(4800, RATE), RationalTime(9600, RATE))
    edit.tracks.markers.append(otio.schema.Marker("here", TimeRange(RationalTime(9600, RATE), RationalTime(0, RATE))))
    otio.adapters.write_to_file(edit, str(path))
    song = read_session(path)
    assert [clip.place.start for clip in song.tracks[0].clips] == [-4800, 4800]
    assert song.markers == (Marker("here", Span(4800, 0, RATE)),)
    source = song.tracks[0].clips[1]
    after = place_stem(song, StemPlacement(source.id, "x", source.media, source.cut))  # type: ignore[arg-type]
    save_session(replace(after, markers=(*after.markers, Marker("new", Span(7, 0, RATE)))), path)
    again = read_session(path)
    assert again.tracks[1].clips[0].place == source.place
    assert again.markers[1] == Marker("new", Span(7, 0, RATE))


def test_only_a_warp_that_changes_the_speed_is_an_obstacle(tmp_path: Path) -> None:
    clips = [a_clip(name, 0, 4800) for name in ("plain", "fast", "frozen", "off")]
    clips[0].effects.append(otio.schema.LinearTimeWarp(time_scalar=1))
    clips[1].effects.append(otio.schema.LinearTimeWarp(time_scalar=2))
    clips[2].effects.append(otio.schema.FreezeFrame())
    clips[3].effects.append(otio.schema.LinearTimeWarp(time_scalar=2))
    clips[3].effects[0].enabled = False
    reasons = [clip.why_not() for clip in read_session(saved(tmp_path, *clips)).tracks[0].clips]
    assert [reason is None for reason in reasons] == [True, False, False, True]


def test_effects_and_crossfades_are_named(tmp_path: Path) -> None:
    fade = otio.schema.Transition("", "SMPTE_Dissolve", RationalTime(480, RATE), RationalTime(480, RATE))
    one, two = a_clip("one", 4800, 4800), a_clip("two", 4800, 4800)
    two.effects.append(otio.schema.Effect("", "Compressor"))
    off = otio.schema.Effect("Chorus")
    off.enabled = False
    two.effects.append(off)
    path = saved(tmp_path, one, fade, two)
    first, second = read_session(path).tracks[0].clips
    assert first.differences == (Difference("fade", "SMPTE_Dissolve"),)
    assert second.differences == (Difference("effect", "Compressor"), Difference("fade", "SMPTE_Dissolve"))
    assert second.place == Span(4800, 4800, RATE)


def resolve_effect(name: str, value: float, default: float = 0.0, keys: object = ()) -> otio.schema.Effect:
    parameter = {"Parameter ID": "volume", "Parameter Value": value, "Default Parameter Value": default,
                 "Key Frames": dict(keys)}  # type: ignore[call-overload]  # fmt: skip
    own = {"Effect Name": name, "Enabled": True, "Name": name.split()[-1], "Parameters": [parameter]}
    return otio.schema.Effect("", "Resolve Effect", metadata={"Resolve_OTIO": own})


def test_the_volume_of_resolve_is_read_and_given_to_stems(tmp_path: Path) -> None:
    clip = a_clip("one", 0, 4800)
    clip.effects.append(resolve_effect("Fairlight Clip Volume and Fades", -6.0))
    clip.effects.append(resolve_effect("Fairlight Clip Pan", -20.0))
    clip.effects.append(resolve_effect("Fairlight Clip Equaliser", 0.0))
    path = saved(tmp_path, clip)
    source = read_session(path).tracks[0].clips[0]
    assert source.gain == pytest.approx(10 ** (-6 / 20))
    assert source.differences == (Difference("pan", "Pan"),)
    assert placed(path).tracks[1].clips[0].gain == source.gain
    stem = otio.adapters.read_from_file(str(path)).tracks[1][0]
    assert stem.effects[0].metadata["Resolve_OTIO"]["Parameters"][0]["Parameter Value"] == pytest.approx(-6)


def test_other_parameters_of_resolves_volume_are_named(tmp_path: Path) -> None:
    clip = a_clip("one", 0, 4800)
    clip.effects.append(resolve_effect("Fairlight Clip Volume and Fades", 12.0))
    clip.effects[0].metadata["Resolve_OTIO"]["Parameters"][0]["Parameter ID"] = "fadeIn"
    source = read_session(saved(tmp_path, clip)).tracks[0].clips[0]
    assert (source.gain, source.differences) == (1, (Difference("fade", "Fades"),))


def test_volume_automation_of_resolve_is_named(tmp_path: Path) -> None:
    clip = a_clip("one", 0, 4800)
    clip.effects.append(resolve_effect("Fairlight Clip Volume and Fades", -6.0, keys={"9": {"Value": -3.0}}))
    source = read_session(saved(tmp_path, clip)).tracks[0].clips[0]
    assert source.gain == 1
    assert source.differences == (Difference("automation", "Fades"),)


def test_the_active_media_reference_is_played(tmp_path: Path) -> None:
    clip = a_clip("one", 0, 4800)
    sparse_wave(tmp_path / "b.wav", RATE, RATE)
    clip.set_media_references({"DEFAULT_MEDIA": clip.media_reference.clone(),
                               "proxy": otio.schema.ExternalReference("b.wav")}, "proxy")  # fmt: skip
    media = read_session(saved(tmp_path, clip)).tracks[0].clips[0].media
    assert media is not None
    assert media.path.name == "b.wav"


def test_markers_of_tracks_and_clips_are_read(tmp_path: Path) -> None:
    clip = a_clip("one", 4800, 9600)
    for name, at in (("in", 6000), ("out", 100)):
        clip.markers.append(otio.schema.Marker(name, TimeRange(RationalTime(at, RATE), RationalTime(10, RATE))))
    song = read_session(saved(tmp_path, otio.schema.Gap(duration=RationalTime(1000, RATE)), clip))
    assert song.markers == (Marker("in", Span(2200, 10, RATE)),)


def test_a_zip_gives_the_rate_and_length_of_its_sounds(tmp_path: Path) -> None:
    sparse_wave(tmp_path / "b.wav", 44_100, 44_100, 1)
    clip = a_clip("one", 0, 10, "media/b.wav")
    clip.source_range = frames_at_24(0, 12)
    path = saved(tmp_path, clip)
    with zipfile.ZipFile(tmp_path / "x.otioz", "w") as archive:
        archive.write(path, "content.otio")
        archive.write(tmp_path / "b.wav", "media/b.wav")
    clip_in_zip = read_session(tmp_path / "x.otioz").tracks[0].clips[0]
    assert clip_in_zip.media is not None
    assert (clip_in_zip.media.rate, clip_in_zip.media.channels, clip_in_zip.media.frames) == (44_100, 1, 44_100)
    assert clip_in_zip.cut == Span(0, 22_072, 44_100)


def test_missing_media_is_looked_for_by_its_length(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    sparse_wave(tmp_path / "elsewhere" / "gone.wav", RATE, 7000)
    clip = a_clip("one", 0, 480, "file:///Volumes/X/gone.wav")
    clip.media_reference.available_range = TimeRange(RationalTime(0, RATE), RationalTime(7000, RATE))
    path = saved(tmp_path, clip)
    assert read_session(path, MediaFinder([tmp_path / "elsewhere"])).tracks[0].clips[0].why_not() is None
    clip.media_reference.available_range = TimeRange(RationalTime(0, RATE), RationalTime(7001, RATE))
    assert read_session(saved(tmp_path, clip), MediaFinder([tmp_path / "elsewhere"])).tracks[0].clips[0].why_not()


def test_a_folder_is_refused_with_the_session_inside_it(tmp_path: Path) -> None:
    """OTIO's bundle .otiod is a folder with content.otio in it."""
    (tmp_path / "x.otiod").mkdir()
    saved(tmp_path / "x.otiod", a_clip("one", 0, 4800), name="content.otio")
    with pytest.raises(SessionError, match=r"x\.otiod is a folder; open the session file inside it: content\.otio"):
        read_session(tmp_path / "x.otiod")
    assert len(placed(tmp_path / "x.otiod" / "content.otio").tracks) == 2


def test_a_missing_reference_with_a_file_name_can_be_found(tmp_path: Path) -> None:
    clip = a_clip("one", 0, 4800)
    clip.media_reference = otio.schema.MissingReference("gone.wav")
    path = saved(tmp_path, clip)
    assert "gone.wav does not exist" in str(read_session(path).tracks[0].clips[0].why_not())
    (tmp_path / "elsewhere").mkdir()
    sparse_wave(tmp_path / "elsewhere" / "gone.wav", RATE, 7000)
    assert read_session(path, MediaFinder([tmp_path / "elsewhere"])).tracks[0].clips[0].why_not() is None


def test_audio_tracks_in_a_stack_beside_the_tracks_are_read(tmp_path: Path) -> None:
    path = saved(tmp_path, a_clip("one", 0, 4800))
    edit = otio.adapters.read_from_file(str(path))
    inner = otio.schema.Track("in", kind="Audio", children=[a_clip("two", 100, 4800)])
    picture = otio.schema.Track("v", kind="Video", children=[a_clip("picture", 0, 4800)])
    edit.tracks.insert(0, otio.schema.Stack("music", children=[picture, inner]))
    otio.adapters.write_to_file(edit, str(path))
    song = read_session(path)
    assert [(track.name, [clip.name for clip in track.clips]) for track in song.tracks] == [
        ("music", ["two"]), ("A1", ["one"]),
    ]  # fmt: skip
    source = song.tracks[0].clips[0]
    stem = StemPlacement(source.id, "x", source.media, source.cut)  # type: ignore[arg-type]
    save_session(place_stem(song, stem, mute_source=True), path)
    again = read_session(path)
    assert [track.name for track in again.tracks] == ["music", "music [x]", "A1"]
    assert [clip.muted for _, clip in again.clips()] == [True, False, False]
