"""The queue's SQLite file: opened for one writer, checked, and set aside with what can be saved where it is damaged.

WAL with `synchronous=FULL`: a transaction that returned is on the disk, after power loss too; one that did not return
never happened.
"""

import contextlib
import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from flowsep_plugin.errors import FlowsepError, MediaError, StorageFull
from flowsep_plugin.jobs.log_privacy import Public

from .rows import job_from_row

log = logging.getLogger(__name__)

VERSION = 1
_SCHEMA = """
CREATE TABLE IF NOT EXISTS jobs (
    id TEXT PRIMARY KEY, position INTEGER NOT NULL, state TEXT NOT NULL, held INTEGER NOT NULL DEFAULT 0,
    spec TEXT NOT NULL, clip TEXT NOT NULL, model TEXT NOT NULL,
    crashes INTEGER NOT NULL DEFAULT 0, interruptions INTEGER NOT NULL DEFAULT 0,
    unwanted INTEGER NOT NULL DEFAULT 0, error TEXT, result TEXT, intent TEXT,
    created REAL NOT NULL, started REAL, finished REAL
) STRICT;
CREATE INDEX IF NOT EXISTS jobs_by_turn ON jobs (state, position);
CREATE TABLE IF NOT EXISTS digests (
    path TEXT PRIMARY KEY, size INTEGER NOT NULL, changed INTEGER NOT NULL, sha256 TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
"""
_FILE_ENDINGS = ("", "-wal", "-shm")
_COLUMNS = frozenset({"id", "position", "state", "held", "spec", "intent"})
_DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_IOERR})


class _DamagedError(sqlite3.DatabaseError):
    """The file opens but its check fails, or its tables are not ours."""


Execute: TypeAlias = Callable[..., sqlite3.Cursor]
"""Executes a statement with its values, inside a transaction."""


class Database:
    """The open database file at `path`, for all threads of this process.

    repaired : a sentence about damage that was repaired on opening; None where there was none.
    Every method raises MediaError, or StorageFull, for an error of SQLite.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.RLock()
        self._connection, self.repaired = open_database(path)

    def select(self, statement: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """Return all rows that a SELECT statement with these values finds."""
        with self._lock:
            try:
                return self._connection.execute(statement, values).fetchall()
            except sqlite3.Error as error:
                raise explain(self._path, error) from error

    @contextlib.contextmanager
    def write(self) -> Iterator[Execute]:
        """Run the body as one transaction: all of its statements reach the disk, or none."""
        with self._lock:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                try:
                    yield self._connection.execute
                    self._connection.execute("COMMIT")
                except BaseException:
                    with contextlib.suppress(sqlite3.Error):
                        self._connection.execute("ROLLBACK")
                    raise
            except sqlite3.Error as error:
                raise explain(self._path, error) from error

    def close(self) -> None:
        """Close the file; no method may be called after it."""
        with self._lock:
            self._connection.close()


def open_database(path: Path) -> tuple[sqlite3.Connection, str | None]:
    """Open or create the database at `path`; the second value is a sentence about repaired damage, None for none.

    A damaged file is kept next to the new one, and every row that can still be read is copied over.
    Raises MediaError where the file may not be written or a newer flowsep wrote it, StorageFull.
    """
    try:
        return _open(path), None
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise explain(path, error) from error
        reason = str(error)
    aside = _set_aside(path)
    try:
        connection = _open(path)
        saved = _salvage(aside, connection)
    except sqlite3.Error as error:
        raise explain(path, error) from error
    report = (
        f"the queue {path.name} was damaged ({reason}); it is kept as {aside.name}, {saved} of its jobs were saved; "
        "files that jobs had written are untouched"
    )
    log.error("%s", Public(report))
    return connection, report


def is_damage(error: sqlite3.DatabaseError) -> bool:
    """Whether the file itself is at fault, by SQLite's result code."""
    return isinstance(error, _DamagedError) or _code(error) in _DAMAGE


def explain(path: Path, error: sqlite3.Error) -> MediaError:
    """Return the error to raise for an error of SQLite, chosen by its result code, with a way out."""
    match _code(error):
        case sqlite3.SQLITE_FULL:
            return StorageFull(f"{path.parent}: the disk is full, the queue cannot be written; free some room")
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN:
            return MediaError(
                f"{path} cannot be written ({error}); change its permissions, or move the worker's folder"
            )
        case sqlite3.SQLITE_LOCKED | sqlite3.SQLITE_BUSY:
            return MediaError(f"{path} is locked by another program; close it, or restart the computer")
        case _:
            return MediaError(f"{path}: the queue failed ({error}); restart the worker")


def _code(error: sqlite3.Error) -> int | None:
    """Return the primary result code; the upper bits of an extended one are detail. None for an error of Python's."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5.0)
    try:
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if verdict != "ok":
            raise _DamagedError(f"corrupt: {verdict}")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > VERSION:
            raise MediaError(f"{path} was written by a newer flowsep (format {version}); update flowsep")
        connection.executescript(_SCHEMA)
        connection.execute(f"PRAGMA user_version={VERSION}")
        missing = _COLUMNS - {row["name"] for row in connection.execute("PRAGMA table_info(jobs)")}
        if missing:
            raise _DamagedError(f"the table of jobs has no column {min(missing)!r}")
        connection.execute("SELECT spec FROM jobs LIMIT 1").fetchall()
    except BaseException:
        connection.close()
        raise
    path.chmod(0o600)
    return connection


def _set_aside(path: Path) -> Path:
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


def _salvage(aside: Path, into: sqlite3.Connection) -> int:
    """Copy the jobs that can still be read, from both ends towards the damage; returns how many."""
    saved = 0
    _extend(aside)
    with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(aside)) as old:
        old.row_factory = sqlite3.Row
        for order in ("ASC", "DESC"):
            for row in _readable(old, f"SELECT * FROM jobs ORDER BY rowid {order}"):
                with contextlib.suppress(sqlite3.Error):
                    names = ", ".join(row)
                    marks = ", ".join("?" * len(row))
                    done = into.execute(f"INSERT OR IGNORE INTO jobs ({names}) VALUES ({marks})", tuple(row.values()))
                    saved += done.rowcount
    return saved


def _extend(path: Path) -> None:
    """Extend a truncated file to the length in its header: SQLite reads nothing of a file that is shorter."""
    with contextlib.suppress(OSError), path.open("r+b") as file:
        head = file.read(100)
        page, pages = int.from_bytes(head[16:18], "big"), int.from_bytes(head[28:32], "big")
        if head.startswith(b"SQLite format 3\0") and file.seek(0, 2) < page * pages < 1 << 32:
            file.truncate(page * pages)


def _readable(old: sqlite3.Connection, query: str) -> Iterator[dict[str, Any]]:
    with contextlib.suppress(sqlite3.Error):
        for row in old.execute(query):
            with contextlib.suppress(ValueError, TypeError, KeyError, IndexError, FlowsepError):
                job_from_row(row)  # raises for a row that is not a job
                yield dict(row)
