"""Names that are spelt almost like a query: a letter too many, too few, wrong or swapped in a long word.

Nothing is near where another sound is almost as near: the nearest name must lead by two edits. In Japanese only kana
may differ, as every other sign is a word; in Chinese nothing may.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from .names import Name, name_table
from .spelling import LANGUAGES, without_accents, without_tail

_LEAST_LETTERS = 8
"""Letters of a single word; of a word among several `_LEAST_OF_WORD`, of kana and other signs `_LEAST_SIGNS`."""
_LEAST_OF_WORD = 6
_LEAST_SIGNS = 5
_LEAD = 2
_ENGLISH = "en"
_MOST_EDITS = 2
_LONG = 12
"""From so many letters on two slips may be in a name, in two words of it."""
_BUCKETS = 32
_KANA_ONLY = re.compile(r"[\u3040-\u309fー]*")


def near_name(key: str, languages: Sequence[str]) -> Name | None:
    """Return the name that is spelt almost like `key`, one without accents, in some languages; None where none is.

    None also where an English wording is almost as near.
    """
    index = _latin() if languages[0] in LANGUAGES[:5] else _japanese()
    if len(key) < index.least or len(key) > index.most:
        return None
    close = index.within(key, _MOST_EDITS if len(key) >= _LONG else 1)
    best = min((edits for edits, _, place in close if index.languages[place] in languages), default=0)
    if not best:
        return None
    nearest: set[Name] = set()
    captions: set[str | None] = set()
    for edits, form, place in index.within(key, best + _LEAD - 1):
        language = index.languages[place]
        names = [] if language == _ENGLISH else list(name_table().of_key(index.keys[place], (language,)))
        captions |= {name.caption for name in names} or {None}
        if edits == best and language in languages and index.alike(key, form):
            nearest |= set(names)
    return min(nearest) if nearest and len(captions) == 1 else None


class _Index:
    """Forms of names, the shortest first, with the counts of their letters.

    Two forms are at least as many edits apart as half of what their counts differ by: few distances are computed.
    """

    def __init__(self, rows: Iterable[tuple[str, str, str]], least: int) -> None:
        ordered = sorted(rows, key=lambda row: len(row[0]))
        self.forms, self.keys, self.languages = zip(*ordered, strict=True)
        self.least, self.most = least, len(self.forms[-1]) + _MOST_EDITS
        self._lengths = np.array([len(form) for form in self.forms])
        letters = np.frombuffer("".join(self.forms).encode("utf-32-le"), np.uint32) % _BUCKETS
        cells = np.repeat(np.arange(len(self.forms)) * _BUCKETS, self._lengths) + letters
        self._counts = np.bincount(cells, minlength=len(self.forms) * _BUCKETS).astype(np.int8).reshape(-1, _BUCKETS)

    def within(self, form: str, most: int) -> list[tuple[int, str, int]]:
        """Return (edits, form, place) of all forms that are at most `most` edits from `form`."""
        first, last = np.searchsorted(self._lengths, (len(form) - most, len(form) + most + 1))
        own = _letter_counts(form)
        apart = np.abs(self._counts[first:last] - own).sum(axis=1, dtype=np.int16)
        places = first + np.flatnonzero(apart <= 2 * most)
        edits = ((edit_distance(form, self.forms[place], most), self.forms[place], int(place)) for place in places)
        return [row for row in edits if row[0] <= most]

    def alike(self, query: str, name: str) -> bool:
        """Whether two forms differ only where a slip of the keyboard does not make another word."""
        return _alike_words(query, name)


class _SignIndex(_Index):
    def alike(self, query: str, name: str) -> bool:
        """Whether only kana differ, in one place."""
        removed, added = _difference(query, name)
        return max(len(removed), len(added)) <= 1 and bool(_KANA_ONLY.fullmatch(removed + added))


@cache
def _latin() -> _Index:
    table = name_table()
    names = ((without_accents(key), key, code) for code in LANGUAGES[:5] for key in table.keys(code))
    english = ((key, key, _ENGLISH) for key in table.english)
    return _Index(((form, key, code) for form, key, code in (*names, *english) if form), _LEAST_LETTERS)


@cache
def _japanese() -> _Index:
    return _SignIndex(((without_tail(key), key, "ja") for key in name_table().keys("ja")), _LEAST_SIGNS)


def edit_distance(one: str, other: str, most: int) -> int:
    """Return how many letters must be added, removed, replaced or swapped with their neighbour; `most` + 1 for more.

    The optimal string alignment distance.
    """
    one, other = _difference(one, other)
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        current = [row]
        for column, sign in enumerate(other, 1):
            edits = min(last[column] + 1, current[-1] + 1, last[column - 1] + (letter != sign))
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == sign:
                edits = min(edits, before[column - 2] + 1)
            current.append(edits)
        if min(current) > most:
            return most + 1
        before, last = last, current
    return last[-1]


def _difference(one: str, other: str) -> tuple[str, str]:
    """Return two texts without what both begin and end with."""
    shorter = min(len(one), len(other))
    start = next((at for at in range(shorter) if one[at] != other[at]), shorter)
    one, other = one[start:], other[start:]
    shorter -= start
    stop = next((at for at in range(shorter) if one[-1 - at] != other[-1 - at]), shorter)
    return one[: len(one) - stop], other[: len(other) - stop]


def _alike_words(query: str, name: str) -> bool:
    """Whether two forms have the same words but for one slip in a long one of each, or differ in their spaces alone."""
    if query.replace(" ", "") == name.replace(" ", ""):
        return True
    words, others = query.split(), name.split()
    least = _LEAST_LETTERS if len(words) == 1 else _LEAST_OF_WORD
    if len(words) != len(others):
        return False
    pairs = [(word, other) for word, other in zip(words, others, strict=True) if word != other]
    return all(min(map(len, pair)) >= least - 1 and edit_distance(*pair, 1) <= 1 for pair in pairs)


def _letter_counts(form: str) -> NDArray[np.int8]:
    letters = np.frombuffer(form.encode("utf-32-le"), np.uint32) % _BUCKETS
    return np.bincount(letters, minlength=_BUCKETS).astype(np.int8)
