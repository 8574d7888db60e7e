"""The settings dialog against a file, shortcuts against actions."""

import json
import sys

import pytest
from dialog_makers import unnamed
from flowsep_ui import shortcut_keys
from flowsep_ui.controllers.command_process import Command
from flowsep_ui.controllers.midi_listener import MidiListener
from flowsep_ui.dialogs import settings as page
from flowsep_ui.dialogs.settings import SettingsDialog
from flowsep_ui.dialogs.settings_pages import DEVICES
from flowsep_ui.dialogs.shortcuts import ShortcutEditor, ShortcutRows
from flowsep_ui.panels.models import ModelManager
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QAction, QKeySequence
from PyQt6.QtTest import QAbstractItemModelTester
from PyQt6.QtWidgets import QApplication, QDialogButtonBox

from flowsep_plugin.audition import DeviceChoice
from flowsep_plugin.errors import ProviderError, UsageError
from flowsep_plugin.settings import PanelSettings, panel_settings, worker_settings

FINDINGS = {
    "findings": [
        {"name": "device cuda", "state": "missing", "said": "no driver", "mend": "install its driver"},
        {"name": "runs on", "state": "good", "said": "CPU (cuda: no driver)", "mend": None},
    ]
}


def doctor(findings=FINDINGS, code=0):
    return Command(command=[sys.executable, "-c", f"import sys; print({json.dumps(findings)!r}); sys.exit({code})"])


@pytest.fixture
def actions(qtbot):
    actions = []
    for name, keys in {"play": "Space", "separate": "Ctrl+Return", "loop": "L", "cut": ""}.items():
        action = QAction(f"&{name.title()}…")
        action.setObjectName(name)
        action.setShortcut(keys)
        actions.append(action)
    return actions


@pytest.fixture
def file(tmp_path):
    return tmp_path / "settings.toml"


@pytest.fixture
def make(qtbot, file, actions, tmp_path):
    dialogs = []

    def dialog(**options):
        options = {
            "doctor": doctor(),
            "models": ModelManager(rows=list),
            "midi": MidiListener(path=tmp_path / "midi.json"),
            "sound_devices": lambda: [DeviceChoice("Built-in", "ALSA", True), DeviceChoice("USB", "ALSA", False)],
            **options,
        }
        widget = SettingsDialog(path=file, actions=actions, **options)
        options["doctor"].setParent(widget)
        qtbot.addWidget(widget)
        dialogs.append(widget)
        return widget

    yield dialog
    for widget in dialogs:
        widget.done(0)


def choose(box, value):
    assert box.findData(value) >= 0
    box.setCurrentIndex(box.findData(value))


def test_what_was_set_is_written_and_nothing_else(make, file):
    file.write_text("# mine\n[worker]\nthreads = 2 # two\n")
    dialog = make()
    choose(dialog.theme, "light")
    choose(dialog.sound, "USB")
    dialog.worker.idle.setValue(10)
    changed = []
    dialog.changed.connect(changed.append)
    assert dialog.apply()
    assert file.read_text().startswith("# mine\n[worker]\nthreads = 2 # two\nidle_seconds = 600")
    assert panel_settings(file) == PanelSettings(theme="light", sound_device="USB") == changed[0]
    assert worker_settings(file).threads == 2
    choose(dialog.theme, "dark")
    dialog.apply()


def test_cancelling_writes_nothing(make, file):
    dialog = make()
    choose(dialog.theme, "light")
    dialog.reject()
    assert not file.exists()


def test_folders_for_jobs_are_written(make, file, tmp_path):
    dialog = make()
    dialog.worker.roots.addItem(str(tmp_path))
    dialog.apply()
    assert worker_settings(file).roots == (tmp_path,)


def test_a_time_that_the_field_rounds_is_kept_where_it_was_not_touched(make, file):
    file.write_text("[worker]\nidle_seconds = 61\n")
    make().apply()
    assert worker_settings(file).idle_seconds == 61


