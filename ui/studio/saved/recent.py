"""The files and sessions that were opened last, the newest first."""

from collections.abc import Iterable
from pathlib import Path

MOST_RECENT = 12


def with_recent(recent: Iterable[Path], paths: Iterable[Path]) -> tuple[Path, ...]:
    """Return `recent` with `paths` in front, the last of them first; each once, MOST_RECENT at most."""
    newest = [path.absolute() for path in paths][::-1]
    return tuple(dict.fromkeys((*newest, *recent)))[:MOST_RECENT]


def existing(recent: Iterable[Path]) -> tuple[Path, ...]:
    """Return those of `recent` that are still on disk."""
    return tuple(path for path in recent if path.is_file())


def recent_titles(recent: Iterable[Path]) -> tuple[str, ...]:
    """Return a title for each file: its name, with its folder where another has the same name."""
    recent = tuple(recent)
    names = [path.name for path in recent]
    return tuple(f"{path.name} ({path.parent})" if names.count(path.name) > 1 else path.name for path in recent)
