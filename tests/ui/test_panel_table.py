"""A panel is one row of the table: its dock, menu entry, shortcut, saved layout and German title follow."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import panel_makers
import pytest
from flowsep_ui import i18n
from flowsep_ui.actions import ACTIONS
from flowsep_ui.panel_table import PANELS, PanelSpec
from flowsep_ui.shortcut_keys import conflicts
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QKeySequence
from PyQt6.QtWidgets import QApplication, QLabel

OLD = Path(__file__).parents[1] / "golden" / "v0_1"
TOY = PanelSpec(
    name="toy",
    title="Jobs",  # a title with a translation
    tip="Show or hide the toy",
    make=lambda window: QLabel(f"{len(window.model.workspace.takes)} takes", window),
    area=Qt.DockWidgetArea.LeftDockWidgetArea,
    keys=("Ctrl+Alt+9",),
)


@pytest.fixture
def make(qtbot: Any, tmp_path: Path) -> Iterator[Any]:
    """Windows with the toy as one more row; all of them share a saved layout."""
    windows = []

    def window(toy: PanelSpec = TOY) -> Any:
        window = panel_makers.window(tmp_path, panels=(*PANELS, toy))
        qtbot.addWidget(window)
        window.show()
        window.open_paths([panel_makers.sound(tmp_path / "clip.wav")])  # the welcome page has no docks
        windows.append(window)
        return window

    yield window
    for window in windows:
        window.leave()


def test_a_panel_of_one_row_is_a_dock_in_its_area(make: Any) -> None:
    window = make()
    dock = window.docks["toy"]
    assert dock.isVisible()
    assert dock.widget().text() == "0 takes"
    assert window.dockWidgetArea(dock) == Qt.DockWidgetArea.LeftDockWidgetArea


def test_it_is_hidden_at_first_where_the_row_says_so(make: Any) -> None:
    assert make(replace(TOY, is_visible=False)).docks["toy"].isHidden()


def test_its_entry_in_the_menu_view_shows_and_hides_it(make: Any) -> None:
    window = make()
    (view,) = [action.menu() for action in window.menuBar().actions() if action.text() == "View"]
    (entry,) = [action for action in view.actions() if action.objectName() == "view.panel.toy"]
    assert entry.isChecked()
    entry.trigger()
    assert window.docks["toy"].isHidden()


def test_its_keys_are_in_the_shortcuts_editor(make: Any) -> None:
    keys = {action.objectName(): action.shortcut() for action in make().all_actions}
    assert keys["view.panel.toy"] == QKeySequence("Ctrl+Alt+9")


def test_it_comes_back_as_it_was_left(make: Any) -> None:
    window = make()
    window.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, window.docks["toy"])
    window.leave()
    window = make()
    assert window.dockWidgetArea(window.docks["toy"]) == Qt.DockWidgetArea.BottomDockWidgetArea
    window.docks["toy"].hide()
    window.leave()
    assert make().docks["toy"].isHidden()


def test_a_layout_of_version_0_1_is_restored_with_a_panel_that_it_lacks(make: Any, tmp_path: Path) -> None:
    shutil.copyfile(OLD / "panel.ini", tmp_path / "panel.ini")
    window = make()
    assert window.docks["jobs"].isHidden()
    assert not window.docks["sounds"].isHidden()
    assert not window.docks["toy"].isHidden()


def test_a_layout_of_version_0_1_gets_the_effects_as_a_tab_beside_the_sounds(make: Any, tmp_path: Path) -> None:
    shutil.copyfile(OLD / "panel.ini", tmp_path / "panel.ini")
    window = make()
    assert window.docks["effects"] in window.tabifiedDockWidgets(window.docks["sounds"])
    window.removeDockWidget(window.docks["effects"])
    window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, window.docks["effects"])
    window.leave()
    window = make()
    assert window.tabifiedDockWidgets(window.docks["sounds"]) == []


def test_its_title_is_german_in_german(make: Any) -> None:
    app = QApplication.instance()
    assert app is not None
    i18n.load(app, "de")
    try:
        assert make().docks["toy"].windowTitle() == "Aufträge"
    finally:
        i18n.load(app, "en")


def test_names_are_unique_and_keys_do_not_collide() -> None:
    names = [spec.name for spec in PANELS]
    assert len(names) == len(set(names))
    assert conflicts({spec.name: spec.keys for spec in (*PANELS, *ACTIONS)}) == {}
