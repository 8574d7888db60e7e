"""Repair of a damaged queue: the file or the row is set aside, all that can be read is kept.

A file that SQLite refuses is renamed, and its rows are copied to a new one; a row that is no job moves to the table
`unreadable`, with the reason.
"""

import contextlib
import json
import sqlite3
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from flowsep_plugin.untrusted.printable import printable

from .pages import rows_in_pages
from .rows import Stored, UnreadableRowError, checked_row
from .tables import COLUMNS

_FILE_ENDINGS: Final = ("", "-wal", "-shm")
_FACTS: Final = frozenset({b"paused"})
_SQLITE_ERRORS: Final = (sqlite3.Error, UnicodeError)
"""The second where its message repeats a damaged name."""
_PAUSED: Final = b"paused1"
"""Name and value of a fact, as they follow each other in a row."""
_ADVANCE: Final = {"queued": 0, "running": 1}
"""States in which a job is not at its end."""


def set_file_aside(path: Path) -> Path:
    """Rename the database with its log; returns the new name."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    aside = next(
        name
        for number in range(1, 10_000)
        if not (name := path.with_name(f"{path.stem}.damaged-{stamp}-{number}{path.suffix}")).exists()
    )
    for end in _FILE_ENDINGS:
        with contextlib.suppress(FileNotFoundError):
            Path(f"{path}{end}").rename(f"{aside}{end}")
    return aside


def salvage(aside: Path, into: sqlite3.Connection) -> int:
    """Copy all jobs that can be read, and whether the queue is paused; returns the number of jobs.

    Rows come from SQLite, from both ends towards the damage; those that it does not get to, from the file's bytes.
    """
    hidden = _rows_without_sqlite(aside)
    _extend(aside)
    rows: dict[str, dict[str, Any]] = {}
    is_paused = False
    with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(aside)) as old:
        old.text_factory = bytes
        for order in ("ASC", "DESC"):
            query = f"SELECT * FROM jobs ORDER BY rowid {order}"  # nosec B608 # one of the two above
            for row in _jobs(_values(old, query)):
                rows.setdefault(row["id"], row)
        is_paused = _is_paused(old, aside)
    rows = {**hidden, **rows}
    names, marks = ", ".join(COLUMNS), ", ".join("?" * len(COLUMNS))
    statement = f"INSERT INTO jobs ({names}) VALUES ({marks})"  # nosec B608 # names of our own table
    into.executemany(statement, [tuple(row.values()) for row in rows.values()])
    if is_paused:
        into.execute("INSERT OR REPLACE INTO facts VALUES ('paused', '1')")
    return len(rows)


def set_rows_aside(connection: sqlite3.Connection) -> list[str]:
    """Move every row that is no job to the table `unreadable`; returns the reasons.

    A fact that flowsep does not know was one that it knew: the pause of the queue, which is restored.
    """
    rows, factory = connection.cursor(), connection.text_factory
    rows.row_factory = None
    connection.text_factory = bytes
    try:
        damaged: list[tuple[str, int, str, Sequence[Stored]]] = []
        query = f"SELECT rowid, {', '.join(COLUMNS)} FROM jobs"  # nosec B608 # names of our own table
        for number, *values in rows.execute(query):
            try:
                checked_row(values)
            except UnreadableRowError as error:
                damaged.append(("jobs", number, printable(error), values))
        for number, *values in rows.execute("SELECT rowid, name, value FROM facts"):
            if values[0] not in _FACTS:
                damaged.append(("facts", number, "the name of the fact is unknown", values))
    finally:
        connection.text_factory = factory
    if not damaged:
        return []
    connection.execute("BEGIN IMMEDIATE")
    for table, number, reason, values in damaged:
        content = json.dumps([_text(value) for value in values])
        connection.execute("INSERT INTO unreadable VALUES (?, ?, ?, ?)", (table, content, reason, time.time()))
        connection.execute(f"DELETE FROM {table} WHERE rowid=?", (number,))  # nosec B608 # "jobs" or "facts"
        if table == "facts":
            connection.execute("INSERT OR REPLACE INTO facts VALUES ('paused', '1')")
    connection.execute("COMMIT")
    return [f"{'a job' if table == 'jobs' else 'a fact'}: {reason}" for table, _, reason, _ in damaged]


def _rows_without_sqlite(aside: Path) -> dict[str, dict[str, Any]]:
    """Return the rows that the file's bytes hold, by id; of several with one id, the one that is furthest."""
    rows: dict[str, dict[str, Any]] = {}
    with contextlib.suppress(OSError):
        for row in sorted(_jobs(rows_in_pages(aside, len(COLUMNS))), key=lambda row: _ADVANCE.get(row["state"], 2)):
            rows[row["id"]] = row
    return rows


def _is_paused(old: sqlite3.Connection, aside: Path) -> bool:
    """Whether the queue of a damaged file is paused; where SQLite cannot say, whether the file's bytes say so."""
    try:
        return bool(old.execute("SELECT name FROM facts").fetchall())
    except _SQLITE_ERRORS:
        return _PAUSED in aside.read_bytes()


def _jobs(rows: Iterator[Sequence[Stored]]) -> Iterator[dict[str, Any]]:
    for values in rows:
        with contextlib.suppress(UnreadableRowError):
            yield checked_row(values)


def _values(old: sqlite3.Connection, query: str) -> Iterator[Sequence[Stored]]:
    """Yield rows up to the first that SQLite cannot read."""
    with contextlib.suppress(*_SQLITE_ERRORS):
        yield from old.execute(query)


def _extend(path: Path) -> None:
    """Extend a truncated file to the length in its header: SQLite reads nothing of a file that is shorter."""
    with contextlib.suppress(OSError), path.open("r+b") as file:
        head = file.read(100)
        page, pages = int.from_bytes(head[16:18], "big"), int.from_bytes(head[28:32], "big")
        if head.startswith(b"SQLite format 3\0") and file.seek(0, 2) < page * pages < 1 << 32:
            file.truncate(page * pages)


def _text(value: Stored) -> str | int | float | None:
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else value
