"""Access to pyaaf2 objects: properties that may be missing, tagged values, names of effects."""

from fractions import Fraction
from typing import Any

from flowsep_plugin.timeline.difference import Difference


def kind(item: Any) -> str:
    """Return the name of an object's AAF class, such as "SourceClip"; "NoneType" for None."""
    return type(item).__name__


def prop(item: Any, name: str) -> Any:
    """Return the value of a property; None where the object has none of this name, or is None."""
    if item is None:
        return None
    value = item.get(name)
    return None if value is None else value.value


def items(item: Any, name: str) -> list[Any]:
    """Return the objects in a list property; empty where the object has none of this name."""
    return list(prop(item, name) or [])


def is_sound(slot: Any) -> bool:
    """Return whether a slot has sound on a timeline; Avid's SoundMasterTrack has none."""
    media_kind = slot.media_kind if hasattr(slot, "edit_rate") else None
    return str(media_kind).removeprefix("DataDef_").removeprefix("Legacy") == "Sound"


def attributes(item: Any, name: str = "ComponentAttributeList") -> dict[str, Any]:
    """Return the tagged values of a component, or of a slot's "TimelineMobAttributeList", by their names."""
    return {str(tag.name): tag.value for tag in items(item, name)}


def integer(value: Any) -> int:
    """Return a number of an attribute, which programs write as an integer or as text; 0 for anything else."""
    try:
        return int(value or 0)
    except (TypeError, ValueError):
        return 0


def parameters(group: Any) -> dict[str, Any]:
    """Return the parameters of an operation group by the ids of their definitions."""
    return {str(parameter.auid): parameter for parameter in items(group, "Parameters")}


def rational(value: Any) -> Fraction:
    """Return a number of an AAF exactly. Raises ValueError for one with the denominator 0."""
    try:
        return Fraction(value)
    except (TypeError, ZeroDivisionError):
        raise ValueError(f"{value!r} is not a number") from None


def name_of_definition(definition: Any) -> str:
    """Return the name of an effect, a parameter or an interpolation, or its id where it has no name."""
    return str(definition.name or "") or str(definition.auid)


def effect_of(group: Any) -> Difference:
    """Return an operation group's effect as a difference of its clips."""
    plug_in = str(attributes(group).get("_EFFECT_PLUGIN_NAME") or "")
    return Difference("plug-in", plug_in) if plug_in else Difference("effect", name_of_definition(group.operation))
