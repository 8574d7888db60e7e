"""Effects on stems: chains of Pedalboard's own effects and of VST3 or AU plug-ins, in a process of their own.

>>> from flowsep_plugin.effects import EffectChain, EffectHost, EffectSlot
>>> chain = EffectChain((EffectSlot(effect="Reverb", parameters={"wet_level": 0.2}),))
>>> with EffectHost() as host:                                                      # doctest: +SKIP
...     host.render_file(chain, "dog.wav", "dog [fx].wav")

Names are imported on first use; Pedalboard is loaded in the child process only.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .chain import EffectChain, EffectSlot

if TYPE_CHECKING:
    from .catalog import builtin_effects, check_chain, effects_available, find_plugins, plugin_info
    from .host import EffectHost, EffectStream
    from .info import EffectInfo, ParameterInfo
    from .reader import EffectReader
    from .render import EffectRender

_MODULES = {
    "EffectHost": "host",
    "EffectInfo": "info",
    "EffectReader": "reader",
    "EffectRender": "render",
    "EffectStream": "host",
    "ParameterInfo": "info",
    "builtin_effects": "catalog",
    "check_chain": "catalog",
    "effects_available": "catalog",
    "find_plugins": "catalog",
    "plugin_info": "catalog",
}

__all__ = [
    "EffectChain",
    "EffectHost",
    "EffectInfo",
    "EffectReader",
    "EffectRender",
    "EffectSlot",
    "EffectStream",
    "ParameterInfo",
    "builtin_effects",
    "check_chain",
    "effects_available",
    "find_plugins",
    "plugin_info",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = value
    return value
