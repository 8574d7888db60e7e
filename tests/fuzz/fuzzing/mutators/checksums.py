"""Checksums that are right again after damage, so that the reader behind them is reached."""

import functools
import random

_POLYNOMIAL = 0x04C11DB7


def with_ogg_sums(data: bytes, rng: random.Random) -> bytes:
    """Return an Ogg file with the right checksum on every page (RFC 3533 section 6)."""
    changed, at = bytearray(data), data.find(b"OggS")
    while 0 <= at and at + 27 <= len(changed):
        following = data.find(b"OggS", at + 4)
        segments = changed[at + 27 : at + 27 + changed[at + 26]]
        stop = min(len(changed), at + 27 + len(segments) + sum(segments))
        changed[at + 22 : at + 26] = bytes(4)
        changed[at + 22 : at + 26] = _ogg_sum(bytes(changed[at:stop])).to_bytes(4, "little")
        at = following
    return bytes(changed)


def _ogg_sum(page: bytes) -> int:
    """Return the CRC-32 of Ogg: no reflection, start and end 0."""
    table, value = _table(), 0
    for byte in page:
        value = (value << 8 & 0xFFFFFFFF) ^ table[value >> 24 ^ byte]
    return value


@functools.cache
def _table() -> tuple[int, ...]:
    table = []
    for byte in range(256):
        value = byte << 24
        for _ in range(8):
            value = (value << 1 ^ (_POLYNOMIAL if value >> 31 else 0)) & 0xFFFFFFFF
        table.append(value)
    return tuple(table)