def test_a_file_that_cannot_be_read_is_said_and_not_touched(make, file):
    file.write_text("[panel")
    dialog = make()
    assert "cannot be read as TOML" in dialog.message.text()
    assert not dialog._buttons.button(QDialogButtonBox.StandardButton.Ok).isEnabled()
    assert not dialog.theme.isEnabled()
    assert dialog.open_file.isVisibleTo(dialog)
    file.write_text('[panel]\ntheme = "light"\n')
    dialog.load()
    assert dialog.theme.isEnabled()
    assert dialog.theme.currentData() == "light"


def test_a_folder_that_takes_no_file_is_said_and_the_dialog_stays(make, monkeypatch):
    def refuse(*_):
        raise UsageError("settings.toml cannot be written (Read-only file system); check the file's rights")

    monkeypatch.setattr(page, "change_settings", refuse)
    dialog = make()
    choose(dialog.language, "de")
    dialog.accept()
    assert "Read-only file system" in dialog.message.text()
    assert dialog.result() == 0


def test_what_really_runs_is_told_with_why_and_the_way_out(qtbot, make):
    dialog = make()
    qtbot.waitUntil(lambda: "→" in dialog.separation.runs_on.text(), timeout=20_000)
    assert dialog.separation.runs_on.text() == "auto → CPU (cuda: no driver)\ncuda: install its driver"


def test_a_model_that_does_not_open_is_told(qtbot, make):
    broken = {"findings": [{"name": "model default", "state": "broken", "said": "no default", "mend": "add one"}]}
    dialog = make(doctor=doctor(broken, 3))
    qtbot.waitUntil(lambda: "no default" in dialog.separation.runs_on.text(), timeout=20_000)
    assert "add one" in dialog.separation.runs_on.text()


def test_the_doctor_of_this_machine_is_understood(qtbot, make):
    dialog = make(doctor=Command())
    qtbot.waitUntil(lambda: "→" in dialog.separation.runs_on.text(), timeout=120_000)
    assert dialog.separation.runs_on.text().startswith("auto → ")


def test_no_sound_device_is_told(make):
    def none():
        raise ProviderError("no sound device was found; connect one")

    dialog = make(sound_devices=none)
    assert dialog.sound_hint.text() == "Playing silently: no sound device was found; connect one"


def test_a_device_that_is_not_connected_stays_chosen(make, file):
    file.write_text('[panel]\nsound_device = "Gone"\n')
    dialog = make()
    assert dialog.sound.currentData() == "Gone"
    assert "not connected" in dialog.sound.currentText()
    assert dialog.edited_panel_settings().sound_device == "Gone"


def test_the_devices_are_those_of_the_engine():
    from flowsep_plugin.engine.devices import DEVICES as engine_devices

    assert set(DEVICES) == set(engine_devices)


def test_keys_in_conflict_are_not_saved(make, file):
    dialog = make()
    rows = dialog.shortcuts.rows
    rows.setData(rows.index(2, 1), "Space")
    dialog.accept()
    assert "same keys" in dialog.message.text()
    assert dialog.tabs.currentWidget() is dialog.shortcuts
    assert not file.exists()


def test_everything_has_a_name(make):
    assert unnamed(make()) == []


def test_the_rows_of_shortcuts_are_a_sound_item_model(actions):
    rows = ShortcutRows(actions)
    tester = QAbstractItemModelTester(rows, QAbstractItemModelTester.FailureReportingMode.Fatal)
    rows.setData(rows.index(0, 1), "Ctrl+P")
    rows.reset()
    assert tester.model() is rows
    assert [rows.index(0, column).data() for column in range(3)] == ["Play", "Space", "Space"]


