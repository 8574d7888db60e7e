"""What real deaths leave behind: the panel killed under a job, a model that is not there, a session that goes away."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flowsep_ui.app import make_window
from left_over import end_worker
from panel_makers import sound, until

from flowsep_plugin.settings import PanelSettings

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is not there on Windows"),
]

_PANEL = """
import sys
from dataclasses import replace
from pathlib import Path
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication
from flowsep_ui.app import make_window
from flowsep_plugin.settings import PanelSettings
app = QApplication([])
window = make_window(PanelSettings())
window.recover()
window.open_paths([Path(sys.argv[1])])
model = window.model
while model.front is None:
    QTest.qWait(10)
model.amend(lambda workspace: replace(workspace, model=sys.argv[2]))
window.sounds.line.setText("a dog")
window.sounds.separate_now()
while not model.results or not any(result.job for result in model.results.values()):
    QTest.qWait(5)
window.autosave.save_now()
print("asked", flush=True)
app.exec()
"""


@pytest.fixture
def panel(qtbot: Any) -> Iterator[Any]:
    panel = make_window(PanelSettings())
    yield panel
    panel.leave()
    panel.deleteLater()
    end_worker()


def test_a_panel_that_is_killed_under_a_job_finds_its_stems(qtbot: Any, tmp_path: Path, pocket: Path) -> None:
    clip = sound(tmp_path / "take.wav", 20, 16_000)
    command = [sys.executable, "-c", _PANEL, str(clip), str(pocket)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "asked"
    os.kill(process.pid, signal.SIGKILL)
    process.wait(20)
    process.stdout.close()
    window = make_window(PanelSettings())
    try:
        window.recover()
        assert "ended unexpectedly" in window.messages.text.text()
        (take,) = window.model.workspace.takes
        until(qtbot, lambda: window.model.result(take.id).final_files is not None, 180)
        assert window.model.result(take.id).final_files.stems == (tmp_path / "FlowSep" / "take [a dog].wav",)
        window.document_view.show_scene()
        assert len(window.document_view.view.model.scene.tracks[0].lanes) == 2
    finally:
        window.leave()
        window.deleteLater()
        end_worker()


def test_without_the_model_the_take_says_what_to_do(qtbot: Any, panel: Any, tmp_path: Path) -> None:
    panel.recover()
    panel.open_paths([sound(tmp_path / "take.wav")])
    until(qtbot, lambda: panel.model.front is not None)
    panel.model.amend(lambda workspace: replace(workspace, model="nobody"))
    panel.sounds.line.setText("a dog")
    panel.sounds.separate_now()
    take = panel.model.workspace.takes[0].id
    until(qtbot, lambda: panel.model.result(take).error is not None, 120)
    assert "no model 'nobody': installed are" in panel.sounds.verdict.text()
    panel.model.amend(
        lambda workspace: replace(workspace, takes=tuple(replace(t, model="echo") for t in workspace.takes))
    )
    panel.separation.try_again(take)
    until(qtbot, lambda: panel.model.result(take).final_files is not None, 120)
