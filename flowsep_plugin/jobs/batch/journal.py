"""The journal of a batch without a worker: a line for every job, on disk before any of its files gets its name.

Like the queue: where a batch is killed, the next run finishes the last renames and repeats no job.
"""

import errno
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
from flowsep_plugin.jobs.store.publish import are_of, carry_out, staging_folders
from flowsep_plugin.jobs.store.rows import check_files, files_unchanged
from flowsep_plugin.media.atomic import disk_error
from flowsep_plugin.unfinished import changing_names, end

NAME = ".flowsep-batch.jsonl"


class Journal:
    """The journal of the folder `out`, a context manager.

    Entering raises Conflict where another batch uses the folder, MediaError where it cannot be written.
    """

    def __init__(self, out: Path) -> None:
        self._path = out / NAME
        self._lock = FileLock(out / ".flowsep-batch.lock")
        self._results: dict[str, Mapping[str, Any]] = {}

    def __enter__(self) -> Self:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            if not self._lock.acquire():
                raise Conflict(
                    f"another batch writes to {self._path.parent}; wait for it, or choose another folder", setting="out"
                )
            if self._path.exists() and not self._path.is_file():
                raise OSError(errno.EINVAL, "its journal is a pipe or a folder, not a file", str(self._path))
            self._file = self._path.open("a+b")
        except OSError as error:
            self._lock.release()
            raise disk_error(error)(
                f"{self._path.parent} cannot be written ({error.strerror}); choose another folder", setting="out"
            ) from error
        self._file.seek(0)
        moves: list[tuple[str, str]] = []
        for raw in self._file:
            with suppress(ValueError, KeyError, TypeError, AttributeError, RecursionError):  # cut off, or not ours
                name, result, moves_of_line = _parsed(raw, self._path.parent)
                self._results[name], moves = result, moves_of_line
        carry_out(moves)  # only those of the last line may be unfinished
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        self._lock.release()

    def name(self, spec: JobSpec, model: str) -> str:
        """Return the id of the job, with the digest of its model. Raises MediaError where the input cannot be read."""
        try:
            return spec.job_id(sha256(spec.input), model)
        except OSError as error:
            raise MediaError(
                f"{spec.input} cannot be read ({error.strerror}); check the name and its permissions"
            ) from error

    def result(self, name: str) -> Mapping[str, Any] | None:
        """Return the result of job `name`; None where it is not done or its files have changed."""
        result = self._results.get(name)
        return result if result is not None and files_unchanged(result) else None

    def publish(self, name: str, result: Mapping[str, Any], moves: Sequence[tuple[str, str]]) -> Mapping[str, Any]:
        """Write a result and its renames to the journal, then carry the renames out; returns the result.

        Raises MediaError where the disk refuses, StorageFull.
        """
        line = json.dumps({"id": name, "result": result, "moves": list(moves)}).encode()
        with changing_names():
            try:
                self._file.write(b"\n" + line + b"\n")  # ends a line that a crash has cut off
                self._file.flush()
                os.fsync(self._file.fileno())
            except OSError as error:
                raise disk_error(error)(f"{self._path} cannot be written ({error.strerror}); free some room") from error
            end(staging_folders(moves))  # from here on the next run finishes what this one does not
            carry_out(moves)
        self._results[name] = result
        return result


def _parsed(raw: bytes, out: Path) -> tuple[str, dict[str, Any], list[tuple[str, str]]]:
    """Return id, result and renames in a line. Raises ValueError, KeyError, TypeError, AttributeError for any other.

    Renames that do not lead from a staging folder to the folder around it, below `out`, are none of a batch.
    """
    line = json.loads(raw)
    name, result, moves = line["id"], line["result"], [(old, new) for old, new in line["moves"]]
    if not isinstance(name, str) or not isinstance(result, dict) or not are_of(moves, out):
        raise ValueError("not a line of a batch")
    check_files(result)
    if not isinstance(result["presence"]["values"], list) or not isinstance(result["record"], dict):
        raise TypeError("not the result of a job")
    return name, result, moves
