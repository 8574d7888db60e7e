"""What the panel of version 0.1.0 kept is understood; `golden/v0_1/README.md` says how each file was made."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import panel_makers
import pytest
from flowsep_ui.shortcut_keys import load_shortcuts
from flowsep_ui.studio.autosave import load
from flowsep_ui.studio.queries import QueryRow
from flowsep_ui.studio.results import PendingJob, Presence, StemFiles, StemSettings, TakeResult
from flowsep_ui.studio.workspace import Document, Preset, Take, Workspace, WorkspaceSelection
from PyQt6.QtGui import QKeySequence

from flowsep_plugin import RenderSettings, Span
from flowsep_plugin.audition import LaneMix

OLD = Path(__file__).parents[1] / "golden" / "v0_1"
CLIP, STEMS = Path("/home/user/clips/yard.wav"), Path("/home/user/stems")
RENDER = RenderSettings(mode="hybrid", strength=1.5, reduce_db=12.0, gate=0.25)
WHOLE, PART = Span(0, 1_800, 8_000), Span(200, 1_400, 8_000)
SOUNDS = (
    QueryRow("a dog barking", 1, render=RENDER),
    QueryRow("speech", 4, negative=True, render=RENDER),
    QueryRow("rain", 2, on=False, render=RENDER),
)
TWO = StemSettings((RENDER, RENDER))
GENERATED = StemSettings((RenderSettings(mode="generated"),) * 2)


def test_an_old_workspace_holds_all_that_was_decided(tmp_path: Path):
    saved = load(Path(shutil.copyfile(OLD / "workspace.json", tmp_path / "workspace.json")))
    assert saved is not None
    assert saved.closed
    assert saved.workspace == Workspace(
        documents=(
            Document("d1", "files", (CLIP,)),
            Document("d2", "session", (Path("/home/user/song.rpp"),)),
        ),
        front_id="d1",
        selected=WorkspaceSelection(PART, "clip 1", ("track 1",)),
        queries=SOUNDS,
        takes=(
            Take("t1", 1, "d1", "clip 1", CLIP, WHOLE, PART, SOUNDS, 42, False, "audiosep", "cuda"),
            Take("t2", 2, "d1", "clip 1", CLIP, PART, None, (QueryRow("a dog barking", 1),), 7, True),
        ),
        current={"d1/clip 1": "t1"},
        mixes={"t1/0": LaneMix(solo=True, gain_db=-3.5), "t1/rest": LaneMix(mute=True)},
        history=("rain", "wind"),
        favourites=("a dog barking",),
        presets=(Preset("dogs", SOUNDS),),
        model="audiosep",
        device="cuda",
        out=STEMS,
    )


def test_an_old_workspace_holds_what_was_found(tmp_path: Path):
    saved = load(Path(shutil.copyfile(OLD / "workspace.json", tmp_path / "workspace.json")))
    assert saved is not None
    assert saved.results["t1"] == TakeResult(
        pending=PendingJob(GENERATED, is_final=True, job="j9"),
        job="j8",
        files=StemFiles(StemSettings((RENDER,)), (STEMS / "a.wav",), STEMS / "rest.wav", STEMS / "a.json"),
        final_files=StemFiles(StemSettings((RENDER,)), (STEMS / "kept.wav",), None),
        presence=Presence(("a dog barking",), (True,), (-6.5,), 0.025, 0.01, ((0.0, 0.5, 1.0),), (True,)),
        regions=(((0.1, 0.2), (0.3, 0.4)),),
        provider="CPU",
        handed_out=True,
    )
    assert saved.results["t2"].error == "the model has no vocoder"
    assert saved.results["t2"].refused == StemSettings((RenderSettings(mode="generated"),))


def test_what_an_old_worker_found_can_be_shown():
    presence = json.loads((OLD / "job.json").read_text("utf-8"))["result"]["presence"]
    record = Presence.from_job(presence)
    assert (record.queries, record.found, record.unsure) == (("a dog barking", "rain"), (True, True), (False, False))
    assert (record.share_db, record.first_seconds, record.step_seconds) == ((-6.95, -5.79), 0.05, 0.01)
    assert record.values == ((1.0,) * 10,) * 2


@pytest.fixture
def window(tmp_path: Path, qtbot: Any) -> Iterator[Any]:
    """A window over the old panel's folder."""
    (tmp_path / "panel").mkdir()
    shutil.copyfile(OLD / "workspace.json", tmp_path / "panel" / "workspace.json")
    shutil.copyfile(OLD / "panel.ini", tmp_path / "panel.ini")
    panel = panel_makers.window(tmp_path)
    panel.show()
    panel.recover()
    yield panel
    panel.leave()


def test_the_window_looks_as_the_old_one_was_left(window: Any):
    window.first_page.restore_docks()  # the welcome page has none
    assert window.docks["jobs"].isHidden()
    assert not window.docks["sounds"].isHidden()
    assert not window.sounds.drafts.isChecked()
    assert window.document_view.view.model.ruler == "bars"
    assert window.document_view.view.model.spectrogram


def test_the_window_knows_the_old_history_favourites_and_presets(window: Any):
    workspace = window.model.workspace
    assert (workspace.history, workspace.favourites) == (("rain", "wind"), ("a dog barking",))
    assert workspace.presets == (Preset("dogs", SOUNDS),)
    assert (workspace.model, workspace.out) == ("audiosep", STEMS)


def test_actions_have_the_keys_that_were_chosen_for_the_old_ones(window: Any):
    load_shortcuts(window.all_actions, OLD / "settings.toml")
    keys = {action.objectName(): action.shortcut() for action in window.all_actions}
    assert keys["file.open"] == QKeySequence("Ctrl+Alt+O")
    assert keys["edit.undo"].isEmpty()
    assert keys["sounds.type"] == QKeySequence("F2")
    assert keys["edit.redo"] == QKeySequence("Ctrl+Shift+Z")
