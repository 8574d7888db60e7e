"""Languages: the German file is read, complete for these modules, and up to date with what the code says."""

import re
import xml.etree.ElementTree as ET

import pytest
from flowsep_ui import i18n
from PyQt6.QtCore import QCoreApplication
from PyQt6.QtWidgets import QApplication

GERMAN = i18n.FOLDER / "flowsep_de.ts"
DONE = {
    "ChoiceBar", "Command", "ExportDialog", "LevelMeter", "MidiListener", "MidiPanel", "ModelManager", "ModelRows",
    "SeparationPage", "SettingsDialog", "WorkerPage", "ShortcutEditor", "ShortcutRows", "TransportBar",
}  # fmt: skip


@pytest.fixture
def app(qtbot):
    made = QApplication.instance()
    yield made
    i18n.load(made, "en")


def messages():
    for context in ET.parse(GERMAN).getroot().iter("context"):
        for message in context.iter("message"):
            yield context.findtext("name"), message.findtext("source"), message.find("translation")


def test_german_is_spoken_and_left_again(app):
    assert i18n.load(app, "de") == "de"
    assert QCoreApplication.translate("SettingsDialog", "Settings") == "Einstellungen"
    assert QCoreApplication.translate("SettingsDialog", "not in any file") == "not in any file"
    i18n.load(app, "en")
    assert QCoreApplication.translate("SettingsDialog", "Settings") == "Settings"


def test_a_dialog_speaks_german(app, qtbot, tmp_path):
    from flowsep_ui.dialogs.export import ExportDialog

    from flowsep_plugin.files.export import ExportOptions

    i18n.load(app, "de")
    dialog = ExportDialog([], ExportOptions(tmp_path))
    qtbot.addWidget(dialog)
    assert dialog.windowTitle() == "Stems exportieren"


@pytest.mark.parametrize(("setting", "code"), [("de", "de"), ("de_AT", "de"), ("tlh", "en"), ("en", "en")])
def test_a_setting_becomes_a_language_there_is(app, setting, code):
    assert i18n.resolved(setting) == code


def test_the_system_language_is_one_there_is(app):
    assert i18n.resolved("system") in i18n.languages()


def test_a_broken_file_is_english(app, monkeypatch, tmp_path):
    (tmp_path / "flowsep_de.ts").write_text("<TS><context>")
    monkeypatch.setattr(i18n, "FOLDER", tmp_path)
    assert i18n.load(app, "de") == "en"


def test_every_text_of_these_modules_has_its_german():
    missing = [(context, text) for context, text, made in messages() if context in DONE and made.get("type")]
    assert missing == []


def test_translations_keep_marks_and_fields():
    for _, source, made in messages():
        if made.get("type") is None:
            marks = r"%\d|\{\w+(?::\d+)?\}|\n"
            assert sorted(re.findall(marks, source)) == sorted(re.findall(marks, made.text)), source
            assert ("&" in source) == ("&" in made.text), source


def test_menus_and_forms_of_a_page_do_not_share_a_letter():
    pages = {"ModelManager": None, "ExportDialog": None}
    for page in pages:
        letters = [
            re.search("&(.)", made.text)[1].lower()
            for context, _, made in messages()
            if context == page and "&" in made.text
        ]
        assert len(letters) == len(set(letters)), page
