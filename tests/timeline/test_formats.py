"""Guarantees of every session format in the table."""

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

import pytest
import toy_format
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from session_makers import a_marker, clip_essence, essence, fitted, large_session, media_pool, sessions

from flowsep_plugin.audio.span import Span
from flowsep_plugin.errors import SessionError, UsageError
from flowsep_plugin.media import probe
from flowsep_plugin.timeline import (
    SESSION_FORMATS,
    Capabilities,
    ClipRef,
    Marker,
    Media,
    SessionFormat,
    StemPlacement,
    Timeline,
    by_suffix,
    dry_run,
    formats,
    place_stem,
    read_session,
    save_session,
    session_suffixes,
)

MOST_CLIPS = {"AAF": 3}
EXAMPLES = {"AAF": 2}
"""Numbers of random sessions for slow formats; pyaaf2 takes a second for each file."""

every_format = pytest.mark.parametrize("form", [*SESSION_FORMATS, toy_format.FORMAT], ids=lambda form: form.name)


@pytest.fixture(autouse=True)
def _add_the_toy_format(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "SESSION_FORMATS", (*SESSION_FORMATS, toy_format.FORMAT))


def for_random_data(form: SessionFormat, examples: int, check: Callable[[st.DataObject], None]) -> None:
    """Run `check` on as many random sessions as the format has time for."""
    phases = (Phase.explicit, Phase.generate) if form.name in EXAMPLES else tuple(Phase)  # shrinking would take minutes
    settings(max_examples=EXAMPLES.get(form.name, examples), phases=phases)(given(st.data())(check))()


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def pool(tmp_path: Path) -> dict[int, Media]:
    """Write media files to the session's own folder, where Ardour needs them."""
    return media_pool(tmp_path / "interchange" / "song" / "audiofiles")


def session_path(form: SessionFormat, folder: Path, name: str = "song") -> Path:
    path = folder / f"{name}{form.suffixes[0]}"
    path.unlink(missing_ok=True)
    return path


def draw_session(data: st.DataObject, form: SessionFormat, pool: dict[int, Media], most: int = 12) -> Timeline:
    return data.draw(sessions(pool, form.capabilities, MOST_CLIPS.get(form.name, most)))


def a_song(form: SessionFormat, pool: dict[int, Media]) -> Timeline:
    song = fitted(large_session(48_000, pool[48_000], 16), form.capabilities)
    song = replace(song, tracks=song.tracks[:1]) if form.name in EXAMPLES else song
    return replace(song, markers=(Marker("one", Span(5, 0, 48_000)),)) if form.capabilities.markers else song


def a_stem(timeline: Timeline, clip_id: str, pool: dict[int, Media]) -> StemPlacement:
    _, clip = timeline.find(clip_id)
    return StemPlacement(clip_id, "piano \"'`", pool[clip.cut.rate], clip.cut)


@every_format
def test_every_format_reads_back_the_same_integers(
    form: SessionFormat, pool: dict[int, Media], directory: Path
) -> None:
    def check(data: st.DataObject) -> None:
        song = draw_session(data, form, pool)
        path = session_path(form, directory)
        save_session(song, path)
        stored = form.stored_name
        assert essence(read_session(path), stored) == essence(song, stored)

    for_random_data(form, 20, check)


@every_format
def test_placing_a_stem_adds_it_and_changes_nothing_else(
    form: SessionFormat, pool: dict[int, Media], directory: Path
) -> None:
    def check(data: st.DataObject) -> None:
        path = session_path(form, directory)
        save_session(draw_session(data, form, pool, 6), path)
        before = read_session(path)
        clips = [clip for _, clip in before.clips()]
        if not clips:
            return
        source = data.draw(st.sampled_from(clips))
        after = place_stem(before, a_stem(before, source.id, pool), mute_source=form.capabilities.mute)
        if form.capabilities.markers:
            mark = a_marker(after, form.capabilities, "here [x]", Span(77, 0, after.rate))
            after = replace(after, markers=(*after.markers, mark))
        saved = save_session(after, path)
        again = read_session(path)
        stored = form.stored_name
        new = next(index for index, track in enumerate(after.tracks) if track.like)
        expected, actual = essence(after, stored), essence(again, stored)
        track = next(t for t in again.tracks if stored(t.name) == stored(after.tracks[new].name))
        if form.capabilities.inserts_tracks:
            assert again.tracks.index(track) == new
        assert clip_essence(track.clips[0], stored)[2:] == clip_essence(after.tracks[new].clips[0], stored)[2:]
        assert actual["markers"] == expected["markers"]
        assert actual["tempos"] == expected["tempos"]
        assert saved.backup is not None
        old = read_session(saved.backup)
        assert essence(old) == essence(before)
        other_tracks = [t for index, t in enumerate(essence(again)["tracks"]) if again.tracks[index] is not track]  # type: ignore[arg-type]
        expected_tracks = essence(replace(after, tracks=tuple(t for t in after.tracks if not t.like)))["tracks"]
        assert other_tracks == expected_tracks
        for file in directory.glob("*flowsep backup*"):
            file.unlink()

    for_random_data(form, 10, check)


