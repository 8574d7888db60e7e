"""Where the worker lives on disk, and how a second one is kept out.

    <data>/worker/  (0700)
        queue.db            the durable queue             worker.lock   held by the operating system while a worker runs
        address.json (0600) where it listens, its token   engine.lock   held while its engine process runs
        estimates/          the cache                     logs/         rotating

Locks are the operating system's: they end with the process that holds them, so a file left behind blocks nobody.
"""

import json
import os
import sys
import tempfile
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

import platformdirs

from flowsep_plugin.errors import MediaError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

HOME_VARIABLE = "FLOWSEP_WORKER_HOME"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a worker listens, and what it wants to hear."""

    url: str
    token: str
    pid: int
    version: str


@dataclass(frozen=True, slots=True)
class WorkerDirectory:
    """The worker's folder."""

    folder: Path

    @classmethod
    def default(cls) -> "WorkerDirectory":
        """In the user's data folder, or where FLOWSEP_WORKER_HOME says."""
        named = os.environ.get(HOME_VARIABLE)
        data = Path(named) if named else Path(platformdirs.user_data_dir("flowsep", appauthor=False)) / "worker"
        return cls(data)

    @property
    def database(self) -> Path:
        """The queue."""
        return self.folder / "queue.db"

    @property
    def worker_lock(self) -> Path:
        """Held while a worker runs."""
        return self.folder / "worker.lock"

    @property
    def engine_lock(self) -> Path:
        """Held while an engine process runs."""
        return self.folder / "engine.lock"

    @property
    def address_file(self) -> Path:
        """Where a running worker says how to reach it."""
        return self.folder / "address.json"

    @property
    def cache(self) -> Path:
        """Kept estimates."""
        return self.folder / "estimates"

    @property
    def logs(self) -> Path:
        """Rotating logs."""
        return self.folder / "logs"

    def make(self) -> None:
        """Make the folders, readable by the user only. Raises MediaError where that cannot be."""
        try:
            for folder in (self.folder, self.cache, self.logs):
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                folder.chmod(0o700)
        except OSError as error:
            raise MediaError(
                f"{self.folder}: the worker's folder cannot be made ({error.strerror}); "
                f"set {HOME_VARIABLE} to a folder on a local disk"
            ) from error

    def write_address(self, address: Address) -> None:
        """Publish, whole or not at all, to this user only."""
        handle, name = tempfile.mkstemp(dir=self.folder, prefix=".address-")  # mkstemp makes it 0600
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(asdict(address), file)
        os.replace(name, self.address_file)

    def read_address(self) -> Address | None:
        """What the address file says; None where there is none or it is damaged."""
        try:
            return Address(**json.loads(self.address_file.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def forget_address(self) -> None:
        """On leaving."""
        with suppress(OSError):
            self.address_file.unlink()


class Lock:
    """A lock file of the operating system; ends with the process."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[bytes] | None = None

    def acquire(self) -> bool:
        """Take it if nobody has it."""
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
        """Let go; fine without having it."""
        if self._file is not None:
            self._file.close()
            self._file = None


def is_held(path: Path) -> bool:
    """Whether some process holds the lock at `path`."""
    if not path.exists():
        return False
    probe = Lock(path)
    free = probe.acquire()
    probe.release()
    return not free
