"""What a batch without a worker has done: lines that are on the disk before any file gets its name.

Same promise as the queue's: killed at any moment, the next run finishes what was begun and does nothing twice.
"""

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from flowsep_plugin.checksum import sha256
from flowsep_plugin.errors import Conflict, MediaError
from flowsep_plugin.file_lock import FileLock
from flowsep_plugin.jobs.spec import JobSpec
from flowsep_plugin.jobs.store.publish import carry_out
from flowsep_plugin.jobs.store.rows import files_unchanged
from flowsep_plugin.media.atomic import disk_error

NAME = ".flowsep-batch.jsonl"


class Journal:
    """The journal of the folder `out`, for use in a `with`. One batch at a time: UsageError where another runs."""

    def __init__(self, out: Path) -> None:
        self._path = out / NAME
        self._lock = FileLock(out / ".flowsep-batch.lock")
        self._done: dict[str, Mapping[str, Any]] = {}

    def __enter__(self) -> Self:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            if not self._lock.acquire():
                raise Conflict(
                    f"another batch writes to {self._path.parent}; wait for it, or choose another folder", setting="out"
                )
            self._file = self._path.open("a+b")
        except OSError as error:
            raise disk_error(error)(
                f"{self._path.parent} cannot be written ({error.strerror}); choose another folder", setting="out"
            ) from error
        self._file.seek(0)
        moves: list[tuple[str, str]] = []
        for raw in self._file:
            with suppress(ValueError, KeyError, TypeError):  # a line that was cut off by a crash
                line = json.loads(raw)
                self._done[line["id"]] = line["result"]
                moves = [(old, new) for old, new in line["moves"]]
        carry_out(moves)  # only the last line's may be unfinished
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        self._lock.release()

    def name(self, spec: JobSpec, model: str) -> str:
        """Id of the job. Raises MediaError where the input cannot be read."""
        try:
            return spec.job_id(sha256(spec.input), model)
        except OSError as error:
            raise MediaError(
                f"{spec.input} cannot be read ({error.strerror}); check the name and its permissions"
            ) from error

    def result(self, name: str) -> Mapping[str, Any] | None:
        """What the job came to, where it was done and its files are as it left them."""
        result = self._done.get(name)
        return result if result is not None and files_unchanged(result) else None

    def publish(self, name: str, result: Mapping[str, Any], moves: Sequence[tuple[str, str]]) -> Mapping[str, Any]:
        """Write down what is about to be renamed, then rename. Raises MediaError."""
        line = json.dumps({"id": name, "result": result, "moves": list(moves)}).encode()
        try:
            self._file.write(b"\n" + line + b"\n")  # a line that was cut off before stays alone
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise disk_error(error)(f"{self._path} cannot be written ({error.strerror}); free some room") from error
        carry_out(moves)
        self._done[name] = result
        return result
