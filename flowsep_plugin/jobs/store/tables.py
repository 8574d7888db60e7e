"""The tables of the queue's database, and their version."""

from typing import Final

VERSION: Final = 1
MARK: Final = 0x666C0000 + VERSION
"""The file's `application_id`, which repeats the version: one that stands alone is a damaged byte."""

SCHEMA: Final = """
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
CREATE TABLE IF NOT EXISTS unreadable (source TEXT NOT NULL, content TEXT NOT NULL, reason TEXT NOT NULL,
    set_aside REAL NOT NULL) STRICT;
"""

COLUMNS: Final = (
    "id", "position", "state", "held", "spec", "clip", "model", "crashes", "interruptions", "unwanted", "error",
    "result", "intent", "created", "started", "finished",
)  # fmt: skip
"""Columns of the table `jobs`, in order."""
