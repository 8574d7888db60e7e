"""The window on a link of its own: what is done in it, what it tells, and what it survives."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from feature_format import with_features
from flowsep_ui.actions import ACTIONS
from flowsep_ui.app import CrashHook
from flowsep_ui.controllers import window_settings
from flowsep_ui.controllers.drag_out import no_stems, still_writing
from flowsep_ui.controllers.separation import TYPING_MS
from flowsep_ui.controllers.window_settings import hear_next
from flowsep_ui.dialogs.export import ExportDialog
from flowsep_ui.dialogs.place import PlaceDialog
from flowsep_ui.dialogs.settings import SettingsDialog
from flowsep_ui.dialogs.shortcuts import ShortcutRows
from flowsep_ui.panels.jobs_model import ETA, PROGRESS, STATE, JobsModel
from flowsep_ui.shortcut_keys import keys_of, save_shortcuts
from flowsep_ui.studio.lanes import all_lanes, lanes_of
from flowsep_ui.studio.panel_directory import PanelDirectory, PanelFolders
from flowsep_ui.studio.workspace import WorkspaceSelection
from flowsep_ui.timeline import Chip, Selection
from panel_makers import RATE, FakeLink, sound, until, window
from PyQt6.QtCore import QItemSelectionModel, Qt
from PyQt6.QtGui import QDrag
from PyQt6.QtTest import QAbstractItemModelTester
from PyQt6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QSlider, QTabBar, QWidget

from flowsep_plugin.audio.span import Span
from flowsep_plugin.audition import LANES, ORIGINAL, LaneMix, lane_choice
from flowsep_plugin.timeline import ClipRef, Timeline, Track, formats, read_session, save_session
from flowsep_plugin.timeline.difference import Difference
from flowsep_plugin.timeline.media import probe_media

pytestmark = pytest.mark.usefixtures("qapp")


@pytest.fixture
def link(qapp: QApplication) -> FakeLink:
    return FakeLink()


@pytest.fixture
def panel(qtbot: Any, tmp_path: Path, link: FakeLink) -> Iterator[Any]:
    """A window with one file open."""
    panel = window(tmp_path, link)
    qtbot.addWidget(panel)
    panel.show()
    panel.recover()
    link.state_changed.emit("ready", "")
    panel.open_paths([sound(tmp_path / "take.wav")])
    yield panel
    panel.leave()


@pytest.fixture
def separated(qtbot: Any, panel: Any, link: FakeLink) -> Any:
    """The same with stems of "a dog"."""
    separate(qtbot, panel, link)
    return panel


def separate(qtbot: Any, panel: Any, link: FakeLink, text: str = "a dog") -> Any:
    submissions = len(link.submissions)
    panel.sounds.line.setText(text)
    panel.sounds.separate_now()
    until(qtbot, lambda: len(link.submissions) > submissions)
    link.finish(link.take())
    return panel.model.workspace.takes[-1]


def result(panel: Any) -> Any:
    return panel.model.result(panel.model.workspace.takes[-1].id)


def lane_name(panel: Any, number: int = 0) -> str:
    """The id of a lane of the document in front, from the top."""
    model = panel.model
    return all_lanes(lanes_of(model.workspace, model.front, model.results))[number].id


def lanes(panel: Any) -> list[str]:
    panel.document_view.show_scene()
    return [lane.title for track in panel.document_view.view.model.scene.tracks for lane in track.lanes]


# --- the arrow ---


def test_typing_makes_a_draft_that_nobody_else_sees(qtbot: Any, panel: Any, link: FakeLink) -> None:
    qtbot.keyClicks(panel.sounds.line, "a dog")
    until(qtbot, lambda: bool(link.submissions))
    _, spec = link.submissions[0]
    assert spec.request.draft
    assert spec.files.out.is_relative_to(panel.parts.directory.scratch)
    job = link.finish(link.take())
    assert lanes(panel) == ["a dog"]
    assert panel.jobs.model.rowCount() == 0
    assert link.forgotten == [job.id]
    assert not panel.model.undo_stack.canUndo() or "open" in panel.model.undo_stack.undoText().lower()


def test_typing_on_replaces_the_draft(qtbot: Any, panel: Any, link: FakeLink) -> None:
    qtbot.keyClicks(panel.sounds.line, "a do")
    until(qtbot, lambda: len(link.submissions) == 1)
    job = link.take()
    qtbot.keyClicks(panel.sounds.line, "g")
    until(qtbot, lambda: len(link.submissions) == 2)
    assert link.cancelled == [job.id]
    assert link.submissions[1][1].request.queries == ("a dog",)


def test_an_emptied_line_takes_the_draft_away(qtbot: Any, panel: Any, link: FakeLink) -> None:
    qtbot.keyClicks(panel.sounds.line, "dog")
    until(qtbot, lambda: len(link.submissions) == 1)
    link.finish(link.take())
    panel.sounds.line.clear()
    panel.sounds.line.textEdited.emit("")
    assert lanes(panel) == []


def test_nothing_is_drafted_while_drafts_are_off(qtbot: Any, panel: Any, link: FakeLink) -> None:
    panel.sounds.drafts.setChecked(False)
    qtbot.keyClicks(panel.sounds.line, "a dog")
    qtbot.wait(TYPING_MS + 100)
    assert link.submissions == []


def test_a_final_goes_beside_the_clip(separated: Any, tmp_path: Path) -> None:
    assert result(separated).final_files.stems == (tmp_path / "FlowSep" / "take [a dog].wav",)
    assert lanes(separated) == ["a dog", "Rest"]
    assert separated.jobs.model.rowCount() == 1


def test_presence_lies_under_the_stem_before_it_is_there(qtbot: Any, panel: Any, link: FakeLink) -> None:
    panel.sounds.line.setText("a dog")
    panel.sounds.separate_now()
    until(qtbot, lambda: bool(link.submissions))
    job = link.run(link.take())
    link.presence_found.emit(job.id, {"queries": ["a dog"], "found": [True], "share_db": [-3.0], "first_seconds": 0.0,
                             "step_seconds": 0.5, "values": [[0.2, 0.9, 0.9, 0.1]]})  # fmt: skip
    panel.document_view.show_scene()
    lane = panel.document_view.view.model.scene.tracks[0].lanes[0]
    assert lane.parts[0].path is None
    assert lane.parts[0].presence == (0.2, 0.9, 0.9, 0.1)
    assert lane.chip == Chip("50%", "busy")


def test_a_moved_slider_renders_into_the_cache_and_settles_at_rest(
    qtbot: Any, separated: Any, link: FakeLink, tmp_path: Path
) -> None:
    separated.sounds.render_panel.controls["strength"].editor.setValue(80)
    until(qtbot, lambda: len(link.submissions) == 2)
    strength = separated.model.workspace.queries[0].render.strength
    assert link.submissions[1][1].request.render.strength == strength > 1
    assert link.submissions[1][1].files.out.is_relative_to(separated.parts.directory.scratch)
    link.finish(link.take())
    until(qtbot, lambda: len(link.submissions) == 3)
    spec = link.submissions[2][1]
    assert (spec.files.out, spec.files.overwrite) == (tmp_path / "FlowSep", True)
    link.finish(link.take())
    assert result(separated).final_files.settings.render[0].strength == strength


def test_a_slider_that_runs_ahead_asks_for_its_last_place_alone(qtbot: Any, separated: Any, link: FakeLink) -> None:
    slider: QSlider = separated.sounds.render_panel.controls["strength"].editor
    for step in range(50, 70):
        slider.setValue(step)
        qtbot.wait(3)
    until(qtbot, lambda: len(link.submissions) == 2)
    slider.setValue(90)
    qtbot.wait(80)
    assert len(link.submissions) == 2
    link.finish(link.take())
    until(qtbot, lambda: len(link.submissions) == 3)
    assert link.submissions[2][1].request.render.strength == separated.model.workspace.queries[0].render.strength


def test_a_drag_of_a_slider_is_one_step_of_undo(qtbot: Any, separated: Any) -> None:
    panel = separated.sounds.render_panel
    steps = separated.model.undo_stack.count()
    for step in (50, 60, 70):
        panel.controls["strength"].editor.setValue(step)
    panel.slider_released.emit()
    panel.controls["gate"].editor.setValue(50)
    assert separated.model.undo_stack.count() == steps + 2
    separated.model.undo_stack.undo()
    separated.model.undo_stack.undo()
    assert separated.model.workspace.queries[0].render.strength == 1.0
    assert panel.controls["strength"].editor.value() == 48


def test_files_that_were_handed_out_are_not_written_over(qtbot: Any, separated: Any, link: FakeLink) -> None:
    separated.separation.hand_out(separated.model.workspace.takes[0].id)
    separated.sounds.render_panel.controls["gate"].editor.setValue(10)
    until(qtbot, lambda: len(link.submissions) == 2)
    link.finish(link.take())
    until(qtbot, lambda: len(link.submissions) == 3)
    assert link.submissions[2][1].files.overwrite is False


def test_another_take_has_the_next_seed_and_keys_go_between(qtbot: Any, separated: Any, link: FakeLink) -> None:
    separated.actions_by_name["sounds.another"].setEnabled(True)
    separated.actions_by_name["sounds.another"].trigger()
    until(qtbot, lambda: len(link.submissions) == 2)
    assert link.submissions[1][1].request.seed == 1
    link.finish(link.take())
    separated.document_view.step_take(-1)
    first, second = separated.model.workspace.takes
    assert separated.model.workspace.current_take(first.document, first.clip) == first
    separated.document_view.step_take(1)
    assert separated.model.workspace.current_take(first.document, first.clip) == second
    assert separated.sounds.takes.model.rowCount() == 2


def test_undo_takes_a_take_back_and_redo_finds_its_stems(qtbot: Any, separated: Any, link: FakeLink) -> None:
    before = separated.model.workspace
    separated.model.undo_stack.undo()
    assert separated.model.workspace.takes == ()
    separated.model.undo_stack.redo()
    qtbot.wait(60)
    assert separated.model.workspace == before
    assert len(link.submissions) == 1
    assert lanes(separated) == ["a dog", "Rest"]


def test_undo_of_a_take_that_is_being_made_cancels_it(qtbot: Any, panel: Any, link: FakeLink) -> None:
    panel.sounds.line.setText("a dog")
    panel.sounds.separate_now()
    until(qtbot, lambda: bool(link.submissions))
    job = link.run(link.take())
    panel.model.undo_stack.undo()
    until(qtbot, lambda: link.cancelled == [job.id])
    assert panel.model.results == {}


def test_a_job_that_ends_before_its_name_comes_back_is_not_lost(qtbot: Any, panel: Any, link: FakeLink) -> None:
    panel.sounds.line.setText("a dog")
    panel.sounds.separate_now()
    until(qtbot, lambda: bool(link.submissions))
    ticket, _ = link.submissions[0]
    link.blockSignals(True)
    job = link.take()
    link.blockSignals(False)
    link.finish(job)
    link.submitted.emit(ticket, job)
    assert result(panel).files is not None


def test_not_found_is_told_honestly(qtbot: Any, panel: Any, link: FakeLink) -> None:
    link.found = False
    separate(qtbot, panel, link, "a submarine")
    assert "not found" in panel.sounds.verdict.text()
    assert "a submarine" in panel.sounds.verdict.text()
    panel.document_view.show_scene()
    assert "not found in this clip" in panel.document_view.view.model.scene.tracks[0].lanes[0].missing


def test_several_clips_are_separated_at_once(qtbot: Any, panel: Any, link: FakeLink, tmp_path: Path) -> None:
    panel.open_paths([sound(tmp_path / "two.wav", seed=2)])
    panel.model.do("Select", lambda w: replace(w, selected=WorkspaceSelection(Span(0, 2 * RATE, RATE))))
    panel.sounds.line.setText("a dog")
    panel.sounds.separate_now()
    until(qtbot, lambda: len(link.submissions) == 2)
    assert {spec.input.name for _, spec in link.submissions} == {"take.wav", "two.wav"}
    for job in (link.take(0), link.take(1)):
        link.finish(job)
    assert lanes(panel) == ["a dog", "Rest"] * 2


# --- the view talks ---


def test_a_selection_in_the_view_is_that_of_the_studio(panel: Any) -> None:
    panel.document_view.view.selection_changed.emit(Selection(Span(100, 200, RATE), None, ()))
    assert panel.model.workspace.selected == WorkspaceSelection(Span(100, 200, RATE))
    panel.document_view.view.selection_changed.emit(None)
    assert panel.model.workspace.selected is None


def test_many_selections_are_one_step_of_undo(panel: Any) -> None:
    steps = panel.model.undo_stack.count()
    for start in range(5):
        panel.document_view.view.selection_changed.emit(Selection(Span(start, 200, RATE), None, ()))
    assert panel.model.undo_stack.count() == steps + 1


def test_solo_and_gain_of_a_lane_reach_the_player(separated: Any) -> None:
    lane = lane_name(separated)
    separated.document_view.view.lane_changed.emit(lane, LaneMix(solo=True, gain_db=-6.0))
    state = separated.parts.player.mixes[lane]
    assert (state.solo, state.gain_db) == (True, -6.0)
    separated.model.undo_stack.undo()
    assert lane not in separated.parts.player.mixes


def test_a_region_of_a_lane_is_selected_and_gone_to(separated: Any) -> None:
    lane = lane_name(separated)
    separated.document_view.view.region_activated.emit(lane, Span(RATE // 2, RATE // 4, RATE))
    assert separated.model.workspace.selected.span == Span(RATE // 2, RATE // 4, RATE)
    assert separated.playback.playhead == 0.5


def test_the_player_has_what_lies_under_the_clip(qtbot: Any, separated: Any) -> None:
    model = separated.model
    lanes = [lane.id for lane in all_lanes(lanes_of(model.workspace, model.front, model.results))]
    until(qtbot, lambda: separated.parts.player.choices == (ORIGINAL, LANES, *map(lane_choice, lanes)))


# --- the query panel ---


def test_rows_switch_recolour_star_and_go(panel: Any) -> None:
    panel.sounds.line.setText("a dog")
    panel.sounds.add_typed()
    row = panel.sounds.rows.rows[0]
    row.recoloured.emit()
    panel.sounds.rows.rows[0].star.setChecked(True)
    panel.sounds.rows.rows[0].keep.setChecked(True)
    workspace = panel.model.workspace
    assert (workspace.queries[0].colour, workspace.queries[0].negative, workspace.favourites) == (1, True, ("a dog",))
    panel.sounds.rows.rows[0].on.setChecked(False)
    assert not panel.model.workspace.queries[0].on
    panel.sounds.rows.rows[0].remove.click()
    assert panel.model.workspace.queries == ()


def test_a_weak_text_is_told_while_typing(qtbot: Any, panel: Any) -> None:
    qtbot.keyClicks(panel.sounds.line, "lead guitar")
    assert "role" in panel.sounds.hint.text()


def test_a_preset_is_kept_used_and_forgotten(panel: Any) -> None:
    panel.sounds.line.setText("a dog")
    panel.sounds.add_typed()
    panel.sounds.save_preset("mine")
    panel.sounds.rows.rows[0].remove.click()
    menu = panel.sounds.presets.menu()
    menu.aboutToShow.emit()
    next(action for action in menu.actions() if action.text() == "mine").trigger()
    assert [sound.text for sound in panel.model.workspace.queries] == ["a dog"]


def test_without_a_sound_separating_says_what_to_do(panel: Any) -> None:
    panel.sounds.separate_now()
    assert "Type a sound" in panel.messages.text.text()


# --- jobs ---


def test_the_table_of_jobs_keeps_the_rules_of_models(qtbot: Any, separated: Any, link: FakeLink) -> None:
    model = separated.jobs.model
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    QAbstractItemModelTester(separated.sounds.takes.model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    done = next(iter(link.jobs.values()))
    more = [replace(done, id=f"x{n}", state="queued", result=None, finished=None, position=n) for n in (3, 1, 2)]
    for job in more:
        link.tell(job)
    assert [model.index(row, 0).data(JobsModel.RowRole).job.id for row in range(4)] == ["x1", "x2", "x3", done.id]
    link.run(more[0], 0.25)
    assert model.index(0, PROGRESS).data() == "25%"
    assert model.index(0, ETA).data() == "0:03"
    link.fail(more[1], "the card is on fire", parked=True)
    assert "parked" in [model.index(row, STATE).data() for row in range(4)]
    link.jobs_listed.emit([more[2]])
    assert model.rowCount() == 1
    separate(qtbot, separated, link, "rain")
    separated.separation.add_take(separated.model.workspace.takes[-1])


def choose_job(panel: Any, job: str) -> None:
    """Select one row alone. (`selectRow` adds to the selection where the last event of any test held Ctrl.)"""
    rows = [panel.model.index(row, 0) for row in range(panel.model.rowCount())]
    flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
    panel.view.selectionModel().setCurrentIndex(
        next(row for row in rows if row.data(JobsModel.RowRole).job.id == job), flags
    )


def test_a_job_is_cancelled_retried_moved_and_cleared(separated: Any, link: FakeLink) -> None:
    done = next(iter(link.jobs.values()))
    waiting = [replace(done, id=f"x{n}", state="queued", result=None, finished=None, position=n) for n in (1, 2)]
    for job in waiting:
        link.tell(job)
    panel = separated.jobs
    choose_job(panel, "x2")
    panel.up.trigger()
    assert link.moved == [("x2", "x1")]
    choose_job(panel, "x1")
    panel.down.trigger()
    assert link.moved[-1] == ("x2", "x1")
    panel.cancel.trigger()
    assert link.cancelled == ["x1"]
    choose_job(panel, "x1")
    panel.retry.trigger()
    assert link.retried == ["x1"]
    panel.pause.trigger()
    assert link.paused == [True]
    panel.clear.trigger()
    assert done.id in link.forgotten
    assert separated.jobs.model.rowCount() == 2


# --- placing ---


def session(folder: Path) -> Path:
    media = probe_media(sound(folder / "in song.wav"))
    clip = ClipRef("c1", "verse", media, Span(0, 2 * RATE, RATE), Span(RATE, 2 * RATE, RATE))
    save_session(Timeline("song", RATE, (Track("t1", "Drums", (clip,), 2),)), folder / "song.rpp")
    return folder / "song.rpp"


def test_placing_shows_what_changes_and_undo_puts_the_backup_back(
    qtbot: Any, panel: Any, link: FakeLink, tmp_path: Path
) -> None:
    path = session(tmp_path / "song")
    before = path.read_bytes()
    panel.open_paths([path])
    separate(qtbot, panel, link)
    dialog = PlaceDialog(panel.model, panel.separation, panel.placement, panel.parts.tasks, panel)
    assert "+ track Drums [a dog]" in dialog.words.toPlainText()
    assert "<TRACK" in dialog.diff.toPlainText()
    assert path.read_bytes() == before
    dialog.place()
    assert [track.name for track in read_session(path).tracks] == ["Drums", "Drums [a dog]", "Drums [rest]"]
    assert result(panel).handed_out
    assert "Backup" in panel.messages.text.text()
    panel.model.undo_stack.undo()
    assert path.read_bytes() == before
    panel.model.undo_stack.redo()
    assert len(read_session(path).tracks) == 3


def test_the_preview_says_what_the_stems_will_not_have(
    qtbot: Any, panel: Any, link: FakeLink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = formats.SESSION_FORMATS[0]

    def change(song: Timeline) -> Timeline:
        return replace(song, tracks=(replace(song.tracks[0], differences=(Difference("plug-in", "<b>EQ"),)),))

    monkeypatch.setattr(formats, "SESSION_FORMATS", (with_features(form, change), *formats.SESSION_FORMATS[1:]))
    panel.open_paths([session(tmp_path / "song")])
    separate(qtbot, panel, link)
    dialog = PlaceDialog(panel.model, panel.separation, panel.placement, panel.parts.tasks, panel)
    assert dialog.differences.text() == "Not in the stems: track Drums: plug-in <b>EQ"
    assert not dialog.differences.isHidden()
    dialog.reject()


def test_a_session_saved_by_somebody_else_is_not_taken_back(
    qtbot: Any, panel: Any, link: FakeLink, tmp_path: Path
) -> None:
    path = session(tmp_path / "song")
    panel.open_paths([path])
    separate(qtbot, panel, link)
    PlaceDialog(panel.model, panel.separation, panel.placement, panel.parts.tasks, panel).place()
    path.write_bytes(path.read_bytes() + b"\n")
    after = path.read_bytes()
    panel.model.undo_stack.undo()
    assert path.read_bytes() == after
    assert "left alone" in panel.messages.text.text()


def test_files_are_placed_in_a_session_of_their_own(separated: Any, tmp_path: Path) -> None:
    dialog = PlaceDialog(separated.model, separated.separation, separated.placement, separated.parts.tasks, separated)
    assert dialog.path == tmp_path / "take stems.rpp"
    dialog.place()
    assert len(read_session(tmp_path / "take stems.rpp").tracks) == 3
    separated.model.undo_stack.undo()
    assert not (tmp_path / "take stems.rpp").exists()


def test_placing_waits_for_the_newest_settings(qtbot: Any, separated: Any, link: FakeLink) -> None:
    separated.sounds.render_panel.controls["gate"].editor.setValue(20)
    until(qtbot, lambda: len(link.submissions) == 2)
    link.finish(link.take())
    dialog = PlaceDialog(separated.model, separated.separation, separated.placement, separated.parts.tasks, separated)
    assert not dialog.place_button.isEnabled()
    until(qtbot, lambda: len(link.submissions) == 3)
    link.finish(link.take())
    until(qtbot, dialog.place_button.isEnabled)
    dialog.reject()


def test_a_session_that_has_gone_is_told_and_loses_nothing(
    qtbot: Any, panel: Any, link: FakeLink, tmp_path: Path
) -> None:
    path = session(tmp_path / "song")
    panel.open_paths([path])
    separate(qtbot, panel, link)
    path.unlink()
    dialog = PlaceDialog(panel.model, panel.separation, panel.placement, panel.parts.tasks, panel)
    assert not dialog.place_button.isEnabled()
    assert dialog.status.text()
    assert lanes(panel) == ["a dog", "Rest"]
    dialog.reject()


# --- out ---


def test_what_is_not_written_yet_is_not_dragged(qtbot: Any, separated: Any, link: FakeLink) -> None:
    separated.sounds.render_panel.controls["gate"].editor.setValue(20)
    until(qtbot, lambda: len(link.submissions) == 2)
    assert separated.handlers.drag_out.drag_lane(separated, "nobody") == no_stems()
    assert separated.handlers.drag_out.drag_lane(separated, lane_name(separated)) == still_writing()


def test_stems_and_rest_can_be_exported(separated: Any, tmp_path: Path) -> None:
    separated.actions_by_name["file.export"].setEnabled(True)
    separated.actions_by_name["file.export"].trigger()
    (dialog,) = separated.findChildren(ExportDialog)
    assert [(row.item.sound, row.item.path.name) for row in dialog.selected_rows] == [
        ("a dog", "take [a dog].wav"), ("rest", "take [rest].wav"),
    ]  # fmt: skip
    dialog.accept()
    assert sorted(path.name for path in (tmp_path / "Stems").iterdir()) == ["take [a dog].wav", "take [rest].wav"]
    assert "2 files" in separated.messages.text.text()


# --- trouble ---


def test_a_failed_job_is_told_and_can_be_tried_again(qtbot: Any, panel: Any, link: FakeLink) -> None:
    panel.sounds.line.setText("a dog")
    panel.sounds.separate_now()
    until(qtbot, lambda: bool(link.submissions))
    link.fail(link.take(), "no default model is embedded in this build")
    assert "no default model" in panel.sounds.verdict.text()
    panel.sounds.takes.again.click()
    until(qtbot, lambda: len(link.submissions) == 2)
    link.finish(link.take())
    assert result(panel).error is None


def test_a_refused_job_is_told(qtbot: Any, panel: Any, link: FakeLink) -> None:
    panel.sounds.line.setText("a dog")
    panel.sounds.separate_now()
    until(qtbot, lambda: bool(link.submissions))
    from flowsep_plugin.jobs.job import JobError

    link.refused.emit(link.submissions[0][0], JobError("WorkerError", "the worker did not start"))
    assert "did not start" in panel.sounds.verdict.text()


def test_retrying_in_the_jobs_panel_is_known_to_the_take(qtbot: Any, panel: Any, link: FakeLink) -> None:
    panel.sounds.line.setText("a dog")
    panel.sounds.separate_now()
    until(qtbot, lambda: bool(link.submissions))
    job = link.take()
    link.fail(job, "out of memory")
    link.retry(job.id)
    assert result(panel).error is None
    link.finish(link.jobs[job.id])
    assert lanes(panel) == ["a dog", "Rest"]


def test_without_a_worker_the_panel_goes_on(panel: Any, link: FakeLink, tmp_path: Path) -> None:
    link.state_changed.emit("away", "it ended")
    assert "not reachable" in panel.status.system.text()
    panel.open_paths([sound(tmp_path / "two.wav")])
    assert len(panel.model.front.timeline.tracks) == 2


def test_a_file_that_is_not_there_is_told(panel: Any, tmp_path: Path) -> None:
    panel.open_paths([tmp_path / "gone.wav"])
    assert "gone.wav" in panel.messages.text.text()


def test_a_panel_that_was_killed_comes_back_as_it_was(qtbot: Any, tmp_path: Path, panel: Any, link: FakeLink) -> None:
    separate(qtbot, panel, link)
    panel.sounds.line.setText("rain")
    panel.sounds.separate_now()
    until(qtbot, lambda: len(link.submissions) == 2)
    job = link.run(link.take())
    panel.autosave.save_now()
    workspace = panel.model.workspace
    folders = PanelFolders(tmp_path / "panel", tmp_path / "cache")
    panel.parts.directory._data_lock.release()  # as the system does when the process ends
    other_link = FakeLink()
    other = window(tmp_path / "other", other_link, PanelDirectory(folders))
    qtbot.addWidget(other)
    other.recover()
    assert other.model.workspace == workspace
    assert "ended unexpectedly" in other.messages.text.text()
    other_link.jobs[job.id] = job
    other_link.jobs_listed.emit([job])
    other_link.finish(job)
    assert lanes(other) == ["a dog", "rain", "Rest"]
    other.leave()


def test_a_job_that_nobody_knows_after_a_restart_is_asked_anew(qtbot: Any, panel: Any, link: FakeLink) -> None:
    panel.sounds.line.setText("a dog")
    panel.sounds.separate_now()
    until(qtbot, lambda: bool(link.submissions))
    link.take()
    link.jobs_listed.emit([])
    assert len(link.submissions) == 2


def test_after_leaving_on_purpose_the_last_workspace_is_offered(qtbot: Any, tmp_path: Path, panel: Any) -> None:
    panel.leave()
    folders = PanelFolders(tmp_path / "panel", tmp_path / "cache")
    other = window(tmp_path / "other", FakeLink(), PanelDirectory(folders))
    qtbot.addWidget(other)
    other.recover()
    assert other.model.workspace.documents == ()
    assert other.welcome.resume.isVisibleTo(other.welcome)
    other.welcome.resume.click()
    assert [document.name for document in other.model.workspace.documents] == ["take.wav"]
    other.leave()


def test_what_nobody_foresaw_is_told_and_the_work_saved(panel: Any, caplog: pytest.LogCaptureFixture) -> None:
    hook = CrashHook(panel)
    try:
        raise ValueError("a slot broke")
    except ValueError as error:
        hook.handle(ValueError, error, error.__traceback__)
    assert "Your work is saved" in panel.messages.text.text()
    panel.messages.buttons[0].click()
    clipboard = QApplication.clipboard()
    assert clipboard is not None
    assert "a slot broke" in clipboard.text()
    assert sys.excepthook is not hook.handle
    caplog.clear()


# --- reachable by keys and screen readers ---


def test_every_action_has_words_and_keys_do_not_collide(panel: Any) -> None:
    keys = [key.toString() for name in panel.actions_by_name for key in panel.actions_by_name[name].shortcuts()]
    keys += [key.toString() for action in (panel.bar.play_action, panel.bar.match_action, panel.bar.loop_action,
             panel.bar.compare_action, panel.bar.stop_action) for key in action.shortcuts()]  # fmt: skip
    keys += [key.toString() for action in panel.document_view.view.keys.values() for key in action.shortcuts()]
    assert sorted(keys) == sorted(set(keys))
    assert all(act.text for act in ACTIONS)
    assert all(panel.actions_by_name[act.name].toolTip() for act in ACTIONS)


def test_everything_that_can_be_worked_has_a_name(separated: Any) -> None:
    nameless = [
        f"{type(widget).__name__} {widget.objectName()}"
        for widget in separated.findChildren(QWidget)
        if isinstance(widget, (QAbstractButton, QSlider)) and widget.isVisible()
        and not widget.objectName().startswith("qt_") and not isinstance(widget.parent(), (QLineEdit, QTabBar))
        and not (widget.accessibleName() or (isinstance(widget, QAbstractButton) and len(widget.text()) > 1))
    ]  # fmt: skip
    assert nameless == []


def test_the_window_comes_back_as_it_was_left(qtbot: Any, tmp_path: Path, panel: Any) -> None:
    panel.docks["jobs"].hide()
    panel.document_view.view.set_ruler("bars")
    panel.leave()
    folders = PanelFolders(tmp_path / "panel", tmp_path / "cache")
    other = window(tmp_path, FakeLink(), PanelDirectory(folders))
    qtbot.addWidget(other)
    assert other.document_view.view.model.ruler == "bars"
    assert other.actions_by_name["view.bars"].isChecked()
    assert not other.docks["jobs"].isVisibleTo(other)
    other.leave()


# --- settings ---


def test_settings_open_at_their_page_with_every_action(panel: Any) -> None:
    for name, page in (("edit.shortcuts", "shortcuts"), ("edit.midi", "midi"), ("help.models", "models")):
        panel.actions_by_name[name].trigger()
        (dialog,) = panel.findChildren(SettingsDialog)
        assert dialog.tabs.currentWidget() is getattr(dialog, page)
        dialog.reject()
        dialog.setParent(None)


def test_a_device_that_is_chosen_is_asked_for(qtbot: Any, panel: Any, link: FakeLink) -> None:
    panel.use_device("cpu")
    panel.sounds.line.setText("a dog")
    panel.sounds.separate_now()
    until(qtbot, lambda: bool(link.submissions))
    assert link.submissions[0][1].device == "cpu"


def test_a_controller_goes_round_what_is_heard(qtbot: Any, separated: Any) -> None:
    player = separated.parts.player
    lane = lane_choice(lane_name(separated))
    until(qtbot, lambda: lane in player.choices)
    hear_next(separated, 1)
    until(qtbot, lambda: player.choice == lane)
    hear_next(separated, -1)
    until(qtbot, lambda: player.choice == LANES)
    hear_next(separated, -1)
    until(qtbot, lambda: player.choice == ORIGINAL)


def test_a_take_is_dragged_out_whole(separated: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    dropped: list[str] = []

    def let_go(drag: QDrag, *_: object) -> Qt.DropAction:
        mime = drag.mimeData()
        assert mime is not None
        dropped.extend(url.toLocalFile() for url in mime.urls())
        return Qt.DropAction.CopyAction

    monkeypatch.setattr(QDrag, "exec", let_go)
    takes = separated.sounds.takes
    takes.view.drag_started.emit(takes.model.index(0))
    assert [Path(name).name.split("]")[0] for name in dropped] == ["take [a dog", "take [rest"]
    assert result(separated).handed_out


def test_without_a_sound_device_the_status_bar_says_so(panel: Any) -> None:
    panel.parts.player.device_missing.emit("PortAudio has no device; connect one")
    assert "silently" in panel.status.system.text()
    assert "PortAudio" in panel.status.system.toolTip()


def test_the_example_is_opened_where_stems_may_lie_beside_it(panel: Any) -> None:
    panel.actions_by_name["file.example"].trigger()
    (clip,) = panel.model.workspace.front.paths[1:]
    assert clip.is_relative_to(panel.parts.directory.workspace_file.parent)
    assert panel.sounds.line.hasFocus() or not panel.isActiveWindow()


def test_a_mode_that_the_model_lacks_is_told_and_going_back_needs_no_retry(
    qtbot: Any, separated: Any, link: FakeLink
) -> None:
    panel = separated.sounds.render_panel
    panel.controls["mode"].editor.setCurrentIndex(1)
    until(qtbot, lambda: len(link.submissions) == 2)
    assert link.submissions[1][1].request.render.mode == "generated"
    link.fail(link.take(), "flowsep-base has no vocoder; choose mask")
    assert "no vocoder" in separated.sounds.verdict.text()
    panel.controls["mode"].editor.setCurrentIndex(0)
    assert not separated.sounds.verdict.isVisibleTo(separated.sounds)
    panel.controls["gate"].editor.setValue(30)
    until(qtbot, lambda: len(link.submissions) == 3)
    link.finish(link.take())
    assert result(separated).files.settings.render[0].gate == 0.3


def test_a_model_is_chosen_for_what_comes(qtbot: Any, panel: Any, link: FakeLink) -> None:
    box = panel.sounds.model_box
    panel.model.do("Model", lambda workspace: replace(workspace, model="gone"))
    assert "not installed" in box.currentText()
    box.setCurrentIndex(0)
    box.activated.emit(0)
    assert panel.model.workspace.model == "default"


def test_drafts_of_a_killed_panel_leave_the_list(panel: Any, separated: Any, link: FakeLink) -> None:
    done = next(iter(link.jobs.values()))
    left = panel.parts.directory.hidden / "killed" / "t1" / "r1"
    spec = replace(done.spec, files=replace(done.spec.files, out=left))
    link.jobs_listed.emit([replace(done, id="old", spec=spec)])
    assert "old" in link.forgotten
    assert panel.jobs.model.rowCount() == 0


def test_placing_leaves_the_selection_and_is_what_undo_takes_back(separated: Any) -> None:
    separated.document_view.view.selection_changed.emit(Selection(Span(0, RATE, RATE), None, ()))
    selected = separated.model.workspace.selected
    PlaceDialog(separated.model, separated.separation, separated.placement, separated.parts.tasks, separated).place()
    separated.document_view.show_scene()
    assert separated.model.workspace.selected == selected
    assert separated.model.undo_stack.undoText() == "Place in session"


def test_a_document_is_shown_while_it_is_read_again(separated: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    content = separated.model.front
    monkeypatch.setattr(separated.parts.tasks, "run", lambda *_: None)  # it takes its time
    separated.model.reread(separated.model.workspace.front_id)
    separated.document_view.show_scene()
    assert separated.model.front == content
    assert lanes(separated) == ["a dog", "Rest"]


def test_saving_shortcuts_leaves_second_keys_alone(panel: Any, tmp_path: Path) -> None:
    actions = panel.all_actions
    separate = panel.actions_by_name["sounds.separate"]
    save_shortcuts({action.objectName(): keys_of(action) for action in actions}, actions, tmp_path / "settings.toml")
    assert [key.toString() for key in separate.shortcuts()] == ["Ctrl+Return", "Ctrl+Enter"]


# --- the window as a whole ---


def test_the_welcome_page_has_no_docks_around_it(panel: Any) -> None:
    assert panel.docks["sounds"].isVisible()
    panel.handlers.close_front()
    assert panel.pages.currentWidget() is panel.welcome
    assert not panel.docks["sounds"].isVisible()
    panel.model.undo_stack.undo()
    assert panel.docks["sounds"].isVisible()


def test_the_layout_that_is_saved_on_the_welcome_page_has_its_docks(qtbot: Any, tmp_path: Path, panel: Any) -> None:
    panel.handlers.close_front()
    panel.leave()
    other = window(tmp_path, FakeLink(), PanelDirectory(PanelFolders(tmp_path / "panel", tmp_path / "cache")))
    qtbot.addWidget(other)
    other.open_paths([tmp_path / "take.wav"])
    assert other.docks["sounds"].isVisibleTo(other)
    other.leave()


def test_jobs_are_a_line_in_the_status_bar_until_they_are_asked_for(separated: Any, link: FakeLink) -> None:
    line = separated.job_line
    assert not separated.docks["jobs"].isVisible()
    assert line.title.text() == ""
    separated.separation.add_take(separated.model.workspace.takes[0])
    job = link.run(link.take(), 0.4)
    assert line.title.toolTip() == "take · a dog · 0:00.0–0:02.0"
    assert (line.progress.value(), line.left.text()) == (40, "40% · 0:03 left")
    separated.actions_by_name["sounds.cancel"].trigger()
    assert job.id in link.cancelled
    line.jobs.click()
    assert separated.docks["jobs"].isVisible()


def test_stems_that_are_rendered_again_keep_their_row_of_jobs(qtbot: Any, separated: Any, link: FakeLink) -> None:
    separated.sounds.render_panel.controls["strength"].editor.setValue(80)
    for number in (2, 3):
        until(qtbot, lambda number=number: len(link.submissions) == number)
        link.finish(link.take())
    assert link.submissions[2][1].files.overwrite
    assert separated.jobs.model.rowCount() == 1


def test_a_message_lies_over_the_timeline_and_moves_nothing(panel: Any) -> None:
    view = panel.document_view.view
    before = view.mapTo(panel, view.rect().topLeft()), view.size()
    panel.messages.warn("The disk is full; free some space.", [("Choose folder…", lambda: None)])
    QApplication.processEvents()
    assert (view.mapTo(panel, view.rect().topLeft()), view.size()) == before
    bar, canvas = panel.messages, view.canvas
    assert bar.mapTo(panel, bar.rect().topLeft()).y() >= canvas.mapTo(panel, canvas.rect().topLeft()).y()
    assert panel.pages.rect().contains(bar.geometry())


def test_information_ends_by_itself_and_an_error_stays(qtbot: Any, panel: Any) -> None:
    panel.messages._fade.setInterval(30)
    panel.messages.warn("It failed.")
    qtbot.wait(80)
    assert panel.messages.isVisible()
    panel.messages.tell("It is done.")
    qtbot.waitUntil(lambda: not panel.messages.isVisible(), timeout=2000)


def test_the_message_about_a_closed_document_goes_with_it(panel: Any, tmp_path: Path) -> None:
    (tmp_path / "broken.wav").write_bytes(b"RIFF" + bytes(60))
    panel.open_paths([tmp_path / "broken.wav"])
    assert "broken.wav" in panel.messages.text.text()
    panel.handlers.close_front()
    panel._update_state()
    assert not panel.messages.isVisible()


def test_a_file_that_cannot_be_read_is_not_counted_in_the_tab(panel: Any, tmp_path: Path) -> None:
    (tmp_path / "broken.wav").write_bytes(b"RIFF" + bytes(60))
    panel.open_paths([tmp_path / "broken.wav"])
    assert panel.document_view.tabs.tabText(0) == "take.wav"
    panel.open_paths([sound(tmp_path / "two.wav")])
    assert panel.document_view.tabs.tabText(0) == "take.wav +1"
    panel._update_state()
    assert panel.windowTitle() == "take.wav +1 - FlowSep"


def test_the_status_bar_says_what_will_be_separated(qtbot: Any, panel: Any, tmp_path: Path) -> None:
    panel._update_state()
    assert panel.status.selection.text() == "whole clip"
    panel.model.do("Select", lambda w: replace(w, selected=WorkspaceSelection(Span(0, RATE // 2, RATE))))
    panel._update_state()
    assert panel.status.selection.text() == "0.500 s selected"
    panel.handlers.close_front()
    panel._update_state()
    assert panel.status.selection.text() == ""


def test_the_shortcuts_editor_names_undo_without_its_step(panel: Any) -> None:
    assert panel.actions_by_name["edit.undo"].text() == "Undo: Open take.wav"
    rows = ShortcutRows(panel.all_actions)
    assert rows.title_of("edit.undo") == "Undo"


def test_a_first_start_fits_on_the_screen(qtbot: Any, tmp_path: Path) -> None:
    other = window(tmp_path / "first", FakeLink())
    qtbot.addWidget(other)
    screen = other.screen().availableSize()
    assert other.width() <= screen.width()
    assert other.height() < screen.height()
    other.leave()


def test_the_settings_say_that_they_are_opening(panel: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    signs = []

    def note(*_: object, **__: object) -> None:
        cursor = QApplication.overrideCursor()
        signs.append((panel.statusBar().currentMessage(), cursor is not None and cursor.shape()))
        raise InterruptedError

    monkeypatch.setattr(window_settings, "SettingsDialog", note)
    with pytest.raises(InterruptedError):
        window_settings.show_settings(panel)
    assert signs == [("Opening the settings…", Qt.CursorShape.WaitCursor)]
    assert QApplication.overrideCursor() is None
    assert panel.statusBar().currentMessage() == ""


def test_the_welcome_page_offers_what_was_opened_last(panel: Any, tmp_path: Path) -> None:
    panel.open_paths([sound(tmp_path / "two.wav")])
    panel.handlers.close_front()
    assert [button.text() for button in panel.welcome.recent] == ["two.wav", "take.wav"]
    panel.welcome.recent[1].click()
    assert panel.model.workspace.front.paths == (tmp_path / "take.wav",)


def test_the_first_steps_lead_back_to_the_timeline(panel: Any) -> None:
    panel.actions_by_name["help.first"].trigger()
    assert not panel.docks["sounds"].isVisible()
    assert panel.welcome.back.isVisible()
    panel.welcome.back.click()
    assert panel.pages.currentWidget() is panel.document_view
    assert panel.docks["sounds"].isVisible()


def test_the_key_of_a_panel_behind_another_brings_it_to_the_front(qtbot: Any, panel: Any) -> None:
    dock, toggle = panel.docks["effects"], panel.docks["effects"].toggleViewAction()
    panel.docks["sounds"].raise_()
    qtbot.waitUntil(lambda: dock.visibleRegion().isEmpty(), timeout=2000)
    toggle.trigger()
    qtbot.waitUntil(lambda: not dock.visibleRegion().isEmpty() and toggle.isChecked(), timeout=2000)
    toggle.trigger()
    assert dock.isHidden()
    toggle.trigger()
    qtbot.waitUntil(lambda: not dock.visibleRegion().isEmpty(), timeout=2000)


def test_the_list_of_takes_is_as_high_as_its_rows(qtbot: Any, separated: Any, link: FakeLink) -> None:
    view = separated.sounds.takes.view
    one = view.height()
    assert one < 2 * view.sizeHintForRow(0)
    separated.separation.add_take(separated.model.workspace.takes[0])
    qtbot.waitUntil(lambda: view.height() == one + view.sizeHintForRow(0), timeout=2000)
