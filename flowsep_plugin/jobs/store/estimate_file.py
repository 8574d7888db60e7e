"""The file of a cached estimate: a head in JSON, the arrays bit for bit, a CRC-32 of both.

Files of format 1, whose checksum leaves the head out, are read as well.
"""

import json
import math
import os
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import BinaryIO, Literal, TypeAlias

import numpy as np

from flowsep_plugin.audio.types import Floats
from flowsep_plugin.declared import declared
from flowsep_plugin.engine.base import Grid
from flowsep_plugin.engine.card import PresenceRule
from flowsep_plugin.engine.estimate import Estimate, FrameStore
from flowsep_plugin.errors import MediaError
from flowsep_plugin.untrusted.decoding import Origin, decode_json
from flowsep_plugin.untrusted.records import read

_MAGIC, _OLD_MAGIC = b"flowsep estimate 2\n", b"flowsep estimate 1\n"
_HEAD_BYTES = 1 << 20
_SUM_BYTES = 4

_StoredType: TypeAlias = Literal["float16", "float32", "<f2", "<f4", "<f8"]
_StoredArray: TypeAlias = tuple[_StoredType, tuple[int, ...]]
_SIZES = declared("lengths of axes", low=0, longest=4)


@dataclass(frozen=True, slots=True, kw_only=True)
class _GridEntries:
    rate: int = field(metadata=declared("frames a second", low=1, high=768_000))
    hop: int = field(metadata=declared("frames between two grid frames", low=1, high=1 << 23))
    centres_hz: tuple[float, ...] = field(metadata=declared("of the bands, Hz", longest=1 << 15))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Head:
    """The head. Raises MediaError where its numbers do not fit each other."""

    queries: tuple[str, ...] = field(metadata=declared("the queries", path="texts", longest=100))
    grid: _GridEntries = field(metadata=declared("the grid"))
    first: int = field(metadata=declared("first frame"))
    frames: int = field(metadata=declared("frames of the grid", low=1))
    stores: tuple[_StoredArray, ...] = field(metadata=_SIZES)
    rule: PresenceRule = field(metadata=declared("when a sound counts as present"))
    energy: _StoredArray = field(metadata=_SIZES)
    total: _StoredArray = field(metadata=_SIZES)

    def __post_init__(self) -> None:
        count, bands = len(self.queries), len(self.grid.centres_hz)
        generated = [len(sizes) == 2 and sizes[0] == count for _, sizes in self.stores[1:]]
        if (
            not count
            or not self.stores
            or self.stores[0][1] != (count, bands)
            or generated not in ([], [True])
            or self.energy[1] != (count, self.frames)
            or self.total[1] != (self.frames,)
        ):
            raise MediaError("the numbers of its head do not fit each other")

    @property
    def body_bytes(self) -> int:
        """Bytes of the arrays behind the head."""
        whole = sum(_bytes(array) for array in (self.energy, self.total))
        return whole + self.frames * sum(_bytes(array) for array in self.stores)


def _bytes(array: _StoredArray) -> int:
    return np.dtype(array[0]).itemsize * math.prod(array[1])


def write_estimate(file: BinaryIO, estimate: Estimate) -> None:
    """Write an estimate to `file`. Inverse: `read_estimate`."""
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
    file.write(_MAGIC)
    body = _Summed(file)
    body.write(json.dumps(head).encode() + b"\n")
    body.write(np.ascontiguousarray(estimate.energy).tobytes())
    body.write(np.ascontiguousarray(estimate.total).tobytes())
    for store in (estimate.mask_logits, estimate.generated):
        if store is not None:
            store.dump(body.write)
    file.write(body.sum.to_bytes(_SUM_BYTES, "big"))


def read_estimate(file: BinaryIO) -> Estimate:
    """Return the estimate in `file`. Sizes in its head are compared with the file before memory is used.

    Raises ValueError, EOFError or MediaError where the file is damaged or of another version.
    """
    magic = file.readline(len(_MAGIC))
    if magic not in (_MAGIC, _OLD_MAGIC):
        raise ValueError("written by another version")
    line = file.readline(_HEAD_BYTES)
    origin = Origin("its head", MediaError, "it is computed again")
    head = read(_Head, decode_json(line, origin), origin)
    left = os.fstat(file.fileno()).st_size - file.tell()
    if head.body_bytes != left - _SUM_BYTES:
        raise ValueError(f"{left} bytes behind its head, must be {head.body_bytes + _SUM_BYTES}")
    body = _Summed(file, zlib.crc32(line) if magic == _MAGIC else 0)
    energy, total = (_read_array(body, array) for array in (head.energy, head.total))
    stores = [FrameStore.load(sizes, head.frames, body.read, kind) for kind, sizes in head.stores]
    if int.from_bytes(file.read(_SUM_BYTES), "big") != body.sum:
        _close(stores)
        raise ValueError("wrong checksum")
    return Estimate(
        queries=head.queries,
        grid=Grid(head.grid.rate, head.grid.hop, head.grid.centres_hz),
        first=head.first,
        mask_logits=stores[0],
        energy=energy,
        total=total,
        presence_rule=head.rule,
        generated=stores[1] if len(stores) > 1 else None,
    )


def _read_array(body: "_Summed", array: _StoredArray) -> Floats:
    """Return the next array, (n, ...), of its declared type and shape."""
    kind, sizes = array
    values: Floats = np.frombuffer(body.read(_bytes(array)), np.dtype(kind)).reshape(sizes)
    return values


def _close(stores: Sequence[FrameStore]) -> None:
    for store in stores:
        store.close()


class _Summed:
    """A file with the CRC-32 of the bytes that were read or written."""

    def __init__(self, file: BinaryIO, start: int = 0) -> None:
        self._file, self.sum = file, start

    def write(self, data: bytes) -> None:
        self.sum = zlib.crc32(data, self.sum)
        self._file.write(data)

    def read(self, count: int) -> bytes:
        data = self._file.read(count)
        self.sum = zlib.crc32(data, self.sum)
        return data
