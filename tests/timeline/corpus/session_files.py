"""Session files that others made, from a folder outside the repository: which there are, and what is known of them.

The folder is the environment variable FLOWSEP_SESSIONS, or `shared/sessions` beside the checkout. It holds a folder for
each format, whose files may be compressed with gzip, and two tables of fields divided by tabs:
`expected.txt`: name of a file that is rightly refused, and a part of the message.
`facts.tsv`: name of a file, a kind of fact, and its values, from readers other than flowsep.
"""

import gzip
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[3]
FOLDER = Path(os.environ.get("FLOWSEP_SESSIONS") or ROOT.parent / "shared" / "sessions").absolute()
MISSING = f"NO SESSIONS OF OTHERS: {FOLDER} does not exist; set FLOWSEP_SESSIONS to a folder of them"
_TABLES = ("README.md", "expected.txt", "facts.tsv")


def files() -> list[Path]:
    """Return the session files of all folders, in the order of their paths; empty where there is no folder."""
    return sorted(path for path in FOLDER.rglob("*") if path.is_file() and path.name not in _TABLES)


def plain_name(path: Path) -> str:
    """Return the name of a session without the suffix of its compression."""
    return path.name.removesuffix(".gz")


def unpack(path: Path, folder: Path) -> Path:
    """Copy a session to `folder`, decompressed, under its plain name; returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / plain_name(path)
    opened = gzip.open(path) if path.suffix == ".gz" else path.open("rb")
    with opened as source, target.open("wb") as copy:
        shutil.copyfileobj(source, copy)
    return target


def session_file(name: str) -> Path:
    """Return the session of a plain name. Raises FileNotFoundError where the folder does not have it."""
    for path in files():
        if plain_name(path) == name:
            return path
    raise FileNotFoundError(f"{FOLDER} has no {name}")


def refusals() -> dict[str, str]:
    """Return a part of the message of each file that is rightly refused, by name."""
    return {row[0]: row[1] if len(row) > 1 else "" for row in _rows("expected.txt")}


def facts() -> list[tuple[str, str, list[str]]]:
    """Return the name of a file, a kind of fact and its values, for every fact."""
    return [(row[0], row[1], row[2:]) for row in _rows("facts.tsv")]


def _rows(table: str) -> Iterator[list[str]]:
    path = FOLDER / table
    for line in path.read_text("utf-8").splitlines() if path.exists() else ():
        if line.strip() and not line.startswith("#"):
            yield line.split("\t")
