"""Windows of the first pass that are done, on disk, so that a killed process goes on where it was.

The file is a head, then a record after every group of windows: its length, its CRC-32 and arrays in NumPy's format. A
record that a crash has cut off is dropped. What is stored is what has been computed, bit for bit.
"""

import io
import json
import logging
import os
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from flowsep_plugin.audio.types import Floats
from flowsep_plugin.untrusted.arrays import DAMAGED, arrays_in
from flowsep_plugin.untrusted.regular_file import open_regular
from flowsep_plugin.version import __version__

log = logging.getLogger(__name__)

_MAGIC = b"flowsep windows 1\n"
_FRAME_BYTES = 12


class FinishedWindows:
    """The file at `path`, of at most `limit_bytes`; what would go beyond them is not stored."""

    def __init__(self, path: Path, limit_bytes: int) -> None:
        self._path, self._limit = path, limit_bytes
        self._is_full = False

    def resume(self, plan: Mapping[str, Any]) -> Iterator[dict[str, Floats]]:
        """Yield the arrays of every record, (frames, ...) by name, in order; later records are appended after them.

        plan : what the records depend on. A file of another plan, or of another version, is started anew.
        """
        head = _MAGIC + json.dumps({**plan, "flowsep": __version__}, sort_keys=True).encode() + b"\n"
        end = 0
        with suppress(OSError), open_regular(self._path) as file:
            if file.read(len(head)) == head:
                end = len(head)
                while (arrays := _read(file)) is not None:
                    end = file.tell()
                    yield arrays
        self._start(head, end)

    def append(self, arrays: Mapping[str, Floats]) -> None:
        """Store the next record, arrays (frames, ...) by name; the process may be killed at any time."""
        content = io.BytesIO()
        np.savez(content, **dict[str, Any](arrays))
        record = content.getvalue()
        with _disk_errors_logged(), self._path.open("ab") as file:
            self._is_full = self._is_full or file.tell() + len(record) + _FRAME_BYTES > self._limit
            if not self._is_full:
                file.write(len(record).to_bytes(8, "big") + zlib.crc32(record).to_bytes(4, "big") + record)

    def remove(self) -> None:
        """Delete the file, once the estimate is complete. Idempotent."""
        with suppress(OSError):
            self._path.unlink()

    def _start(self, head: bytes, end: int) -> None:
        """Cut the file off at `end`, or begin a new one where that is 0."""
        with _disk_errors_logged():
            if end:
                with self._path.open("r+b") as file:
                    file.truncate(end)
            else:
                self._path.unlink(missing_ok=True)  # it may be something else than a file
                self._path.write_bytes(head)


@contextmanager
def _disk_errors_logged() -> Iterator[None]:
    """Log errors of the disk instead of raising them: without the file, a crash loses work."""
    try:
        yield
    except OSError as error:
        log.warning("windows that are done could not be stored (%s)", error.strerror)


def _read(file: BinaryIO) -> dict[str, Floats] | None:
    """Return the next record; None at the end, or where the record is damaged."""
    frame = file.read(_FRAME_BYTES)
    length, left = int.from_bytes(frame[:8], "big"), os.fstat(file.fileno()).st_size - file.tell()
    if len(frame) < _FRAME_BYTES or length > left:
        return None
    record = file.read(length)
    if zlib.crc32(record) != int.from_bytes(frame[8:], "big"):
        return None
    try:
        return arrays_in(io.BytesIO(record), len(record))
    except DAMAGED as error:
        log.warning("a record of windows that are done is damaged (%s); they are computed again", error)
        return None
