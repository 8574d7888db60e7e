"""What the timeline view asks for, as decisions of the workspace: markers, tracks, sounds that are kept."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import panel_makers
import pytest
from flowsep_ui.studio.lanes import track_key
from flowsep_ui.studio.markers import front_markers
from flowsep_ui.timeline import MarkerView
from panel_makers import RATE, FakeLink, sound, until

from flowsep_plugin import Span
from flowsep_plugin.audition import LaneMix
from flowsep_plugin.timeline import Marker


@pytest.fixture
def link() -> FakeLink:
    return FakeLink()


@pytest.fixture
def panel(qtbot: Any, tmp_path: Path, link: FakeLink) -> Iterator[Any]:
    window = panel_makers.window(tmp_path, link)
    window.show()
    window.open_paths([sound(tmp_path / "take.wav")])
    until(qtbot, lambda: window.model.front is not None)
    window.document_view.show_scene()
    yield window
    window.leave()


def test_a_new_panel_draws_spectrograms(panel: Any) -> None:
    assert panel.document_view.view.model.spectrogram


def test_markers_are_named_steps_of_undo(panel: Any) -> None:
    view, stack = panel.document_view.view, panel.model.undo_stack
    view.set_playhead(1)
    view.run("set_marker")
    assert front_markers(panel.model.workspace) == (Marker("Marker 1", Span(RATE, 0, RATE)),)
    panel.document_view.show_scene()
    assert view.model.marker in view.model.scene.markers
    view.marker_renamed.emit(view.model.marker, "the bark")
    view.marker_moved.emit(MarkerView("the bark", Span(RATE, 0, RATE), is_own=True), RATE // 2)
    assert front_markers(panel.model.workspace) == (Marker("the bark", Span(RATE // 2, 0, RATE)),)
    panel.document_view.show_scene()
    view.run("remove_marker")
    assert front_markers(panel.model.workspace) == ()
    texts = [stack.text(number) for number in range(stack.count())]
    assert texts[-4:] == ["Set a marker", "Rename a marker", "Move a marker", "Remove a marker"]
    stack.undo()
    assert front_markers(panel.model.workspace) == (Marker("the bark", Span(RATE // 2, 0, RATE)),)


def test_the_mix_of_a_track_is_that_of_the_workspace(panel: Any) -> None:
    track = panel.model.front.timeline.tracks[0].id
    panel.document_view.view.track_changed.emit(track, LaneMix(mute=True))
    assert panel.model.workspace.mixes[track_key(panel.model.workspace.front_id, track)] == LaneMix(mute=True)
    assert panel.model.undo_stack.undoText() == "Mix a track"
    panel.document_view.show_scene()
    assert not panel.document_view.view.model.scene.tracks[0].is_audible


def test_a_sound_that_was_not_found_is_kept_by_its_button(qtbot: Any, panel: Any, link: FakeLink) -> None:
    link.found = False
    panel.sounds.line.setText("a submarine")
    panel.sounds.separate_now()
    until(qtbot, lambda: bool(link.submissions))
    link.finish(link.take())
    panel.document_view.show_scene()
    view = panel.document_view.view
    (lane,) = (lane for lane in view.model.scene.tracks[0].lanes if lane.missing)
    view.missing_rows.bar(lane.id).button.click()
    assert panel.model.workspace.forced == (lane.id,)
    assert panel.model.undo_stack.undoText() == "Keep a sound"
    panel.document_view.show_scene()
    assert not any(lane.missing for lane in view.model.scene.tracks[0].lanes)
    panel.model.undo_stack.undo()
    assert panel.model.workspace.forced == ()
