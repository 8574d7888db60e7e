"""The whole way on a real worker with the built-in model, twice: by Qt's events without a screen, and in a real window
of an X server, where xdotool moves the mouse, presses the keys, and drops a stem onto another program.
"""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flowsep_ui.dialogs.place import PlaceDialog
from flowsep_ui.studio.panel_directory import example_clip
from flowsep_ui.studio.reconcile import has_finals, stem_settings
from panel_hands import Hands, Target, run_in_x
from panel_makers import until
from PyQt6.QtCore import QPoint
from PyQt6.QtWidgets import QSlider

from flowsep_plugin.audition import LANES, ORIGINAL
from flowsep_plugin.media import read_clip
from flowsep_plugin.timeline import read_session


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """The bundled clip, in a folder of the test's."""
    bundled = example_clip()
    assert bundled is not None
    return Path(shutil.copy(bundled, tmp_path / "courtyard.flac"))


@pytest.mark.slow
def test_from_a_clip_to_a_session_and_out(qtbot: Any, panel: Any, hands: Hands, clip: Path, tmp_path: Path) -> None:
    model, sounds, view = panel.model, panel.sounds, panel.document_view.view

    def newest() -> Any:
        return model.result(model.workspace.takes[-1].id)

    # open, and select a part of the clip with the mouse
    panel.open_paths([clip])
    until(qtbot, lambda: model.front is not None and view.model.scene.tracks != (), 60)
    qtbot.wait(300)
    middle = view.canvas.height() // 6
    hands.drag(view.canvas, QPoint(60, middle), QPoint(view.canvas.width() // 2, middle))
    until(qtbot, lambda: model.workspace.selected is not None)
    part = model.workspace.selected.span
    assert 0 < part.frames < 12 * 48_000

    # type, and hear a draft
    hands.press(panel, "/")
    until(qtbot, sounds.line.hasFocus)
    hands.type(sounds.line, "a dog barking")
    assert sounds.line.text() == "a dog barking"
    until(qtbot, lambda: model.workspace.draft is not None, 20)
    until(qtbot, lambda: model.result(model.workspace.draft.id).files is not None, 180)
    assert not (tmp_path / "FlowSep").exists()

    # final
    hands.press(sounds.line, "Ctrl+Return")
    until(qtbot, lambda: bool(model.workspace.takes) and newest().final_files is not None, 180)
    files = newest().final_files
    assert [path.parent for path in files.paths] == [tmp_path / "FlowSep"] * 2
    stem, residual = (read_clip(path).samples for path in files.paths)
    original = read_clip(clip, part).samples
    assert np.abs(stem + residual - original).max() <= 2**-23

    # A/B, while it plays
    player = panel.parts.player
    until(qtbot, lambda: len(player.choices) == 4)
    assert [lane.title for lane in panel.playback.choices] == ["a dog barking", "Rest"]
    hands.click(view.canvas, QPoint(80, middle))
    hands.press(view.canvas, "Space")
    until(qtbot, lambda: player.state == "playing")
    hands.press(view.canvas, "B")
    until(qtbot, lambda: player.choice == ORIGINAL)
    hands.press(view.canvas, "B")
    until(qtbot, lambda: player.choice == LANES)
    hands.press(view.canvas, "1")
    until(qtbot, lambda: player.choice == panel.playback.choices[0].choice)
    hands.press(view.canvas, "Space")
    until(qtbot, lambda: player.state != "playing")

    # a slider: rendered from the cached estimate, then written as final files
    slider: QSlider = sounds.render_panel.controls["strength"].editor
    hands.click(slider, QPoint(slider.width() - 8, slider.height() // 2))
    until(qtbot, lambda: model.workspace.queries[0].render.strength > 1)
    until(qtbot, lambda: newest().files.settings == stem_settings(model.workspace, model.workspace.takes[-1]), 60)
    until(qtbot, lambda: has_finals(model.workspace, model.workspace.takes[-1], newest()), 60)
    assert np.abs(read_clip(newest().final_files.stems[0]).samples - stem).max() > 0

    # place in a session, and undo
    hands.press(view.canvas, "Ctrl+P")
    until(qtbot, lambda: bool(panel.findChildren(PlaceDialog)))
    (dialog,) = panel.findChildren(PlaceDialog)
    until(qtbot, dialog.place_button.isEnabled, 30)
    session = dialog.path
    hands.click(dialog.place_button)
    until(qtbot, session.is_file, 30)
    assert [track.name for track in read_session(session).tracks] == [
        "courtyard", "courtyard [a dog barking]", "courtyard [rest]",
    ]  # fmt: skip
    until(qtbot, lambda: not panel.findChildren(PlaceDialog))
    until(qtbot, lambda: model.undo_stack.undoText() == "Place in session", 60)
    hands.press(view.canvas, "Ctrl+Z")
    until(qtbot, lambda: not session.exists(), 30)

    # drag the stem out
    head = view.heads.head(view.model.scene.tracks[0].lanes[0].id)
    assert head is not None
    target = Target()
    qtbot.addWidget(target)
    assert hands.drop_on(head, QPoint(60, 10), target) == [newest().final_files.stems[0]]


@pytest.mark.slow
def test_the_same_in_a_real_window(tmp_path: Path) -> None:
    run_in_x(f"{__file__}::test_from_a_clip_to_a_session_and_out", tmp_path)
