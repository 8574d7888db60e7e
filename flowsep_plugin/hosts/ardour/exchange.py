"""Files between flowsep and the action in Ardour: rows of tab-separated fields, written atomically."""

import os
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import platformdirs

from flowsep_plugin.timeline.names import clean

ExchangeRow = tuple[str, ...]
"""Fields of one line; the first one is its key."""

_POLL_SECONDS: Final = 0.02


def default_folder() -> Path:
    """Return the folder through which flowsep and its action exchange files."""
    return platformdirs.user_data_path("flowsep", appauthor=False) / "ardour"


@dataclass(frozen=True, slots=True)
class Exchange:
    """The exchange folder; a file is received by reading and deleting it."""

    folder: Path

    def write(self, name: str, rows: Iterable[Sequence[str]]) -> None:
        """Write `rows` to the file `name`, replacing an older one."""
        self.folder.mkdir(parents=True, exist_ok=True)
        part = self.folder / f"{name}.part"
        part.write_text("".join("\t".join(map(clean, row)) + "\n" for row in rows), "utf-8", newline="\n")
        os.replace(part, self.folder / name)

    def pop(self, name: str) -> list[ExchangeRow] | None:
        """Return the rows of the file `name` and delete it; None where it does not exist."""
        try:
            text = (self.folder / name).read_text("utf-8", "replace")
        except OSError:
            return None
        self.remove(name)
        return [tuple(line.split("\t")) for line in text.splitlines()]

    def contains(self, name: str) -> bool:
        """Whether the file `name` exists."""
        return (self.folder / name).exists()

    def remove(self, *names: str) -> None:
        """Delete files; missing ones are ignored."""
        for name in names:
            with suppress(OSError):
                (self.folder / name).unlink()

    def wait(
        self, name: str, token: str, seconds: float, check: Callable[[], None] = lambda: None
    ) -> list[ExchangeRow] | None:
        """Return the rows of the file `name` that carries `token`, None after `seconds`; stale files are deleted.

        check : called at every poll; an exception that it raises ends the wait.
        """
        deadline = time.monotonic() + seconds
        while True:
            rows = self.pop(name)
            if rows and rows[0] == ("token", token):
                return rows
            if time.monotonic() > deadline:
                return None
            check()
            time.sleep(_POLL_SECONDS)


def values(rows: Iterable[ExchangeRow], key: str) -> list[str]:
    """Return the first value of every row with this key."""
    return [row[1] for row in rows if row[0] == key and len(row) > 1]
