"""The Sounds panel in a window: focus and keys, the list of suggestions, settings of selected sounds."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flowsep_ui.controllers.separation import TYPING_MS
from flowsep_ui.studio.lanes import all_lanes, lanes_of
from panel_makers import FakeLink, sound, until, window
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication

from flowsep_plugin.languages import LANGUAGE_NAMES

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
    panel.activateWindow()
    until(qtbot, lambda: panel.isActiveWindow() and panel.actions_by_name["sounds.separate"].isEnabled())
    yield panel
    panel.leave()


def add(panel: Any, *texts: str) -> None:
    for text in texts:
        panel.sounds.line.setText(text)
        panel.sounds.add_typed()


def separate(qtbot: Any, panel: Any, link: FakeLink, *texts: str) -> Any:
    """Separate the clip into `texts` and return the take."""
    add(panel, *texts)
    submissions = len(link.submissions)
    panel.sounds.separate_now()
    until(qtbot, lambda: len(link.submissions) > submissions)
    link.finish(link.take())
    return panel.model.workspace.takes[-1]


def renders(panel: Any) -> list[float]:
    return [query.render.strength for query in panel.model.workspace.queries]


# --- focus and keys ---


def test_after_separate_keys_go_to_the_timeline_and_the_stems_stay(qtbot: Any, panel: Any, link: FakeLink) -> None:
    canvas = panel.document_view.view.canvas
    panel.sounds.focus_line()
    qtbot.keyClicks(panel.sounds.line, "a dog barking")
    QTest.keySequence(panel.sounds.line, "Ctrl+Return")
    until(qtbot, canvas.hasFocus)
    until(qtbot, lambda: bool(panel.model.workspace.takes))
    spectrogram = panel.document_view.view.model.spectrogram
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_G)
    assert panel.document_view.view.model.spectrogram != spectrogram
    assert panel.sounds.line.text() == ""
    qtbot.wait(TYPING_MS + 100)
    assert panel.model.workspace.draft is None


def test_escape_leaves_the_field_for_the_timeline(qtbot: Any, panel: Any) -> None:
    panel.sounds.focus_line()
    QTest.keyClick(panel.sounds.line, Qt.Key.Key_Escape)
    assert panel.document_view.view.canvas.hasFocus()


def test_a_text_under_three_letters_makes_no_draft(qtbot: Any, panel: Any, link: FakeLink) -> None:
    qtbot.keyClicks(panel.sounds.line, "g ")
    qtbot.wait(TYPING_MS + 100)
    assert link.submissions == []
    qtbot.keyClicks(panel.sounds.line, "oat")
    until(qtbot, lambda: len(link.submissions) == 1)


def test_a_draft_lies_beside_a_finished_take(qtbot: Any, panel: Any, link: FakeLink) -> None:
    take = separate(qtbot, panel, link, "a dog")
    qtbot.keyClicks(panel.sounds.line, "rain")
    until(qtbot, lambda: len(link.submissions) == 2)
    link.finish(link.take())
    assert panel.model.workspace.draft is not None
    assert panel.model.workspace.current_take(take.document, take.clip) == take
    panel.document_view.show_scene()
    lanes = [lane for track in panel.document_view.view.model.scene.tracks for lane in track.lanes]
    final = panel.model.result(take.id).final_files
    assert {path for path in final.paths} <= {part.path for lane in lanes for part in lane.parts}
    assert [lane.title for lane in lanes] == ["a dog", "Rest", "rain"]


# --- suggestions ---


def test_suggestions_close_on_add_separate_escape_and_focus_loss(qtbot: Any, panel: Any, link: FakeLink) -> None:
    line = panel.sounds.line
    separate(qtbot, panel, link, "a dog barking")

    def opened() -> bool:
        line.clear()
        line.setFocus()
        qtbot.keyClicks(line, "dog")
        return bool(line.list.isVisible())

    for close in (
        panel.sounds.add_typed,
        panel.sounds.separate_now,
        lambda: QTest.keyClick(line, Qt.Key.Key_Escape),
        panel.jobs.view.setFocus,
    ):
        assert opened()
        close()
        assert not line.list.isVisible()


def test_a_click_while_suggestions_are_open_reaches_the_button(qtbot: Any, panel: Any, link: FakeLink) -> None:
    separate(qtbot, panel, link, "a dog barking")
    panel.sounds.focus_line()
    qtbot.keyClicks(panel.sounds.line, "dog")
    assert panel.sounds.line.list.isVisible()
    assert QApplication.activePopupWidget() is None
    qtbot.mouseClick(panel.sounds.separate, Qt.MouseButton.LeftButton)
    until(qtbot, lambda: len(panel.model.workspace.takes) == 2)


def test_a_suggestion_is_used_with_the_keys_or_a_click(qtbot: Any, panel: Any, link: FakeLink) -> None:
    separate(qtbot, panel, link, "a dog barking")
    line = panel.sounds.line
    line.setFocus()
    qtbot.keyClicks(line, "dog")
    QTest.keyClick(line, Qt.Key.Key_Down)
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert line.text() == "a dog barking"
    assert line.hasFocus()
    line.clear()
    qtbot.keyClicks(line, "bark")
    qtbot.mouseClick(
        line.list.viewport(), Qt.MouseButton.LeftButton, pos=line.list.visualItemRect(line.list.item(0)).center()
    )
    assert line.text() == "a dog barking"
    assert not line.list.isVisible()


# --- settings of selected sounds ---


def test_without_a_selection_all_sounds_are_set(panel: Any) -> None:
    add(panel, "a dog", "rain")
    panel.sounds.render_panel.controls["strength"].editor.setValue(80)
    assert len(set(renders(panel))) == 1
    assert renders(panel)[0] > 1


def test_a_click_on_a_sound_shows_and_sets_its_own_settings(qtbot: Any, panel: Any) -> None:
    add(panel, "a dog", "rain")
    qtbot.mouseClick(panel.sounds.rows.rows[1].label, Qt.MouseButton.LeftButton)
    assert panel.sounds.rows.selection == ("rain",)
    strength = panel.sounds.render_panel.controls["strength"].editor
    strength.setValue(80)
    assert renders(panel)[0] == 1.0
    assert renders(panel)[1] > 1
    qtbot.mouseClick(panel.sounds.rows.rows[0].label, Qt.MouseButton.LeftButton)
    assert strength.value() == 48


def test_several_sounds_are_selected_with_ctrl_and_set_together(qtbot: Any, panel: Any) -> None:
    add(panel, "a dog", "rain", "wind")
    qtbot.mouseClick(panel.sounds.rows.rows[0].label, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(panel.sounds.rows.rows[2].label, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier)
    assert panel.sounds.rows.selection == ("a dog", "wind")
    panel.sounds.render_panel.controls["gate"].editor.setValue(30)
    assert [query.render.gate for query in panel.model.workspace.queries] == [0.3, 1.0, 0.3]


def test_what_is_not_default_is_marked_and_reset_by_sound(qtbot: Any, panel: Any) -> None:
    add(panel, "a dog", "rain")
    panel.sounds.rows.select("rain")
    panel.sounds.render_panel.controls["gate"].editor.setValue(30)
    panel.sounds.rows.select("a dog")
    panel.sounds.render_panel.controls["strength"].editor.setValue(80)
    assert [row.mark.isVisibleTo(row) for row in panel.sounds.rows.rows] == [True, True]
    marks = panel.sounds.render_panel.marks
    assert [name for name in marks if marks[name].isVisibleTo(panel)] == ["strength"]
    panel.sounds.render_panel.reset.click()
    assert [row.mark.isVisibleTo(row) for row in panel.sounds.rows.rows] == [False, True]
    panel.sounds.render_panel.all.click()
    assert panel.sounds.rows.selection == ()
    assert not panel.sounds.render_panel.all.isVisibleTo(panel)
    assert [name for name in marks if marks[name].isVisibleTo(panel)] == ["gate"]
    assert "…" in panel.sounds.render_panel.controls["gate"].number.text()


def test_the_row_that_is_selected_keeps_the_focus_of_the_keys(qtbot: Any, panel: Any) -> None:
    add(panel, "a dog", "rain")
    panel.sounds.rows.rows[1].label.setFocus()
    QTest.keyClick(panel.sounds.rows.rows[1].label, Qt.Key.Key_Space)
    assert panel.sounds.rows.selection == ("rain",)
    assert panel.sounds.rows.rows[1].label.hasFocus()


# --- ends of jobs ---


def test_a_cancelled_take_is_no_failure_and_the_take_of_before_is_shown(qtbot: Any, panel: Any, link: FakeLink) -> None:
    first = separate(qtbot, panel, link, "a dog")
    panel.separation.add_take(first)
    until(qtbot, lambda: len(link.submissions) == 2)
    link.cancel(link.run(link.take()).id)
    second = panel.model.workspace.takes[-1]
    assert panel.model.result(second.id).state == "cancelled"
    assert panel.sounds.verdict.remarks == ()
    assert panel.model.workspace.current_take(first.document, first.clip) == first
    panel.separation.try_again(second.id)
    until(qtbot, lambda: len(link.submissions) == 3)
    assert panel.model.workspace.current_take(first.document, first.clip) == second
    link.finish(link.take())
    assert panel.model.result(second.id).state == "done"


# --- remarks ---


def test_the_field_says_what_a_german_text_is_understood_as(qtbot: Any, panel: Any) -> None:
    qtbot.keyClicks(panel.sounds.line, "Hundegebell")
    assert "understood as “a dog barking” (German)" in panel.sounds.hint.plain_text
    panel.sounds.add_typed()
    assert [query.text for query in panel.model.workspace.queries] == ["Hundegebell"]
    assert panel.sounds.hint.remarks == ()


def test_the_typed_text_is_replaced_by_a_click_on_another(qtbot: Any, panel: Any) -> None:
    qtbot.keyClicks(panel.sounds.line, "Hundegebell")
    panel.sounds.hint.linkActivated.emit("use:Hundegebell/a%20dog")
    assert panel.sounds.line.text() == "a dog"
    assert panel.sounds.hint.remarks == ()


def test_the_tooltip_of_the_field_names_the_languages(panel: Any) -> None:
    tip = panel.sounds.line.toolTip()
    assert all(language in tip for language in LANGUAGE_NAMES.values())


def test_a_query_that_was_not_found_is_renamed_by_a_click(qtbot: Any, panel: Any, link: FakeLink) -> None:
    link.found = False
    separate(qtbot, panel, link, "Hundegebell")
    assert "not found in this clip" in panel.sounds.verdict.plain_text
    panel.sounds.verdict.linkActivated.emit("use:Hundegebell/a%20dog")
    assert [query.text for query in panel.model.workspace.queries] == ["a dog"]
    assert panel.model.undo_stack.undoText() == "Rename a sound: a dog"


# --- sounds that were not found ---


def test_a_sound_that_was_not_found_has_no_file_until_its_lane_is_kept(qtbot: Any, panel: Any, link: FakeLink) -> None:
    link.found = False
    take = separate(qtbot, panel, link, "a submarine")
    spec = link.submissions[0][1]
    assert (spec.files.absent, spec.files.keep_absent) == ("leave_out", ())
    assert panel.model.result(take.id).final_files.stems == (None,)
    (lane, _) = all_lanes(lanes_of(panel.model.workspace, panel.model.front, panel.model.results))
    assert lane.is_missing
    panel.model.do("Keep a sound", lambda workspace: replace(workspace, forced=(lane.id,)))
    until(qtbot, lambda: len(link.submissions) == 2)
    assert link.submissions[1][1].files.keep_absent == ("a submarine",)
    link.finish(link.take())
    until(qtbot, lambda: len(link.submissions) == 3)
    link.finish(link.take())
    assert [path.name for path in panel.model.result(take.id).final_files.stems] == ["take [a submarine].wav"]
    (lane, _) = all_lanes(lanes_of(panel.model.workspace, panel.model.front, panel.model.results))
    assert not lane.is_missing


def test_undo_steps_name_the_setting_and_the_sounds(panel: Any) -> None:
    add(panel, "a dog", "rain")
    panel.sounds.rows.select("rain")
    panel.sounds.render_panel.controls["strength"].editor.setValue(80)
    assert panel.model.undo_stack.undoText() == "Strength: rain"
    panel.sounds.render_panel.controls["gate"].editor.setValue(30)
    assert panel.model.undo_stack.undoText() == "Gate: rain"


def test_a_sound_that_a_setting_loses_leaves_no_file(qtbot: Any, panel: Any, link: FakeLink, tmp_path: Path) -> None:
    separate(qtbot, panel, link, "a dog")
    stem = tmp_path / "FlowSep" / "take [a dog].wav"
    assert stem.is_file()
    link.found = False
    panel.sounds.render_panel.controls["strength"].editor.setValue(90)
    for count in (2, 3):
        until(qtbot, lambda count=count: len(link.submissions) == count)
        link.finish(link.take())
    assert not stem.exists()
    assert (tmp_path / "FlowSep" / "take [rest].wav").is_file()
