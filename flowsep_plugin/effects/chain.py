"""A chain of effects as frozen data, and as the JSON of a chain file.

EffectChain ──as_json──► plain dict ──from_json──► EffectChain
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import NoneType
from typing import Any, TypeAlias

from flowsep_plugin.errors import MediaError, UsageError
from flowsep_plugin.media.atomic import write_json_atomic
from flowsep_plugin.untrusted.decoding import Origin, read_json

FORMAT = "flowsep effects"
VERSION = 1

ParameterValue: TypeAlias = float | bool | str
"""Value of an effect's parameter, in the parameter's own unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectSlot:
    """One effect of a chain.

    effect : class name of an effect of Pedalboard ("Reverb"), or the name of a plug-in in its file.
    path : file or folder of a VST3 or AU plug-in; None for an effect of Pedalboard.
    parameters : values that differ from the effect's own defaults.     enabled : False bypasses it.
    state : the plug-in's own state, base64; it is applied before `parameters`, and holds for those that are not there.
    """

    effect: str
    path: Path | None = None
    parameters: Mapping[str, ParameterValue] = field(default_factory=dict)
    enabled: bool = True
    state: str | None = None


@dataclass(frozen=True, slots=True)
class EffectChain:
    """Effects in the order in which audio passes them; empty for none."""

    slots: tuple[EffectSlot, ...] = ()

    def __bool__(self) -> bool:
        return any(slot.enabled for slot in self.slots)

    @property
    def active(self) -> "EffectChain":
        """The chain without the slots that are bypassed."""
        return EffectChain(tuple(slot for slot in self.slots if slot.enabled))

    def with_slot(self, index: int, slot: EffectSlot) -> "EffectChain":
        """Return the chain with slot `index` replaced."""
        return EffectChain((*self.slots[:index], slot, *self.slots[index + 1 :]))

    def moved(self, index: int, to: int) -> "EffectChain":
        """Return the chain with slot `index` moved to place `to`."""
        slots = list(self.slots)
        slots.insert(to, slots.pop(index))
        return EffectChain(tuple(slots))

    def as_json(self) -> dict[str, Any]:
        """Return plain values for a chain file. Inverse: `from_json`."""
        return {"format": FORMAT, "version": VERSION, "effects": [_slot_json(slot) for slot in self.slots]}

    @classmethod
    def from_json(cls, record: Any) -> "EffectChain":
        """Return the chain in the JSON object of a chain file. Raises UsageError with the wrong name or value."""
        if not isinstance(record, Mapping) or record.get("format") != FORMAT:
            raise UsageError(f"not a chain of effects: the key 'format' must be {FORMAT!r}")
        if record.get("version") != VERSION:
            raise UsageError(f"a chain of effects of version {record.get('version')!r}; this version reads {VERSION}")
        effects = record.get("effects")
        if not isinstance(effects, list):
            raise UsageError("a chain of effects: the key 'effects' must be a list")
        return cls(tuple(_slot(plain, number) for number, plain in enumerate(effects, 1)))

    @classmethod
    def load(cls, path: str | Path) -> "EffectChain":
        """Read a chain file; paths of plug-ins in it may be relative to its folder. Raises MediaError, UsageError."""
        path = Path(path)
        try:
            record = read_json(path, Origin(str(path), MediaError, "save the chain of effects again"))
        except FileNotFoundError:
            raise MediaError(f"{path}: there is no such chain of effects; check the name and the folder") from None
        try:
            chain = cls.from_json(record)
        except UsageError as error:
            raise UsageError(f"{path}: {error}") from None
        folder = path.absolute().parent
        return cls(tuple(slot if slot.path is None else replace(slot, path=folder / slot.path) for slot in chain.slots))

    def save(self, path: str | Path) -> None:
        """Write a chain file, over an older one. Inverse: `load`. Raises MediaError, StorageFull."""
        write_json_atomic(Path(path), self.as_json(), ensure_ascii=False)


def _slot_json(slot: EffectSlot) -> dict[str, Any]:
    plain: dict[str, Any] = {"effect": slot.effect}
    if slot.path is not None:
        plain["path"] = str(slot.path)
    if slot.parameters:
        plain["parameters"] = dict(slot.parameters)
    if not slot.enabled:
        plain["enabled"] = False
    if slot.state is not None:
        plain["state"] = slot.state
    return plain


def _slot(plain: Any, number: int) -> EffectSlot:
    if not isinstance(plain, Mapping) or not isinstance(plain.get("effect"), str):
        raise UsageError(f"effect {number} of the chain: the key 'effect' must name an effect, such as 'Reverb'")
    unknown = set(plain) - {"effect", "path", "parameters", "enabled", "state"}
    if unknown:
        raise UsageError(f"effect {number} of the chain: unknown key {min(unknown)!r}")
    parameters = plain.get("parameters", {})
    if not isinstance(parameters, Mapping) or not all(
        isinstance(value, (bool, int, float, str)) for value in parameters.values()
    ):
        raise UsageError(f"effect {number} of the chain: 'parameters' must hold numbers, texts, true or false by name")
    for key, kind, words in (("path", str, "a text"), ("state", str, "a text"), ("enabled", bool, "true or false")):
        if not isinstance(plain.get(key), (kind, NoneType)):
            raise UsageError(f"effect {number} of the chain: {key!r} must be {words}")
    path, enabled = plain.get("path"), plain.get("enabled")
    if path is not None and (not path or "\0" in path):
        raise UsageError(f"effect {number} of the chain: 'path' must name a file or folder; got {path!r:.80}")
    return EffectSlot(
        effect=plain["effect"],
        path=None if path is None else Path(path),
        parameters=dict(parameters),
        enabled=enabled is not False,
        state=plain.get("state"),
    )
