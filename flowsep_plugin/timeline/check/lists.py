"""Lists in sentences: of some words, of some names."""

from collections.abc import Collection, Sequence
from typing import Final

_LONGEST_NAME: Final = 40


def listed(words: Sequence[str]) -> str:
    """Return `words` as "a", "a and b" or "a, b and c"."""
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def quoted(names: Collection[str], most: int) -> str:
    """Return at most `most` different names in quotes with commas, and how many more there are."""
    unique = list(dict.fromkeys(names))
    more = f" and {len(unique) - most} more" if len(unique) > most else ""
    return ", ".join(map(_in_quotes, unique[:most])) + more


def _in_quotes(name: str) -> str:
    return repr(name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…")
