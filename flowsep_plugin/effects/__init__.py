"""Effects on stems: chains of Pedalboard's own effects and of VST3 or AU plug-ins, as plain data."""

from .chain import EffectChain, EffectSlot

__all__ = ["EffectChain", "EffectSlot"]
