"""Damage to an SQLite file that stays one: cells of any type and text, rows and tables that are missing."""

import contextlib
import random
import sqlite3
import tempfile
from pathlib import Path
from typing import Any

from .json_tree import mutate_json
from .odd_values import edge, odd_text


def mutate_rows(data: bytes, rng: random.Random) -> bytes:
    """Return the database with some cells changed behind its schema's back; other bytes where it cannot be opened."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "queue.db"
        path.write_bytes(data)
        with (
            contextlib.suppress(sqlite3.Error, OverflowError, ValueError),
            contextlib.closing(_opened(path)) as database,
        ):
            for _ in range(rng.choice((1, 1, 2, 5))):
                _change(database, rng)
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return path.read_bytes()


def _opened(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, isolation_level=None)
    database.text_factory = bytes
    database.execute("PRAGMA ignore_check_constraints=ON")
    return database


def _change(database: sqlite3.Connection, rng: random.Random) -> None:
    tables = sorted(
        row[0].decode("utf-8", "replace")
        for row in database.execute("SELECT name FROM sqlite_master WHERE type='table'")
    )
    if rng.random() < 0.04:
        statement = rng.choice(("DROP TABLE {}", "DELETE FROM {}", "ALTER TABLE {} RENAME TO gone"))
        database.execute(statement.format(rng.choice(tables)))
        return
    if rng.random() < 0.03:
        database.execute(f"PRAGMA user_version={rng.choice((0, 1, 2, 999, 2**31 - 1))}")
        return
    table = "jobs" if "jobs" in tables and rng.random() < 0.85 else rng.choice(tables)
    columns = [row[1].decode("utf-8", "replace") for row in database.execute(f"PRAGMA table_info({table})")]
    rows = list(database.execute(f"SELECT rowid, * FROM {table}"))
    if not rows:
        return
    number, *cells = rng.choice(rows)
    column = rng.randrange(len(columns))
    value, as_text = _cell(cells[column], rng)
    target = "CAST(? AS TEXT)" if as_text else "?"
    with contextlib.suppress(sqlite3.IntegrityError):  # a STRICT table takes no other type
        database.execute(f"UPDATE {table} SET {columns[column]}={target} WHERE rowid=?", (value, number))


def _cell(value: Any, rng: random.Random) -> tuple[Any, bool]:
    """Return a new value, and whether its bytes are written as text, which need not be UTF-8."""
    if isinstance(value, bytes) and rng.random() < 0.7:
        text = mutate_json(value, rng) if rng.random() < 0.7 else value[: rng.randint(0, len(value))]
        return (text if rng.random() < 0.9 else text + b"\xff"), True
    kinds: tuple[Any, ...] = (None, 0, 1, -1, max(-(2**63), min(edge(rng), 2**63 - 1)), 2.5, 1e308, odd_text(rng))
    return rng.choice(kinds), False