def test_keys_are_given_and_kept_and_given_again(actions, file):
    editor = ShortcutEditor(actions)
    editor.rows.setData(editor.rows.index(0, 1), "Ctrl+P")
    editor.save(file)
    assert actions[0].shortcut() == QKeySequence("Ctrl+P")
    actions[0].setShortcut("Space")
    shortcut_keys.load_shortcuts(actions, file)
    assert actions[0].shortcut() == QKeySequence("Ctrl+P")
    assert actions[2].shortcut() == QKeySequence("L")
    assert "separate" not in file.read_text()


def test_keys_can_be_taken_away_and_reset(actions, file):
    editor = ShortcutEditor(actions)
    editor.rows.setData(editor.rows.index(0, 1), "")
    editor.save(file)
    assert actions[0].shortcut().isEmpty()
    editor.reset.click()
    editor.save(file)
    assert actions[0].shortcut() == QKeySequence("Space")
    assert "play" not in file.read_text()


@pytest.mark.parametrize(
    ("one", "other", "collide"),
    [
        ("Space", "Space", True),
        ("Ctrl+K", "Ctrl+K, Ctrl+C", True),
        ("L", "M", False),
        ("", "", False),
        ("A", "Shift+A", False),
    ],
)
def test_keys_collide(qtbot, one, other, collide):
    assert bool(shortcut_keys.conflicts({"a": [one], "b": [other]})) == collide


def test_second_keys_stay_where_the_first_were_not_changed(actions, file):
    actions[1].setShortcuts([QKeySequence("Ctrl+Return"), QKeySequence("Ctrl+Enter")])
    editor = ShortcutEditor(actions)
    editor.rows.setData(editor.rows.index(0, 1), "Ctrl+P")
    editor.save(file)
    assert actions[1].shortcuts() == [QKeySequence("Ctrl+Return"), QKeySequence("Ctrl+Enter")]
    editor.rows.setData(editor.rows.index(0, 1), "Ctrl+Enter")
    assert editor.rows.conflicts() == {"play": ["separate"], "separate": ["play"]}
    editor.rows.setData(editor.rows.index(1, 1), "F5")
    editor.save(file)
    assert actions[1].shortcuts() == [QKeySequence("F5")]
    editor.reset.click()
    editor.save(file)
    assert actions[1].shortcuts() == [QKeySequence("Ctrl+Return"), QKeySequence("Ctrl+Enter")]


def test_conflicts_are_shown_with_the_other_action(actions):
    editor = ShortcutEditor(actions)
    assert not editor.has_conflicts
    editor.rows.setData(editor.rows.index(2, 1), "Space")
    assert "Play and Loop have the same keys" in editor.message.text()
    assert "Loop" in editor.rows.index(0, 1).data(Qt.ItemDataRole.ToolTipRole)


def test_keys_are_typed_into_the_table(qtbot, actions):
    editor = ShortcutEditor(actions)
    qtbot.addWidget(editor)
    editor.show()
    cell = editor._filtered.index(2, 1)
    editor.table.edit(cell)
    field = next(w for w in editor.table.findChildren(page.QWidget) if type(w).__name__ == "QKeySequenceEdit")
    qtbot.keyClick(field, Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier)
    field.editingFinished.emit()
    QApplication.processEvents()
    assert editor.rows.keys["loop"] == "Ctrl+J"


def test_searching_finds_actions_and_keys(actions):
    editor = ShortcutEditor(actions)
    editor.search.setText("ctrl")
    assert [editor._filtered.index(row, 0).data() for row in range(editor._filtered.rowCount())] == ["Separate"]


@pytest.mark.parametrize("text", ["[shortcuts", "shortcuts = " + "[" * 100_000], ids=["cut off", "deep"])
def test_unreadable_settings_are_said_and_the_programs_keys_stay(actions, file, text):
    file.write_text(text)
    with pytest.raises(UsageError, match="cannot be read"):
        shortcut_keys.load_shortcuts(actions, file)
    assert actions[0].shortcut() == QKeySequence("Space")
