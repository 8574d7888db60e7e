"""Sounds that the models know by name, and names of them in other languages: `data/sound_words.json`."""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

_ARTICLES = frozenset((
    "a", "an", "the", "ein", "eine", "einen", "der", "die", "das", "den", "un", "une", "le", "la", "les", "des", "du",
    "una", "el", "los", "las", "um", "uma", "o", "os", "as", "il", "lo", "i", "gli",
))  # fmt: skip


def known_sounds() -> tuple[str, ...]:
    """Return an English wording for every sound that the built-in model was trained on, in alphabetical order."""
    return tuple(_table()["sounds"])


def english_of(text: str) -> str | None:
    """Return the English wording of a sound that `text` names in another language; None where it is not known."""
    foreign: Mapping[str, str] = _table()["foreign"]
    return foreign.get(word_key(text))


def word_key(text: str) -> str:
    """Return `text` in the form in which names are compared: without case, spaces and a leading article."""
    words = text.casefold().split()
    if len(words) > 1 and words[0] in _ARTICLES:
        words = words[1:]
    return " ".join(words)


@cache
def _table() -> dict[str, Any]:
    table: dict[str, Any] = json.loads(files("flowsep_ui").joinpath("data/sound_words.json").read_text("utf-8"))
    return table
