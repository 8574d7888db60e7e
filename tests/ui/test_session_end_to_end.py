"""A session in the panel, on a real worker: play all tracks, separate a clip, hear the stem alone, put an effect on it,
place both, and undo; without a screen, and in a real window of an X server.
"""

import shutil
from functools import partial
from pathlib import Path
from typing import Any

import flowsep_ui.app
import numpy as np
import pytest
from flowsep_ui.audition import Player
from flowsep_ui.dialogs.place import PlaceDialog
from flowsep_ui.panels.effects.panel import EffectsPanel
from flowsep_ui.studio.lanes import all_lanes, lanes_of
from flowsep_ui.studio.panel_directory import example_clip
from panel_hands import Hands, run_in_x
from panel_makers import until
from PyQt6.QtCore import QPoint
from PyQt6.QtWidgets import QMenu

from flowsep_plugin.audio.span import Span
from flowsep_plugin.audio.types import Samples
from flowsep_plugin.audition import LANES, ORIGINAL, SilentOutput
from flowsep_plugin.media import read_clip
from flowsep_plugin.timeline import ClipRef, Timeline, Track, read_session, save_session
from flowsep_plugin.timeline.media import probe_media

RATE = 48_000


class Recorder(SilentOutput):
    """An output into memory."""

    def __init__(self, rate: int, name: str | None = None) -> None:
        super().__init__(rate)
        self.blocks: list[Samples] = []
        RECORDERS.append(self)

    def start(self, pull: Any, on_lost: Any) -> None:
        def record(frames: int) -> Samples:
            block: Samples = pull(frames)
            self.blocks.append(block.copy())
            return block

        super().start(record, on_lost)


RECORDERS: list[Recorder] = []


def recorded() -> Samples:
    """Return everything that was played since `start_tape`, (2, frames), without the silence around it."""
    blocks = [block for recorder in RECORDERS for block in recorder.blocks]
    samples = np.concatenate(blocks, axis=1) if blocks else np.zeros((2, 0), np.float32)
    sounding = np.flatnonzero(np.abs(samples).max(axis=0) > 0)
    return samples[:, sounding[0] : sounding[-1] + 1] if len(sounding) else samples[:, :0]


def start_tape() -> None:
    for recorder in RECORDERS:
        recorder.blocks.clear()


def best_match(part: Samples, whole: Samples) -> float:
    """Return the largest difference of `part` to the place of `whole` that it is most like."""
    size = part.shape[1] + whole.shape[1]
    likeness = sum(
        np.fft.irfft(np.fft.rfft(whole[side], size) * np.conj(np.fft.rfft(part[side], size)), size) for side in (0, 1)
    )
    energy = np.concatenate([[0.0], np.cumsum((whole.astype(np.float64) ** 2).sum(axis=0))])
    places = whole.shape[1] - part.shape[1] + 1
    distance = energy[part.shape[1] :][:places] - energy[:places] - 2 * likeness[:places]
    at = int(distance.argmin())
    return float(np.abs(whole[:, at : at + part.shape[1]] - part).max())


@pytest.fixture
def session(tmp_path: Path) -> Path:
    """A session of two tracks: the first seconds of the bundled clip at 1 s, and others of it at 4 s."""
    bundled = example_clip()
    assert bundled is not None
    media = probe_media(Path(shutil.copy(bundled, tmp_path / "courtyard.flac")))
    first = ClipRef("a", "yard", media, Span(0, 4 * RATE, RATE), Span(RATE, 4 * RATE, RATE))
    second = ClipRef("b", "street", media, Span(6 * RATE, 4 * RATE, RATE), Span(4 * RATE, 4 * RATE, RATE))
    tracks = (Track("1", "Dog", (first,), 2), Track("2", "Street", (second,), 2))
    return save_session(Timeline("song", RATE, tracks), tmp_path / "song.rpp").path


