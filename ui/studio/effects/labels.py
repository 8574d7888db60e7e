"""Names of effects, categories and parameters for people, in the panel's language.

The English texts come from the table of Pedalboard's effects; `texts` lists them for the translation file.
"""

import re
from collections.abc import Sequence
from typing import Final

from flowsep_ui.studio.texts import translate

from flowsep_plugin.effects import EffectSlot
from flowsep_plugin.effects.builtins import BUILTIN_EFFECTS
from flowsep_plugin.effects.info import EffectInfo, ParameterInfo

CONTEXT: Final = "EffectTable"
_WORDS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def effect_label(slot: EffectSlot | EffectInfo) -> str:
    """Return the name of an effect: of Pedalboard's in words and translated, of a plug-in as it is."""
    name = slot.effect if isinstance(slot, EffectSlot) else slot.name
    return name if slot.path is not None else _translated(_in_words(name))


def parameter_label(info: ParameterInfo) -> str:
    """Return the translated label of a parameter; a plug-in's stays as it is where it is not in the table."""
    return _translated(info.label)


def category_label(category: str) -> str:
    """Return the translated title of a category, such as "Dynamics"."""
    return _translated(category.capitalize())


def summary_of(info: EffectInfo) -> str:
    """Return the translated sentence about an effect; empty where there is none."""
    return _translated(info.summary) if info.summary else ""


def by_category(infos: Sequence[EffectInfo]) -> dict[str, tuple[EffectInfo, ...]]:
    """Return effects by category, in the order in which the categories first appear."""
    categories = dict.fromkeys(info.category for info in infos)
    return {category: tuple(info for info in infos if info.category == category) for category in categories}


def table_texts() -> set[str]:
    """Return all English texts of Pedalboard's effects, for the translation file."""
    parameters = {parameter.label for info in BUILTIN_EFFECTS for parameter in info.parameters}
    categories = {info.category.capitalize() for info in BUILTIN_EFFECTS}
    return {
        *parameters, *categories, *(_in_words(info.name) for info in BUILTIN_EFFECTS),
        *(info.summary for info in BUILTIN_EFFECTS if info.summary),
    }  # fmt: skip


def _in_words(name: str) -> str:
    """Return a class name in words: "HighpassFilter" gives "Highpass filter", "MP3Compressor" "MP3 compressor"."""
    first, *others = _WORDS.split(name)
    return " ".join([first, *(word if word.isupper() else word.lower() for word in others)])


def _translated(text: str) -> str:
    return translate(CONTEXT, text)
