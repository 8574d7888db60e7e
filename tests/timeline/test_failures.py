"""Failures with every session format: nothing is lost; the message names the file, the cause and the way out."""

import contextlib
import errno
import json
import os
import random
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from lxml import etree
from session_makers import media_pool, sparse_wave
from test_formats import a_song, a_stem, session_path

from flowsep_plugin.audio.span import Span
from flowsep_plugin.errors import FlowsepError, SessionError, UsageError
from flowsep_plugin.timeline import (
    SESSION_FORMATS,
    ClipRef,
    Marker,
    Media,
    SessionFormat,
    StemPlacement,
    Timeline,
    Track,
    place_stem,
    read_session,
    save,
    save_session,
)

RATE = 48_000
every_format = pytest.mark.parametrize("form", SESSION_FORMATS, ids=lambda form: form.name)


@pytest.fixture
def pool(tmp_path: Path) -> dict[int, Media]:
    return media_pool(tmp_path / "interchange" / "song" / "audiofiles", 8)


def with_stem(form: SessionFormat, pool: dict[int, Media], folder: Path) -> tuple[Path, Timeline]:
    """Return the path of a saved session, and its timeline with a stem added."""
    path = session_path(form, folder)
    save_session(a_song(form, pool), path)
    song = read_session(path)
    return path, place_stem(song, a_stem(song, song.tracks[0].clips[0].id, pool))


def everything_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def _half_written(form: SessionFormat, code: int) -> SessionFormat:
    def write(timeline: Timeline, target: Path, directory: Path) -> None:
        form.write(timeline, target, directory)
        target.write_bytes(target.read_bytes()[:100])
        raise OSError(code, os.strerror(code))

    return replace(form, write=write)


def _refusing(code: int) -> Callable[..., Any]:
    def refuse(*arguments: Any, **options: Any) -> Any:
        if len(arguments) > 1 and isinstance(arguments[1], Path):  # a copy that fails halfway
            arguments[1].write_bytes(b"half")
        raise OSError(code, os.strerror(code))

    return refuse


REFUSALS = [
    (form, code)
    for form in SESSION_FORMATS
    for code in (errno.ENOSPC, errno.EROFS, errno.EACCES)
    if code == errno.ENOSPC or form.name != "AAF"  # pyaaf2 takes seconds, and the code that is tried is the same
]


