"""Read files of `torch.save`, the zip format and the one before PyTorch 1.6, without torch's own reader.

Values are mapped from the file, not read. Sizes that a file names are compared with the file before memory is used.
"""

import io
import mmap
import struct
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import torch
from torch import Tensor

from flowsep_plugin.untrusted.regular_file import open_regular

from .tensor_pickle import PICKLE_BYTES, StoredTensor, Unpickled, unpickle

_MAGIC = 0x1950A86A20F9469CFC6C
_MOST_REPEATED = 1 << 24
"""Elements of a tensor that has more of them than its storage, as `expand` makes them, at most."""


@dataclass(frozen=True, slots=True)
class TorchFile:
    """An opened file: its object with `StoredTensor`s, which `tensor` gives their values, and names that were skipped.

    records : place of every storage by key, (first byte, bytes).
    """

    payload: Any
    skipped: frozenset[str]
    content: mmap.mmap
    records: dict[str, tuple[int, int]]

    def tensor(self, stored: StoredTensor) -> Tensor:
        """Return the values, mapped from the file, of shape (*size,). Raises ValueError where they reach past it."""
        first, size = self.records[stored.key]
        elements = size // stored.dtype.itemsize
        count, last = 1, stored.offset
        for length, stride in zip(stored.size, stored.stride, strict=True):
            count, last = count * length, last + (length - 1) * stride
        if count == 0:
            return torch.empty(stored.size, dtype=stored.dtype)
        if last >= elements or count > max(elements, _MOST_REPEATED):
            raise ValueError(f"a tensor of {list(stored.size)} reaches past its storage of {elements} elements")
        flat = torch.frombuffer(self.content, dtype=stored.dtype, count=elements, offset=first)
        flat = flat if first % stored.dtype.itemsize == 0 else flat.clone()
        return flat.as_strided(stored.size, stored.stride, stored.offset)


def open_torch_file(path: Path) -> TorchFile:
    """Open the file at `path`. Raises OSError, or any other exception where it is no such file or damaged."""
    with open_regular(path) as file:
        content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
        is_zip = file.read(4) == b"PK\x03\x04"
        file.seek(0)
        contents, records = _read_zip(file) if is_zip else _read_legacy(file, len(content))
    return TorchFile(contents.payload, frozenset(contents.skipped), content, records)


def _read_zip(file: BinaryIO) -> tuple[Unpickled, dict[str, tuple[int, int]]]:
    """Return the object in a zip archive and the places of its storages."""
    with zipfile.ZipFile(file) as archive:
        infos = {info.filename: info for info in archive.infolist()}
        prefix = next(name for name in infos if name.endswith("data.pkl")).removesuffix("data.pkl")
        places = {name: _record(file, info) for name, info in infos.items() if name.startswith(prefix)}
    order = _bytes(file, places.get(f"{prefix}byteorder", (0, 0)))
    _check_byte_order("little" if order in (b"", b"little") else "big")
    contents = unpickle(io.BytesIO(_bytes(file, places[f"{prefix}data.pkl"])))
    return contents, {key: places[f"{prefix}data/{key}"] for key in contents.storages}


def _record(file: BinaryIO, info: zipfile.ZipInfo) -> tuple[int, int]:
    """Return the place of a record in its archive. Raises ValueError where it is compressed or reaches past its end."""
    if info.compress_type != zipfile.ZIP_STORED or info.compress_size != info.file_size or info.flag_bits & 1:
        raise ValueError(f"its record {info.filename!r} is compressed, which torch.save never does")
    file.seek(info.header_offset + 26)
    name, extra = struct.unpack("<HH", file.read(4))
    first = info.header_offset + 30 + name + extra
    if first + info.file_size > file.seek(0, io.SEEK_END):
        raise ValueError(f"its record {info.filename!r} is cut off")
    return first, info.file_size


def _bytes(file: BinaryIO, place: tuple[int, int]) -> bytes:
    file.seek(place[0])
    return file.read(min(place[1], PICKLE_BYTES))


def _read_legacy(file: BinaryIO, size: int) -> tuple[Unpickled, dict[str, tuple[int, int]]]:
    """Return the object in a file from before PyTorch 1.6, or saved in its format, and the places of its storages."""
    if unpickle(file).payload != _MAGIC:
        raise ValueError("torch.save did not write it")
    unpickle(file)
    system = unpickle(file).payload
    _check_byte_order("little" if system["little_endian"] else "big")
    contents = unpickle(file)
    keys = unpickle(file).payload
    records, place = {}, file.tell()
    for key in keys:
        file.seek(place)
        (elements,) = struct.unpack("<q", file.read(8))
        place, length = place + 8, elements * contents.storages[key].itemsize
        if not 0 <= length <= size - place:
            raise ValueError("it is cut off")
        records[key] = (place, length)
        place += length
    return contents, records


def _check_byte_order(order: str) -> None:
    if order != sys.byteorder:
        raise ValueError(f"its numbers are {order}-endian, this machine's are {sys.byteorder}-endian")
