"""The open effects of one stream, inside the process of effects."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from flowsep_plugin.audio.types import Samples

from .chain import EffectChain, EffectSlot
from .changes import can_stay
from .loading import setter_of, stage_of
from .stages import EffectStage

Announce = Callable[[int, str], None]
"""Called with the index of a slot and the name of its effect before it runs."""


@dataclass(frozen=True, slots=True)
class LoadedSlot:
    """A slot and its effect. `index` : its place in the chain."""

    index: int
    slot: EffectSlot
    stage: EffectStage


class OpenChain:
    """A chain with its effects, one stage a slot.

    earlier : a chain whose effects are taken over where they are the same, so that no plug-in is loaded again when
    slots are moved, bypassed or added; bypassed slots stay loaded for that. It stays usable where opening fails.
    """

    def __init__(
        self, chain: EffectChain, rate: int, channels: int, announce: Announce, earlier: "OpenChain | None" = None
    ) -> None:
        self._announce = announce
        self._loaded: list[LoadedSlot] = []
        pool = [] if earlier is None else list(earlier._loaded)
        try:
            for index, slot in enumerate(chain.slots):
                old = next((loaded for loaded in pool if can_stay(loaded.slot, slot)), None)
                if old is not None:
                    pool.remove(old)
                    self._loaded.append(self._renewed(LoadedSlot(index, slot, old.stage)))
                elif slot.enabled:
                    announce(index, slot.effect)
                    self._loaded.append(LoadedSlot(index, slot, stage_of(slot, channels, rate)))
        except BaseException:
            if earlier is not None:
                earlier._restore()
                announce(index, slot.effect)  # the error is of this slot, not of the last one that was restored
            raise

    @property
    def latency(self) -> int:
        """Frames that all effects hold back together."""
        return sum(loaded.stage.latency for loaded in self._active)

    def push(self, block: Samples) -> Samples:
        """Return the frames (channels, m) that are ready after `block` (channels, n)."""
        for loaded in self._active:
            self._announce(loaded.index, loaded.slot.effect)
            block = _finite(loaded.stage.push(block))
        return block

    def finish(self) -> Samples:
        """Return the frames (channels, m) that are left in all effects."""
        block: Samples | None = None
        for loaded in self._active:
            self._announce(loaded.index, loaded.slot.effect)
            before = None if block is None else loaded.stage.push(block)
            tail = loaded.stage.finish()
            block = _finite(tail if before is None else np.concatenate([before, tail], axis=1))
        assert block is not None, "a chain without effects is not sent here"
        return block

    def reset(self) -> None:
        """Forget all earlier sound in every effect."""
        for loaded in self._active:
            self._announce(loaded.index, loaded.slot.effect)
            loaded.stage.reset()

    def update(self, chain: EffectChain) -> None:
        """Set the parameters that differ in `chain`, which has the same effects in the same places."""
        self._loaded = [self._updated(loaded, chain.slots[loaded.index]) for loaded in self._loaded]

    @property
    def _active(self) -> list[LoadedSlot]:
        return [loaded for loaded in self._loaded if loaded.slot.enabled]

    def _updated(self, loaded: LoadedSlot, slot: EffectSlot) -> LoadedSlot:
        before = loaded.slot.parameters
        changed = [name for name, value in slot.parameters.items() if before.get(name) != value]
        self._announce(loaded.index, slot.effect)
        loaded.stage.apply(setter_of(slot, changed))
        return replace(loaded, slot=slot)

    def _renewed(self, loaded: LoadedSlot) -> LoadedSlot:
        """Return `loaded` with all parameters of its slot set, and without earlier sound."""
        self._announce(loaded.index, loaded.slot.effect)
        loaded.stage.apply(setter_of(loaded.slot))
        loaded.stage.reset()
        return loaded

    def _restore(self) -> None:
        for loaded in self._loaded:
            self._renewed(loaded)


def _finite(block: Samples) -> Samples:
    if not np.isfinite(block.sum(dtype=np.float64)):
        raise ValueError("it returned NaN or Inf")
    return block
