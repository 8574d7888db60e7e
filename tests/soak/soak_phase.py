"""In which phase a running job is, read from the queue's file and the folders while the worker is frozen or runs on."""

import contextlib
import json
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

PHASES = ("idle", "claimed", "separating", "writing", "staged", "intended", "renaming", "renamed")
"""Phases of a job that a kill can fall into, in order.

idle: no job runs.     claimed: the queue has it, the engine process has not begun.     separating: the model runs.
writing: stems are rendered and written.     staged: all files are whole, not yet published.
intended: the renames are recorded.     renaming: some are done.     renamed: all are, but the queue does not know it.
"""


@contextlib.contextmanager
def phases_of(database: Path) -> Iterator["PhaseReader"]:
    """Yield a reader of the phases; its connection is closed after the `with`, so that SQLite's own recovery runs."""
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=0.2)) as connection:
        yield PhaseReader(connection)


class PhaseReader:
    """Reads the phases of all running jobs."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def now(self) -> set[str]:
        """Return the phases of the running jobs: a worker publishes one job while it renders the next."""
        try:
            rows = self._connection.execute("SELECT id, spec, intent FROM jobs WHERE state='running'").fetchall()
        except sqlite3.Error:  # a worker that has just created or is repairing its file
            return {"idle"}
        return {_phase(*row) for row in rows} or {"idle"}


def _phase(name: str, spec: str, intent: str | None) -> str:
    if intent is not None:
        left = [os.path.exists(old) for old, _ in json.loads(intent)]
        return "intended" if all(left) else "renaming" if any(left) else "renamed"
    folder = os.path.join(json.loads(spec)["out"], f".flowsep-{name[:16]}")
    try:
        files = os.listdir(folder)
    except OSError:
        return "claimed"
    if any(file.endswith(".json") for file in files):
        return "staged"
    return "writing" if files else "separating"
