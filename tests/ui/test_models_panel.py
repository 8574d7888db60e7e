"""The model manager, with processes that stand in for the command line."""

import sys
from pathlib import Path

import pytest
from dialog_makers import unnamed
from flowsep_ui.controllers.command_process import Command
from flowsep_ui.panels import models
from flowsep_ui.panels.model_rows import ModelRow, ModelRows, all_rows
from flowsep_ui.panels.models import ModelManager
from PyQt6.QtTest import QAbstractItemModelTester

from flowsep_plugin import library
from flowsep_plugin.errors import BundleError

BUILT_IN = ModelRow(
    name="flowsep-base", licence="CC-BY-4.0", size=36_000_000, source="training/", folder=Path("/x/flowsep-base"),
    installed=True,
)  # fmt: skip
OWN = ModelRow(
    name="mine", licence="MIT", size=2_500_000_000, source="https://example.org", folder=Path("/x/mine"),
    installed=True, removable=True,
)  # fmt: skip
DAMAGED = ModelRow(
    name="broken", licence="", size=0, source="", folder=Path("/x/broken"), installed=True, removable=True,
    problem="card.json: no JSON",
)  # fmt: skip
TO_INSTALL = ModelRow(
    name="audiosep", licence="MIT (code)", size=1_264_844_076, source="https://example.org/a.ckpt"
)  # fmt: skip
ROWS = [BUILT_IN, OWN, DAMAGED, TO_INSTALL]


def stand_in(code):
    """A command that runs `code`; its arguments are in `sys.argv[1:]`."""
    return Command(command=[sys.executable, "-c", code])


@pytest.fixture
def questions():
    return []


@pytest.fixture
def make(qtbot, questions, monkeypatch):
    monkeypatch.setattr(models, "why_no_install", lambda: None)
    panels = []

    def manager(code="", agree=True, rows=ROWS, reference=""):
        command = stand_in(code)
        panel = ModelManager(
            command=command,
            confirm=lambda title, text, yes: questions.append((title, text, yes)) or agree,
            rows=lambda: rows,
            ask_reference=lambda: reference,
        )
        command.setParent(panel)
        qtbot.addWidget(panel)
        panels.append(panel)
        return panel

    yield manager
    for panel in panels:
        panel.close_command()


def choose(panel, name):
    panel.table.selectRow(panel.rows.row_of(name))


def test_the_rows_are_a_sound_item_model(qtbot):
    rows = ModelRows()
    tester = QAbstractItemModelTester(rows, QAbstractItemModelTester.FailureReportingMode.Fatal)
    rows.show_rows(ROWS)
    rows.show_rows(ROWS[:1])
    rows.show_rows([])
    assert tester.model() is rows


def test_a_row_tells_name_state_size_licence_and_source(qtbot):
    rows = ModelRows()
    rows.show_rows(ROWS)
    texts = [[rows.index(row, column).data() for column in range(5)] for row in range(4)]
    assert texts == [
        ["flowsep-base", "built in", "36.0 MB", "CC-BY-4.0", "training/"],
        ["mine", "installed", "2.5 GB", "MIT", "https://example.org"],
        ["broken", "damaged", "unknown", "-", "-"],
        ["audiosep", "not installed", "1.3 GB", "MIT (code)", "https://example.org/a.ckpt"],
    ]
    assert rows.index(2, 0).data(3) == "card.json: no JSON"


def test_what_is_installed_and_what_could_be_are_found():
    rows = {row.name: row for row in all_rows()}
    assert rows["flowsep-base"].installed
    assert not rows["flowsep-base"].removable
    assert rows["flowsep-base"].size > 1_000_000
    assert not rows["audiosep"].installed


def test_only_what_can_be_done_is_offered(make):
    panel = make()
    offered = {}
    for row in ROWS:
        choose(panel, row.name)
        offered[row.name] = [b.isEnabled() for b in (panel.install, panel.verify, panel.remove, panel.reveal)]
    assert offered == {
        "flowsep-base": [False, True, False, True],
        "mine": [False, True, True, True],
        "broken": [False, True, True, True],
        "audiosep": [True, False, False, False],
    }


def test_size_and_licence_are_shown_before_anything_is_fetched(make, questions):
    panel = make("raise SystemExit('started')", agree=False)
    choose(panel, "audiosep")
    panel.install.click()
    ((title, text, yes),) = questions
    assert "audiosep" in title
    assert "1.3 GB" in text
    assert "MIT (code)" in text
    assert yes == "Install"
    assert not panel.progress.isVisibleTo(panel)


def test_an_installation_shows_how_far_it_is(qtbot, make):
    panel = make(
        "import json, sys; assert sys.argv[1:] == ['models', 'install', 'audiosep', '--yes', '--json'], sys.argv\n"
        "print(json.dumps({'file': 'a.ckpt', 'have': 300000000, 'whole': 1200000000})); sys.stdin.read()\n"
        "print(json.dumps({'installed': '/x/audiosep'}))"
    )
    reports = []
    panel._command.reported.connect(lambda _: reports.append((panel.progress.value(), panel.message.text())))
    choose(panel, "audiosep")
    with qtbot.waitSignal(panel.models_changed, timeout=20_000):
        panel.install.click()
        assert panel.progress.isVisibleTo(panel)
        assert not panel.verify.isEnabled()
    assert reports[0][0] == 250
    assert "300.0 MB / 1.2 GB" in reports[0][1]
    assert panel.message.text() == "audiosep is installed"
    assert not panel.progress.isVisibleTo(panel)