@pytest.mark.parametrize(
    ("form", "code"), REFUSALS, ids=lambda value: errno.errorcode[value] if isinstance(value, int) else value.name
)
@pytest.mark.parametrize("stage", ["write", "backup", "flush"])
def test_a_disk_error_leaves_all_files_unchanged(
    form: SessionFormat, stage: str, code: int, pool: dict[int, Media], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, after = with_stem(form, pool, tmp_path)
    before = everything_in(tmp_path)
    match stage:
        case "write":
            monkeypatch.setattr(save, "by_suffix", lambda path: _half_written(form, code))
        case "backup":
            monkeypatch.setattr(shutil, "copy2", _refusing(code))
        case "flush":
            monkeypatch.setattr(os, "fsync", _refusing(code))
    with pytest.raises(SessionError) as caught:
        save_session(after, path)
    monkeypatch.undo()
    message = str(caught.value)
    assert str(path) in message
    assert os.strerror(code) in message
    assert "is unchanged" in message
    assert caught.value.setting == "save_as"
    remaining = everything_in(tmp_path)
    assert {name: remaining[name] for name in before} == before
    assert all(remaining[name] == before[path.name] for name in set(remaining) - set(before)), (
        "only a whole backup may be left"
    )
    save_session(after, path)
    assert "piano" in " ".join(track.name for track in read_session(path).tracks)


@every_format
def test_every_change_has_its_backup_even_within_a_second(
    form: SessionFormat, pool: dict[int, Media], tmp_path: Path
) -> None:
    path, _ = with_stem(form, pool, tmp_path)
    backups = []
    for _ in range(2 if form.name == "AAF" else 3):
        before, song = path.read_bytes(), read_session(path)
        saved = save_session(place_stem(song, a_stem(song, song.tracks[0].clips[0].id, pool)), path)
        assert saved.backup is not None
        assert "flowsep backup" in saved.backup.name
        assert saved.backup.read_bytes() == before
        backups.append(saved.backup)
    assert len(set(backups)) == len(backups)
    assert all(backup.exists() for backup in backups)


@every_format
def test_a_backup_opens_as_the_old_session(form: SessionFormat, pool: dict[int, Media], tmp_path: Path) -> None:
    path, after = with_stem(form, pool, tmp_path)
    original = read_session(path)
    backup = save_session(after, path).backup
    assert backup is not None
    assert [t.clips for t in read_session(backup).tracks] == [
        t.clips for t in original.tracks
    ] or form.name == "DAWproject"


@every_format
def test_saving_without_changes_writes_no_backup(form: SessionFormat, pool: dict[int, Media], tmp_path: Path) -> None:
    path = session_path(form, tmp_path)
    save_session(a_song(form, pool), path)
    names = everything_in(tmp_path)
    assert save_session(read_session(path), path).backup is None
    assert everything_in(tmp_path) == names


@every_format
def test_a_deleted_session_is_an_error(form: SessionFormat, pool: dict[int, Media], tmp_path: Path) -> None:
    path, after = with_stem(form, pool, tmp_path)
    path.unlink()
    with pytest.raises(SessionError, match=r"was moved or deleted after it was read; put it back"):
        save_session(after, path)
    assert not path.exists()


@every_format
def test_a_link_stays_a_link(form: SessionFormat, pool: dict[int, Media], tmp_path: Path) -> None:
    path, _ = with_stem(form, pool, tmp_path)
    (tmp_path / "shelf").mkdir()
    real = path.rename(tmp_path / "shelf" / path.name)
    path.symlink_to(real)
    song = read_session(path)
    save_session(place_stem(song, a_stem(song, song.tracks[0].clips[0].id, pool)), path)
    assert path.is_symlink()
    assert not [other for other in real.parent.iterdir() if other.name.startswith(".flowsep")]
    assert len(read_session(path).tracks) > len(song.tracks)


@every_format
def test_the_error_for_a_lock_names_the_lock_and_the_way_out(
    form: SessionFormat, pool: dict[int, Media], tmp_path: Path
) -> None:
    path, after = with_stem(form, pool, tmp_path)
    assert form.locks(path)
    for lock in form.locks(path):
        lock.touch()
        with pytest.raises(SessionError) as caught:
            save_session(after, path)
        lock.unlink()
        for word in (path.name, lock.name, "close it there", "save under another name"):
            assert word in str(caught.value)


@every_format
def test_offline_media_is_named_with_its_path(form: SessionFormat, pool: dict[int, Media], tmp_path: Path) -> None:
    path = session_path(form, tmp_path)
    save_session(a_song(form, pool), path)
    shutil.rmtree(tmp_path / "interchange")
    for _, clip in read_session(path).clips():
        reason = str(clip.why_not())
        assert "offline" in reason
        assert "48000.wav does not exist" in reason


@every_format
def test_a_clip_past_the_end_of_a_shortened_file_names_the_obstacle(form: SessionFormat, tmp_path: Path) -> None:
    """The path holds a shorter recording than before; the clip's cut is past its end."""
    folder = tmp_path / "interchange" / "song" / "audiofiles"
    pool = media_pool(folder, 8)
    song, path = a_song(form, pool), session_path(form, tmp_path)
    clip = song.tracks[0].clips[0]
    clip = replace(clip, cut=Span(7 * RATE, 9600, RATE), place=replace(clip.place, frames=9600))
    save_session(replace(song, tracks=(replace(song.tracks[0], clips=(clip,)),)), path)
    media = pool[RATE].path
    media.unlink()
    sparse_wave(media, RATE, 2 * RATE)
    result = read_session(path).tracks[0].clips[0]
    if form.name != "DAWproject":  # its XML states the length
        assert "is outside its file, which has 96000 frames" in str(result.why_not())


@every_format
def test_media_at_another_rate_is_placed_or_refused_by_name(form: SessionFormat, tmp_path: Path) -> None:
    folder = tmp_path / "interchange" / "song" / "audiofiles"
    pool = media_pool(folder, 8)
    clip = ClipRef("c", "fast", pool[96_000], Span(96_000, 9600, 96_000), Span(RATE, 4800, RATE))
    song, path = Timeline("song", RATE, (Track("t", "Drums", (clip,), 2),)), session_path(form, tmp_path)
    if form.capabilities.mixed_rates or form.name == "OTIO":  # OTIO puts it on a frame of the file
        save_session(song, path)
        result = read_session(path).tracks[0].clips[0]
        assert (result.cut, result.place, result.why_not()) == (clip.cut, clip.place, None)
        return
    with pytest.raises(UsageError) as caught:
        save_session(song, path)
    for word in ("96000.wav", "96000 Hz", "48000", "convert it first"):
        assert word in str(caught.value)
    assert not path.exists()


@every_format
def test_media_with_a_changed_rate_is_read_or_names_the_obstacle(form: SessionFormat, tmp_path: Path) -> None:
    folder = tmp_path / "interchange" / "song" / "audiofiles"
    pool = media_pool(folder, 8)
    song, path = a_song(form, pool), session_path(form, tmp_path)
    save_session(song, path)
    media = pool[RATE].path
    media.unlink()
    sparse_wave(media, 44_100, 8 * 44_100)
    clip = read_session(path).tracks[0].clips[0]
    if clip.why_not() is None:
        assert clip.cut.rate in (44_100, RATE)
        return
    assert "44100 Hz, the session at 48000; import it again" in str(clip.why_not()) or "44100" in str(clip.why_not())


@every_format
def test_stem_tracks_never_share_a_name(form: SessionFormat, pool: dict[int, Media], tmp_path: Path) -> None:
    path, _ = with_stem(form, pool, tmp_path)
    for _ in range(2 if form.name == "AAF" else 3):
        song = read_session(path)
        save_session(place_stem(song, a_stem(song, song.tracks[0].clips[0].id, pool)), path)
    names = [track.name.casefold() for track in read_session(path).tracks]
    assert len(set(names)) == len(names)


def test_a_stem_track_in_ardour_does_not_share_a_name_with_a_bus(pool: dict[int, Media], tmp_path: Path) -> None:
    """Buses are not read as tracks, but Ardour has one namespace for both."""
    form = next(form for form in SESSION_FORMATS if form.name == "Ardour")
    path, _ = with_stem(form, pool, tmp_path)
    root = etree.fromstring(path.read_bytes())
    title = read_session(path).tracks[0].name + " [piano \"'`]"
    etree.SubElement(root.find("Routes"), "Route", id="9001", name=title.upper())
    path.write_bytes(etree.tostring(root))
    song = read_session(path)
    save_session(place_stem(song, a_stem(song, song.tracks[0].clips[0].id, pool)), path)
    names = [route.get("name").casefold() for route in etree.fromstring(path.read_bytes()).iterfind("Routes/Route")]
    assert len(set(names)) == len(names)


NOT_SESSIONS = (
    b"", bytes(300), b"PK\x05\x06" + bytes(18), b"\xff\xfe<\x00", b"<", b"{}", b"[]", b"kind\r\n", bytes(range(256)),
    b'{"OTIO_SCHEMA": "Timeline.1"}',
)  # fmt: skip


@every_format
@pytest.mark.parametrize("content", NOT_SESSIONS)
def test_a_file_other_than_a_session_is_refused_by_name(form: SessionFormat, content: bytes, tmp_path: Path) -> None:
    path = session_path(form, tmp_path)
    path.write_bytes(content)
    with contextlib.suppress(SessionError):
        timeline = read_session(path)
        assert form.name == "OTIO", timeline  # an empty timeline is one
        return
    with pytest.raises(SessionError, match=path.name):
        read_session(path)
    assert path.read_bytes() == content


def _without_lines(path: Path, rng: random.Random) -> None:
    lines = path.read_bytes().split(b"\n")
    for _ in range(rng.randint(1, 3)):
        del lines[rng.randrange(len(lines))]
    path.write_bytes(b"\n".join(lines))


def _without_nodes(data: bytes, rng: random.Random) -> bytes:
    """Return the XML without a few random elements or attributes."""
    root = etree.fromstring(data)
    for element in rng.sample(list(root.iter()), rng.randint(1, 3)):
        if element.attrib and rng.random() < 0.5:
            del element.attrib[rng.choice(list(element.attrib))]
        elif element.getparent() is not None:
            element.getparent().remove(element)
    return bytes(etree.tostring(root))


def _without_names(data: bytes, rng: random.Random) -> bytes:
    """Return the JSON with a few random values removed or replaced."""
    document = json.loads(data)
    things: list[Any] = [document]
    for thing in things:
        things += [
            value for value in (thing.values() if isinstance(thing, dict) else thing) if isinstance(value, dict | list)
        ]
    for thing in rng.sample(things, rng.randint(1, 3)):
        if thing and isinstance(thing, dict):
            name = rng.choice(list(thing))
            thing.update({name: rng.choice([None, 3, "x", [], {}])}) if rng.random() < 0.5 else thing.pop(name)
        elif thing:
            thing.pop(rng.randrange(len(thing)))
    return json.dumps(document).encode()


def harm(path: Path, rng: random.Random) -> None:
    """Remove random parts of a session; the file itself stays well-formed."""
    if path.suffix in (".rpp", ".csv", ".edl"):
        _without_lines(path, rng)
    elif path.suffix == ".otio":
        path.write_bytes(_without_names(path.read_bytes(), rng))
    elif path.suffix in (".ardour", ".fcpxml"):
        path.write_bytes(_without_nodes(path.read_bytes(), rng))
    else:
        with zipfile.ZipFile(path) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in members.items():
                archive.writestr(name, _without_nodes(data, rng) if name == "project.xml" else data)


@pytest.mark.parametrize("form", [form for form in SESSION_FORMATS if form.name != "AAF"], ids=lambda form: form.name)
def test_an_incomplete_session_gets_its_stem_or_is_refused_unchanged(
    form: SessionFormat, pool: dict[int, Media], tmp_path: Path
) -> None:
    path, whole = session_path(form, tmp_path), session_path(form, tmp_path, "whole")
    song = a_song(form, pool)
    save_session(replace(song, tracks=tuple(replace(t, clips=t.clips[:2]) for t in song.tracks[:3])), whole)
    done = []

    @settings(max_examples=60, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
    @given(st.integers(0, 2**32))
    def check(seed: int) -> None:
        shutil.copyfile(whole, path)
        harm(path, random.Random(seed))
        before = path.read_bytes()
        try:
            read = read_session(path)
            clip = next((clip for _, clip in read.clips() if clip.media is not None), None)
            if clip is None:
                return
            stem = StemPlacement(clip.id, "piano", pool[RATE], clip.cut)
            after = place_stem(read, stem, mute_source=form.capabilities.mute)
            if form.capabilities.markers:
                after = replace(after, markers=(*after.markers, Marker("here", Span(9, 0, after.rate))))
            saved = save_session(after, path)
        except FlowsepError:
            assert path.read_bytes() == before
            return
        assert saved.backup is not None
        assert saved.backup.read_bytes() == before
        saved.backup.unlink()
        again = read_session(path)
        assert any("[piano]" in track.name for track in again.tracks)
        done.append(seed)

    check()
    assert len(done) >= 10
