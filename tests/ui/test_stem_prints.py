"""Printing in the background with the real effects, and stems with effects dragged out."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flowsep_ui.controllers.drag_out import still_printing
from flowsep_ui.dialogs.export import ExportDialog
from flowsep_ui.studio.effects import with_chain
from flowsep_ui.studio.lanes import track_lane_id
from flowsep_ui.studio.workspace import with_mix
from panel_makers import FakeLink, sound, until, window
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QDrag

from flowsep_plugin.audition import LaneMix
from flowsep_plugin.effects import EffectChain, EffectSlot
from flowsep_plugin.media import read_clip

pytest.importorskip("pedalboard")

QUIET = EffectChain((EffectSlot(effect="Gain", parameters={"gain_db": -6.0}),))
BROKEN = EffectChain((*QUIET.slots, EffectSlot(effect="Convolution")))


@pytest.fixture
def main(qtbot: Any, tmp_path: Path) -> Iterator[Any]:
    """A window with stems of "a dog"."""
    link = FakeLink()
    main = window(tmp_path, link)
    qtbot.addWidget(main)
    main.open_paths([sound(tmp_path / "take.wav")])
    main.sounds.line.setText("a dog")
    main.sounds.separate_now()
    until(qtbot, lambda: bool(link.submissions))
    link.finish(link.take())
    yield main
    main.leave()


@pytest.fixture
def dropped(monkeypatch: pytest.MonkeyPatch) -> list[list[Path]]:
    """The files of every drag."""
    drags: list[list[Path]] = []

    def drop(drag: QDrag, actions: Any, default: Any) -> Any:
        drags.append([Path(url.toLocalFile()) for url in drag.mimeData().urls()])
        return default

    monkeypatch.setattr(QDrag, "exec", drop)
    return drags


def dog(main: Any) -> str:
    track = main.model.front.timeline.tracks[0]
    return track_lane_id(main.model.workspace.front_id, track.id, "a dog")


def give(main: Any, chain: EffectChain) -> None:
    main.model.do("Effects", lambda workspace: with_chain(workspace, dog(main), chain))


def test_a_settled_chain_is_printed_by_itself(qtbot: Any, main: Any) -> None:
    give(main, QUIET)
    prints = main.effects.prints
    assert len(prints.missing(prints.current_prints())) == 1
    until(qtbot, lambda: prints.missing(prints.current_prints()) == ())
    assert not list((Path(main.model.workspace.takes[0].input).parent / "FlowSep").glob("*[[]fx]*"))


def test_a_drag_before_the_print_is_refused_with_a_hint_and_then_works(main: Any, dropped: Any) -> None:
    give(main, QUIET)
    drag_out = main.handlers.drag_out
    assert drag_out.drag_lane(main, dog(main)) == still_printing(1)
    assert dropped == []
    assert drag_out.drag_lane(main, dog(main)) is None
    ((wet,),) = dropped
    dry = wet.with_name("take [a dog].wav")
    assert wet.name == "take [a dog] [fx].wav"
    assert np.allclose(read_clip(wet).samples, 10 ** (-6 / 20) * read_clip(dry).samples, atol=1e-4)


def test_a_take_is_dragged_with_the_prints_of_its_lanes(main: Any, dropped: Any) -> None:
    give(main, QUIET)
    take = main.model.workspace.takes[0].id
    main.handlers.drag_out.drag_take(main, take)
    assert main.handlers.drag_out.drag_take(main, take) is None
    assert dropped[0][0].name == "take [a dog] [fx].wav"
    assert dropped[0][1].name.startswith("take [rest]")


def test_bypassed_effects_are_not_printed(main: Any, dropped: Any) -> None:
    give(main, EffectChain((EffectSlot(effect="Reverb", enabled=False),)))
    assert main.handlers.drag_out.drag_lane(main, dog(main)) is None
    assert "[fx]" not in dropped[0][0].name


def test_a_slot_that_fails_is_switched_off_and_the_rest_is_printed(qtbot: Any, main: Any) -> None:
    give(main, BROKEN)
    prints = main.effects.prints
    prints.print_settled()
    slots = main.model.workspace.chains[dog(main)].slots
    assert [slot.enabled for slot in slots] == [True, False]
    assert "impulse response" in main.messages.text.text()
    until(qtbot, lambda: prints.missing(prints.current_prints()) == ())


def test_a_cancelled_print_tells_what_waits_for_it(main: Any) -> None:
    give(main, QUIET)
    prints, told = main.effects.prints, []
    prints._running = prints.current_prints()[0]  # as if it were under way
    prints.prepare(prints.current_prints(), lambda: told.append("done"), told.append)
    prints.cancel()
    assert told == ["Printing the effects was cancelled."]
    prints._running = None


def exported(main: Any) -> list[str]:
    main.handlers.export()
    dialog = main.findChildren(ExportDialog)[-1]
    dialog.accept()
    return sorted(path.name for path in (Path(main.model.workspace.takes[0].input).parent / "Stems").iterdir())


def test_an_export_writes_the_print_beside_the_dry_stem(main: Any, tmp_path: Path) -> None:
    give(main, QUIET)
    assert exported(main) == ["take [a dog] [fx].wav", "take [a dog].wav", "take [rest].wav"]
    dry, wet = (read_clip(tmp_path / "Stems" / f"take [a dog]{mark}.wav").samples for mark in ("", " [fx]"))
    assert np.allclose(wet, 10 ** (-6 / 20) * dry, atol=1e-4)
    assert dry.shape == wet.shape


def test_an_export_with_a_slot_that_fails_writes_nothing_and_tells_why(main: Any, tmp_path: Path) -> None:
    give(main, BROKEN)
    main.handlers.export()
    main.findChildren(ExportDialog)[-1].accept()
    assert not (tmp_path / "Stems").exists()
    assert "Convolution" in main.messages.text.text()


def test_the_mix_is_exported_as_it_is_heard(main: Any, tmp_path: Path) -> None:
    give(main, QUIET)
    rest = track_lane_id(main.model.workspace.front_id, main.model.front.timeline.tracks[0].id, None)
    main.model.do("Mix", lambda workspace: with_mix(workspace, rest, LaneMix(mute=True)))
    main.handlers.export()
    dialog = main.findChildren(ExportDialog)[-1]
    for row in range(3):
        dialog.preview.item(row, 0).setCheckState(Qt.CheckState.Checked if row == 2 else Qt.CheckState.Unchecked)
    dialog.accept()
    (mix,) = (tmp_path / "Stems").iterdir()
    stem = read_clip(tmp_path / "FlowSep" / "take [a dog].wav").samples
    assert np.allclose(read_clip(mix).samples, 10 ** (-6 / 20) * stem, atol=1e-4)


def test_a_slot_that_fails_while_playing_is_switched_off_with_its_reason(qtbot: Any, main: Any) -> None:
    main.effects.prints._settle.blockSignals(True)  # not the print tells, but what is heard
    give(main, BROKEN)
    until(qtbot, lambda: main.parts.player.seconds > 0)
    main.parts.player.play()
    until(qtbot, lambda: not main.model.workspace.chains[dog(main)].slots[1].enabled)
    slot = main.model.workspace.chains[dog(main)].slots[1]
    assert "impulse response" in main.effects.rack.fault_of(dog(main), slot)
