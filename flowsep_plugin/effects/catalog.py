"""Which effects there are: Pedalboard's own from a table, plug-ins from their files, and whether a chain fits them."""

from importlib.util import find_spec
from pathlib import Path
from typing import Final

from flowsep_plugin.errors import UsageError
from flowsep_plugin.suggest import did_you_mean
from flowsep_plugin.version import install_command

from .builtins import BUILTIN_EFFECTS
from .chain import EffectChain, EffectSlot, ParameterValue
from .folders import find_plugins
from .info import EffectInfo, ParameterInfo
from .scans import ScanCache

BUILTINS_BY_NAME: Final = {info.name: info for info in BUILTIN_EFFECTS}


def builtin_effects() -> tuple[EffectInfo, ...]:
    """Return Pedalboard's own effects, grouped by category. Nothing is loaded for it."""
    return BUILTIN_EFFECTS


def effects_available() -> bool:
    """Return whether Pedalboard is installed."""
    return find_spec("pedalboard") is not None


def why_no_effects() -> str:
    """Return how to get effects where Pedalboard is not installed."""
    return f"effects need Pedalboard; run {install_command('bridge')}"


def require_effects() -> None:
    """Raise UsageError, which says how to install Pedalboard, where it is not installed."""
    if not effects_available():
        raise UsageError(why_no_effects())


def plugin_info(path: str | Path, *, again: bool = False) -> tuple[EffectInfo, ...]:
    """Return the effects in the plug-in file `path`, from the cache, or by loading it in a process of its own.

    again : load it though the cache knows it, or knows that it crashed.
    Raises EffectError where it crashes, hangs or cannot be loaded, now or when it was loaded last; UsageError without
    Pedalboard.
    """
    require_effects()
    return ScanCache.default().effects(Path(path).absolute(), again=again)


def cached_plugin_info(path: str | Path) -> tuple[EffectInfo, ...]:
    """Return the effects in the plug-in file `path` from the cache; empty where it was never loaded."""
    return ScanCache.default().cached(Path(path).absolute())


def check_chain(chain: EffectChain) -> None:
    """Check effects of Pedalboard and their values, and those of plug-ins that are in the cache.

    Raises UsageError, which names the effect, the parameter and the range, and the closest name.
    """
    for number, slot in enumerate(chain.slots, 1):
        info = info_of(slot)
        if info is None and slot.path is None:
            hint = did_you_mean(slot.effect, BUILTINS_BY_NAME) or "; see `flowsep effects list`"
            raise UsageError(f"effect {number} of the chain: Pedalboard has no effect {slot.effect!r}{hint}")
        if info is not None:
            for name, value in slot.parameters.items():
                _check_value(info, name, value, f"{slot.effect} (effect {number})")


def info_of(slot: EffectSlot) -> EffectInfo | None:
    """Return what is known of the effect in `slot` without loading it; None where nothing is."""
    if slot.path is None:
        return BUILTINS_BY_NAME.get(slot.effect)
    return next((info for info in cached_plugin_info(slot.path) if info.name == slot.effect), None)


def _check_value(info: EffectInfo, name: str, value: ParameterValue, where: str) -> None:
    parameter = info.parameter(name)
    if parameter is None:
        names = [own.name for own in info.parameters]
        hint = did_you_mean(name, names) or f"; it has {', '.join(names) or 'none'}"
        raise UsageError(f"{where}: has no parameter {name!r}{hint}")
    problem = _problem(parameter, value)
    if problem:
        raise UsageError(f"{where}: {name} {problem}, not {value!r}")


def _problem(parameter: ParameterInfo, value: ParameterValue) -> str:
    """Return what `value` would have to be, "" where it fits."""
    if parameter.kind == "number":
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        low, high = parameter.low, parameter.high
        if is_number and (low is None or float(value) >= low) and (high is None or float(value) <= high):
            return ""
        unit = f" {parameter.unit}" if parameter.unit else ""
        return f"must be {low:g} to {high:g}{unit}"
    if parameter.kind == "switch":
        return "" if isinstance(value, bool) else "must be true or false"
    if parameter.kind == "choice" and value not in parameter.choices:
        return f"must be one of {', '.join(parameter.choices)}{did_you_mean(str(value), parameter.choices).rstrip('?')}"
    return "" if isinstance(value, str) else "must be a text"


__all__ = [
    "BUILTINS_BY_NAME",
    "builtin_effects",
    "cached_plugin_info",
    "check_chain",
    "effects_available",
    "find_plugins",
    "info_of",
    "plugin_info",
    "require_effects",
]  # fmt: skip
