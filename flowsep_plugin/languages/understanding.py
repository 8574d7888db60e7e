"""Understand queries in other languages by the table of names: exactly, nearly, or not at all."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

from .names import Name, name_table
from .spelling import (
    LANGUAGES,
    key,
    plurals,
    readings,
    script_languages,
    without_accents,
    without_english_article,
    without_tail,
    without_umlauts,
)

LANGUAGE_NAMES = {
    "de": "German", "fr": "French", "es": "Spanish", "it": "Italian", "pt": "Portuguese", "ja": "Japanese",
    "zh": "Chinese",
}  # fmt: skip
"""Code of a language that queries may be in, besides English -> its English name."""

_MOST_REMEMBERED = 4096
_ONLY_ENGLISH = ("an ", "the ")


@dataclass(frozen=True, slots=True)
class Understood:
    """The meaning of a query: `caption` is the English text that the encoder gets instead.

    language : ISO 639-1 code.     name : the name in the table that it is, without an article. Both are None where a
    request says what its query means.     near : the name is spelt otherwise, or in the plural.
    """

    caption: str
    language: str | None = None
    name: str | None = None
    near: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return plain values, as reports hold them."""
        return asdict(self)


@lru_cache(maxsize=_MOST_REMEMBERED)
def understand(query: str) -> Understood | None:
    """Return what `query` means in English, where it is a name of a sound in one of `LANGUAGE_NAMES`.

    None for English, which comes first, for a name that means different sounds in different languages, and for anything
    that is not in the table, such as two sounds in one text. An article tells the language: "chat" is English, "un
    chat" is not. Raises EngineError where the table is damaged.
    """
    form = key(query)
    if not form or _is_english(form):
        return None
    for lookup, near in _lookups(form):
        if names := list(lookup):
            first, *others = names
            is_clear = all(name.caption == first.caption for name in others)
            return Understood(first.caption, first.language, first.text, near) if is_clear else None
    return None


def english_of(query: str) -> str:
    """Return the English text that the encoder gets for `query`: its caption where it is understood, else itself."""
    understood = understand(query)
    return query if understood is None else understood.caption


def names_in(language: str) -> Iterator[str]:
    """Yield what sounds are called in a language, as it is written, without articles; nothing for one without names."""
    if language in LANGUAGES:
        table = name_table()
        for form in table.keys(language):
            yield from (name.text for name in table.of_key(form, (language,)))


def _is_english(form: str) -> bool:
    """Whether a key is an English wording, its plural, or has an article that only English has."""
    english, noun = name_table().english, without_english_article(form)
    return noun in english or noun.removesuffix("s") in english or form.startswith(_ONLY_ENGLISH)


def _lookups(form: str) -> Iterator[tuple[Iterable[Name], bool]]:
    """Yield the names that a key may be, the surest first, each with whether they are spelt otherwise."""
    possible = [
        (reading, [code for code in codes if code in script_languages(reading)]) for reading, codes in readings(form)
    ]
    table = name_table()
    for reading, codes in possible:
        yield table.of_key(reading, codes), False
    for reading, codes in possible:
        yield _without_accents(reading, codes), False
    if form.startswith("a "):  # rather English than Portuguese
        return
    for reading, codes in possible:
        yield _inflected(without_accents(reading), codes), True
    for reading, codes in possible:
        yield _nearly(reading, codes), True


def _without_accents(reading: str, languages: Sequence[str]) -> Iterator[Name]:
    """Yield the names that are `reading` but for accents; German ones also where umlauts are typed as two letters."""
    table, plain = name_table(), without_accents(reading)
    yield from table.of_key(plain, languages)
    yield from table.of_form(plain, table.accented, languages)
    if "de" in languages and (two := without_umlauts(plain)) != plain:
        yield from table.of_form(two, table.accented, ("de",))


def _inflected(plain: str, languages: Sequence[str]) -> Iterator[Name]:
    """Yield the names whose plural or singular is `plain`; Japanese and Chinese ones but for "the sound of"."""
    table = name_table()
    if languages and languages[0] not in ("ja", "zh"):
        yield from table.of_form(plain, table.singulars, languages)
        for code in languages:
            for plural in plurals(plain, code):
                yield from table.of_key(plural, (code,))
                yield from table.of_form(plural, table.accented, (code,))
        return
    stem = without_tail(plain)
    names = list(table.of_key(stem, languages))
    if names or len(stem) > 1 or stem != plain:
        yield from names or table.of_form(stem, table.stems, languages)


def _nearly(reading: str, languages: Sequence[str]) -> Iterator[Name]:
    from .near import near_name  # with NumPy, which the command line loads late

    if languages and languages != ["zh"]:
        signs = languages[0] in ("ja", "zh")
        name = near_name(without_tail(reading) if signs else without_accents(reading), ("ja",) if signs else languages)
        if name is not None:
            yield name
