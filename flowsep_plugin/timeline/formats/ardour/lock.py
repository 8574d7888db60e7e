"""Find out whether Ardour has a session open: it writes no lock file, but keeps the session's sounds open."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_PROGRAMS: Final = ("ardour", "hardour", "luasession", "mixbus")


def locks(path: Path, processes: Path = Path("/proc")) -> tuple[Path, ...]:
    """Return paths that exist while the session is in use: its unsaved changes, and running Ardours (on Linux).

    Where `processes` does not exist, an open session without unsaved changes counts as closed.
    """
    return (path.with_suffix(".pending"), *_holders(path.resolve(), processes))


def _holders(path: Path, processes: Path) -> Iterator[Path]:
    for process in processes.glob("[0-9]*"):
        try:
            if (process / "comm").read_text().lower().startswith(_PROGRAMS) and _holds(process, path):
                yield process
        except OSError:  # the process has ended, or belongs to another user
            continue


def _holds(process: Path, path: Path) -> bool:
    words = (process / "cmdline").read_bytes().split(b"\0")
    if os.fsencode(path) in words:
        return True
    inside = f"{path.parent}{os.sep}"
    return any(os.readlink(handle).startswith(inside) for handle in (process / "fd").iterdir())
