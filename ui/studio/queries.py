"""Sounds asked for: their text, colour and role, and what is worth saying about a text before it is tried."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from flowsep_plugin.engine.base import MAX_QUERIES

_LONG_WORDS: Final = 14
_ROLES: Final = ("lead", "backing", "main", "rhythm", "solo", "melody", "harmony", "accompaniment", "foreground")
_NEGATIONS: Final = ("without", "except", "excluding", "no", "not", "but", "minus", "non")
_VAGUE: Final = ("sound", "noise", "music", "audio", "everything", "stuff", "thing", "instrument", "instruments")


@dataclass(frozen=True, slots=True)
class QueryRow:
    """A text and how it is asked: `negative` competes but stays in the rest; `on` is whether it is asked at all.

    colour : its number among the theme's lane colours, which begin again after the last.
    """

    text: str
    colour: int = 0
    negative: bool = False
    on: bool = True


def cleaned(text: str) -> str:
    """One line, single blanks."""
    return " ".join(text.split())


def with_query(sounds: tuple[QueryRow, ...], text: str, *, negative: bool = False) -> tuple[QueryRow, ...]:
    """Add a text with the next free colour; one that is there already is switched on and gets the asked role."""
    text = cleaned(text)
    if not any(sign.isalnum() for sign in text):
        return sounds
    for index, sound in enumerate(sounds):
        if sound.text.casefold() == text.casefold():
            changed = QueryRow(sound.text, sound.colour, negative, True)
            return (*sounds[:index], changed, *sounds[index + 1 :])
    if len(sounds) >= MAX_QUERIES:
        return sounds
    return (*sounds, QueryRow(text, free_colour(sounds), negative))


def free_colour(sounds: Iterable[QueryRow]) -> int:
    """The first colour that nobody has."""
    taken = {sound.colour for sound in sounds}
    return next(colour for colour in range(len(taken) + 1) if colour not in taken)


def asked(sounds: Iterable[QueryRow]) -> tuple[tuple[QueryRow, ...], tuple[QueryRow, ...]]:
    """The sounds that are on: wanted, and negative."""
    on = [sound for sound in sounds if sound.on]
    return tuple(s for s in on if not s.negative), tuple(s for s in on if s.negative)


def query_hints(text: str) -> tuple[str, ...]:
    """What makes a text a weak question, each with a way out; empty where nothing is known against it."""
    words = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", text.casefold())
    found = []
    if role := next((word for word in words if word in _ROLES), None):
        found.append(f"“{role}” is a role, not a sound: name what is heard, e.g. “distorted electric guitar”.")
    if word := next((word for word in words if word in _NEGATIONS), None):
        found.append(f"“{word}” is not understood inside a text: add what should stay as “Keep out” instead.")
    if len(words) > _LONG_WORDS:
        found.append(f"{len(words)} words: short captions work best; three to eight words, one sound.")
    if "and" in words and len(words) <= _LONG_WORDS:
        found.append("Two sounds in one text share one stem: add them one by one for a stem each.")
    if words and all(word in (*_VAGUE, "a", "an", "the", "all", "some", "background") for word in words):
        found.append("This fits almost anything: say who or what makes the sound.")
    if any(ord(sign) > 0x24F and sign.isalpha() for sign in text):
        found.append("The models learned English captions: an English text will be understood better.")
    return tuple(found)
