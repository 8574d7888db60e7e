"""Files between flowsep and the action in Ardour: rows of fields between tabs, whole or not there at all."""

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
_POLL_SECONDS: Final = 0.02


def default_folder() -> Path:
    """Return where flowsep and its action meet."""
    return platformdirs.user_data_path("flowsep", appauthor=False) / "ardour"


@dataclass(frozen=True, slots=True)
class Exchange:
    """The folder; a file is taken by reading and removing it."""

    folder: Path

    def write(self, name: str, rows: Iterable[Sequence[str]]) -> None:
        """Write a file; what was there under its name is gone."""
        self.folder.mkdir(parents=True, exist_ok=True)
        part = self.folder / f"{name}.part"
        part.write_text("".join("\t".join(map(clean, row)) + "\n" for row in rows), "utf-8", newline="\n")
        os.replace(part, self.folder / name)

    def pop(self, name: str) -> list[ExchangeRow] | None:
        """Return a file's rows, and remove it; None where there is none."""
        try:
            text = (self.folder / name).read_text("utf-8", "replace")
        except OSError:
            return None
        self.remove(name)
        return [tuple(line.split("\t")) for line in text.splitlines()]

    def contains(self, name: str) -> bool:
        """Whether a file waits to be taken."""
        return (self.folder / name).exists()

    def remove(self, *names: str) -> None:
        """Remove files, where they are there."""
        for name in names:
            with suppress(OSError):
                (self.folder / name).unlink()

    def wait(
        self, name: str, token: str, seconds: float, check: Callable[[], None] = lambda: None
    ) -> list[ExchangeRow] | None:
        """Take the file that carries `token`, within `seconds`; other ones of that name are old and dropped.

        check : called often; what it raises ends the wait.
        """
        until = time.monotonic() + seconds
        while True:
            rows = self.pop(name)
            if rows and rows[0] == ("token", token):
                return rows
            if time.monotonic() > until:
                return None
            check()
            time.sleep(_POLL_SECONDS)


def values(rows: Iterable[ExchangeRow], key: str) -> list[str]:
    """Return what rows of this kind say."""
    return [row[1] for row in rows if row[0] == key and len(row) > 1]
