"""Making Pedalboard's objects from slots, inside the process of effects, and describing plug-ins."""

import base64
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import numpy as np

from flowsep_plugin.errors import UsageError
from flowsep_plugin.media import read_clip
from flowsep_plugin.version import install_command

from .builtins import BUILTIN_EFFECTS
from .chain import EffectSlot, ParameterValue
from .info import EffectInfo, ParameterInfo
from .stages import BLOCK, EffectFactory, EffectStage, StreamStage, WindowStage

_BY_NAME: Final = {info.name: info for info in BUILTIN_EFFECTS}
_WINDOWED: Final = {"PitchShift", "GSMFullRateCompressor"}
_FIXED: Final = {"impulse_response_filename"}
"""Parameters that only the constructor takes."""

_MOST_CHOICES: Final = 256
_STATE_RATE: Final = 48_000.0
_LOAD_SECONDS: Final = 20.0


def pedalboard_module() -> ModuleType:
    """Return the module `pedalboard`. Raises UsageError where it is not installed."""
    try:
        import pedalboard
    except ImportError as error:
        raise UsageError(f"effects need Pedalboard ({error}); run {install_command('bridge')}") from error
    module: ModuleType = pedalboard
    return module


def stage_of(slot: EffectSlot, channels: int, rate: int) -> EffectStage:
    """Return the open effect of `slot`. Raises UsageError for one that does not exist, ValueError as effects do."""
    kind = WindowStage if slot.path is None and slot.effect in _WINDOWED else StreamStage
    return kind(factory_of(slot), channels, rate)


def factory_of(slot: EffectSlot) -> EffectFactory:
    """Return a function that makes the effect of `slot` with its state and parameters."""

    def create() -> Any:
        effect = _builtin(slot) if slot.path is None else load_plugin(slot.path, slot.effect)
        apply_slot(effect, slot)
        return effect

    return create


def apply_slot(effect: Any, slot: EffectSlot) -> None:
    """Give `effect` the state and the parameters of `slot`. Raises ValueError for a value that it refuses."""
    if slot.state is not None and slot.path is not None:
        effect.raw_state = base64.b64decode(slot.state)
    setter_of(slot)(effect)


def setter_of(slot: EffectSlot, names: Iterable[str] | None = None) -> Callable[[Any], None]:
    """Return a function that sets the parameters of `slot` (those of `names`) on its effect."""
    selection = slot.parameters if names is None else {name: slot.parameters[name] for name in names}

    def change(effect: Any) -> None:
        for name, value in selection.items():
            if name not in _FIXED:
                setattr(effect, name, _native(effect, slot, name, value))

    return change


def load_plugin(path: Path, name: str | None = None) -> Any:
    """Return the plug-in `name` of the file `path`. Raises UsageError for a file that is none, or an instrument."""
    pedalboard = pedalboard_module()
    if not path.exists():
        raise UsageError(f"there is no such plug-in: {path}")
    try:
        plugin = pedalboard.load_plugin(str(path), plugin_name=name, initialization_timeout=_LOAD_SECONDS)
    except (ImportError, ValueError, RuntimeError) as error:
        raise UsageError(f"cannot be loaded ({_one_line(error)})") from error
    if not plugin.is_effect:
        raise UsageError(f"{plugin.name} is an instrument, not an effect")
    return plugin


def describe_file(path: Path) -> list[EffectInfo]:
    """Return the effects in the file `path`; instruments are left out. Raises UsageError where there is no effect."""
    pedalboard = pedalboard_module()
    kind = pedalboard.VST3Plugin if path.suffix.lower() == ".vst3" else pedalboard.AudioUnitPlugin
    try:
        names = kind.get_plugin_names_for_file(str(path))
    except (ImportError, ValueError, RuntimeError) as error:
        raise UsageError(f"cannot be loaded ({_one_line(error)})") from error
    effects, reason = [], "has no effect that this system can load"
    for name in names:
        try:
            effects.append(describe_plugin(load_plugin(path, name), path, name))
        except UsageError as error:
            reason = str(error)
    if not effects:
        raise UsageError(reason)
    return effects


