"""The queue's SQLite file: opened for one writer, checked, and set aside with what can be saved where it is damaged.

WAL with `synchronous=FULL`: a transaction that returned is on the disk, after power loss too; one that did not return
never happened.
"""

import contextlib
import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from flowsep_plugin.errors import MediaError, StorageFull
from flowsep_plugin.jobs.log_privacy import Public

from .salvage import salvage, set_file_aside, set_rows_aside
from .tables import COLUMNS, MARK, SCHEMA, VERSION

log = logging.getLogger(__name__)

_NO_DAMAGE = frozenset({
    sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH,
    sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_INTERRUPT,
})  # fmt: skip
"""Codes with which opening fails although the file is sound; a damaged one fails with any other."""


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

    A damaged file is kept next to the new one, and every job that can still be read is copied over. Every row is read
    once: one that is no job is set aside in the table `unreadable`.
    Raises MediaError where the file may not be written or a newer flowsep wrote it, StorageFull.
    """
    try:
        return _repaired(path)
    except sqlite3.Error as error:
        raise explain(path, error) from error


def _repaired(path: Path) -> tuple[sqlite3.Connection, str | None]:
    try:
        connection = _open(path)
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        aside = set_file_aside(path)
        connection = _open(path)
        saved = salvage(aside, connection)
        report = (
            f"the queue {path.name} was damaged ({error}); it is kept as {aside.name}, {saved} of its jobs were saved; "
            "files that jobs had written are untouched"
        )
        log.error("%s", Public(report))
        return connection, report
    reasons = set_rows_aside(connection)
    if not reasons:
        return connection, None
    what = reasons[0] if len(reasons) == 1 else f"{len(reasons)} rows, the first {reasons[0]}"
    report = (
        f"the queue {path.name} was damaged ({what}); what could not be read is kept in its table unreadable, all "
        "other jobs go on"
    )
    log.error("%s", report)
    return connection, report


def is_damage(error: sqlite3.DatabaseError) -> bool:
    """Whether the file itself is at fault, by SQLite's result code."""
    return isinstance(error, _DamagedError) or _code(error) not in _NO_DAMAGE


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
        _check_pages(connection)
        version, mark = (
            connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("user_version", "application_id")
        )
        if version > VERSION and mark == MARK - VERSION + version:
            raise MediaError(f"{path} was written by a newer flowsep (format {version}); update flowsep")
        connection.executescript(SCHEMA)
        connection.execute(f"PRAGMA user_version={VERSION}")
        connection.execute(f"PRAGMA application_id={MARK}")
        _check_columns(connection)
    except UnicodeError as error:  # SQLite's own message repeats a damaged name
        connection.close()
        raise _DamagedError("its schema is not text") from error
    except BaseException:
        connection.close()
        raise
    path.chmod(0o600)
    return connection


def _check_pages(connection: sqlite3.Connection) -> None:
    """Check every page, and that the indexes agree with their tables, or make them again. Raises DatabaseError."""
    verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if verdict == "ok" and connection.execute("PRAGMA integrity_check(1)").fetchone()[0] != "ok":
        connection.execute("REINDEX")
        verdict = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if verdict != "ok":
        raise _DamagedError(f"corrupt: {verdict}")


def _check_columns(connection: sqlite3.Connection) -> None:
    """Raise DatabaseError where a table or a column has another name."""
    names = tuple(row["name"] for row in connection.execute("PRAGMA table_info(jobs)"))
    if names != COLUMNS:
        raise _DamagedError(f"the table of jobs has the columns {', '.join(names)}")
    connection.execute("SELECT path, size, changed, sha256 FROM digests LIMIT 0")
    connection.execute("SELECT name, value FROM facts LIMIT 0")
    connection.execute("SELECT source, content, reason, set_aside FROM unreadable LIMIT 0")