HUB = """
import json, sys
if "--show" in sys.argv:
    print(json.dumps({"name": "pocket", "source": "https://hub/org/pocket", "missing": 2500000, "licence": "MIT"}))
else:
    assert sys.argv[1:] == ["models", "install", "org/pocket", "--yes", "--json"], sys.argv
    print(json.dumps({"file": "a.onnx", "have": 2500000, "whole": 2500000}))
"""


def test_a_model_of_the_hub_is_installed_after_its_size_and_licence_were_seen(qtbot, make, questions):
    panel = make(HUB, reference="org/pocket")
    with qtbot.waitSignal(panel.models_changed, timeout=20_000):
        panel.hub.click()
    ((title, text, yes),) = questions
    assert (title, yes) == ("Install pocket?", "Install")
    assert all(part in text for part in ("https://hub/org/pocket", "2.5 MB", "MIT"))
    assert panel.message.text() == "org/pocket is installed"


def test_a_model_of_the_hub_is_not_installed_without_a_yes(qtbot, make, questions):
    panel = make(HUB, agree=False, reference="org/pocket")
    with qtbot.waitSignal(panel._command.ended, timeout=20_000):
        panel.hub.click()
    assert len(questions) == 1
    assert not panel._command.is_running


def test_without_a_name_the_hub_is_not_asked(make):
    panel = make("raise SystemExit('started')")
    panel.hub.click()
    assert not panel._command.is_running


def test_an_installation_can_be_cancelled(qtbot, make):
    panel = make("import time; print('here', flush=True); time.sleep(60)")
    choose(panel, "audiosep")
    with qtbot.waitSignal(panel._command.line_printed, timeout=20_000):
        panel.install.click()
    with qtbot.waitSignal(panel._command.ended, timeout=20_000):
        panel.cancel.click()
    assert panel.message.text() == "Cancelled"
    assert panel.message.objectName() == "error"


def test_a_failure_is_told_in_its_own_words(qtbot, make):
    panel = make("import sys; print('flowsep: the disk is full; make room', file=sys.stderr); sys.exit(3)")
    choose(panel, "audiosep")
    with qtbot.waitSignal(panel._command.ended, timeout=20_000):
        panel.install.click()
    assert panel.message.text() == "the disk is full; make room"


def test_without_the_converter_the_line_that_brings_it_is_told(make, monkeypatch):
    monkeypatch.setattr(models, "why_no_install", lambda: "needs torch: pip install 'flowsep-plugin[export]'")
    panel = make("raise SystemExit('started')")
    choose(panel, "audiosep")
    assert "pip install" in panel.details.text()
    panel.install.click()
    assert "pip install" in panel.message.text()


def test_what_the_converter_lacks_is_found(monkeypatch):
    monkeypatch.setattr(library.importlib.util, "find_spec", lambda name: None if name == "torch" else True)
    assert library.why_no_install() == "Converting models needs torch: pip install 'flowsep-plugin[export]'"
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert "add its folder" in library.why_no_install()


def test_verifying_the_built_in_model_checks_its_files(qtbot, questions):
    panel = ModelManager(command=Command(), rows=all_rows)
    qtbot.addWidget(panel)
    choose(panel, "flowsep-base")
    with qtbot.waitSignal(panel._command.ended, timeout=120_000) as ended:
        panel.verify.click()
    assert ended.args[0], ended.args[1]
    assert "flowsep-base is intact" in panel.message.text()


def test_a_model_is_removed_after_a_yes(make, questions, monkeypatch):
    removed = []
    monkeypatch.setattr(models, "remove_model", removed.append)
    panel = make(agree=False)
    choose(panel, "mine")
    panel.remove.click()
    assert removed == []
    panel = make(agree=True)
    choose(panel, "mine")
    panel.remove.click()
    assert removed == ["mine"]
    assert "2.5 GB" in questions[0][1]


def test_a_model_that_cannot_be_removed_says_why(make, monkeypatch):
    def refuse(name):
        raise BundleError(f"{name}: cannot be removed; delete it by hand")

    monkeypatch.setattr(models, "remove_model", refuse)
    panel = make()
    choose(panel, "mine")
    panel.remove.click()
    assert "delete it by hand" in panel.message.text()


def test_a_command_that_does_not_start_is_told(qtbot):
    command = Command(command=["/nowhere/flowsep"])
    with qtbot.waitSignal(command.ended) as ended:
        command.start("doctor")
    assert ended.args == [False, "/nowhere/flowsep cannot be started"]
    assert not command.is_running


def test_closing_ends_what_runs(qtbot):
    command = stand_in("import time; print('here', flush=True); time.sleep(60)")
    with qtbot.waitSignal(command.line_printed, timeout=20_000):
        command.start()
    command.close()
    assert not command.is_running


def test_everything_has_a_name(make):
    assert unnamed(make()) == []
