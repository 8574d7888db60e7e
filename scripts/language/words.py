"""The list of retired words, `scripts/retired_words.txt`."""

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

PATH = Path(__file__).parents[1] / "retired_words.txt"
SCOPE = re.compile(r"(?:(?:only|except)(?:\s+\S+)+)?")


class Word(NamedTuple):
    """A retired word: names to write instead, paths it is refused in, and whether it is one of the participles."""

    replacement: str
    scope: str
    is_participle: bool

    def is_refused_in(self, path: str) -> bool:
        """Return whether the file `path` may not bind the word."""
        mode, *prefixes = self.scope.split() or ["except"]
        return path.startswith(tuple(prefixes)) == (mode == "only")


def parse(text: str) -> dict[str, Word]:
    """Parse the list into rows by word. Raises ValueError where a scope is malformed."""
    words, section = {}, ""
    for line in filter(None, (line.partition("#")[0].strip() for line in text.splitlines())):
        if line.startswith("["):
            section = line.strip("[]")
        else:
            word, row = _row(line, section)
            words[word] = row
    return words


def _row(line: str, section: str) -> tuple[str, Word]:
    word, replacement, scope = [*(part.strip() for part in line.split("|")), "", ""][:3]
    if not SCOPE.fullmatch(scope):
        raise ValueError(f"{word}: the scope {scope!r} must be 'only PREFIX ...' or 'except PREFIX ...'")
    return word, Word(replacement, scope, section == "participles")


@cache
def retired_words() -> dict[str, Word]:
    """Return the rows of the list by word. Raises ValueError where the list is malformed."""
    return parse(PATH.read_text(encoding="utf-8"))
