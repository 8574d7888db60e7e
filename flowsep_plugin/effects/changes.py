"""Changes of a chain through which its effects stay loaded."""

from typing import Final

from .chain import EffectChain, EffectSlot

_REBUILT: Final = {"impulse_response_filename", "lookahead_ms", "true_peak"}
"""Parameters that take effect only in a new instance."""


def can_stay(before: EffectSlot, after: EffectSlot) -> bool:
    """Return whether the loaded effect of `before` can become that of `after` by setting parameters.

    A parameter that a plug-in's slot no longer names goes back to a value that only the plug-in knows.
    """
    if (before.effect, before.path, before.state) != (after.effect, after.path, after.state):
        return False
    if any(before.parameters.get(name) != after.parameters.get(name) for name in _REBUILT):
        return False
    return after.path is None or set(before.parameters) <= set(after.parameters)


def can_run_on(before: EffectChain, after: EffectChain) -> bool:
    """Return whether the effects of `before` can become those of `after` without a gap in the sound."""
    if len(before.slots) != len(after.slots):
        return False
    pairs = list(zip(before.slots, after.slots, strict=True))
    return all(old.enabled == new.enabled and can_stay(old, new) for old, new in pairs)
