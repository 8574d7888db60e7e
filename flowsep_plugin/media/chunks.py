"""The chunks of RIFF, RF64, BW64, W64, AIFF and FLAC files: where each starts, and how much of it is in the file.

libsndfile reads the samples; these functions find what it does not expose: `bext`, `iXML`, and sizes in a header that
exceed the file.
Sources: EBU Tech 3285 (BWF), EBU Tech 3306 and ITU-R BS.2088 (RF64, BW64), RFC 9639 section 8 (FLAC).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

UNKNOWN_32 = 0xFFFFFFFF
"""A 32-bit size that means "see ds64" (RF64) or "to the end of the file" (written by a stream without seeking)."""

_MOST_CHUNKS = 10_000
_LONGEST_PAGE = 27 + 255 + 255 * 255
_RIFF_IN_FLAC = b"riff"
_FLAC_APPLICATION = 2


@dataclass(frozen=True, slots=True)
class Chunk:
    """Body of one chunk: `declared` bytes from `start` (None: to the end), of which `available` are in the file."""

    id: bytes
    start: int
    declared: int | None
    available: int


def find_chunks(file: BinaryIO) -> tuple[Chunk, ...]:
    """Return all chunks of an open file in order, none for other containers. Damaged content raises nothing."""
    end = file.seek(0, 2)
    file.seek(0)
    magic = file.read(12)
    match magic[:4]:
        case b"RIFF" | b"RF64" | b"BW64":
            return tuple(_iff(file, end, "little"))
        case b"RIFX" | b"FORM":
            return tuple(_iff(file, end, "big"))
        case b"riff":
            return tuple(_w64(file, end))
        case _:
            return tuple(_flac(file, end))


def body(file: BinaryIO, chunk: Chunk, most: int = 16 << 20) -> bytes:
    """Return the available bytes of `chunk`, at most `most`."""
    file.seek(chunk.start)
    return file.read(min(chunk.available, most))


def _iff(file: BinaryIO, end: int, order: str) -> Iterator[Chunk]:
    """Yield the chunks of RIFF, RF64, BW64, RIFX and AIFF: 4-byte id, 4-byte size (-1: see `ds64`), even padding."""
    at, data_size = 12, None
    for _ in range(_MOST_CHUNKS):
        file.seek(at)
        head = file.read(8)
        if len(head) < 8 or not _is_id(head[:4]):
            return
        size: int | None = int.from_bytes(head[4:], "big" if order == "big" else "little")
        if head[:4] == b"ds64":
            data_size = int.from_bytes(file.read(16)[8:], "little")
        if size == UNKNOWN_32:
            size = data_size if head[:4] == b"data" else None
        available = end - at - 8 if size is None else max(0, min(size, end - at - 8))
        yield Chunk(head[:4], at + 8, size, available)
        at += 8 + available + available % 2


def _w64(file: BinaryIO, end: int) -> Iterator[Chunk]:
    """Yield the chunks of Sony Wave64: 16-byte GUID starting with the id, 8-byte size including both, aligned to 8."""
    at = 40
    for _ in range(_MOST_CHUNKS):
        file.seek(at)
        head = file.read(24)
        size = int.from_bytes(head[16:], "little") - 24
        if len(head) < 24 or size < 0:
            return
        available = max(0, min(size, end - at - 24))
        yield Chunk(head[:4], at + 24, size, available)
        at += -(-(24 + available) // 8) * 8


def _flac(file: BinaryIO, end: int) -> Iterator[Chunk]:
    """Yield the RIFF chunks in FLAC's APPLICATION blocks named "riff" (`flac --keep-foreign-metadata`)."""
    file.seek(0)
    if file.read(4) != b"fLaC":
        return
    at = 4
    for _ in range(_MOST_CHUNKS):
        file.seek(at)
        head = file.read(16)
        if len(head) < 4:
            return
        length = int.from_bytes(head[1:4], "big")
        if head[0] & 0x7F == _FLAC_APPLICATION and length >= 12 and head[4:8] == _RIFF_IN_FLAC:
            size = int.from_bytes(head[12:16], "little")
            if (
                size <= length - 12
            ):  # a larger size belongs to the bare head of a chunk (RIFF, data), whose body is the audio
                yield Chunk(head[8:12], at + 16, size, max(0, min(size, end - at - 16)))
        if head[0] & 0x80:
            return
        at += 4 + length


def ends_in_mid_page(file: BinaryIO, end: int) -> bool:
    """Whether an Ogg file of `end` bytes is truncated: its last page is incomplete (RFC 3533 section 6)."""
    file.seek(0)
    if file.read(4) != b"OggS":
        return False
    file.seek(max(0, end - _LONGEST_PAGE))
    tail = file.read()
    page = tail[tail.rfind(b"OggS") :]
    segments = page[27 : 27 + page[26]] if len(page) > 26 else b""
    return len(page) <= 26 or len(segments) < page[26] or len(page) < 27 + page[26] + sum(segments)


def _is_id(name: bytes) -> bool:
    return all(32 <= byte < 127 for byte in name)
