"""Sessions whose media were moved: read with them found elsewhere, saved with stems, their own paths unchanged."""

from pathlib import Path

import pytest
from session_makers import sparse_wave

from flowsep_plugin.audio.span import Span
from flowsep_plugin.timeline import (
    SESSION_FORMATS,
    ClipRef,
    SessionFormat,
    StemPlacement,
    Timeline,
    Track,
    by_suffix,
    place_stem,
    read_session,
    save_session,
)
from flowsep_plugin.timeline.media_finder import MediaFinder

RATE, FRAMES = 48_000, 48_000


def moved(folder: Path, form: SessionFormat) -> Path:
    """Save a session whose only file is moved to the folder "archive" then; returns the session's path."""
    path = folder / f"song{form.suffixes[0]}"
    form.media_folder(path).mkdir(parents=True)
    media = sparse_wave(form.media_folder(path) / "take.wav", RATE, FRAMES)
    clip = ClipRef("c", "take", media, Span(1920, 3840, RATE), Span(5760, 3840, RATE))
    save_session(Timeline("song", RATE, (Track("t", "Drums", (clip,), 2),)), path)
    (folder / "archive").mkdir()
    media.path.rename(folder / "archive" / "take.wav")
    return path


@pytest.mark.parametrize("form", SESSION_FORMATS, ids=lambda form: form.name)
def test_stems_are_added_and_the_old_clip_keeps_its_path(form: SessionFormat, tmp_path: Path) -> None:
    path = moved(tmp_path, form)
    missing = read_session(path).tracks[0].clips[0]
    assert "offline" in str(missing.why_not())
    finder = MediaFinder([tmp_path / "archive"])
    song = read_session(path, finder)
    found = song.tracks[0].clips[0]
    assert found.why_not() is None
    assert found.media is not None
    assert found.media.path == tmp_path / "archive" / "take.wav"
    stem = sparse_wave(form.media_folder(path) / "stem.wav", RATE, 3840)
    save_session(place_stem(song, StemPlacement(found.id, "dog", stem, found.cut)), path)
    again = read_session(path)
    assert again.tracks[0].clips == (missing,)
    (new,) = again.tracks[1].clips
    assert new.place == found.place
    assert new.why_not() is None


def test_a_session_saved_in_another_format_has_the_new_path(tmp_path: Path) -> None:
    song = read_session(moved(tmp_path, by_suffix(Path("song.rpp"))), MediaFinder([tmp_path / "archive"]))
    save_session(song, tmp_path / "other.otio")
    clip = read_session(tmp_path / "other.otio").tracks[0].clips[0]
    assert clip.media is not None
    assert clip.media.path == tmp_path / "archive" / "take.wav"
