"""The rack: plug-ins that are looked for in the background, windows of plug-ins, slots that fail."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flowsep_ui.controllers import effect_rack
from flowsep_ui.controllers.effect_rack import EffectRack
from flowsep_ui.studio.effects import chain_of, with_chain
from flowsep_ui.studio_model import StudioModel
from flowsep_ui.tasks import DaemonTasks, InlineTasks
from panel_makers import until

from flowsep_plugin.effects import EffectChain, EffectInfo, EffectSlot
from flowsep_plugin.errors import EffectError

AIR = Path("/plug-ins/Air.vst3")
SLOT = EffectSlot(effect="Air", path=AIR)
GATE = EffectSlot(effect="NoiseGate")


class FakeHost:
    """Shows a window that is closed by `close_editor`; `turn` moves a knob in it, `crash` ends it."""

    def __init__(self) -> None:
        self.shows = threading.Event()
        self._closed = threading.Event()
        self._slot, self._edited, self._error = SLOT, lambda slot: None, None

    def show_editor(self, chain: EffectChain, index: int, edited: Callable[[EffectSlot], None]) -> EffectSlot:
        self._slot, self._edited, self._error = chain.slots[index], edited, None
        self._closed.clear()
        self.shows.set()
        self._closed.wait(10)
        self.shows.clear()
        if self._error is not None:
            raise self._error
        return self._slot

    def turn(self, value: float) -> None:
        self._slot = replace(self._slot, parameters={"wet": value}, state=f"state {value}")
        self._edited(self._slot)

    def crash(self) -> None:
        self._error = EffectError("Air: it crashed", slot=0, effect="Air", reason="it crashed", is_crash=True)
        self._closed.set()

    def close_editor(self) -> None:
        self._closed.set()

    close = close_editor


@pytest.fixture
def host() -> FakeHost:
    return FakeHost()


@pytest.fixture
def model(qapp: Any, tmp_path: Path) -> StudioModel:
    model = StudioModel(InlineTasks(), lambda: tmp_path)
    model.do("Effects", lambda workspace: with_chain(workspace, "lane", EffectChain((SLOT, GATE))))
    return model


@pytest.fixture
def rack(model: StudioModel, host: FakeHost, monkeypatch: pytest.MonkeyPatch) -> Iterator[EffectRack]:
    """A rack without plug-ins of this machine."""
    monkeypatch.setattr(effect_rack, "find_plugins", lambda: ())
    tasks = DaemonTasks()
    rack = EffectRack(model, tasks, host)  # type: ignore[arg-type]
    yield rack
    rack.close()
    tasks.close()


def slots(model: StudioModel) -> tuple[EffectSlot, ...]:
    return chain_of(model.workspace, "lane").slots


def open_window(qtbot: Any, rack: EffectRack, host: FakeHost) -> None:
    rack.toggle_editor("lane", 0)
    until(qtbot, host.shows.is_set)
    assert rack.is_editing("lane", 0)


def test_changes_in_a_window_come_back_as_one_undo_step(qtbot, model, rack, host):
    open_window(qtbot, rack, host)
    for value in (0.2, 0.4, 0.6):
        host.turn(value)
    until(qtbot, lambda: slots(model)[0].parameters == {"wet": 0.6})
    rack.toggle_editor("lane", 0)
    until(qtbot, lambda: not rack.is_editing("lane", 0))
    assert slots(model)[0].state == "state 0.6"
    assert model.undo_stack.undoText() == "Edit Air"
    model.undo_stack.undo()
    assert slots(model)[0] == SLOT


def test_a_window_follows_its_slot(qtbot, model, rack, host):
    open_window(qtbot, rack, host)
    model.do("Order", lambda workspace: with_chain(workspace, "lane", EffectChain((GATE, SLOT))))
    assert rack.is_editing("lane", 1)
    host.turn(0.5)
    until(qtbot, lambda: slots(model)[1].parameters == {"wet": 0.5})
    assert slots(model)[0] == GATE


def test_undo_closes_the_window_and_its_state_is_dropped(qtbot, model, rack, host):
    open_window(qtbot, rack, host)
    host.turn(0.5)
    until(qtbot, lambda: slots(model)[0].parameters == {"wet": 0.5})
    model.undo_stack.undo()
    until(qtbot, lambda: not rack.is_editing("lane", 0))
    assert slots(model)[0] == SLOT


def test_a_plug_in_that_crashes_in_its_window_is_switched_off(qtbot, model, rack, host):
    open_window(qtbot, rack, host)
    host.crash()
    until(qtbot, lambda: not slots(model)[0].enabled)
    assert rack.fault_of("lane", slots(model)[0]) == "it crashed or did not answer (it crashed)"
    assert slots(model)[1].enabled


def test_a_bypassed_slot_stays_so_while_it_is_edited(qtbot, model, rack, host):
    model.do("Bypass", lambda workspace: with_chain(workspace, "lane", EffectChain((replace(SLOT, enabled=False),))))
    open_window(qtbot, rack, host)
    host.turn(0.5)
    until(qtbot, lambda: slots(model)[0].parameters == {"wet": 0.5})
    assert not slots(model)[0].enabled


def test_plug_ins_are_looked_for_once_with_progress_and_reasons(qtbot, rack, monkeypatch):
    def info(path: Path, *, again: bool = False) -> tuple[EffectInfo, ...]:
        if path.stem == "Bad":
            raise EffectError("Bad.vst3: it crashed", effect="Bad", reason="it crashed")
        return (EffectInfo(name=path.stem, category="plug-in", path=path, vendor="Maker"),)

    monkeypatch.setattr(effect_rack, "find_plugins", lambda: (AIR, AIR.with_name("Bad.vst3")))
    monkeypatch.setattr(effect_rack, "plugin_info", info)
    steps = []
    rack.scan_progressed.connect(lambda *step: steps.append(step))
    rack.scan_once()
    until(qtbot, lambda: steps[-1:] == [(0, 0, "")])
    rack.scan_once()
    assert steps == [(0, 2, "Air"), (1, 2, "Bad"), (0, 0, "")]
    assert [plug_in.name for plug_in in rack.plug_ins] == ["Air"]
    bad = EffectSlot(effect="Bad", path=AIR.with_name("Bad.vst3"))
    assert "crashed" in rack.fault_of("lane", bad)


def test_a_scan_is_cancelled_after_the_file_that_is_loaded(qtbot, rack, monkeypatch):
    loaded = []

    def info(path: Path, *, again: bool = False) -> tuple[EffectInfo, ...]:
        loaded.append(path)
        rack.cancel_scan()
        return ()

    monkeypatch.setattr(effect_rack, "find_plugins", lambda: (AIR, AIR.with_name("Bad.vst3")))
    monkeypatch.setattr(effect_rack, "plugin_info", info)
    steps = []
    rack.scan_progressed.connect(lambda *step: steps.append(step))
    rack.scan()
    until(qtbot, lambda: steps[-1:] == [(0, 0, "")])
    assert loaded == [AIR]


def test_a_plug_in_of_a_loaded_chain_is_looked_at_in_the_background(qtbot, rack, monkeypatch):
    air = EffectInfo(name="Air", category="plug-in", path=AIR)
    monkeypatch.setattr(effect_rack, "plugin_info", lambda path, again=False: (air,))
    assert rack.info_of(SLOT) is None
    until(qtbot, lambda: rack.info_of(SLOT) == air)


def test_a_plug_in_that_is_gone_tells_so(qtbot, rack):
    assert rack.info_of(SLOT) is None
    until(qtbot, lambda: rack.fault_of("lane", SLOT) != "")
    assert "Air" in rack.fault_of("lane", SLOT)


def test_an_error_about_another_chain_changes_nothing(model, rack):
    failures = []
    rack.failed.connect(failures.append)
    rack.report("lane", EffectError("Reverb: it crashed", slot=0, effect="Reverb", reason="it crashed"))
    assert all(slot.enabled for slot in slots(model))
    assert failures == ["Reverb: it crashed"]
