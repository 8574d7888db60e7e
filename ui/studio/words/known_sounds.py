"""Sounds that the models know by name: in English from `data/sound_words.json`, in other languages from the core."""

import json
from functools import cache
from importlib.resources import files

from flowsep_plugin.languages import names_in

_ARTICLES = frozenset((
    "a", "an", "the", "ein", "eine", "einen", "der", "die", "das", "den", "un", "une", "le", "la", "les", "des", "du",
    "una", "el", "los", "las", "um", "uma", "o", "os", "as", "il", "lo", "i", "gli",
))  # fmt: skip


@cache
def known_sounds(language: str = "en") -> tuple[str, ...]:
    """Return an English wording for every sound that the built-in model was trained on, in alphabetical order.

    language : code of a language, whose names of sounds then come first.
    """
    sounds: list[str] = json.loads(files("flowsep_ui").joinpath("data/sound_words.json").read_text("utf-8"))
    return (*sorted(names_in(language), key=str.casefold), *sounds)


def word_key(text: str) -> str:
    """Return `text` in the form in which names are compared: without case, spaces and a leading article."""
    words = text.casefold().split()
    if len(words) > 1 and words[0] in _ARTICLES:
        words = words[1:]
    return " ".join(words)
