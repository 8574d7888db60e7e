"""Edits of a lane's chain of effects. Each returns a new value."""

from collections.abc import Sequence
from dataclasses import replace

from flowsep_ui.studio.workspace import Workspace

from flowsep_plugin.effects import EffectChain, EffectSlot
from flowsep_plugin.effects.chain import ParameterValue
from flowsep_plugin.effects.info import EffectInfo, ParameterInfo


def chain_of(workspace: Workspace, lane: str) -> EffectChain:
    """Return the chain of a lane; an empty one where it has none."""
    return workspace.chains.get(lane, EffectChain())


def with_chain(workspace: Workspace, lane: str, chain: EffectChain) -> Workspace:
    """Return the workspace with the chain of a lane replaced; a chain without slots is removed."""
    others = {name: other for name, other in workspace.chains.items() if name != lane}
    return replace(workspace, chains={**others, lane: chain} if chain.slots else others)


def with_lane_slot(workspace: Workspace, lane: str, index: int, slot: EffectSlot) -> Workspace:
    """Return the workspace with slot `index` of a lane replaced."""
    return with_chain(workspace, lane, chain_of(workspace, lane).with_slot(index, slot))


def with_slot_at(chain: EffectChain, index: int, slot: EffectSlot) -> EffectChain:
    """Return the chain with `slot` inserted before place `index`; the number of slots appends it."""
    return EffectChain((*chain.slots[:index], slot, *chain.slots[index:]))


def without_slot(chain: EffectChain, index: int) -> EffectChain:
    """Return the chain without slot `index`."""
    return EffectChain((*chain.slots[:index], *chain.slots[index + 1 :]))


def new_slot(info: EffectInfo) -> EffectSlot:
    """Return a slot of an effect at its defaults; bypassed where it cannot run before a file is chosen."""
    slot = EffectSlot(effect=info.name, path=info.path)
    return replace(slot, enabled=not lacks_file(slot, info))


def lacks_file(slot: EffectSlot, info: EffectInfo) -> bool:
    """Return whether a parameter of the slot needs a file that is not chosen yet."""
    files = [parameter for parameter in info.parameters if parameter.kind == "file"]
    return any(not slot.parameters.get(parameter.name, parameter.default) for parameter in files)


def with_parameter(slot: EffectSlot, name: str, value: ParameterValue | None) -> EffectSlot:
    """Return the slot with one parameter set; None removes it, so that the effect's own default applies."""
    others = {other: old for other, old in slot.parameters.items() if other != name}
    return replace(slot, parameters=others if value is None else {**others, name: value})


def with_value(slot: EffectSlot, parameter: ParameterInfo, value: ParameterValue | None) -> EffectSlot:
    """Return the slot with `parameter` at `value`, None for its default.

    A default is left out, except after a plug-in's own state, which may hold another value. A file switches it on.
    """
    value = parameter.default if value is None else value
    if parameter.kind == "file" and value:
        slot = replace(slot, enabled=True)
    return with_parameter(slot, parameter.name, None if value == parameter.default and slot.state is None else value)


def all_bypassed(chain: EffectChain, before: Sequence[bool] = ()) -> EffectChain:
    """Return the chain with every slot bypassed; where all are, with the slots on that were on `before`.

    before : `enabled` of every slot before the bypass; of another length, every slot is switched on.
    """
    flags = [False] * len(chain.slots)
    if not chain:
        flags = list(before) if len(before) == len(chain.slots) and any(before) else [True] * len(chain.slots)
    return EffectChain(tuple(replace(slot, enabled=on) for slot, on in zip(chain.slots, flags, strict=True)))


def chain_text(chain: EffectChain) -> str:
    """Return the names of the active effects in order, such as "Compressor > Reverb"."""
    return " > ".join(slot.effect for slot in chain.active.slots)
