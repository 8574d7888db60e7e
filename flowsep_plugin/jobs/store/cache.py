"""Cache of estimates on disk: rendering a clip again with another strength, gate or reduction needs no inference.

A file holds one estimate bit for bit, with a checksum; a damaged file is deleted. The least recently used files are
deleted first.
"""

import logging
import os
from contextlib import suppress
from pathlib import Path

from flowsep_plugin.engine.estimate import Estimate
from flowsep_plugin.errors import FlowsepError
from flowsep_plugin.jobs.log_privacy import Public
from flowsep_plugin.separate.finished_windows import FinishedWindows
from flowsep_plugin.untrusted.regular_file import open_regular

from .estimate_file import read_estimate, write_estimate

log = logging.getLogger(__name__)

_SUFFIX = ".estimate"
_PARTIAL = ".windows"
"""Suffix of finished windows, which a killed process leaves behind."""


class EstimateCache:
    """Estimates in `folder`, `limit_bytes` of files at most. Only one process may write."""

    def __init__(self, folder: Path, limit_bytes: int) -> None:
        self.folder, self.limit_bytes = folder, limit_bytes

    def load(self, key: str) -> Estimate | None:
        """Return the estimate stored under `key`; None where it is missing or its file is damaged."""
        path = self._path(key)
        try:
            with open_regular(path) as file:
                estimate = read_estimate(file)
        except FileNotFoundError:
            return None
        except (OSError, EOFError, ValueError, FlowsepError) as error:
            log.warning("%s is damaged (%s); the estimate is computed again", Public(path.name), error)
            with suppress(OSError):
                path.unlink()
            return None
        with suppress(OSError):
            os.utime(path)
        self.finished_windows(key).remove()  # of a process that was killed between `save` and their removal
        return estimate

    def save(self, key: str, estimate: Estimate) -> None:
        """Store `estimate` under `key`; logs a warning where the disk refuses."""
        part = self.folder / f".{key}.part"
        try:
            with part.open("wb") as file:
                write_estimate(file, estimate)
            size = part.stat().st_size
            if size <= self.limit_bytes:
                self._make_room(size)
                os.replace(part, self._path(key))
        except OSError as error:
            log.warning("an estimate could not be cached: %s", Public(error))
        finally:
            with suppress(OSError):
                part.unlink()

    def finished_windows(self, key: str) -> FinishedWindows:
        """Return the finished windows of the estimate under `key`, of at most half the room of the cache."""
        return FinishedWindows(self.folder / f"{key}{_PARTIAL}", self.limit_bytes // 2)

    def clear(self) -> None:
        """Delete every file of the cache."""
        for path in (*self._files(), *self.folder.glob(".*.part")):
            with suppress(OSError):
                path.unlink()

    @property
    def bytes(self) -> int:
        """Size of all cached files."""
        return sum(path.stat().st_size for path in self._files())

    def _files(self) -> list[Path]:
        return [*self.folder.glob(f"*{_SUFFIX}"), *self.folder.glob(f"*{_PARTIAL}")]

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}{_SUFFIX}"

    def _make_room(self, size: int) -> None:
        oldest_first = sorted(self._files(), key=lambda path: path.stat().st_mtime_ns)
        room = self.limit_bytes - size - sum(path.stat().st_size for path in oldest_first)
        for path in oldest_first:
            if room >= 0:
                return
            room += path.stat().st_size
            path.unlink()
