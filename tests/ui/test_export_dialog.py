"""The export dialog: its answer, its preview, and what it refuses."""

import os
from pathlib import Path

import pytest
from dialog_makers import export_items, unnamed, write_stems
from flowsep_ui.dialogs.export import ExportDialog
from PyQt6.QtWidgets import QDialogButtonBox

from flowsep_plugin.files.export import ExportOptions


@pytest.fixture
def items(tmp_path):
    return export_items(write_stems(tmp_path / "stems", seconds=0.1))


@pytest.fixture
def dialog(qtbot, items, tmp_path):
    widget = ExportDialog(items, ExportOptions(tmp_path / "out"))
    qtbot.addWidget(widget)
    return widget


def ok(dialog):
    return dialog._buttons.button(QDialogButtonBox.StandardButton.Ok)


def names(dialog):
    return [dialog.preview.item(row, 1).text() for row in range(dialog.preview.rowCount())]


def test_the_answer_is_what_was_set(dialog, tmp_path):
    dialog.format.setCurrentIndex(dialog.format.findData("flac24"))
    dialog.pattern.setText("{sound} {take:02}")
    dialog.handles.setValue(1.5)
    dialog.padded.setChecked(True)
    dialog.policy.setCurrentIndex(dialog.policy.findData("skip"))
    dialog.accept()
    assert dialog.result_options == ExportOptions(tmp_path / "out", "flac24", "{sound} {take:02}", 1.5, True, "skip")


def test_the_preview_follows_what_is_typed(dialog, qtbot):
    assert names(dialog) == ["courtyard [a dog barking].wav", "courtyard [rain on a roof].wav", "courtyard [rest].wav"]
    dialog.pattern.setText("{number} {sound}")
    qtbot.waitUntil(lambda: names(dialog)[0] == "1 a dog barking.wav")


def test_signs_that_no_name_holds_are_told(dialog):
    dialog.pattern.setText("{clip}: {sound}")
    dialog.refresh()
    assert ":" in dialog.message.text()
    assert names(dialog)[0] == "courtyard_ a dog barking.wav"


def test_an_unknown_field_cannot_be_exported(dialog):
    dialog.pattern.setText("{who}")
    dialog.refresh()
    assert "{who}" in dialog.message.text()
    assert dialog.message.objectName() == "error"
    assert not ok(dialog).isEnabled()
    dialog.accept()
    assert dialog.result_options is None


def test_what_will_be_replaced_is_told(dialog, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "courtyard [rest].wav").touch()
    dialog.policy.setCurrentIndex(dialog.policy.findData("replace"))
    dialog.refresh()
    assert dialog.preview.item(2, 2).text() == "replaced"
    assert "replaced: 1" in dialog.message.text()


def test_a_stem_that_vanished_is_told(dialog, items):
    os.unlink(items[0].path)
    dialog.refresh()
    assert Path(items[0].path).name in dialog.message.text()
    assert not ok(dialog).isEnabled()


def test_everything_has_a_name_and_can_be_reached_by_tab(dialog):
    assert unnamed(dialog) == []
