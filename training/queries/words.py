"""Wordings of labels, read from the YAML files of `words/`, one section a label.

Keys of a section, each a list of strings:

english, held_out : noun phrases; those held out are for evaluation and never trained on.
requests : whole sentences, used as they are (optional).
hypernyms : wider terms that hold for every recording of the label (optional).
foreign : language -> names in it.
hard_absent : sounds that a listener could mistake this label for: labels, or short texts.
may_hold : labels that a recording of this one may contain, or that its wordings could mean (optional).
"""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

FOLDER = Path(__file__).parent / "words"
LANGUAGES = ("de", "fr", "es", "it", "pt", "ja", "zh")


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelWordings:
    """The wordings of one label; the module's docstring lists the fields."""

    english: tuple[str, ...]
    held_out: tuple[str, ...]
    foreign: Mapping[str, tuple[str, ...]]
    hard_absent: tuple[str, ...]
    requests: tuple[str, ...] = ()
    hypernyms: tuple[str, ...] = ()
    may_hold: tuple[str, ...] = ()


@cache
def vocabulary() -> Mapping[str, LabelWordings]:
    """Return the wordings of every label of `words/`."""
    return MappingProxyType(read(FOLDER))


def words_of(label: str) -> LabelWordings | None:
    """Return the wordings of `label`, or None for a label without any."""
    return vocabulary().get(label)


def plain_words(phrase: str) -> str:
    """Return `phrase` in lower case without a leading article, for comparisons."""
    folded = phrase.casefold()
    return next((folded[len(article) :] for article in ("a ", "an ", "the ") if folded.startswith(article)), folded)


@cache
def held_out() -> frozenset[str]:
    """Return the held-out wordings of all labels, as `plain_words` gives them."""
    return frozenset(plain_words(phrase) for words in vocabulary().values() for phrase in words.held_out)


def read(folder: Path) -> dict[str, LabelWordings]:
    """Read every YAML file of `folder`. Raises ValueError, naming file, label and key, where one is malformed."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the parser in C is 4 times as fast
    vocabulary: dict[str, LabelWordings] = {}
    for path in sorted(folder.glob("*.yaml")):
        sections = yaml.load(path.read_text(encoding="utf-8"), loader)  # nosec B506 # both are safe loaders
        if not isinstance(sections, dict):
            raise ValueError(f"{path.name}: must map labels to sections")
        for label, section in sections.items():
            where = f"{path.name}: {label}"
            if label in vocabulary:
                raise ValueError(f"{where}: the label already has a section; merge the two")
            vocabulary[label] = _words(where, section)
    for label, words in vocabulary.items():
        if unknown := [other for other in words.may_hold if other not in vocabulary]:
            raise ValueError(f"{label}: may_hold names {unknown[0]!r}, which has no section")
        if label in words.hard_absent:
            raise ValueError(f"{label}: hard_absent names the label itself")
    return vocabulary


def _words(where: str, section: Any) -> LabelWordings:
    if not isinstance(section, dict):
        raise ValueError(f"{where}: must be a section with the keys english, held_out, foreign, hard_absent")
    keys = {field.name for field in fields(LabelWordings)}
    if unknown := section.keys() - keys:
        raise ValueError(f"{where}: unknown key {min(unknown)!r}; the keys are {', '.join(sorted(keys))}")
    if missing := {"english", "held_out", "foreign", "hard_absent"} - section.keys():
        raise ValueError(f"{where}: key {min(missing)!r} is missing")
    foreign = section["foreign"]
    if not isinstance(foreign, dict) or foreign.keys() - set(LANGUAGES):
        raise ValueError(f"{where}: foreign must map some of {', '.join(LANGUAGES)} to lists of names")
    lists = {key: _phrases(f"{where}: {key}", value) for key, value in section.items() if key != "foreign"}
    names = {language: _phrases(f"{where}: foreign: {language}", value) for language, value in foreign.items()}
    _refuse_repeats(where, (p for key in ("english", "held_out", "requests") for p in lists.get(key, ())))
    return LabelWordings(**lists, foreign=MappingProxyType(names))


def _phrases(where: str, values: Any) -> tuple[str, ...]:
    if not isinstance(values, list) or not values:
        raise ValueError(f"{where}: must be a list of at least one phrase")
    for value in values:
        if not isinstance(value, str):
            raise ValueError(f"{where}: {value!r} is not a text; put it in quotation marks")
        if not value or value != " ".join(value.split()) or not unicodedata.is_normalized("NFC", value):
            raise ValueError(f"{where}: {value!r} has stray spaces or is not in Unicode form NFC")
    return tuple(values)


def _refuse_repeats(where: str, phrases: Iterator[str]) -> None:
    earlier = set()
    for phrase in phrases:
        if phrase.casefold() in earlier:
            raise ValueError(f"{where}: {phrase!r} is listed twice; drop one")
        earlier.add(phrase.casefold())
