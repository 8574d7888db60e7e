"""The packets of an MXF file, each a key, a length and a value, and the partition packs among them.

Source: SMPTE ST 377-1, sections 6.3 (KLV), 6.5 (run-in) and 7.1 (partition packs); ST 336 for BER lengths.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

PREFIX: Final = bytes.fromhex("060e2b34")
PARTITION: Final = bytes.fromhex("060e2b34020501010d01020101")
FOOTER: Final = 4
LONGEST_RUN_IN: Final = 1 << 16

_KINDS: Final = (2, 3, FOOTER)
_COMPLETE: Final = (3, 4)
_BODY_SID_AT: Final = 60
_LONGEST_HEAD: Final = 16 + 9


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet: `length` bytes from `start`, as its head declares them."""

    key: bytes
    start: int
    length: int


@dataclass(frozen=True, slots=True)
class Partition:
    """The partition that a partition pack opens.

    is_complete : whether its header metadata is complete.     body_sid : stream of the essence in it, 0 for none.
    """

    is_footer: bool
    is_complete: bool
    body_sid: int


def find_header(start: bytes) -> int | None:
    """Return the offset of the first partition pack in the `start` of a file; None where it is not MXF."""
    at = start[: LONGEST_RUN_IN + len(PARTITION)].find(PARTITION + b"\x02")
    return at if at >= 0 else None


def packets(file: BinaryIO, start: int, file_bytes: int) -> Iterator[Packet]:
    """Yield the packets from `start` to the end of the file, or to the first bytes that are no packet.

    The last one may be longer than the file.
    """
    at = start
    while at < file_bytes:
        file.seek(at)
        head = file.read(_LONGEST_HEAD)
        size = _length(head)
        if size is None or head[:4] != PREFIX:
            return
        length, head_bytes = size
        yield Packet(head[:16], at + head_bytes, length)
        at += head_bytes + length


def partition_of(key: bytes, value: bytes) -> Partition | None:
    """Return the partition that a packet opens; None where it is no partition pack."""
    if not key.startswith(PARTITION) or key[13] not in _KINDS:
        return None
    body_sid = int.from_bytes(value[_BODY_SID_AT : _BODY_SID_AT + 4], "big")
    return Partition(key[13] == FOOTER, key[14] in _COMPLETE, body_sid)


def _length(head: bytes) -> tuple[int, int] | None:
    """Return the length of a value and of its head, from the BER length after the key; None where there is none."""
    if len(head) < 17:
        return None
    first = head[16]
    if first < 0x80:
        return first, 17
    count = first & 0x7F
    if not 1 <= count <= 8 or len(head) < 17 + count:
        return None
    return int.from_bytes(head[17 : 17 + count], "big"), 17 + count
