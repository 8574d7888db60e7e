"""The panel's queries: text, colour and role, and hints about texts that separate badly."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from flowsep_plugin.engine.base import MAX_QUERIES
from flowsep_plugin.render_settings import RenderSettings

from .texts import translate

_LONG_WORDS: Final = 14
LEAST_DRAFT: Final = 3
"""Letters of a text that a draft is made of; less is the start of a word, or a key that missed the timeline."""
_ROLES: Final = ("lead", "backing", "main", "rhythm", "solo", "melody", "harmony", "accompaniment", "foreground")
_NEGATIONS: Final = ("without", "except", "excluding", "no", "not", "but", "minus", "non")
_VAGUE: Final = ("sound", "noise", "music", "audio", "everything", "stuff", "thing", "instrument", "instruments")


@dataclass(frozen=True, slots=True)
class QueryRow:
    """A query in the panel. `negative`: it competes but stays in the residual.     on : whether it is used.

    colour : number among the theme's lane colours, which repeat after the last.     render : settings of its stem.
    """

    text: str
    colour: int = 0
    negative: bool = False
    on: bool = True
    render: RenderSettings = field(default_factory=RenderSettings)


def cleaned(text: str) -> str:
    """Return `text` on one line with single spaces."""
    return " ".join(text.split())


def with_query(queries: tuple[QueryRow, ...], text: str, *, negative: bool = False) -> tuple[QueryRow, ...]:
    """Return `queries` with `text` added in the next free colour; an equal text is switched on with the role instead.

    A text without letters and digits, or beyond MAX_QUERIES, is not added.
    """
    text = cleaned(text)
    if not any(sign.isalnum() for sign in text):
        return queries
    for index, query in enumerate(queries):
        if query.text.casefold() == text.casefold():
            changed = replace(query, negative=negative, on=True)
            return (*queries[:index], changed, *queries[index + 1 :])
    if len(queries) >= MAX_QUERIES:
        return queries
    return (*queries, QueryRow(text, free_colour(queries), negative))


def with_settings(queries: tuple[QueryRow, ...], settings: Mapping[str, RenderSettings]) -> tuple[QueryRow, ...]:
    """Return `queries` with the render settings of those whose text is in `settings`; letter case does not matter."""
    by_key = {text.casefold(): render for text, render in settings.items()}
    return tuple(replace(query, render=by_key.get(query.text.casefold(), query.render)) for query in queries)


def settings_by_text(queries: Iterable[QueryRow]) -> dict[str, RenderSettings]:
    """Return the render settings of queries by text, as `with_settings` takes them."""
    return {query.text: query.render for query in queries}


def with_default_settings(queries: tuple[QueryRow, ...]) -> tuple[QueryRow, ...]:
    """Return `queries` with default render settings: what a new document starts with."""
    return tuple(replace(query, render=RenderSettings()) for query in queries)


def with_renamed_query(queries: tuple[QueryRow, ...], text: str, new: str) -> tuple[QueryRow, ...]:
    """Return `queries` with the text of one replaced, in its colour and with its settings; a twin of `new` goes."""
    key, new = text.casefold(), cleaned(new)
    others = (query for query in queries if query.text.casefold() != new.casefold() or query.text.casefold() == key)
    return tuple(replace(query, text=new) if query.text.casefold() == key else query for query in others)


def is_draftable(text: str) -> bool:
    """Return whether a typed text is long enough for a draft: LEAST_DRAFT letters and digits."""
    return sum(sign.isalnum() for sign in text) >= LEAST_DRAFT


def free_colour(queries: Iterable[QueryRow]) -> int:
    """Return the lowest colour number that no query has."""
    used = {query.colour for query in queries}
    return next(colour for colour in range(len(used) + 1) if colour not in used)


def split_by_role(queries: Iterable[QueryRow]) -> tuple[tuple[QueryRow, ...], tuple[QueryRow, ...]]:
    """Return the queries that are on: those that get a stem, and the negative ones."""
    on = [query for query in queries if query.on]
    return tuple(query for query in on if not query.negative), tuple(query for query in on if query.negative)


def query_hints(text: str) -> tuple[str, ...]:
    """Return translated hints about a text that is likely to separate badly, each with a way out."""
    words = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", text.casefold())
    hints = []
    if role := next((word for word in words if word in _ROLES), None):
        hint = translate("Hints", "“{0}” is a role, not a sound: name the sound, e.g. “distorted electric guitar”.")
        hints.append(hint.format(role))
    if word := next((word for word in words if word in _NEGATIONS), None):
        hint = translate("Hints", "“{0}” is not understood within a text: add what should stay as “Keep out” instead.")
        hints.append(hint.format(word))
    if len(words) > _LONG_WORDS:
        hint = translate("Hints", "{0} words: short captions work best; use three to eight words for one sound.")
        hints.append(hint.format(len(words)))
    if "and" in words and len(words) <= _LONG_WORDS:
        hints.append(translate("Hints", "Two sounds in one text share a stem: add them one by one for a stem each."))
    if words and all(word in (*_VAGUE, "a", "an", "the", "all", "some", "background") for word in words):
        hints.append(translate("Hints", "This matches almost anything: name who or what makes the sound."))
    if any(ord(sign) > 0x24F and sign.isalpha() for sign in text):
        hints.append(
            translate("Hints", "Not a name that is known: name one sound by a word or two, or describe it in English.")
        )
    return tuple(hints)
