"""A small writer of MXF, apart from the reader under test, for the kinds of sound that ffmpeg does not write."""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

PCM = bytes.fromhex("060e2b340401010a0402020101000000")
AIFF = bytes.fromhex("060e2b3404010107040202017e000000")
DOLBY_E = bytes.fromhex("060e2b34040101010402020203021c00")
BWF_FRAME, BWF_CLIP, AES3_FRAME, AES3_CLIP = 1, 2, 3, 4
ENCRYPTED = bytes.fromhex("060e2b34020401070d010301027e0100")
_SOUND = bytes.fromhex("060e2b34040101010103020202000000")
_OP1A = bytes.fromhex("060e2b34040101010d01020101010900")
_FILL = bytes.fromhex("060e2b34010101020301021001000000")
_FILE_UMID, _MATERIAL_UMID = bytes(range(32)), bytes(range(32, 64))


@dataclass(frozen=True, kw_only=True)
class Shape:
    """Kind of MXF to write.

    unit : frames of an edit unit, None for one element of the whole clip.   partition_units : edit units in a body
    partition, None for all of them.   duration : that the header declares, in edit units; None for the true one.
    track_duration : the same in the tracks.   origin : edit units before the beginning of the tracks.
    kind : of the descriptor.
    """

    bits: int = 24
    rate: int = 48_000
    unit: int | None = None
    partition_units: int | None = None
    coding: bytes = PCM
    container: int = 6
    wrapping: int = BWF_FRAME
    kind: int = 0x48
    run_in: bytes = b""
    duration: int | None = None
    track_duration: int | None = None
    origin: int = 0
    links: bool = True
    block_align: bool = True
    has_footer: bool = True
    is_encrypted: bool = False


def write_mxf(path: Path, tracks: Sequence[np.ndarray], shape: Shape) -> Path:
    """Write tracks, each (channels, frames) int32 of full scale, to an MXF file."""
    groups = list(_content(tracks, shape))
    size = shape.partition_units or len(groups)
    bodies = [b"".join(groups[at : at + size]) for at in range(0, len(groups), size)]
    metadata = b"".join(_metadata(tracks, shape))
    data = shape.run_in + _partition(2, metadata, 0) + metadata
    for body in bodies:
        data += _partition(3, b"", 1) + _klv(_FILL, bytes(100)) + body
    path.write_bytes(data + (_partition(4, metadata, 0) + metadata if shape.has_footer else b""))
    return path


def packed(samples: np.ndarray, shape: Shape) -> bytes:
    """Return samples (channels, frames) int32 of full scale as interleaved integers of the shape's width."""
    order = ">i4" if shape.coding == AIFF else "<i4"
    raw = samples.T.astype(order).reshape(-1).view(np.uint8).reshape(-1, 4)
    width = shape.bits // 8
    return raw[:, :width].tobytes() if shape.coding == AIFF else raw[:, 4 - width :].tobytes()


def _content(tracks: Sequence[np.ndarray], shape: Shape) -> Iterator[bytes]:
    """Yield the elements of each edit unit, one for each track."""
    frames = tracks[0].shape[1]
    unit = shape.unit or frames
    for at in range(0, frames, unit):
        parts = (_klv(_key(number, shape), packed(track[:, at : at + unit], shape))
                 for number, track in enumerate(tracks, 1))  # fmt: skip
        yield b"".join(parts)


def _key(number: int, shape: Shape) -> bytes:
    if shape.is_encrypted:
        return ENCRYPTED
    return bytes.fromhex("060e2b34010201010d010301") + bytes((0x16, 1, shape.wrapping, number))


def _metadata(tracks: Sequence[np.ndarray], shape: Shape) -> Iterator[bytes]:
    """Yield primer, packages, tracks and descriptors; the picture is described, too, as in files of cameras."""
    yield _klv(bytes.fromhex("060e2b34020501010d01020101050100"), struct.pack(">II", 0, 18))
    unit = shape.unit or 1
    units = -(-tracks[0].shape[1] // unit) if shape.duration is None else shape.duration
    played = units if shape.track_duration is None else shape.track_duration
    rate = struct.pack(">II", shape.rate, unit)
    sounds = range(1, len(tracks) + 1)
    yield _set(0x23, _id(9, 0), {0x2701: _FILE_UMID, 0x3F07: struct.pack(">I", 1)})
    yield _set(0x37, _id(1, 0), {0x4401: _FILE_UMID, 0x4403: _array(_id(2, n) for n in sounds), 0x4701: _id(5, 0)})
    for number in sounds:
        track = {0x4801: struct.pack(">I", number + 1), 0x4B01: rate, 0x4803: _id(3, number),
                 0x4B02: struct.pack(">q", shape.origin),
                 0x4804: _key(number, shape)[12:] if shape.links else bytes(4)}  # fmt: skip
        yield _set(0x3B, _id(2, number), track)
        yield _set(0x0F, _id(3, number), {0x0201: _SOUND, 0x0202: struct.pack(">q", played)})
    yield _set(0x44, _id(5, 0), {0x3001: rate, 0x3F01: _array(_id(4, n) for n in (*sounds, 99))})
    yield _set(0x28, _id(4, 99), {0x3203: struct.pack(">I", 1920), 0x3001: rate})
    for number, samples in enumerate(tracks, 1):
        width = shape.bits // 8 * len(samples)
        items = {
            0x3001: rate, 0x3002: struct.pack(">q", units), 0x3D01: struct.pack(">I", shape.bits),
            0x3004: bytes.fromhex("060e2b34040101010d01030102") + bytes((shape.container, shape.wrapping, 0)),
            0x3D03: struct.pack(">II", shape.rate, 1), 0x3D07: struct.pack(">I", len(samples)), 0x3D06: shape.coding,
        }  # fmt: skip
        extra = {0x3006: struct.pack(">I", number + 1)} if shape.links else {}
        align = {0x3D0A: struct.pack(">H", width)} if shape.block_align else {}
        yield _set(shape.kind, _id(4, number), items | extra | align)


def _id(kind: int, number: int) -> bytes:
    return bytes((kind, number)) + bytes(range(14))


def _array(ids: Iterator[bytes]) -> bytes:
    all_ids = list(ids)
    return struct.pack(">II", len(all_ids), 16) + b"".join(all_ids)


def _set(kind: int, instance: bytes, items: dict[int, bytes]) -> bytes:
    whole = {0x3C0A: instance, **items}
    value = b"".join(struct.pack(">HH", tag, len(item)) + item for tag, item in whole.items())
    return _klv(bytes.fromhex("060e2b34025301010d010101010100")[:14] + bytes((kind, 0)), value)


def _partition(kind: int, metadata: bytes, body_sid: int) -> bytes:
    value = struct.pack(">HHIQQQQQIQI", 1, 3, 1, 0, 0, 0, len(metadata), 0, 0, 0, body_sid) + _OP1A
    return _klv(bytes.fromhex("060e2b34020501010d01020101") + bytes((kind, 4, 0)), value + struct.pack(">II", 0, 16))


def _klv(key: bytes, value: bytes) -> bytes:
    return key + b"\x87" + len(value).to_bytes(7, "big") + value