@every_format
def test_hundreds_of_clips_are_written_and_read_in_20_seconds(
    form: SessionFormat, pool: dict[int, Media], directory: Path
) -> None:
    song = fitted(large_session(192_000, pool[192_000], 24 if form.name in EXAMPLES else 400), form.capabilities)
    path = session_path(form, directory)
    began = time.monotonic()
    save_session(song, path)
    assert essence(read_session(path)) == essence(song)
    assert time.monotonic() - began < 20


@every_format
def test_a_dry_run_changes_nothing_and_describes_the_changes(
    form: SessionFormat, pool: dict[int, Media], directory: Path
) -> None:
    path = session_path(form, directory)
    save_session(a_song(form, pool), path)
    before, names = path.read_bytes(), sorted(directory.iterdir())
    song = read_session(path)
    result = dry_run(place_stem(song, a_stem(song, song.tracks[0].clips[0].id, pool)), path)
    assert path.read_bytes() == before
    assert sorted(directory.iterdir()) == names
    assert any("+ track" in line for line in result.summary)
    assert bool(result.diff) == form.is_text(path)


@every_format
def test_saving_without_changes_keeps_every_byte(form: SessionFormat, pool: dict[int, Media], directory: Path) -> None:
    path = session_path(form, directory)
    save_session(a_song(form, pool), path)
    before = path.read_bytes()
    save_session(read_session(path), path)
    assert path.read_bytes() == before


@every_format
def test_a_session_that_changed_since_it_was_read_is_left_alone(
    form: SessionFormat, pool: dict[int, Media], directory: Path
) -> None:
    path = session_path(form, directory)
    save_session(a_song(form, pool), path)
    song = read_session(path)
    path.write_bytes(path.read_bytes() + b"\n")
    theirs = path.read_bytes()
    with pytest.raises(SessionError, match="since it was read"):
        save_session(song, path)
    assert path.read_bytes() == theirs


@every_format
def test_an_existing_file_is_not_overwritten(form: SessionFormat, pool: dict[int, Media], directory: Path) -> None:
    path, other = session_path(form, directory), session_path(form, directory, "other")
    save_session(a_song(form, pool), path)
    other.write_bytes(b"precious")
    with pytest.raises(SessionError, match="already exists"):
        save_session(read_session(path), other)
    assert other.read_bytes() == b"precious"


@every_format
def test_a_locked_session_is_left_alone(form: SessionFormat, pool: dict[int, Media], directory: Path) -> None:
    path = session_path(form, directory)
    save_session(a_song(form, pool), path)
    before, song = path.read_bytes(), read_session(path)
    for lock in form.locks(path):
        lock.touch()
        with pytest.raises(SessionError, match="open in its program"):
            save_session(song, path)
        lock.unlink()
    assert path.read_bytes() == before


@every_format
def test_a_missing_write_permission_is_an_error(
    form: SessionFormat, pool: dict[int, Media], directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = session_path(form, directory)
    save_session(a_song(form, pool), path)
    before, names = path.read_bytes(), sorted(directory.iterdir())

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "replace", refuse)
    song = read_session(path)
    with pytest.raises(SessionError, match=r"Permission denied.*unchanged"):
        save_session(place_stem(song, a_stem(song, song.tracks[0].clips[0].id, pool)), path)
    assert path.read_bytes() == before
    for backup in directory.glob("*flowsep backup*"):
        backup.unlink()
    assert sorted(directory.iterdir()) == names


@every_format
def test_a_damaged_session_is_read_or_refused_with_a_session_error(
    form: SessionFormat, pool: dict[int, Media], directory: Path
) -> None:
    path, damaged = session_path(form, directory), session_path(form, directory, "damaged")
    save_session(a_song(form, pool), path)
    whole = path.read_bytes()

    @settings(max_examples=40, phases=[Phase.generate])
    @given(st.booleans(), st.floats(0, 1, exclude_max=True), st.binary(min_size=1, max_size=40))
    def check(is_cut: bool, part: float, noise: bytes) -> None:
        at = int(part * len(whole))
        damaged.write_bytes(whole[:at] if is_cut else whole[:at] + noise + whole[at + len(noise) :])
        with contextlib.suppress(SessionError):
            assert read_session(damaged).rate > 0

    check()


@every_format
def test_a_missing_session_is_an_error(form: SessionFormat, directory: Path) -> None:
    with pytest.raises(SessionError, match="no such session"):
        read_session(session_path(form, directory, "nowhere"))


