"""Chains of effects in the workspace: edits, presets, chain files, and the workspace on disk."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from flowsep_ui.studio.autosave import load, persistent_part, save
from flowsep_ui.studio.effects import (
    all_bypassed,
    chain_of,
    chain_text,
    delivered_presets,
    find_effect_preset,
    with_chain,
    with_effect_preset,
    with_parameter,
    with_slot_at,
    with_value,
    without_effect_preset,
    without_slot,
)
from flowsep_ui.studio.workspace import Workspace

from flowsep_plugin.effects import EffectChain, EffectHost, EffectSlot
from flowsep_plugin.effects.info import ParameterInfo

ROOM = EffectSlot(effect="Reverb", parameters={"room_size": 0.25, "freeze_mode": True})
GATE = EffectSlot(effect="NoiseGate")
PLUG_IN = EffectSlot(effect="Air", path=Path("/plug-ins/Air.vst3"), enabled=False, state="AAEC")
CHAIN = EffectChain((ROOM, GATE, PLUG_IN))


def test_a_chain_is_set_and_an_empty_one_removed():
    workspace = with_chain(Workspace(), "lane", CHAIN)
    assert chain_of(workspace, "lane") == CHAIN
    assert with_chain(workspace, "lane", EffectChain()) == Workspace()


def test_slots_are_added_moved_and_removed():
    chain = with_slot_at(EffectChain((ROOM,)), 0, GATE)
    assert chain.slots == (GATE, ROOM)
    assert chain.moved(0, 1).slots == (ROOM, GATE)
    assert without_slot(chain, 0).slots == (ROOM,)


def test_a_parameter_is_set_and_reset():
    slot = with_parameter(GATE, "ratio", 4.0)
    assert slot.parameters == {"ratio": 4.0}
    assert with_parameter(slot, "ratio", None) == GATE


def test_a_default_is_left_out_unless_a_state_may_hold_another_value():
    ratio = ParameterInfo(name="ratio", label="Ratio", kind="number", default=10.0)
    slot = with_value(GATE, ratio, 4.0)
    assert with_value(slot, ratio, 10.0) == with_value(slot, ratio, None) == GATE
    assert with_value(PLUG_IN, ratio, None).parameters == {"ratio": 10.0}


def test_a_bypass_of_all_slots_comes_back_as_it_was():
    silent = all_bypassed(CHAIN)
    assert not silent
    assert all_bypassed(silent, [slot.enabled for slot in CHAIN.slots]) == CHAIN
    assert all(slot.enabled for slot in all_bypassed(silent).slots)


def test_a_chain_is_named_by_its_active_effects():
    assert chain_text(CHAIN) == "Reverb > NoiseGate"


def test_a_workspace_holds_chains_and_presets_over_a_restart(tmp_path):
    workspace = with_effect_preset(with_chain(Workspace(), "lane", CHAIN), "my room", EffectChain((ROOM,)))
    save(tmp_path / "workspace.json", workspace, {})
    saved = load(tmp_path / "workspace.json")
    assert saved is not None
    assert saved.workspace == workspace
    assert saved.workspace.chains["lane"].slots[0].parameters["freeze_mode"] is True


def test_presets_outlive_documents_but_chains_do_not():
    workspace = with_effect_preset(with_chain(Workspace(), "lane", CHAIN), "my room", CHAIN)
    assert persistent_part(replace(workspace, forced=("lane",))) == replace(workspace, chains={})


def test_an_own_preset_replaces_one_of_its_name_and_hides_a_delivered_one():
    name = delivered_presets()[0].name
    workspace = with_effect_preset(with_effect_preset(Workspace(), name, EffectChain((ROOM,))), name, CHAIN)
    assert len(workspace.effect_presets) == 1
    assert find_effect_preset(workspace, name).chain == CHAIN
    assert find_effect_preset(without_effect_preset(workspace, name), name) == delivered_presets()[0]
    assert find_effect_preset(workspace, "nothing") is None


@pytest.mark.parametrize("preset", delivered_presets(), ids=lambda preset: preset.name)
def test_a_delivered_preset_is_accepted_by_pedalboard(preset):
    pedalboard = pytest.importorskip("pedalboard")
    for slot in preset.chain.slots:
        effect = getattr(pedalboard, slot.effect)(**slot.parameters)
        for name, value in slot.parameters.items():
            assert getattr(effect, name) == pytest.approx(value, rel=1e-3)


@pytest.mark.parametrize("preset", delivered_presets(), ids=lambda preset: preset.name)
def test_a_delivered_preset_neither_clips_nor_silences(preset):
    pytest.importorskip("pedalboard")
    white = np.random.default_rng(1).standard_normal((2, 96_000))
    sound = (0.1 * (white[:, 1:] + white[:, :-1])).clip(-0.7, 0.7).astype(np.float32)
    with EffectHost() as host, host.open(preset.chain, 48_000, 2) as stream:
        wet = np.concatenate([stream.process(sound), stream.finish()], axis=1)
    assert wet.shape == sound.shape
    assert np.abs(wet).max() <= 1
    assert -30 < 20 * np.log10(np.sqrt((wet**2).mean() / (sound**2).mean())) < 6
