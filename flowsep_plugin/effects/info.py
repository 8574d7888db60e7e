"""Facts about an effect before it runs: its name, its category, its parameters with range, unit and choices."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from .chain import ParameterValue

ParameterKind: TypeAlias = Literal["number", "switch", "choice", "text", "file"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterInfo:
    """One parameter of an effect.

    name : key in `EffectSlot.parameters`.     label : for people.     unit : "dB", "Hz", "ms", "s", "%" or "".
    kind : "number" has `low`, `high` and perhaps `step`; "choice" has `choices`; "switch" is true or false; "file" is a
    path as text.
    is_logarithmic : a control for it should move in octaves or decades.
    """

    name: str
    label: str
    kind: ParameterKind
    default: ParameterValue
    unit: str = ""
    low: float | None = None
    high: float | None = None
    step: float | None = None
    choices: tuple[str, ...] = ()
    is_logarithmic: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectInfo:
    """One effect that a slot can hold.

    name : `EffectSlot.effect`.     path : of the plug-in's file; None for an effect of Pedalboard.
    memory_s : seconds of earlier sound that its output depends on, about; where playback jumps, that much is run first.
    latency : frames by which it is late, as the plug-in reports them at 48 kHz. They are removed.
    """

    name: str
    category: str
    parameters: tuple[ParameterInfo, ...] = ()
    path: Path | None = None
    vendor: str = ""
    version: str = ""
    summary: str = ""
    memory_s: float = 0.1
    latency: int = 0

    def parameter(self, name: str) -> ParameterInfo | None:
        """Return the parameter `name`, None where the effect has none of that name."""
        return next((parameter for parameter in self.parameters if parameter.name == name), None)

    def as_json(self) -> dict[str, Any]:
        """Return plain values. Inverse: `from_json`."""
        return {**asdict(self), "path": None if self.path is None else str(self.path)}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> "EffectInfo":
        """Return the effect in the values of `as_json`. Raises KeyError, TypeError, AttributeError for other values."""
        for owner in (plain, *plain["parameters"]):
            if not isinstance(owner["name"], str):
                raise TypeError("a name is not a text")
        parameters = tuple(
            ParameterInfo(**{**parameter, "choices": tuple(parameter["choices"])}) for parameter in plain["parameters"]
        )
        path = plain["path"]
        return cls(**{**plain, "parameters": parameters, "path": None if path is None else Path(path)})