def values_of(plugin: Any, info: EffectInfo) -> dict[str, ParameterValue]:
    """Return the parameters of `plugin` that differ from the defaults of `info`."""
    values = {parameter.name: _plain(getattr(plugin, parameter.name)) for parameter in info.parameters}
    return {
        parameter.name: values[parameter.name]
        for parameter in info.parameters
        if values[parameter.name] != parameter.default
    }


def state_of(plugin: Any) -> str:
    """Return the state of `plugin`, in base64.

    A VST3 hears of changed parameters with the next block of audio only, so silence is run first.
    """
    for channels in (2, 1):
        with suppress(ValueError, RuntimeError):
            plugin.process(np.zeros((channels, BLOCK), np.float32), _STATE_RATE, buffer_size=BLOCK, reset=False)
            break
    return base64.b64encode(plugin.raw_state).decode("ascii")


def describe_plugin(plugin: Any, path: Path, name: str) -> EffectInfo:
    """Return what is known of the open `plugin`; parameters that cannot be automated are left to its own window."""
    parameters = [
        _parameter(plugin, key, parameter)
        for key, parameter in plugin.parameters.items()
        if key and parameter.is_automatable
    ]
    return EffectInfo(
        name=name,
        category=str(plugin.category or "plug-in"),
        path=path,
        parameters=tuple(parameters),
        vendor=str(plugin.manufacturer_name or ""),
        version=str(plugin.version or ""),
        memory_s=2.0,
        latency=int(plugin.reported_latency_samples),
    )


def _parameter(plugin: Any, name: str, parameter: Any) -> ParameterInfo:
    value = _plain(getattr(plugin, name))
    facts: dict[str, Any] = {"name": name, "label": str(parameter.name), "unit": str(parameter.label or "")}
    if parameter.type is bool:
        return ParameterInfo(kind="switch", default=bool(value), **facts)
    if parameter.type is float:
        low, high, step = parameter.range
        return ParameterInfo(
            kind="number",
            default=value,
            low=float(low),
            high=float(high),
            step=None if step is None else float(step),
            **facts,
        )
    texts = tuple(str(text) for text in parameter.valid_values)
    if len(texts) > _MOST_CHOICES:
        return ParameterInfo(kind="text", default=str(value), **facts)
    return ParameterInfo(kind="choice", default=str(value), choices=texts, **facts)


def _plain(value: Any) -> ParameterValue:
    """Return a parameter's value as a plain float, bool or str; Pedalboard returns wrappers."""
    if isinstance(value, float):
        return float(value)
    if isinstance(value, str):
        return str(value)
    return bool(value)


def _builtin(slot: EffectSlot) -> Any:
    """Return an effect of Pedalboard with its default parameters. Raises UsageError for one that is not there."""
    pedalboard = pedalboard_module()
    if slot.effect not in _BY_NAME or not hasattr(pedalboard, slot.effect):
        raise UsageError(f"Pedalboard {pedalboard.__version__} has no effect {slot.effect!r}")
    if slot.effect != "Convolution":
        return getattr(pedalboard, slot.effect)()
    response = str(slot.parameters.get("impulse_response_filename", ""))
    if not response:
        raise UsageError("Convolution needs an impulse response; choose its audio file (impulse_response_filename)")
    clip = read_clip(response)
    return pedalboard.Convolution(clip.samples, sample_rate=clip.rate)


def _native(effect: Any, slot: EffectSlot, name: str, value: ParameterValue) -> Any:
    """Return `value` as the effect takes it: an enum's member for a choice of Pedalboard's own effects."""
    if slot.path is not None:
        return value
    parameter = _BY_NAME[slot.effect].parameter(name)
    if parameter is not None and parameter.kind == "choice":
        return getattr(type(getattr(effect, name)), str(value))
    return value


def _one_line(error: Exception) -> str:
    return re.sub(r"\s+", " ", str(error)).strip().rstrip(".")


__all__ = [
    "apply_slot",
    "describe_file",
    "describe_plugin",
    "factory_of",
    "load_plugin",
    "pedalboard_module",
    "setter_of",
    "stage_of",
    "state_of",
    "values_of",
]
