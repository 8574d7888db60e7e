"""The worker's directory on disk; its lock keeps a second worker out.

    <data>/worker/  (0700)
        queue.db            the durable queue             worker.lock   locked while a worker runs
        address.json (0600) URL and token of the worker   engine.lock   locked while its engine process runs
        estimates/          the estimate cache            logs/         rotating logs

Locks are those of `flowsep_plugin.file_lock`.
"""

import json
import os
import tempfile
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import platformdirs

from flowsep_plugin.errors import WorkerError
from flowsep_plugin.unfinished import replace_file
from flowsep_plugin.untrusted.decoding import Origin, read_json
from flowsep_plugin.untrusted.records import read

HOME_VARIABLE = "FLOWSEP_WORKER_HOME"
_LONGEST_ADDRESS = 1 << 16


@dataclass(frozen=True, slots=True)
class Address:
    """URL of a running worker, and the token that its calls need."""

    url: str
    token: str
    pid: int
    version: str


@dataclass(frozen=True, slots=True)
class WorkerDirectory:
    """The folder of a worker, and the paths in it."""

    folder: Path

    @classmethod
    def default(cls) -> "WorkerDirectory":
        """Return the folder that FLOWSEP_WORKER_HOME names, else `worker` in the user's data folder."""
        override = os.environ.get(HOME_VARIABLE)
        data = Path(override) if override else Path(platformdirs.user_data_dir("flowsep", appauthor=False)) / "worker"
        return cls(data)

    @property
    def database(self) -> Path:
        """SQLite database of the queue."""
        return self.folder / "queue.db"

    @property
    def worker_lock(self) -> Path:
        """Lock file of the worker, locked while it runs."""
        return self.folder / "worker.lock"

    @property
    def engine_lock(self) -> Path:
        """Lock file of the engine process, locked while it runs."""
        return self.folder / "engine.lock"

    @property
    def address_file(self) -> Path:
        """JSON file with the `Address` of a running worker."""
        return self.folder / "address.json"

    @property
    def cache(self) -> Path:
        """Folder of the estimate cache."""
        return self.folder / "estimates"

    @property
    def logs(self) -> Path:
        """Folder of the worker's rotating logs."""
        return self.folder / "logs"

    def make(self) -> None:
        """Create the folders, accessible to the user only. Raises MediaError where the disk refuses."""
        try:
            for folder in (self.folder, self.cache, self.logs):
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                folder.chmod(0o700)
        except OSError as error:
            from flowsep_plugin.media.atomic import disk_error  # loads numpy, which completion in the shell avoids

            raise disk_error(error)(
                f"the worker's folder {self.folder} cannot be created ({error.strerror}); "
                f"set {HOME_VARIABLE} to a folder on a local disk"
            ) from error

    def write_address(self, address: Address) -> None:
        """Write the address file, whole or not at all, readable by the user only. Raises OSError."""
        handle, name = tempfile.mkstemp(dir=self.folder, prefix=".address-")  # mkstemp makes it 0600
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(asdict(address), file)
        replace_file(name, self.address_file)

    def read_address(self) -> Address | None:
        """Return the address of the worker that ran last; None where the file is missing, damaged or in use."""
        origin = Origin(str(self.address_file), WorkerError, "start the worker again")
        try:
            return read(Address, read_json(self.address_file, origin, _LONGEST_ADDRESS), origin)
        except (OSError, WorkerError):  # Windows refuses to open it while the next worker replaces it
            return None

    def forget_address(self) -> None:
        """Delete the address file, when the worker ends. Does nothing if it is missing."""
        with suppress(OSError):
            self.address_file.unlink()
