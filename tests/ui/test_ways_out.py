"""Errors with a setting that helps: the panel shows a button for it, and no word of the shell."""

import ast
from collections.abc import Iterator
from pathlib import Path

import flowsep_ui
import pytest
from flowsep_ui.actions import ACTIONS
from flowsep_ui.studio.results import PendingJob, TakeResult, error_of, failed
from flowsep_ui.studio.texts import ErrorText, setting_of
from flowsep_ui.ways_out import NO_BUTTON, WAYS_OUT, button_text, message_of, way_out

import flowsep_plugin
from flowsep_plugin.cli import ways_out as shell
from flowsep_plugin.errors import FlowsepError, UsageError
from flowsep_plugin.jobs.job import JobError
from flowsep_plugin.render_settings import RenderSettings

CORE = Path(flowsep_plugin.__file__).parent
UI = Path(flowsep_ui.__file__ or flowsep_ui.__path__[0])


def core_errors() -> Iterator[tuple[str, str]]:
    """The setting and the text, with … for what is filled in, of every error of the core that names a setting."""
    for path in sorted(CORE.rglob("*.py")):
        if "cli" in path.relative_to(CORE).parts:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            settings = [word.value for word in node.keywords if word.arg == "setting"]
            if settings and isinstance(settings[0], ast.Constant) and settings[0].value:
                yield str(settings[0].value), "".join(map(text_of, node.args))


def text_of(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "…" for part in node.values)
    if isinstance(node, ast.BinOp):
        return text_of(node.left) + text_of(node.right)
    return "…"


ERRORS = sorted(set(core_errors()))


def test_the_walk_sees_the_errors_of_the_core():
    assert {"out", "model", "media", "device", "frame_rate", "save_as"} <= {setting for setting, _ in ERRORS}
    assert len(ERRORS) > 20


@pytest.mark.parametrize(("setting", "text"), ERRORS)
def test_no_error_shows_words_of_the_shell(setting: str, text: str):
    message = message_of(UsageError(text, setting=setting))
    assert "--" not in message
    assert setting in WAYS_OUT or setting in NO_BUTTON


def test_every_setting_of_the_shell_has_its_place_in_the_panel():
    assert set(shell.WAYS_OUT) <= {*WAYS_OUT, *NO_BUTTON}
    assert not NO_BUTTON & set(WAYS_OUT)


@pytest.mark.parametrize("setting", WAYS_OUT)
def test_every_button_triggers_an_action_of_the_window(setting: str, qapp):
    way = way_out(message_of(FlowsepError("it failed", setting=setting)))
    assert way is not None
    assert way.action in {spec.name for spec in ACTIONS}
    assert button_text(way)


def test_an_error_without_setting_has_no_button():
    assert way_out(message_of(UsageError("it failed"))) is None
    assert way_out("a plain text") is None


def test_the_setting_outlives_the_result_of_a_take():
    error = JobError("MediaError", "the folder cannot be created; choose another folder", 3, setting="out")
    result = failed(TakeResult(pending=PendingJob(RenderSettings(), True)), message_of(error))
    assert (type(result.error), result.setting) == (str, "out")
    assert setting_of(error_of(result, RenderSettings()) or "") == "out"
    assert setting_of(error_of(TakeResult(error="x"), RenderSettings()) or "") is None


def test_an_error_text_is_a_text():
    assert ErrorText("no room", "out") == "no room"


def test_a_take_that_lacks_a_folder_has_a_button_and_is_written_to_the_chosen_one(tmp_path, monkeypatch, qtbot):
    from dataclasses import replace

    from flowsep_ui.studio.queries import QueryRow
    from panel_makers import FakeLink, sound, window
    from PyQt6.QtWidgets import QFileDialog

    link = FakeLink()
    panel = window(tmp_path, link)
    panel.open_paths([sound(tmp_path / "take.wav")])
    panel.model.do("q", lambda w: replace(w, queries=(QueryRow("a dog"),)))
    panel.separation.separate()
    qtbot.waitUntil(lambda: bool(link.submissions))
    error = JobError("MediaError", "the folder cannot be created; choose another folder", 3, setting="out")
    link.tell(link.take(), state="failed", error=error, finished=1.0)
    assert not panel.sounds.way_out.isHidden()
    assert panel.sounds.way_out.text() == "Choose folder…"
    assert "--" not in panel.sounds.verdict.plain_text
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "elsewhere"))
    panel.sounds.way_out.click()
    qtbot.waitUntil(lambda: len(link.submissions) == 2)
    assert link.submissions[1][1].files.out == tmp_path / "elsewhere"
    link.finish(link.take())
    assert panel.sounds.way_out.isHidden()
    panel.leave()
    panel.deleteLater()


def test_pages_of_the_settings_exist(qapp):
    from flowsep_ui.dialogs.settings import SettingsDialog

    dialog = SettingsDialog(actions=[])
    for way in WAYS_OUT.values():
        if way.page:
            dialog.show_page(getattr(dialog, way.page))
    dialog.reject()
