"""Cache of estimates on disk: rendering a clip again with another strength, gate or reduction needs no inference.

A file holds one estimate bit for bit, with a checksum; a damaged file is deleted. The least recently used files are
deleted first.
"""

import json
import logging
import os
import zlib
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO

import numpy as np

from flowsep_plugin.engine.base import Grid
from flowsep_plugin.engine.card import PresenceRule
from flowsep_plugin.engine.estimate import Estimate, FrameStore
from flowsep_plugin.jobs.log_privacy import Public
from flowsep_plugin.separate.finished_windows import FinishedWindows

log = logging.getLogger(__name__)

_MAGIC = b"flowsep estimate 1\n"
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
            with path.open("rb") as file:
                estimate = _read(file)
        except FileNotFoundError:
            return None
        except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
            log.warning("%s is damaged (%s); the estimate is computed again", Public(path.name), error)
            with suppress(OSError):
                path.unlink()
            return None
        with suppress(OSError):
            os.utime(path)
        return estimate

    def save(self, key: str, estimate: Estimate) -> None:
        """Store `estimate` under `key`; logs a warning where the disk refuses."""
        part = self.folder / f".{key}.part"
        try:
            with part.open("wb") as file:
                _write(file, estimate)
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


class _Summed:
    """A file with the CRC-32 of the bytes that were read or written."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self.sum = file, 0

    def write(self, data: bytes) -> None:
        self.sum = zlib.crc32(data, self.sum)
        self._file.write(data)

    def read(self, count: int) -> bytes:
        data = self._file.read(count)
        self.sum = zlib.crc32(data, self.sum)
        return data


def _write(file: BinaryIO, estimate: Estimate) -> None:
    head = {
        "texts": estimate.queries,
        "grid": asdict(estimate.grid),
        "first": estimate.first,
        "frames": estimate.frames,
        "stores": [
            [store.dtype, store.shape] for store in (estimate.mask_logits, estimate.generated) if store is not None
        ],
        "rule": asdict(estimate.presence_rule),
        "energy": [estimate.energy.dtype.str, estimate.energy.shape],
        "total": [estimate.total.dtype.str, estimate.total.shape],
    }
    file.write(_MAGIC + json.dumps(head).encode() + b"\n")
    body = _Summed(file)
    body.write(np.ascontiguousarray(estimate.energy).tobytes())
    body.write(np.ascontiguousarray(estimate.total).tobytes())
    for store in (estimate.mask_logits, estimate.generated):
        if store is not None:
            store.dump(body.write)
    file.write(body.sum.to_bytes(4, "big"))


def _read(file: BinaryIO) -> Estimate:
    if file.readline() != _MAGIC:
        raise ValueError("written by another version")
    head = json.loads(file.readline())
    body = _Summed(file)
    arrays = []
    for name in ("energy", "total"):
        dtype, shape = np.dtype(head[name][0]), tuple(head[name][1])
        arrays.append(np.frombuffer(body.read(dtype.itemsize * int(np.prod(shape))), dtype).reshape(shape))
    stores = [FrameStore.load(tuple(shape), head["frames"], body.read, dtype) for dtype, shape in head["stores"]]
    if int.from_bytes(file.read(4), "big") != body.sum:
        raise ValueError("wrong checksum")
    grid = Grid(**{**head["grid"], "centres_hz": tuple(head["grid"]["centres_hz"])})
    return Estimate(
        queries=tuple(head["texts"]),
        grid=grid,
        first=head["first"],
        mask_logits=stores[0],
        energy=arrays[0],
        total=arrays[1],
        presence_rule=PresenceRule(**head["rule"]),
        generated=stores[1] if len(stores) > 1 else None,
    )
