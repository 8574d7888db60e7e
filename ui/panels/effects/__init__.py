"""The panel of effects: a lane's slots, their parameters, presets, plug-ins."""

from .panel import EffectsPanel

__all__ = ["EffectsPanel"]
