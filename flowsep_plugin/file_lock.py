"""Locks of the operating system: one process at a time in a folder.

A lock ends with the process that holds it, so a lock file that a crash leaves behind blocks nobody.
"""

import contextlib
import os
import sys
from pathlib import Path
from typing import IO

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


class FileLock:
    """An exclusive lock on the file at `path`, which is created where it is missing and never deleted."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[bytes] | None = None

    def acquire(self) -> bool:
        """Take the lock without waiting; returns False where another holder has it. Raises OSError for a bad path."""
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        file = os.fdopen(handle, "r+b")
        try:
            if sys.platform == "win32":
                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            return False
        self._file = file
        return True

    def release(self) -> None:
        """Release the lock. Does nothing if it is not held."""
        if self._file is not None:
            if sys.platform == "win32":  # without this, Windows unlocks some time after the file is closed
                with contextlib.suppress(OSError):
                    self._file.seek(0)
                    msvcrt.locking(self._file.fileno(), msvcrt.LK_UNLCK, 1)
            self._file.close()
            self._file = None


def is_locked(path: Path) -> bool:
    """Whether a process holds the lock at `path`; False where the file does not exist."""
    if not path.exists():
        return False
    probe = FileLock(path)
    free = probe.acquire()
    probe.release()
    return not free
