"""Sessions in the panel: missing media, frame rates that nobody states, the check, files that cannot be read."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from flowsep_ui.dialogs.check import CheckDialog
from flowsep_ui.studio.autosave import load, save
from flowsep_ui.studio.document_content import read_document
from flowsep_ui.studio.documents import with_frame_rate, with_media_folder, with_opened
from flowsep_ui.studio.sessions.check_texts import check_sections, check_text
from flowsep_ui.studio.texts import setting_of
from flowsep_ui.studio.workspace import Workspace
from panel_makers import RATE, FakeLink, sound, window

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.audio.span import Span
from flowsep_plugin.errors import UsageError
from flowsep_plugin.media import truncated_frames, write_clip
from flowsep_plugin.timeline import ClipRef, Timeline, Track, read_session, save_session
from flowsep_plugin.timeline.check import check_session
from flowsep_plugin.timeline.media import probe_media
from flowsep_plugin.timeline.media_finder import MediaFinder

EDL = """TITLE: edit
001  AX       AA    C        00:00:00:00 00:00:01:00 01:00:00:00 01:00:01:00
* FROM CLIP NAME: drums.wav
"""


def song(folder: Path, name: str = "drums.wav") -> Path:
    """A session with one clip of a file next to it."""
    media = probe_media(sound(folder / name))
    clip = ClipRef("c", "drums", media, Span(0, RATE, RATE), Span(0, RATE, RATE))
    save_session(Timeline("song", RATE, (Track("t", "Drums", (clip,), 2),)), folder / "song.rpp")
    return folder / "song.rpp"


def read(workspace: Workspace, folder: Path):
    assert workspace.front is not None
    return read_document(workspace.front, folder)


@pytest.fixture
def panel(tmp_path: Path):
    panel = window(tmp_path, FakeLink())
    yield panel
    panel.leave()
    panel.deleteLater()


def test_missing_media_are_reported_with_a_way_out_and_found_in_a_folder(tmp_path: Path) -> None:
    path = song(tmp_path)
    (tmp_path / "moved").mkdir()
    (tmp_path / "drums.wav").rename(tmp_path / "moved" / "drums.wav")
    workspace = with_opened(Workspace(), [path])
    content = read(workspace, tmp_path)
    assert content.missing == (tmp_path / "drums.wav",)
    assert setting_of(content.problem or "") == "media"
    relinked = read(with_media_folder(workspace, "d1", tmp_path / "moved"), tmp_path)
    assert (relinked.missing, relinked.problem) == ((), None)
    assert list(relinked.audio_files.values()) == [tmp_path / "moved" / "drums.wav"]


def test_find_media_is_an_undo_step_of_the_window(panel, tmp_path: Path) -> None:
    path = song(tmp_path)
    (tmp_path / "moved").mkdir()
    (tmp_path / "drums.wav").rename(tmp_path / "moved" / "drums.wav")
    panel.open_paths([path])
    assert panel.messages.buttons[0].text() == "Find media…"
    panel.handlers.session.find_media(tmp_path / "moved")
    assert panel.model.front.missing == ()
    panel.model.undo_stack.undo()
    assert panel.model.front.missing == (tmp_path / "drums.wav",)


def test_an_edl_without_a_frame_rate_asks_for_it(panel, tmp_path: Path) -> None:
    sound(tmp_path / "drums.wav", 3.0)
    (tmp_path / "edit.edl").write_text(EDL, "utf-8")
    panel.open_paths([tmp_path / "edit.edl"])
    clips = [clip for _, clip in panel.model.front.timeline.clips()]
    assert panel.model.front.timeline.possible_rates
    assert all(clip.why_not() for clip in clips)
    assert panel.messages.buttons[0].text() == "Frame rate…"
    panel.handlers.session.choose_frame_rate("25")
    assert not panel.model.front.timeline.possible_rates
    assert all(clip.why_not() is None for _, clip in panel.model.front.timeline.clips())
    assert str(panel.model.front.timeline.frame_rate) == "25"


def test_a_wrong_frame_rate_is_refused(tmp_path: Path) -> None:
    workspace = with_opened(Workspace(), [song(tmp_path)])
    with pytest.raises(UsageError, match="not a frame rate"):
        with_frame_rate(workspace, "d1", "many")


def test_the_check_lists_what_is_missing_and_what_stays(tmp_path: Path) -> None:
    path = song(tmp_path)
    (tmp_path / "drums.wav").unlink()
    timeline = replace(read_session(path), untouched=("a project bay",))
    text = check_text(check_session(timeline, MediaFinder()))
    assert "0 of 1 clips can be separated" in text
    assert "drums.wav (1 clip), not below the session's folder either" in text
    assert "Left as it is:\n  a project bay" in text
    assert "--" not in text


def test_the_check_offers_the_folder_of_the_missing_media(qtbot, tmp_path: Path) -> None:
    path = song(tmp_path)
    (tmp_path / "moved").mkdir()
    (tmp_path / "drums.wav").rename(tmp_path / "moved" / "drums.wav")
    timeline = read_session(path)
    dialog = CheckDialog(check_session(timeline, MediaFinder()))
    qtbot.addWidget(dialog)
    assert dialog.near_folder == tmp_path / "moved"
    with qtbot.waitSignal(dialog.find_requested) as requested:
        dialog.find.click()
    assert requested.args == [tmp_path / "moved"]


def test_a_check_without_findings_says_so(qtbot, tmp_path: Path) -> None:
    result = check_session(read_session(song(tmp_path)), MediaFinder())
    dialog = CheckDialog(result)
    qtbot.addWidget(dialog)
    assert check_sections(result) == ()
    assert not dialog.nothing.isHidden()
    assert dialog.list.isHidden()


def cut_in_half(path: Path) -> Path:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    return path


@pytest.mark.parametrize("suffix", ["wav", "flac"])
def test_a_truncated_file_is_drawn_as_an_obstacle_with_its_reason(tmp_path: Path, suffix: str) -> None:
    noise = np.random.default_rng(1).uniform(-0.5, 0.5, (2, 4 * RATE)).astype(np.float32)
    format = "wav24" if suffix == "wav" else "flac24"
    write_clip(tmp_path / f"half.{suffix}", AudioClip(noise, RATE), format)
    assert truncated_frames(tmp_path / f"half.{suffix}") is None
    half = cut_in_half(tmp_path / f"half.{suffix}")
    content = read(with_opened(Workspace(), [half]), tmp_path)
    assert f"half.{suffix} is cut off: " in (content.problem or "")
    assert "of 4.0 s are there" in (content.problem or "")
    assert "cut off" in (next(clip for _, clip in content.timeline.clips()).why_not() or "")


def test_files_that_cannot_be_read_are_not_counted_and_not_opened_again(panel, tmp_path: Path) -> None:
    (tmp_path / "broken.wav").write_bytes(b"RIFF and nothing else")
    panel.open_paths([sound(tmp_path / "whole.wav"), tmp_path / "broken.wav"])
    assert "broken.wav: cannot be read as audio" in panel.messages.text.text()
    assert [document.name for document in panel.model.workspace.documents] == ["whole.wav"]


def test_a_document_of_which_nothing_can_be_read_is_closed(panel, tmp_path: Path) -> None:
    (tmp_path / "broken.wav").write_bytes(b"RIFF and nothing else")
    panel.open_paths([tmp_path / "broken.wav"])
    assert "broken.wav" in panel.messages.text.text()
    assert panel.model.workspace.documents == ()


def test_folders_and_the_frame_rate_are_saved_with_the_workspace(tmp_path: Path) -> None:
    workspace = with_opened(Workspace(), [song(tmp_path)])
    workspace = with_frame_rate(with_media_folder(workspace, "d1", tmp_path), "d1", "29.97df")
    save(tmp_path / "workspace.json", workspace, {})
    loaded = load(tmp_path / "workspace.json")
    assert loaded is not None
    assert loaded.workspace.documents == workspace.documents
    assert (loaded.workspace.documents[0].media_folders, loaded.workspace.documents[0].frame_rate) == (
        (tmp_path,), "29.97df",
    )  # fmt: skip


def test_a_problem_that_is_known_is_not_told_again_when_the_session_is_read_again(panel, tmp_path: Path) -> None:
    path = song(tmp_path)
    (tmp_path / "drums.wav").unlink()
    panel.open_paths([path])
    problems = []
    panel.model.failed.connect(problems.append)
    panel.model.reread("d1")
    assert problems == []


def test_a_file_of_a_disk_that_is_away_stays_open(panel, tmp_path: Path) -> None:
    workspace = with_opened(Workspace(), [sound(tmp_path / "here.wav"), tmp_path / "away.wav"])
    panel.model.show(workspace)
    assert panel.model.workspace.documents == workspace.documents
    assert "away.wav" in panel.messages.text.text()