@pytest.fixture
def panel(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Any:
    """The panel of conftest, on an output that is recorded."""
    monkeypatch.setattr(flowsep_ui.app, "Player", partial(Player, open_device=Recorder))
    yield request.getfixturevalue("real_panel")
    RECORDERS.clear()


@pytest.mark.slow
def test_a_session_is_played_separated_given_an_effect_placed_and_undone(
    qtbot: Any, panel: Any, hands: Hands, session: Path
) -> None:
    model, sounds, view, player = panel.model, panel.sounds, panel.document_view.view, panel.parts.player
    before = session.read_bytes()
    panel.open_paths([session])
    until(qtbot, lambda: model.front is not None and len(view.model.scene.tracks) == 2, 60)
    qtbot.wait(400)

    # nothing is selected, and everything plays, on the session's clock
    hands.press(view.canvas, "Space")
    until(qtbot, lambda: player.state == "playing" and panel.playback.playhead > 4.3, 30)
    hands.press(view.canvas, "Space")
    until(qtbot, lambda: player.state != "playing")
    source = read_clip(session.parent / "courtyard.flac").samples
    played = recorded()[:, 500:RATE]
    assert best_match(played, source) < 1e-6
    assert player.choice in (ORIGINAL, LANES)

    # separate the first clip; keys typed after it are the timeline's
    tracks = model.front.timeline.tracks
    clip = tracks[0].clips[0]
    row = view.model.index.layout.row_of(tracks[0].id)
    x = round(view.model.view.x_of(clip.place.start + clip.place.frames // 2))
    hands.click(view.canvas, QPoint(x, row.top - view.model.top + row.height // 2))
    until(qtbot, lambda: model.workspace.selected is not None and model.workspace.selected.clip == clip.id)
    hands.press(panel, "/")
    until(qtbot, sounds.line.hasFocus)
    hands.type(sounds.line, "a dog barking")
    hands.press(sounds.line, "Ctrl+Return")
    until(qtbot, lambda: bool(model.workspace.takes), 20)
    take = model.workspace.takes[-1]
    until(qtbot, lambda: model.result(take.id).final_files is not None, 180)
    assert sounds.line.text() == ""
    assert not sounds.line.hasFocus()
    until(qtbot, lambda: player.choice == LANES)
    lanes = all_lanes(lanes_of(model.workspace, model.front, model.results))
    assert [(lane.title, lane.kind) for lane in lanes] == [("a dog barking", "stem"), ("Rest", "rest")]
    (stem_file,) = (path for path in model.result(take.id).final_files.stems if path is not None)
    stem = read_clip(stem_file).samples

    # alone: solo, and a selected range from its start to its end
    start = round(view.model.view.x_of(clip.place.start))
    middle = row.top - view.model.top + row.height // 2
    hands.drag(view.canvas, QPoint(start + 2, middle), QPoint(x, middle))
    until(qtbot, lambda: 0 < model.workspace.selected.span.frames < clip.place.frames)
    part = model.workspace.selected.span
    hands.click(view.heads.head(lanes[0].id).solo)
    until(qtbot, lambda: model.workspace.mixes[lanes[0].id].solo)
    start_tape()
    hands.press(view.canvas, "Space")
    until(qtbot, lambda: player.state == "playing")
    until(qtbot, lambda: player.state != "playing", 30)
    alone = recorded()
    assert RATE // 2 < alone.shape[1] <= part.frames
    alone = alone[:, 500 : RATE // 2]
    assert best_match(alone, stem) < 1e-6

    # an effect on the lane: heard, then printed and placed beside the dry stem
    hands.click(view.heads.head(lanes[0].id).effects)
    effects: EffectsPanel = panel.docks["effects"].widget()
    until(qtbot, lambda: effects.lane == lanes[0].id and effects.add.isEnabled(), 30)
    effects.add.fill()
    inverts = [
        action
        for menu in effects.add.menu_of_effects.findChildren(QMenu)
        for action in menu.actions()
        if action.text() == "Invert"
    ]
    inverts[0].trigger()
    until(qtbot, lambda: len(effects.chain.slots) == 1)
    qtbot.wait(600)
    start_tape()
    hands.press(view.canvas, "Space")
    until(qtbot, lambda: player.state == "playing")
    until(qtbot, lambda: player.state != "playing", 30)
    assert best_match(-recorded()[:, 2000 : RATE // 2], stem) < 1e-6

    hands.press(view.canvas, "Ctrl+P")
    until(qtbot, lambda: bool(panel.findChildren(PlaceDialog)))
    (dialog,) = panel.findChildren(PlaceDialog)
    until(qtbot, dialog.place_button.isEnabled, 60)
    hands.click(dialog.place_button)
    until(qtbot, lambda: session.read_bytes() != before, 60)
    until(qtbot, lambda: model.undo_stack.undoText() == "Place in session", 60)
    placed = {track.name: [clip.media.path for clip in track.clips] for track in read_session(session).tracks}
    assert {"Dog", "Dog [a dog barking]", "Dog [rest]", "Street"} <= set(placed)
    (printed,) = placed["Dog [a dog barking]"]
    assert printed != stem_file
    np.testing.assert_allclose(read_clip(printed).samples, -stem, atol=2**-23)
    np.testing.assert_array_equal(read_clip(stem_file).samples, stem)

    until(qtbot, lambda: not panel.findChildren(PlaceDialog))
    hands.press(view.canvas, "Ctrl+Z")
    until(qtbot, lambda: session.read_bytes() == before, 60)


@pytest.mark.slow
def test_the_same_session_in_a_real_window(tmp_path: Path) -> None:
    run_in_x(f"{__file__}::test_a_session_is_played_separated_given_an_effect_placed_and_undone", tmp_path)
