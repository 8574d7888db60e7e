"""Effects of OTIO items: those of DaVinci Resolve with their parameters, time effects, and any others by name."""

import copy
import math
from collections.abc import Iterable
from typing import Any, Final

from flowsep_plugin.timeline.difference import Difference, DifferenceKind

_RESOLVE: Final = "Resolve_OTIO"
_VOLUME: Final = "Fairlight Clip Volume and Fades"
_KINDS: Final[dict[str, DifferenceKind]] = {
    _VOLUME: "fade", "Fairlight Clip Pan": "pan", "Fairlight Clip Pitch": "play rate"
}  # fmt: skip
_SILENCE: Final = -100.0


def is_warp(effect: Any) -> bool:
    """Return whether an effect changes the speed at which its clip plays."""
    import opentimelineio as otio

    if not isinstance(effect, otio.schema.TimeEffect) or not effect.enabled:
        return False
    return not isinstance(effect, otio.schema.LinearTimeWarp) or effect.time_scalar != 1


def resolve_gain(item: Any) -> float:
    """Return the steady clip volume that Resolve wrote, as linear gain; 1.0 where it wrote none."""
    gain = 1.0
    for effect in item.effects:
        if effect.enabled and (volume := _volume(effect.metadata)) is not None and not volume.get("Key Frames"):
            level = float(volume.get("Parameter Value", 0.0))
            gain *= 0.0 if level <= _SILENCE else 10 ** (level / 20)
    return gain


def differences(item: Any) -> tuple[Difference, ...]:
    """Return the effects of an item that its stems will not have."""
    return tuple(each for effect in item.effects if effect.enabled for each in _differences(effect))


def volume_effect(item: dict[str, Any], gain: float) -> dict[str, Any] | None:
    """Return Resolve's volume effect of an item's JSON as a copy with another gain; None where it has none.

    gain : linear, its sign is not written.
    """
    for effect in item.get("effects") or ():
        if _volume(effect.get("metadata") or {}) is not None:
            new: dict[str, Any] = copy.deepcopy(effect)
            volume = _volume(new["metadata"])
            assert volume is not None
            volume["Parameter Value"] = max(_SILENCE, 20 * math.log10(abs(gain))) if gain else _SILENCE
            volume["Key Frames"] = {}
            return new
    return None


def _differences(effect: Any) -> Iterable[Difference]:
    import opentimelineio as otio

    if isinstance(effect, otio.schema.TimeEffect):
        return
    own = effect.metadata.get(_RESOLVE)
    if not hasattr(own, "get") or "Effect Name" not in own:
        yield Difference("effect", effect.name or effect.effect_name)
    elif own.get("Enabled", True):
        name, moving = str(own["Effect Name"]), [p for p in _parameters(own) if p.get("Key Frames")]
        if moving:
            yield Difference("automation", str(own.get("Name") or name))
        elif any(_is_set(parameter) for parameter in _parameters(own) if not _is_volume(name, parameter)):
            yield Difference(_KINDS.get(name, "effect"), str(own.get("Name") or name))


def _is_volume(effect_name: str, parameter: Any) -> bool:
    return effect_name == _VOLUME and parameter.get("Parameter ID") == "volume"


def _is_set(parameter: Any) -> bool:
    return "Parameter Value" in parameter and parameter["Parameter Value"] != parameter.get("Default Parameter Value")


def _volume(metadata: Any) -> Any:
    """Return the volume parameter of Resolve's volume effect; None for other effects, and where it is off."""
    own = metadata.get(_RESOLVE)
    if not hasattr(own, "get") or own.get("Effect Name") != _VOLUME or not own.get("Enabled", True):
        return None
    return next((parameter for parameter in _parameters(own) if parameter.get("Parameter ID") == "volume"), None)


def _parameters(own: Any) -> list[Any]:
    return [parameter for parameter in own.get("Parameters") or () if hasattr(parameter, "get")]
