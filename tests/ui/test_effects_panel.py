"""The panel of effects: slots of a lane, their order, bypass, parameters, presets, and slots that fail."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flowsep_ui.studio.effects import chain_of, delivered_presets, with_chain
from flowsep_ui.studio.lanes import track_lane_id
from panel_makers import FakeLink, sound, until, window
from PyQt6.QtCore import Qt

from flowsep_plugin.effects import EffectChain, EffectSlot
from flowsep_plugin.errors import EffectError

GATE = EffectSlot(effect="NoiseGate")
ROOM = EffectSlot(effect="Reverb", parameters={"room_size": 0.25})


@pytest.fixture
def main(qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A window with stems of "a dog" and the panel of effects in front; it looks for no plug-ins of this machine."""
    monkeypatch.setattr("flowsep_ui.controllers.effect_rack.find_plugins", lambda: ())
    link = FakeLink()
    main = window(tmp_path, link)
    qtbot.addWidget(main)
    main.show()
    main.open_paths([sound(tmp_path / "take.wav")])
    main.sounds.line.setText("a dog")
    main.sounds.separate_now()
    until(qtbot, lambda: bool(link.submissions))
    link.finish(link.take())
    main.docks["effects"].raise_()
    yield main
    main.leave()


@pytest.fixture
def panel(main: Any) -> Any:
    panel = main.docks["effects"].widget()
    panel.show_workspace()
    return panel


def dog(main: Any) -> str:
    track = main.model.front.timeline.tracks[0]
    return track_lane_id(main.model.workspace.front_id, track.id, "a dog")


def chain(main: Any) -> EffectChain:
    return chain_of(main.model.workspace, dog(main))


def add(panel: Any, *names: str) -> None:
    for name in names:
        (info,) = [info for info in panel._rack.built_in if info.name == name]
        panel.add.effect_chosen.emit(info)


def rows(panel: Any) -> list[str]:
    return [panel.slots.item(row).text() for row in range(panel.slots.count())]


def test_it_shows_the_lanes_that_can_have_effects(main, panel):
    assert [panel.lanes.itemText(row) for row in range(panel.lanes.count())] == ["a dog", "Rest"]
    assert panel.lane == dog(main)


def test_effects_are_added_after_the_chosen_one(main, panel):
    add(panel, "NoiseGate", "Reverb")
    panel.slots.setCurrentRow(0)
    add(panel, "Compressor")
    assert [slot.effect for slot in chain(main).slots] == ["NoiseGate", "Compressor", "Reverb"]
    assert rows(panel) == ["1   Noise gate", "2   Compressor", "3   Reverb"]
    assert panel.slots.currentRow() == 1


def test_every_change_is_an_undo_step_with_a_name(main, panel):
    add(panel, "NoiseGate", "Reverb")
    panel._move(1, 0)
    panel.slots.slot_switched.emit(0, False)
    panel.slots.removal_requested.emit(1)
    stack = main.model.undo_stack
    names = [stack.text(index) for index in range(stack.count())][-5:]
    assert names == ["Add Noise gate", "Add Reverb", "Order of effects", "Bypass Reverb", "Remove Noise gate"]
    for _ in names:
        stack.undo()
    assert chain(main) == EffectChain()


def test_a_drop_between_rows_moves_the_effect(main, panel):
    add(panel, "NoiseGate", "Reverb", "Gain")
    heights = [panel.slots.visualItemRect(panel.slots.item(row)).center().y() for row in range(3)]
    assert [panel.slots.row_at(heights[0] - 3), panel.slots.row_at(heights[2] + 3)] == [0, 3]
    panel.slots.slot_moved.emit(0, 2)
    assert [slot.effect for slot in chain(main).slots] == ["Reverb", "Gain", "NoiseGate"]


