"""Whether a container ends before its own lengths say: a recording or copy that was cut off."""

from pathlib import Path
from typing import BinaryIO, Final

_MOST_BOXES: Final = 10_000
_EBML: Final = b"\x1a\x45\xdf\xa3"
_SEGMENT: Final = b"\x18\x53\x80\x67"


def ends_too_early(path: Path) -> bool:
    """Whether the file ends inside a top-level box (MP4), the segment (Matroska) or the RIFF chunk (AVI).

    Streams without lengths, such as AAC, AC-3 and MPEG-TS, never do.
    """
    with path.open("rb") as file:
        file_bytes, start = file.seek(0, 2), _read(file, 0, 12)
        if start[:4] == _EBML:
            return _segment_stop(file) > file_bytes
        if start[:4] == b"RIFF":
            return 8 + int.from_bytes(start[4:8], "little") > file_bytes
        return start[4:8].isalpha() and _boxes_stop(file, file_bytes) > file_bytes


def _boxes_stop(file: BinaryIO, file_bytes: int) -> int:
    """Return where the last top-level box ends (ISO 14496-12, 4.2); those of size 0 reach to the end of the file."""
    at = 0
    for _ in range(_MOST_BOXES):
        head = _read(file, at, 16)
        if len(head) < 8:
            return at
        size, lead = int.from_bytes(head[:4], "big"), 8
        if size == 1:
            size, lead = int.from_bytes(head[8:16], "big"), 16
        if size == 0:
            return file_bytes
        if size < lead:
            return at  # damaged, not cut off
        at += size
        if at > file_bytes:
            return at
    return at


def _segment_stop(file: BinaryIO) -> int:
    """Return where the segment of a Matroska file ends (RFC 8794, 4.4); 0 where it does not say."""
    at = 4
    length = _varying(file, at)
    if length is None:
        return 0
    at += length[1] + length[0]
    size = _varying(file, at + 4) if _read(file, at, 4) == _SEGMENT else None
    return 0 if size is None else at + 4 + size[1] + size[0]


def _varying(file: BinaryIO, at: int) -> tuple[int, int] | None:
    """Return (value, bytes) of a size of variable length; None where it is unknown or damaged."""
    raw = _read(file, at, 8)
    if not raw or not raw[0]:
        return None
    width = 9 - raw[0].bit_length()
    bits = int.from_bytes(raw[:width], "big") & ((1 << 7 * width) - 1)
    return None if len(raw) < width or bits == (1 << 7 * width) - 1 else (bits, width)


def _read(file: BinaryIO, at: int, count: int) -> bytes:
    file.seek(at)
    return file.read(count)