def test_a_new_format_is_one_module_and_one_row(tmp_path: Path) -> None:
    assert by_suffix(tmp_path / "song.TOY") is toy_format.FORMAT
    assert session_suffixes()[-1] == ".toy"
    with pytest.raises(SessionError, match=r"\.toy"):
        by_suffix(tmp_path / "song.als")


def test_the_table_loads_no_reader_or_writer_of_a_format() -> None:
    code = (
        "import sys, flowsep_plugin.timeline; print(*(n for n in sys.modules if '.formats.' in n and '.session' in n))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "\n"


def test_suffixes_are_filtered_by_embedding_and_lists() -> None:
    assert set(session_suffixes(embedding=True)) == {".aaf", ".dawproject", ".otioz"}
    assert set(session_suffixes()) - set(session_suffixes(lists=False)) == {".csv"}
    assert len({*session_suffixes()}) == len(session_suffixes())


def test_the_timeline_page_lists_the_capabilities_of_every_format() -> None:
    page = (Path(__file__).parents[2] / "docs" / "timeline.md").read_text("utf-8")
    for form in SESSION_FORMATS:
        assert f"| {form.name} {', '.join(f'`{suffix}`' for suffix in form.suffixes)} |" in page
    for field in fields(Capabilities):
        words = ["yes" if getattr(form.capabilities, field.name) else "–" for form in SESSION_FORMATS]
        assert f"| {' | '.join([field.name.replace('_', ' '), *words])} |\n" in page


@every_format
def test_embed_and_text_suffixes_are_among_the_suffixes_of_a_row(form: SessionFormat) -> None:
    assert {*form.embed_suffixes, *form.text_suffixes} <= {*form.suffixes}
    assert bool(form.embed_suffixes) == (form.embed is not None)
    assert all(suffix == suffix.lower() and suffix.startswith(".") for suffix in form.suffixes)


def test_the_error_for_an_unknown_suffix_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(SessionError, match=r"\.rpp"):
        read_session(tmp_path / "song.als")


@every_format
def test_a_clip_with_offline_media_keeps_its_place_and_names_the_obstacle(form: SessionFormat, tmp_path: Path) -> None:
    pool = media_pool(tmp_path / "interchange" / "song" / "audiofiles", 8)
    path = session_path(form, tmp_path)
    song = a_song(form, pool)
    save_session(song, path)
    shutil.rmtree(tmp_path / "interchange")
    again = read_session(path)
    clip = again.tracks[0].clips[0]
    assert clip.place == song.tracks[0].clips[0].place
    if clip.media is None or clip.media.member is None:
        assert "offline" in str(clip.why_not())


@every_format
def test_a_session_embeds_its_sounds_where_its_format_can(form: SessionFormat, tmp_path: Path) -> None:
    pool = media_pool(tmp_path / "media", 1)
    song = a_song(form, pool)
    song = replace(song, tracks=tuple(replace(t, clips=tuple(inside(c) for c in t.clips)) for t in song.tracks))
    path = tmp_path / f"song{(*form.embed_suffixes, *form.suffixes)[0]}"
    if form.embed is None:
        with pytest.raises(UsageError, match="cannot embed"):
            save_session(song, path, embed=True)
        assert not path.exists()
        return
    save_session(song, path, embed=True)
    shutil.rmtree(tmp_path / "media")
    for number, (_, clip) in enumerate(read_session(path).clips()):
        assert clip.why_not() is None
        assert clip.media is not None
        assert form.extract is not None
        (tmp_path / str(number)).mkdir()
        assert probe(form.extract(path, clip.media, tmp_path / str(number))).frames == 48_000


def inside(clip: ClipRef) -> ClipRef:
    """Return the clip with a cut inside a one-second file."""
    return replace(clip, cut=Span(9, 500, 48_000), place=replace(clip.place, frames=500))


@pytest.mark.parametrize("suffix", [*session_suffixes(embedding=True), ".otio", ".rpp"])
def test_a_dry_run_works_before_the_stems_exist(suffix: str, tmp_path: Path) -> None:
    pool = media_pool(tmp_path / "media", 1)
    form = by_suffix(tmp_path / f"x{suffix}")
    song, path = a_song(form, pool), tmp_path / f"song{suffix}"
    save_session(song, path, embed=form.can_embed(path))
    read = read_session(path)
    clip = read.tracks[0].clips[0]
    missing_media = Media(tmp_path / "FlowSep" / "not there yet.wav", 48_000, 2, clip.cut.frames)
    names = sorted(tmp_path.rglob("*"))
    for embed in (False, *([True] if form.can_embed(path) else [])):
        result = dry_run(place_stem(read, StemPlacement(clip.id, "x", missing_media, clip.cut)), path, embed=embed)
        assert any("+ track" in line for line in result.summary)
    assert sorted(tmp_path.rglob("*")) == names
