"""Names of sounds in other languages, each with the English caption that the text encoder gets for it.

Two sources are merged: `foreign` of the labels in `words/*.yaml`, whose first English wording is the caption, and the
hand-written tables of the tagger's classes in `words/classes` (a row a class: its name, and names apart by "|"), with
the captions of `flowsep_plugin/listening`. `scripts/sound_words.py` writes them for `flowsep_plugin.languages`.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from flowsep_plugin import listening
from flowsep_plugin.languages.spelling import ARTICLES, LANGUAGES, key, without_article, without_english_article

from .words import FOLDER, vocabulary

CLASSES = FOLDER / "classes"
CAPTIONS = Path(listening.__file__).with_name("captions.tsv")
DECISIONS = CLASSES / "decisions.tsv"
ENGLISH_WORDS = CLASSES / "english.txt"

_STEM_LETTERS = 4
"""Words are compared by so many letters, so that "bark" and "barking" agree."""


@dataclass(slots=True)
class CaptionNames:
    """Everything that one caption is called: English wordings, and names by language, without articles."""

    english: list[str] = field(default_factory=list)
    names: dict[str, list[str]] = field(default_factory=lambda: {code: [] for code in LANGUAGES})


def merged() -> dict[str, CaptionNames]:
    """Return caption -> its wordings and names, from both sources.

    A name that both sources have in one language belongs to the class where its caption says all that the label does
    ("a dog barking" for the label "dog"), else to the label, which then is the more exact ("a seagull" for a name that
    the class of all birds has, too). `decisions.tsv` decides single names otherwise. Raises ValueError where a table is
    malformed.
    """
    captions = class_captions()
    classes, labels = _class_names(), _label_names()
    table: dict[str, CaptionNames] = defaultdict(CaptionNames)
    for label, words in vocabulary().items():
        table[words.english[0]].english += [label, *words.english, *words.held_out]
    for words in vocabulary().values():
        table[words.english[0]].english += [*words.hypernyms, *words.hard_absent]
    for name, (caption, chip) in captions.items():
        table[caption].english += [caption, chip, *class_wordings(name)]
    for language in LANGUAGES:
        owners = _owners(language, classes[language], labels[language])
        for form, (name, caption) in owners.items():
            if caption:
                table[caption].names[language].append(_without_own_article(name, form, language))
    _drop_repeated(table)
    return dict(table)


@cache
def class_captions() -> Mapping[str, tuple[str, str]]:
    """Return class -> its caption, and its name in two words at most."""
    return {row[0]: (row[1], row[2]) for row in read_table(CAPTIONS, ("class", "caption", "chip"))}


def class_wordings(name: str) -> tuple[str, ...]:
    """Return the wordings in a class's name: "Walk, footsteps" has two, "Whimper (dog)" is itself and "Whimper".

    >>> class_wordings("Walk, footsteps")
    ('Walk, footsteps', 'Walk', 'footsteps')
    """
    plain = re.sub(r"\s*\(.*?\)", "", name)
    return tuple(dict.fromkeys((name, plain, *(part.strip() for part in plain.split(",")))))


def english_words() -> tuple[str, ...]:
    """Return words that are English, too, so that they stay as they are unless an article tells the language."""
    return tuple(ENGLISH_WORDS.read_text(encoding="utf-8").split("\n")[:-1])


def read_table(path: Path, header: Sequence[str]) -> Iterator[list[str]]:
    """Yield the rows of a file with tabs whose first columns are `header`. Raises ValueError where it is malformed."""
    first, *lines = path.read_text(encoding="utf-8").splitlines()
    if tuple(first.split("\t")[: len(header)]) != tuple(header):
        raise ValueError(f"{path.name}: the columns must be {', '.join(header)}")
    width = len(first.split("\t"))
    for number, line in enumerate(lines, 2):
        cells = line.split("\t")
        if len(cells) != width:
            raise ValueError(f"{path.name}, line {number}: {len(cells)} cells; there must be {width}")
        yield cells


_Names = dict[str, list[tuple[str, str]]]
"""Form in which names are compared -> the name as written, and the class or label that it is a name of."""


def _class_names() -> dict[str, _Names]:
    """Return the names of the tables of `words/classes` by language. Raises ValueError."""
    names_of: dict[str, _Names] = {}
    for language in LANGUAGES:
        names: _Names = defaultdict(list)
        path = CLASSES / f"{language}.tsv"
        for row in read_table(path, ("class", "names")):
            if row[0] not in class_captions():
                raise ValueError(f"{path.name}: {row[0]!r} is not a class of {CAPTIONS.name}")
            for name in row[1].split("|"):
                names[_form(name, language)].append((name, row[0]))
        names_of[language] = names
    return names_of


def _label_names() -> dict[str, _Names]:
    """Return the names of the labels by language."""
    names_of: dict[str, _Names] = {language: defaultdict(list) for language in LANGUAGES}
    for label, words in vocabulary().items():
        for language, names in words.foreign.items():
            for name in names:
                names_of[language][_form(name, language)].append((name, label))
    return names_of


def _says_all(class_name: str, label: str) -> bool:
    """Whether the caption of a class has every word of `label`, and no "or"."""
    caption = _stems(" ".join(class_captions()[class_name]))
    return "or" not in caption and _stems(label) <= caption


def _stems(text: str) -> frozenset[str]:
    return frozenset(word[:_STEM_LETTERS] for word in key(text).split())


def _owners(language: str, classes: _Names, labels: _Names) -> dict[str, tuple[str, str]]:
    """Return form -> name as written and its caption in one language; "" for a name that is left to the encoder."""
    rows = read_table(DECISIONS, ("language", "name", "caption"))
    decided = {_form(row[1], language): row[2] for row in rows if row[0] == language}
    owners: dict[str, tuple[str, str]] = {}
    for form in (*classes, *(form for form in labels if form not in classes)):
        of_class, of_label = classes.get(form, []), labels.get(form, [])
        name = (of_class or of_label)[0][0]
        if form in decided:
            caption = decided[form]
        elif of_class and (not of_label or _says_all(of_class[0][1], of_label[0][1])):
            caption = class_captions()[of_class[0][1]][0]
        else:
            caption = vocabulary()[of_label[0][1]].english[0]
        owners[form] = name, caption
    return owners


def _form(name: str, language: str) -> str:
    return without_article(key(name), language)


def _without_own_article(name: str, form: str, language: str) -> str:
    """Return a name as written, without the article that `form` lacks."""
    articles = "|".join(sorted(ARTICLES.get(language, ()), key=len, reverse=True))
    shorter = re.sub(rf"^(?:{articles})(?: |')", "", name, flags=re.IGNORECASE) if articles else name[2:]
    return next((text for text in (name, shorter) if key(text) == form), form)


def _drop_repeated(table: Mapping[str, CaptionNames]) -> None:
    """Drop English wordings and names that stand for their caption already, and wordings of an earlier caption."""
    wordings: set[str] = set()
    for row in table.values():
        english = []
        for text in row.english:
            form = without_english_article(key(text))
            if form not in wordings:
                wordings.add(form)
                english.append(form)
        row.english = english
        for language, names in row.names.items():
            row.names[language] = list({key(name): name for name in reversed(names)}.values())[::-1]


def as_text() -> str:
    """Return the table as `flowsep_plugin/languages/names.tsv` holds it; the words of `english.txt` come last."""
    table = merged()
    rows = [
        [caption, "|".join(row.english), *map("|".join, row.names.values())] for caption, row in sorted(table.items())
    ]
    rows.append(["", "|".join(english_words()), *("" for _ in LANGUAGES)])
    return "".join("\t".join(row) + "\n" for row in rows)
