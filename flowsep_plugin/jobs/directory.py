"""Where the worker lives on disk, and how a second one is kept out.

    <data>/worker/  (0700)
        queue.db            the durable queue             worker.lock   held by the operating system while a worker runs
        address.json (0600) where it listens, its token   engine.lock   held while its engine process runs
        estimates/          the cache                     logs/         rotating

Locks are those of `flowsep_plugin.file_lock`.
"""

import json
import os
import tempfile
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import platformdirs

from flowsep_plugin.media.atomic import disk_error

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
            raise disk_error(error)(
                f"the worker's folder {self.folder} cannot be created ({error.strerror}); "
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
