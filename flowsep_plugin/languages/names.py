"""The table of names: English captions, and what sounds are called in other languages.

`names.tsv` has a row for every caption: the caption, English wordings of it, and a column of names for each of
`LANGUAGES`, apart by "|". Wordings are keys, without articles; names are as written, without articles, and no two of a
language have one key. The file is made by `scripts/sound_words.py`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import NamedTuple, TypeAlias

from flowsep_plugin.errors import EngineError
from flowsep_plugin.untrusted.regular_file import read_regular_text

from .spelling import LANGUAGES, key, plurals, without_accents, without_tail

FILE = Path(__file__).with_name("names.tsv")
_MOST_BYTES = 4 << 20


class Name(NamedTuple):
    """A name of a sound as it is written in `language`, without an article, and its English caption."""

    text: str
    language: str
    caption: str


Forms: TypeAlias = Mapping[str, Mapping[str, Sequence[str]]]
"""Language -> another form of names -> the keys that have it."""


class NameTable:
    """All names by language and key, with indices that are made on first use.

    english : keys of English wordings, without articles.
    Raises ValueError where `text` is no such table.
    """

    def __init__(self, text: str) -> None:
        captions, wordings, *columns = zip(*(row.split("\t") for row in text.splitlines()), strict=True)
        self.english = frozenset("|".join(wordings).split("|"))
        self._names: dict[str, dict[str, tuple[str, str]]] = {}
        for language, cells in zip(LANGUAGES, columns, strict=True):
            names = "|".join(cells)
            counts = (cell.count("|") + 1 for cell in cells)
            owners = (caption for caption, count in zip(captions, counts, strict=True) for _ in range(count))
            pairs = zip(names.split("|"), owners, strict=True)
            self._names[language] = dict(zip(key(names).split("|"), pairs, strict=True))
            self._names[language].pop("", None)

    def of_key(self, key: str, languages: Iterable[str]) -> Iterator[Name]:
        """Yield the names whose key is `key` in some languages."""
        for language in languages:
            if key in self._names[language]:
                text, caption = self._names[language][key]
                yield Name(text, language, caption)

    def of_form(self, form: str, forms: Forms, languages: Iterable[str]) -> Iterator[Name]:
        """Yield the names that have `form` in one of the indices of this table."""
        for language in languages:
            for name in forms.get(language, {}).get(form, ()):
                yield from self.of_key(name, (language,))

    def keys(self, language: str) -> Iterable[str]:
        """Return the keys of all names of a language, in the order of the captions."""
        return self._names[language].keys()

    @cached_property
    def accented(self) -> Forms:
        """Names with accents by their keys without them."""
        return self._forms(LANGUAGES[:5], lambda name, language: () if name.isascii() else (without_accents(name),))

    @cached_property
    def singulars(self) -> Forms:
        """Names of one word by what may be its plural, without accents."""
        return self._forms(LANGUAGES[:5], lambda name, language: plurals(without_accents(name), language))

    @cached_property
    def stems(self) -> Forms:
        """Japanese and Chinese names by their keys without "the sound of" and the like."""
        return self._forms(LANGUAGES[5:], lambda name, language: (without_tail(name),))

    def _forms(self, languages: Iterable[str], forms_of: Callable[[str, str], Iterable[str]]) -> Forms:
        forms: dict[str, dict[str, list[str]]] = {}
        for language in languages:
            forms[language] = defaultdict(list)
            for name in self._names[language]:
                for form in forms_of(name, language):
                    forms[language][form].append(name)
        return forms


@cache
def name_table() -> NameTable:
    """Return the table; read on the first call. Raises EngineError where its file is missing or damaged."""
    try:
        return NameTable(read_regular_text(FILE, _MOST_BYTES))
    except (OSError, ValueError) as error:
        raise EngineError(f"{FILE.name}: the table of names cannot be read ({error}); install flowsep again") from error
