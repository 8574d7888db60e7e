"""Presets of effects: chains under a name, the user's own in the workspace, and those that come with the panel."""

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Final

from flowsep_ui.studio.texts import translate
from flowsep_ui.studio.workspace import EffectPreset, Workspace

from flowsep_plugin.effects import EffectChain

_DELIVERED: Final[tuple[tuple[str, Callable[[], str]], ...]] = (
    ("tail-gate", lambda: translate("EffectPresets", "De-noise tail gate")),
    ("voice-lift", lambda: translate("EffectPresets", "Voice lift")),
    ("rumble-cut", lambda: translate("EffectPresets", "Rumble cut")),
    ("tame-peaks", lambda: translate("EffectPresets", "Tame peaks")),
    ("small-room", lambda: translate("EffectPresets", "Small room")),
    ("large-hall", lambda: translate("EffectPresets", "Large hall")),
    ("telephone", lambda: translate("EffectPresets", "Telephone")),
    ("next-door", lambda: translate("EffectPresets", "Next door")),
    ("slap-echo", lambda: translate("EffectPresets", "Slap echo")),
)


def delivered_presets() -> tuple[EffectPreset, ...]:
    """Return the presets that come with the panel, with names in its language."""
    return tuple(EffectPreset(name(), _delivered_chain(file)) for file, name in _DELIVERED)


def find_effect_preset(workspace: Workspace, name: str) -> EffectPreset | None:
    """Return the preset of that name, the user's own before a delivered one; None where there is none."""
    presets = (*workspace.effect_presets, *delivered_presets())
    return next((preset for preset in presets if preset.name == name), None)


def with_effect_preset(workspace: Workspace, name: str, chain: EffectChain) -> Workspace:
    """Return the workspace with `chain` as preset `name`, replacing one of that name, in alphabetical order."""
    others = [preset for preset in workspace.effect_presets if preset.name != name]
    presets = sorted([*others, EffectPreset(name, chain)], key=lambda preset: preset.name.casefold())
    return replace(workspace, effect_presets=tuple(presets))


def without_effect_preset(workspace: Workspace, name: str) -> Workspace:
    """Return the workspace without its preset `name`."""
    presets = tuple(preset for preset in workspace.effect_presets if preset.name != name)
    return replace(workspace, effect_presets=presets)


@cache
def _delivered_chain(file: str) -> EffectChain:
    text = files("flowsep_ui").joinpath(f"data/effects/{file}.json").read_text("utf-8")
    return EffectChain.from_json(json.loads(text))
