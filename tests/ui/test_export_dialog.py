"""The export dialog: its answer, its preview, and what it refuses."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from dialog_makers import export_rows, unnamed, write_stems
from flowsep_ui.dialogs.export import ExportDialog
from flowsep_ui.dialogs.export_rows import ExportRow
from flowsep_ui.studio.prints import LanePrint
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QDialogButtonBox

from flowsep_plugin.audio.span import Span
from flowsep_plugin.effects import EffectChain, EffectSlot
from flowsep_plugin.files.export import ExportItem, ExportOptions

ROOM = EffectChain((EffectSlot(effect="Reverb"),))


@pytest.fixture
def rows(tmp_path):
    return export_rows(write_stems(tmp_path / "stems", seconds=0.1))


@pytest.fixture
def dialog(qtbot, rows, tmp_path):
    widget = ExportDialog(rows, ExportOptions(tmp_path / "out"))
    qtbot.addWidget(widget)
    return widget


def ok(dialog):
    return dialog._buttons.button(QDialogButtonBox.StandardButton.Ok)


def names(dialog):
    return [dialog.preview.item(row, 1).text() for row in range(dialog.preview.rowCount())]


def test_the_answer_is_what_was_set(dialog, tmp_path):
    dialog.fields.format.setCurrentIndex(dialog.fields.format.findData("flac24"))
    dialog.fields.pattern.setText("{sound} {take:02}")
    dialog.fields.handles.setValue(1.5)
    dialog.fields.padded.setChecked(True)
    dialog.fields.policy.setCurrentIndex(dialog.fields.policy.findData("skip"))
    dialog.accept()
    assert dialog.result_options == ExportOptions(tmp_path / "out", "flac24", "{sound} {take:02}", 1.5, True, "skip")


def test_the_preview_follows_what_is_typed(dialog, qtbot):
    assert names(dialog) == ["courtyard [a dog barking].wav", "courtyard [rain on a roof].wav", "courtyard [rest].wav"]
    dialog.fields.pattern.setText("{number} {sound}")
    qtbot.waitUntil(lambda: names(dialog)[0] == "1 a dog barking.wav")


def test_signs_that_no_name_holds_are_told(dialog):
    dialog.fields.pattern.setText("{clip}: {sound}")
    dialog.refresh()
    assert ":" in dialog.message.text()
    assert names(dialog)[0] == "courtyard_ a dog barking.wav"


def test_an_unknown_field_cannot_be_exported(dialog):
    dialog.fields.pattern.setText("{who}")
    dialog.refresh()
    assert "{who}" in dialog.message.text()
    assert dialog.message.objectName() == "error"
    assert not ok(dialog).isEnabled()
    dialog.accept()
    assert dialog.result_options is None


def test_what_will_be_replaced_is_told(dialog, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "courtyard [rest].wav").touch()
    dialog.fields.policy.setCurrentIndex(dialog.fields.policy.findData("replace"))
    dialog.refresh()
    assert dialog.preview.item(2, 2).text() == "replaced"
    assert "replaced: 1" in dialog.message.text()


def test_a_stem_that_vanished_is_told(dialog, rows):
    os.unlink(rows[0].item.path)
    dialog.refresh()
    assert Path(rows[0].item.path).name in dialog.message.text()
    assert not ok(dialog).isEnabled()


def test_everything_has_a_name_and_can_be_reached_by_tab(dialog):
    assert unnamed(dialog) == []


def test_single_stems_can_be_ticked_off(dialog, qtbot):
    dialog.preview.item(1, 0).setCheckState(Qt.CheckState.Unchecked)
    qtbot.waitUntil(lambda: names(dialog)[1] == "")
    dialog.accept()
    assert [planned.item.sound for planned in dialog.plan] == ["a dog barking", "rest"]


def test_without_a_tick_nothing_can_be_exported(dialog):
    for row in range(3):
        dialog.preview.item(row, 0).setCheckState(Qt.CheckState.Unchecked)
    dialog.refresh()
    assert "Tick" in dialog.message.text()
    assert not ok(dialog).isEnabled()


def test_another_rate_can_be_chosen(dialog):
    dialog.fields.rate.setCurrentIndex(dialog.fields.rate.findData(96_000))
    dialog.accept()
    assert dialog.result_options.rate == 96_000


def test_a_lane_with_effects_gives_its_print_and_the_dry_stem(qtbot, rows, tmp_path):
    wet = replace(rows[0], print=LanePrint("lane", rows[0].item.path, ROOM, -3.0))
    dialog = ExportDialog([wet, rows[2]], ExportOptions(tmp_path / "out"))
    qtbot.addWidget(dialog)
    assert names(dialog) == ["courtyard [a dog barking].wav + [fx]", "courtyard [rest].wav"]
    assert "courtyard [a dog barking] [fx].wav" in dialog.preview.item(0, 1).toolTip()
    ((item, one),) = dialog.prints.items()
    assert (item.suffix, one.chain, one.gain_db) == (" [fx]", ROOM, 0.0)
    dialog.fields.gain.setChecked(True)
    assert [one.gain_db for one in dialog.prints.values()] == [-3.0]
    dialog.fields.effects.setCurrentIndex(dialog.fields.effects.findData("wet"))
    dialog.refresh()
    assert names(dialog)[0] == "courtyard [a dog barking] [fx].wav"
    dialog.fields.effects.setCurrentIndex(dialog.fields.effects.findData("dry"))
    dialog.refresh()
    assert dialog.prints == {}


def test_effects_are_not_offered_where_no_lane_has_any(dialog):
    assert not dialog.fields.effects.isVisibleTo(dialog)
    assert not dialog.fields.gain.isVisibleTo(dialog)


def test_the_mix_is_one_more_file_that_is_off_at_first(qtbot, rows, tmp_path):
    item = ExportItem(tmp_path / "mix.wav", "courtyard", "mix", at=0, length=Span(0, 48_000, 48_000))
    dialog = ExportDialog([*rows, ExportRow(item, is_selected=False, is_mix=True)], ExportOptions(tmp_path / "out"))
    qtbot.addWidget(dialog)
    assert names(dialog)[3] == ""
    dialog.preview.item(3, 0).setCheckState(Qt.CheckState.Checked)
    dialog.refresh()
    assert names(dialog)[3] == "courtyard [mix].wav"
