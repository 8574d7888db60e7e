"""The list of undo steps, recent files, and removing one file of a document."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flowsep_ui.studio.saved.recent import MOST_RECENT, existing, recent_titles, with_recent
from panel_makers import FakeLink, sound, window
from PyQt6.QtWidgets import QApplication

pytestmark = pytest.mark.usefixtures("qapp")


@pytest.fixture
def panel(qtbot: Any, tmp_path: Path, qapp: QApplication) -> Iterator[Any]:
    panel = window(tmp_path, FakeLink())
    qtbot.addWidget(panel)
    panel.show()
    yield panel
    panel.leave()


def entries(panel: Any) -> list[str]:
    panel.recent.aboutToShow.emit()
    return [action.text() for action in panel.recent.actions() if action.text()]


# --- undo list ---


def test_the_list_of_steps_names_them_and_goes_to_any(panel: Any, tmp_path: Path) -> None:
    panel.open_paths([sound(tmp_path / "take.wav")])
    for text in ("a dog", "rain"):
        panel.sounds.line.setText(text)
        panel.sounds.add_typed()
    steps = panel.docks["history"].widget()
    model = steps.model()
    assert [model.index(row, 0).data() for row in range(model.rowCount())] == [
        "Before the first step", "Open take.wav", "Add a sound: a dog", "Add a sound: rain",
    ]  # fmt: skip
    steps.setCurrentIndex(model.index(1, 0))
    assert panel.model.workspace.queries == ()
    assert len(panel.model.workspace.documents) == 1
    steps.setCurrentIndex(model.index(3, 0))
    assert [query.text for query in panel.model.workspace.queries] == ["a dog", "rain"]


# --- recent files ---


def test_recent_files_have_the_newest_first_and_each_once() -> None:
    paths = [Path(f"/{number}.wav") for number in range(20)]
    recent = with_recent((), paths)
    assert recent[0] == paths[-1]
    assert len(recent) == MOST_RECENT
    assert with_recent(recent, [paths[15]])[:2] == (paths[15], paths[19])


def test_recent_files_that_are_gone_are_not_listed(tmp_path: Path) -> None:
    here = sound(tmp_path / "a.wav")
    assert existing([here, tmp_path / "gone.wav"]) == (here,)


def test_equal_names_are_told_apart_by_their_folders() -> None:
    assert recent_titles([Path("/x/a.wav"), Path("/y/a.wav"), Path("/y/b.wav")]) == (
        "a.wav (/x)", "a.wav (/y)", "b.wav",
    )  # fmt: skip


def test_the_menu_of_recent_files_opens_them_and_survives_a_restart(qtbot: Any, panel: Any, tmp_path: Path) -> None:
    one, two = sound(tmp_path / "one.wav"), sound(tmp_path / "two.wav")
    panel.open_paths([one])
    panel.open_paths([two, tmp_path / "gone.wav"])
    assert entries(panel)[:2] == ["two.wav", "one.wav"]
    panel.leave()
    one.unlink()
    other = window(tmp_path, FakeLink())
    qtbot.addWidget(other)
    assert entries(other)[0] == "two.wav"
    assert "one.wav" not in entries(other)
    next(action for action in other.recent.actions() if action.text() == "two.wav").trigger()
    assert [document.name for document in other.model.workspace.documents] == ["two.wav"]
    next(action for action in other.recent.actions() if action.text() == "Clear this list").trigger()
    assert entries(other) == ["Clear this list"]
    other.leave()


# --- one file less ---


def test_one_file_is_removed_from_its_tab_and_comes_back_with_undo(panel: Any, tmp_path: Path) -> None:
    panel.open_paths([sound(tmp_path / "one.wav"), sound(tmp_path / "two.wav")])
    panel.document_view.view.clip_activated.emit(str(tmp_path / "one.wav"))
    panel.actions_by_name["file.remove"].setEnabled(True)
    panel.actions_by_name["file.remove"].trigger()
    assert [path.name for path in panel.model.workspace.front.paths] == ["two.wav"]
    assert panel.model.undo_stack.undoText() == "Remove one.wav"
    panel.model.undo_stack.undo()
    assert len(panel.model.workspace.front.paths) == 2
    assert (tmp_path / "one.wav").is_file()


def test_without_a_selected_file_removing_says_what_to_do(panel: Any, tmp_path: Path) -> None:
    panel.open_paths([sound(tmp_path / "one.wav"), sound(tmp_path / "two.wav")])
    panel.handlers.remove_file()
    assert "Select the audio file" in panel.messages.text.text()
