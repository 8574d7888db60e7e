"""Who holds an Ardour session. Ardour leaves no lock file, but keeps the session's sounds open."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_PROGRAMS: Final = ("ardour", "hardour", "luasession", "mixbus")


def locks(path: Path, processes: Path = Path("/proc")) -> tuple[Path, ...]:
    """Return what says that the session is in use: unsaved changes, or a running Ardour (on Linux).

    Where there is no `processes`, a session that is open without unsaved changes looks closed.
    """
    return (path.with_suffix(".pending"), *_holders(path.resolve(), processes))


def _holders(path: Path, processes: Path) -> Iterator[Path]:
    for process in processes.glob("[0-9]*"):
        try:
            if (process / "comm").read_text().lower().startswith(_PROGRAMS) and _holds(process, path):
                yield process
        except OSError:  # it ended meanwhile, or is somebody else's
            continue


def _holds(process: Path, path: Path) -> bool:
    words = (process / "cmdline").read_bytes().split(b"\0")
    if os.fsencode(path) in words:
        return True
    inside = f"{path.parent}{os.sep}"
    return any(os.readlink(handle).startswith(inside) for handle in (process / "fd").iterdir())
