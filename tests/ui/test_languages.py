"""Languages: the German file is read, complete and up to date, and no English text of the panel bypasses it."""

import ast
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from flowsep_ui import i18n
from PyQt6.QtCore import QCoreApplication
from PyQt6.QtWidgets import QApplication

GERMAN = i18n.FOLDER / "flowsep_de.ts"
UI = Path(i18n.__file__).parents[1]
TRANSLATED = {"tr", "translate", "QT_TRANSLATE_NOOP", "ActionSpec", "PanelSpec", "WayOut"}
"""Calls whose texts have translations: the last three are rows of tables, gathered by scripts/translations.py."""
UNSEEN = {
    "getLogger", "debug", "info", "warning", "error", "exception", "ArgumentParser", "add_argument", "Formatter",
    "setStyleSheet", "ValueError", "RuntimeError", "NotImplementedError", "KeyError", "Cancelled",
}  # fmt: skip
"""Calls whose texts are for logs, `--help` and programmers, not for users of the panel."""
SHOWN = {
    "setText", "setToolTip", "setStatusTip", "setWindowTitle", "setPlaceholderText", "setAccessibleName", "setSuffix",
    "setTitle", "setSpecialValueText", "addAction", "addMenu", "addTab", "addRow", "addItem", "addButton", "QAction",
    "QLabel", "QPushButton", "QToolButton", "QCheckBox", "QGroupBox", "QDockWidget", "show_message", "tell", "warn",
    "emit", "do",
}  # fmt: skip
"""Calls whose single words are read by users too."""
NAMES = {
    "FlowSep", " - FlowSep", " MB", " s", " dB", "Return Enter", "Del Backspace", "runs on", "FX", "FX ", " LU",
    "A=PCM,F=,T=flowsep effects  fx=\r\n",
}  # fmt: skip
"""Names, units, keys and fields of reports that are the same in every language."""
WITHOUT_TEXTS = {"__main__.py", "theme.py", "colours.py", "icons.py", "icon_shapes.py"}
"""Modules whose literals are style sheets, names of colours and drawings, or what is said where Qt is missing."""
CODES = re.compile(r"[a-z_]+")
SENTENCE = re.compile(r"[^\W\d_]{2,}[,:;.…]? [^\W\d_]{2,}")
WORD = re.compile(r"[^\W\d_]{2,}")


@pytest.fixture
def app(qtbot):
    application = QApplication.instance()
    yield application
    i18n.load(application, "en")


def callee(call):
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def literal(node):
    """The text of a string or f-string literal; values in an f-string are left out."""
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value for part in node.values if isinstance(part, ast.Constant))
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def untranslated(tree):
    """(line, text) of every literal in `tree` that a user may read and that bypasses translation."""
    literals = []

    def visit(node, is_shown):
        if isinstance(node, ast.Call):
            name = callee(node)
            if name in TRANSLATED | UNSEEN:
                if isinstance(node.func, ast.Attribute):
                    visit(node.func.value, False)
                return
            is_shown = name in SHOWN
        text = literal(node)
        if text is not None:
            is_word = is_shown and WORD.search(text) and not CODES.fullmatch(text)
            if (SENTENCE.search(text) or is_word) and text not in NAMES:
                literals.append((node.lineno, text))
            children = [child for child in ast.iter_child_nodes(node) if not isinstance(child, ast.Constant)]
        elif isinstance(node, ast.Dict):
            children = [*filter(None, node.values), *(key for key in node.keys if isinstance(key, ast.Call))]
        elif isinstance(node, ast.keyword) and node.arg == "merge":  # a key of undo steps
            children = []
        elif isinstance(node, ast.Expr) and literal(node.value) is not None:  # a docstring
            children = []
        else:
            children = list(ast.iter_child_nodes(node))
        for child in children:
            visit(child, is_shown)

    visit(tree, False)
    return literals


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


