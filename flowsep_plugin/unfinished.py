"""Files and folders that are half written, for a process that ends at once: it deletes them first.

A clean end deletes its files itself. Where the main thread does not come back from a read or from inference, another
thread calls `delete_unfinished` and ends the process.
"""

import contextlib
import os
import shutil
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

_LOCK = threading.RLock()
_PATIENCE_SECONDS = 1.0
_AGAIN_SECONDS = 0.02
_PATHS: set[Path] = set()


@contextlib.contextmanager
def changing_names() -> Iterator[None]:
    """Keep `delete_unfinished` out while files are created or get their names; the body must be quick."""
    with _LOCK:
        yield


def replace_file(temporary: str | Path, path: Path) -> None:
    """Rename a finished file to `path`, over an existing one. Raises OSError.

    On Windows no file can be replaced while a reader, an index or a virus scanner has it open: those are waited for.
    """
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            os.replace(temporary, path)
            return
        except PermissionError:
            if sys.platform != "win32" or time.monotonic() > until:
                raise
        time.sleep(_AGAIN_SECONDS)


def begin(paths: Iterable[Path]) -> None:
    """Delete these files and folders if the process ends at once."""
    with _LOCK:
        _PATHS.update(paths)


def end(paths: Iterable[Path]) -> None:
    """Leave these files and folders alone: they are whole, or deleted."""
    with _LOCK:
        _PATHS.difference_update(paths)


def delete_unfinished(wait_seconds: float) -> None:
    """Delete all that is half written; no other thread can create a file after it: the process must end now.

    Where files are getting their names for longer than `wait_seconds`, nothing is deleted: the next run finishes that.
    """
    if not _LOCK.acquire(timeout=wait_seconds):
        return
    for path in _PATHS:
        with contextlib.suppress(OSError):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
