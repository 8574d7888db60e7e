"""The check of a session: everything that a separation would meet, each thing once."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from session_makers import sparse_wave

from flowsep_plugin.audio.span import Span
from flowsep_plugin.timeline import ClipRef, Timeline, Track, read_session, save_session
from flowsep_plugin.timeline.check import ClipGroup, MissingMedia, SessionCheck, check_session
from flowsep_plugin.timeline.difference import Difference
from flowsep_plugin.timeline.media_finder import MediaFinder

RATE = 48_000
PLACE = Span(0, 1000, RATE)


@pytest.fixture
def song(tmp_path: Path) -> Timeline:
    """A saved session with two clips of a file of 1000 frames."""
    media = sparse_wave(tmp_path / "take.wav", RATE, 1000)
    clips = (ClipRef("a", "a", media, PLACE, PLACE), ClipRef("b", "b", media, PLACE, PLACE.moved(2000)))
    save_session(Timeline("song", RATE, (Track("t", "Drums", clips, 2),)), tmp_path / "song.rpp")
    return read_session(tmp_path / "song.rpp")


def changed(song: Timeline, *, track: dict[str, object] | None = None, **changes: object) -> Timeline:
    """Return the session with `changes` of its first clip and of its track."""
    first, *others = song.tracks[0].clips
    clips = (replace(first, **changes), *others)  # type: ignore[arg-type]
    return replace(song, tracks=(replace(song.tracks[0], clips=clips, **(track or {})),))  # type: ignore[arg-type]


def check(song: Timeline) -> SessionCheck:
    return check_session(song, MediaFinder())


def test_a_plain_session_has_nothing_to_say(song: Timeline) -> None:
    assert check(song) == SessionCheck(name="song.rpp", rate=RATE, tracks=1, clips=2, separable=2, relinked={})


def test_clips_that_cannot_be_separated_are_grouped_by_reason(song: Timeline) -> None:
    result = check(changed(song, obstacle="is MIDI"))
    assert (result.separable, result.refused) == (1, (ClipGroup("is MIDI", ("a",)),))


def test_silent_clips_are_named_with_the_reason(song: Timeline) -> None:
    result = check(changed(song, muted=True, track={"muted": True}))
    assert result.silent == (ClipGroup("is muted", ("a",)), ClipGroup("is on the muted track 'Drums'", ("b",)))
    assert result.separable == 2


def test_all_differences_are_listed(song: Timeline) -> None:
    fade, plug_in = Difference("fade"), Difference("plug-in", "ReaEQ")
    result = check(changed(song, differences=(fade,), track={"differences": (plug_in,)}))
    assert [(owner.kind, owner.differences) for owner in result.differences] == [
        ("track", (plug_in,)),
        ("clip", (fade,)),
    ]


def test_a_clip_past_its_files_ends_is_named_but_not_for_a_rounded_frame(song: Timeline) -> None:
    assert check(changed(song, cut=Span(-2, 1004, RATE))).past_media == (
        ClipGroup("plays silence before and after its file", ("a",)),
    )
    assert check(changed(song, cut=Span(0, 1001, RATE))).past_media == ()


def test_an_id_that_two_clips_have_is_named(song: Timeline) -> None:
    first, second = song.tracks[0].clips
    twice = replace(song, tracks=(replace(song.tracks[0], clips=(first, replace(second, id=first.id))),))
    assert check(twice).duplicate_ids == (first.id,)


def test_media_at_another_rate_are_named_where_the_format_minds(song: Timeline, tmp_path: Path) -> None:
    slow = sparse_wave(tmp_path / "slow.wav", 44_100, 1000)
    other = changed(song, media=slow, cut=Span(0, 919, 44_100))
    assert check(other).other_rates == ()
    path = tmp_path / "song.otio"
    save_session(replace(song, document=None), path)
    document = read_session(path).document
    assert check(replace(other, document=document)).other_rates == (ClipGroup("plays a file of 44100 Hz", ("a",)),)


def test_a_missing_file_is_named_once_with_the_place_where_it_lies_now(song: Timeline, tmp_path: Path) -> None:
    (tmp_path / "old takes").mkdir()
    (tmp_path / "take.wav").rename(tmp_path / "old takes" / "take.wav")
    result = check(read_session(tmp_path / "song.rpp"))
    assert result.separable == 0
    assert result.refused == (ClipGroup("plays a file that is missing", ("a", "b")),)
    assert result.missing == (MissingMedia(tmp_path / "take.wav", 2, (tmp_path / "old takes" / "take.wav",)),)


def test_a_file_that_lies_in_a_named_folder_is_relinked_and_not_missing(song: Timeline, tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "take.wav").rename(tmp_path / "x" / "take.wav")
    finder = MediaFinder([tmp_path / "x"])
    result = check_session(read_session(tmp_path / "song.rpp", finder), finder)
    assert (result.separable, result.missing) == (2, ())
    assert result.relinked == {tmp_path / "take.wav": tmp_path / "x" / "take.wav"}


def test_of_files_that_fit_equally_all_are_named(song: Timeline, tmp_path: Path) -> None:
    for folder in ("x", "y"):
        (tmp_path / folder).mkdir()
        sparse_wave(tmp_path / folder / "take.wav", RATE, 1000)
    (tmp_path / "take.wav").unlink()
    assert [len(media.matches) for media in check(read_session(tmp_path / "song.rpp")).missing] == [2]


def test_a_session_that_is_open_or_read_only_says_so(
    song: Timeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = tmp_path / "song.rpp.lock"
    lock.touch()
    assert "is open in its program" in str(check(song).obstacle)
    lock.unlink()
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path).suffix != ".rpp")
    assert "read-only" in str(check(song).obstacle)


def test_a_timeline_without_a_file_cannot_be_checked(song: Timeline) -> None:
    with pytest.raises(ValueError, match="was not read from a session"):
        check(replace(song, document=None))