def test_the_german_file_is_up_to_date_with_the_code():
    script = UI.resolve().parent / "scripts" / "translations.py"
    done = subprocess.run([sys.executable, str(script), "--check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_every_text_has_its_german():
    assert [(context, text) for context, text, translation in messages() if translation.get("type")] == []


def test_no_english_text_of_the_panel_bypasses_translation():
    texts = [
        f"{path.relative_to(UI)}:{line}: {text!r}"
        for path in sorted(UI.rglob("*.py"))
        if path.name not in WITHOUT_TEXTS
        for line, text in untranslated(ast.parse(path.read_text("utf-8")))
    ]
    assert texts == [], "\n".join(texts)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("label.setText('Save')", "Save"),
        ("raise UsageError('Select a clip first.')", "Select a clip first."),
        ("words = f'{name} is gone'", " is gone"),
        ("self.failed.emit('Nothing there: ' + str(error))", "Nothing there: "),
        ("label.setText(self.tr('Save'))", None),
        ("label.setText(self.tr('Save {0}').format(name))", None),
        ("log.error('all is lost')", None),
        ("label.setObjectName('warning')", None),
    ],
)
def test_the_check_finds_literals_that_bypass_translation(code, text):
    assert [literal for _, literal in untranslated(ast.parse(code))] == ([] if text is None else [text])


def test_the_layer_without_qt_speaks_german(app):
    from flowsep_ui.studio.queries import query_hints
    from flowsep_ui.studio.takes import with_takes
    from flowsep_ui.studio.workspace import Workspace

    from flowsep_plugin.errors import UsageError

    i18n.load(app, "de")
    assert query_hints("music") == ("Das passt auf fast alles: sagen, wer oder was den Klang macht.",)
    with pytest.raises(UsageError, match="Zuerst eine Audiodatei"):
        with_takes(Workspace(), None, ())


def test_numbers_in_fields_and_texts_have_one_decimal_sign(app):
    from flowsep_ui.studio.texts import number, with_decimal_sign
    from PyQt6.QtWidgets import QDoubleSpinBox

    for language, text in (("de", "3,27"), ("en", "3.27")):
        i18n.load(app, language)
        box = QDoubleSpinBox()
        box.setValue(3.27)
        assert (box.text(), number(3.27, 2), with_decimal_sign("3.27")) == (text, text, text)


def test_an_error_of_the_core_says_in_german_what_happened(app):
    from flowsep_ui.ways_out import KINDS, message_of

    from flowsep_plugin import errors
    from flowsep_plugin.jobs.job import JobError

    full = errors.StorageFull("there is no room left in /media; free some space")
    assert message_of(full) == str(full)
    i18n.load(app, "de")
    assert message_of(full) == f"Die Platte ist voll: {full}"
    assert message_of(JobError.of(full)) == message_of(full)
    assert all(hasattr(errors, kind) for kind in KINDS)


def test_levels_and_frequencies_of_the_timeline_have_the_decimal_sign_too(app):
    from flowsep_ui.panels.model_rows import size_text
    from flowsep_ui.timeline.readout import hertz_text, level_text

    i18n.load(app, "de")
    assert (level_text(0.5), hertz_text(1250), size_text(12_340_000)) == ("−6,0 dBFS", "1,25 kHz", "12,3 MB")


def test_translations_keep_marks_and_fields():
    for _, source, translation in messages():
        if translation.get("type") is None:
            marks = r"\{\w+(?::\d+)?\}|\n"
            assert sorted(re.findall(marks, source)) == sorted(re.findall(marks, translation.text)), source
            assert ("&" in source) == ("&" in translation.text), source


def test_menus_and_forms_of_a_page_do_not_share_a_letter():
    pages = {"ModelManager": None, "ExportDialog": None}
    for page in pages:
        letters = [
            re.search("&(.)", translation.text)[1].lower()
            for context, _, translation in messages()
            if context == page and "&" in translation.text
        ]
        assert len(letters) == len(set(letters)), page