def test_keys_move_bypass_and_remove_the_chosen_effect(qtbot, main, panel):
    add(panel, "NoiseGate", "Reverb")
    panel.slots.setFocus()
    qtbot.keyClick(panel.slots, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert [slot.effect for slot in chain(main).slots] == ["Reverb", "NoiseGate"]
    qtbot.keyClick(panel.slots, Qt.Key.Key_Return)
    assert [slot.enabled for slot in chain(main).slots] == [False, True]
    qtbot.keyClick(panel.slots, Qt.Key.Key_Delete)
    assert [slot.effect for slot in chain(main).slots] == ["NoiseGate"]


def test_all_effects_are_bypassed_and_come_back_as_they_were(main, panel):
    add(panel, "NoiseGate", "Reverb")
    panel.slots.slot_switched.emit(0, False)
    panel.bypass.click()
    assert not chain(main)
    assert panel.bypass.isChecked()
    panel.bypass.click()
    assert [slot.enabled for slot in chain(main).slots] == [False, True]


def test_parameters_are_drawn_with_range_and_unit(panel):
    add(panel, "Compressor")
    control = panel.parameters.controls["threshold_db"]
    assert (control.number.minimum(), control.number.maximum()) == (-80.0, 0.0)
    assert control.number.suffix() == " dB"
    assert control.label.text() == "Threshold"


def test_a_dragged_slider_is_one_undo_step(main, panel):
    add(panel, "Compressor")
    slider = panel.parameters.controls["threshold_db"].slider
    count = main.model.undo_stack.count()
    for step in (150, 120, 100):
        slider.setValue(step)
    slider.sliderReleased.emit()
    assert main.model.undo_stack.count() == count + 1
    assert main.model.undo_stack.undoText() == "Compressor: Threshold"
    assert chain(main).slots[0].parameters == {"threshold_db": -40.0}
    slider.setValue(50)
    assert main.model.undo_stack.count() == count + 2


def test_a_number_can_be_typed(qtbot, main, panel):
    add(panel, "Compressor")
    number = panel.parameters.controls["ratio"].number
    number.setFocus()
    number.selectAll()
    qtbot.keyClicks(number, "3.5")
    qtbot.keyClick(number, Qt.Key.Key_Return)
    assert chain(main).slots[0].parameters == {"ratio": 3.5}
    assert panel.parameters.controls["ratio"].slider.value() > 0


def test_a_double_click_resets(qtbot, main, panel):
    add(panel, "Reverb")
    control = panel.parameters.controls["room_size"]
    control.number.setValue(0.8)
    qtbot.mouseDClick(control.slider, Qt.MouseButton.LeftButton)
    assert chain(main).slots[0].parameters == {}
    assert control.number.value() == 0.5


def test_choices_are_chosen(main, panel):
    add(panel, "LadderFilter")
    panel.parameters.controls["mode"].box.setCurrentText("HPF24")
    assert chain(main).slots[0].parameters == {"mode": "HPF24"}


def test_a_preset_replaces_the_chain_and_can_be_undone(main, panel):
    add(panel, "Gain")
    preset = delivered_presets()[0]
    panel.preset_menu.preset_chosen.emit(preset.name)
    assert chain(main) == preset.chain
    main.model.undo_stack.undo()
    assert [slot.effect for slot in chain(main).slots] == ["Gain"]


def test_an_own_preset_is_saved_used_and_deleted(main, panel):
    add(panel, "Gain")
    panel.presets.save_preset("louder & wider")
    panel.slots.removal_requested.emit(0)
    panel.preset_menu.preset_chosen.emit("louder & wider")
    assert [slot.effect for slot in chain(main).slots] == ["Gain"]
    panel.preset_menu.fill()
    assert panel.preset_menu.menu_of_presets.actions()[0].text() == "louder && wider"
    panel.preset_menu.deletion_requested.emit("louder & wider")
    assert main.model.workspace.effect_presets == ()


def test_a_chain_file_is_written_and_loaded(main, panel, tmp_path):
    add(panel, "NoiseGate", "Reverb")
    before = chain(main)
    panel.presets.save_file(str(tmp_path / "gate"))
    panel.slots.removal_requested.emit(0)
    panel.presets.load_file(str(tmp_path / "gate.json"))
    assert chain(main) == before
    panel.presets.load_file(str(tmp_path / "none.json"))
    assert "none.json" in main.messages.text.text()


def test_a_slot_that_crashed_is_switched_off_with_its_reason(main, panel):
    add(panel, "NoiseGate", "Reverb")
    panel._rack.report(dog(main), EffectError("Reverb: it crashed", slot=1, effect="Reverb", reason="it crashed"))
    assert [slot.enabled for slot in chain(main).slots] == [True, False]
    panel.show_workspace()
    assert "it crashed" in panel.fault.text()
    assert panel.again.isVisibleTo(panel)
    assert "Reverb" in main.messages.text.text()
    panel.again.click()
    assert chain(main).slots[1].enabled
    assert not panel.fault.isVisibleTo(panel)


def test_every_lane_has_effects_of_its_own(main, panel):
    add(panel, "NoiseGate")
    panel.lanes.setCurrentIndex(1)
    assert rows(panel) == []
    add(panel, "Gain")
    panel.show_lane(dog(main))
    assert rows(panel) == ["1   Noise gate"]
    assert "FX 1" in panel.lanes.itemText(0)


def test_without_pedalboard_one_line_tells_how_to_get_it(main, panel, monkeypatch):
    monkeypatch.setattr("flowsep_ui.controllers.effect_rack.effects_available", lambda: False)
    panel.show_workspace()
    assert "pip install" in panel.hint.text()
    assert not panel.add.isEnabled()


def test_the_menu_lists_effects_by_category(panel):
    panel.add.fill()
    titles = [action.text() for action in panel.add.menu_of_effects.actions() if action.menu()]
    assert {"Dynamics", "Space", "Filter"} <= set(titles)
    texts = [action.text() for action in panel.add.menu_of_effects.actions()]
    assert "Choose a plug-in file…" in texts


def test_the_button_in_a_lanes_head_shows_its_effects_and_their_number(qtbot, main, panel):
    add(panel, "NoiseGate", "Reverb")
    main.docks["sounds"].raise_()
    main.document_view.show_scene()
    head = main.document_view.view.heads.head(dog(main))
    assert (head.effects.text(), head.effects.isChecked()) == ("FX 2", True)
    panel.lanes.setCurrentIndex(1)
    qtbot.mouseClick(head.effects, Qt.MouseButton.LeftButton)
    assert panel.isVisible()
    assert panel.lane == dog(main)
    assert head.effects.isChecked()


def test_a_lane_that_is_picked_in_the_timeline_shows_its_effects(main, panel):
    add(panel, "NoiseGate")
    rest = panel.lanes.itemData(1)
    main.document_view.show_scene()
    main.document_view.view.pick_row(rest)
    assert panel.lane == rest
    main.document_view.view.pick_row(main.model.front.timeline.tracks[0].id)
    assert panel.lane == rest


def test_an_effect_that_needs_a_file_is_on_once_it_is_chosen(main, panel, tmp_path):
    add(panel, "Convolution")
    assert not chain(main).slots[0].enabled
    assert "file" in panel.fault.text()
    room = sound(tmp_path / "room.wav")
    panel.parameters.controls["impulse_response_filename"].line.setText(str(room))
    panel.parameters.controls["impulse_response_filename"].line.editingFinished.emit()
    assert chain(main).slots[0].enabled
    assert not panel.fault.isVisibleTo(panel)


def test_a_plug_in_that_is_gone_is_told_and_called_switched_off_once_the_player_has_done_so(
    qtbot, main, panel, tmp_path
):
    gone = EffectSlot(effect="Air", path=tmp_path / "Air.vst3")
    main.model.do("Effects", lambda workspace: with_chain(workspace, dog(main), EffectChain((gone,))))
    until(qtbot, lambda: "Air.vst3" in panel.fault.text())
    until(qtbot, lambda: ("Switched off" in panel.fault.text()) is not panel.chain.slots[0].enabled)
