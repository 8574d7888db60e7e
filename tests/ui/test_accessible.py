"""Screen readers and keys: every widget that can have the focus has a short name, and its tooltip as description."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dialog_makers import export_rows, write_stems
from flowsep_ui.controllers.command_process import Command
from flowsep_ui.dialogs.export import ExportDialog
from flowsep_ui.dialogs.place import PlaceDialog
from flowsep_ui.dialogs.settings import SettingsDialog
from flowsep_ui.panels.models import ModelManager
from panel_makers import FakeLink, sound, until, window
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QTabBar,
    QTabWidget,
    QWidget,
)

from flowsep_plugin.files.export import ExportOptions

_WHOLE = (QComboBox, QAbstractSpinBox, QAbstractItemView, QKeySequenceEdit, QTabBar)
"""Widgets whose inner parts are not named one by one."""


def focusable(window: QWidget) -> Iterator[QWidget]:
    for widget in window.findChildren(QWidget):
        inner = widget.parentWidget()
        while inner is not None and inner is not window and not isinstance(inner, _WHOLE):
            inner = inner.parentWidget()
        is_part = inner is not window or widget.objectName().startswith("qt_") or isinstance(widget, QTabWidget)
        is_part = is_part or (isinstance(widget, QAbstractButton) and isinstance(widget.parent(), QLineEdit))
        is_scroller = type(widget).__mro__[1] is QAbstractScrollArea or type(widget).__name__ == "QScrollArea"
        reached = widget.focusPolicy() != Qt.FocusPolicy.NoFocus and not isinstance(widget, QLabel)
        if reached and widget.isVisibleTo(window) and not is_part and not is_scroller and widget.window() is window:
            yield widget


def faults(window: QWidget) -> list[str]:
    """Return what a screen reader would get wrong."""
    lines = []
    for widget in focusable(window):
        text = widget.text() if isinstance(widget, QAbstractButton) else ""
        name, tip = widget.accessibleName() or text.replace("&", ""), widget.toolTip()
        what = f"{type(widget).__name__} {widget.objectName()} {name!r}"
        if not name:
            lines.append(f"{what}: no name ({tip!r})")
        elif name == tip and len(tip.split()) > 4:
            lines.append(f"{what}: its name is its tooltip")
        elif len(name) > 60:
            lines.append(f"{what}: its name is a sentence")
    return lines


@pytest.fixture
def panel(qtbot: Any, qapp: QApplication, tmp_path: Path) -> Iterator[Any]:
    """A window with a separated clip, a job, and every dock."""
    link = FakeLink()
    panel = window(tmp_path, link)
    qtbot.addWidget(panel)
    panel.show()
    panel.open_paths([sound(tmp_path / "take.wav")])
    panel.sounds.line.setText("a dog")
    panel.sounds.separate_now()
    until(qtbot, lambda: bool(link.submissions))
    link.finish(link.take())
    panel.document_view.show_scene()
    for dock in panel.docks.values():
        dock.show()
    qtbot.wait(40)
    yield panel
    panel.leave()


def test_the_window_can_be_read_aloud(panel: Any) -> None:
    panel.messages.warn("The disk is full.", [("Choose folder…", lambda: None)])
    assert "\n".join(faults(panel)) == ""


def test_no_button_is_a_bare_glyph(panel: Any) -> None:
    texts = [button.text() for button in panel.findChildren(QAbstractButton) if button.isVisibleTo(panel)]
    assert [text for text in texts if text and not any(sign.isalnum() for sign in text)] == []


def test_the_welcome_page_can_be_read_aloud(panel: Any) -> None:
    panel.handlers.close_front()
    assert faults(panel.welcome.window()) == []


def test_the_dialogs_can_be_read_aloud(qtbot: Any, panel: Any, tmp_path: Path) -> None:
    models = ModelManager(rows=list, command=Command(command=["false"]))
    settings = SettingsDialog(
        path=tmp_path / "settings.toml", actions=panel.all_actions, sound_devices=list, models=models,
        doctor=Command(command=["false"]),
    )  # fmt: skip
    export = ExportDialog(export_rows(write_stems(tmp_path / "stems")), ExportOptions(tmp_path))
    place = PlaceDialog(panel.model, panel.separation, panel.placement, panel.parts.tasks, panel)
    for dialog in (settings, export, place):
        qtbot.addWidget(dialog)
        assert faults(dialog) == [], type(dialog).__name__
        dialog.done(0)


def test_every_action_has_keys_or_stands_in_a_menu(panel: Any) -> None:
    in_menus = set()
    menus = [action.menu() for action in panel.menuBar().actions()]
    while menus:
        menu = menus.pop()
        in_menus |= {action.objectName() for action in menu.actions()}
        menus += [action.menu() for action in menu.actions() if action.menu() is not None]
    lonely = [a.objectName() for a in panel.all_actions if a.shortcut().isEmpty() and a.objectName() not in in_menus]
    assert lonely == []


def test_tab_goes_through_the_window_and_comes_back(qtbot: Any, panel: Any) -> None:
    panel.sounds.line.setFocus()
    visited = []
    widget = panel.sounds.line
    for _ in range(400):
        widget = widget.nextInFocusChain()
        if widget is panel.sounds.line:
            break
        visited.append(widget)
    assert widget is panel.sounds.line
    assert visited.index(panel.sounds.keep_out) < visited.index(panel.sounds.add) < visited.index(panel.sounds.separate)
