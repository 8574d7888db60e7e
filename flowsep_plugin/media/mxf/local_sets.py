"""Header metadata of an MXF file: local sets that refer to each other by their instance ids.

Source: SMPTE ST 377-1, section 9.3 (local sets) and annexes A and B (kinds of sets and their items).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from fractions import Fraction
from typing import Final

_LOCAL_SET: Final = bytes.fromhex("060e2b340253")
_STRUCTURAL: Final = bytes.fromhex("0d0101010101")
_PRIMER: Final = bytes.fromhex("0d0102010105")


class Kind(IntEnum):
    """Byte 14 of the keys of the sets that are read here."""

    ESSENCE_DATA = 0x23
    MATERIAL_PACKAGE = 0x36
    SOURCE_PACKAGE = 0x37
    TIMECODE = 0x14


class Tag(IntEnum):
    """Local tags of the items that are read here; all are fixed by the standard."""

    DATA_DEFINITION = 0x0201
    DURATION = 0x0202
    COMPONENTS = 0x1001
    START_TIMECODE = 0x1501
    PACKAGE_OF_ESSENCE = 0x2701
    SAMPLE_RATE = 0x3001
    CONTAINER_DURATION = 0x3002
    ESSENCE_CONTAINER = 0x3004
    LINKED_TRACK = 0x3006
    INSTANCE = 0x3C0A
    BITS = 0x3D01
    AUDIO_RATE = 0x3D03
    SOUND_CODING = 0x3D06
    CHANNELS = 0x3D07
    BLOCK_ALIGN = 0x3D0A
    SUB_DESCRIPTORS = 0x3F01
    BODY_SID = 0x3F07
    PACKAGE_ID = 0x4401
    TRACKS = 0x4403
    DESCRIPTOR = 0x4701
    TRACK_ID = 0x4801
    SEQUENCE = 0x4803
    TRACK_NUMBER = 0x4804
    EDIT_RATE = 0x4B01
    ORIGIN = 0x4B02


@dataclass(frozen=True, slots=True)
class LocalSet:
    """One set: its kind, and its items by local tag."""

    kind: int
    items: dict[int, bytes]

    def number(self, tag: Tag) -> int | None:
        """Return an unsigned integer; None where the set does not have it."""
        return int.from_bytes(self.items[tag], "big") if self.items.get(tag) else None

    def length(self, tag: Tag) -> int | None:
        """Return a length of 64 bits; None where the set does not have it or it is -1, which means unknown."""
        value = self.items.get(tag, b"")
        length = int.from_bytes(value, "big", signed=True)
        return length if len(value) == 8 and length >= 0 else None

    def fraction(self, tag: Tag) -> Fraction | None:
        """Return a positive rational number; None where the set does not have it."""
        value = self.items.get(tag, b"")
        over, under = (int.from_bytes(value[at : at + 4], "big", signed=True) for at in (0, 4))
        return Fraction(over, under) if len(value) == 8 and over > 0 and under > 0 else None


@dataclass(slots=True)
class Metadata:
    """All sets of one partition by their instance ids.   is_complete : whether its writer had finished them."""

    is_complete: bool = False
    sets: dict[bytes, LocalSet] = field(default_factory=dict)

    def add(self, key: bytes, value: bytes) -> None:
        """Add the set of a packet; one that is damaged, or not described by the standard, is left out."""
        if key.startswith(_LOCAL_SET) and key[8:13] == _STRUCTURAL[:5]:
            items = dict(_items(value))
            if instance := items.get(Tag.INSTANCE):
                self.sets[instance] = LocalSet(key[14], items)

    def of_kind(self, kind: Kind) -> list[LocalSet]:
        """Return all sets of a kind in the order of the file."""
        return [one for one in self.sets.values() if one.kind == kind]

    def one(self, owner: LocalSet, tag: Tag) -> LocalSet | None:
        """Return the set to which an item refers."""
        return self.sets.get(owner.items.get(tag, b""))

    def many(self, owner: LocalSet, tag: Tag) -> list[LocalSet]:
        """Return the sets to which an array of references refers, in its order."""
        value = owner.items.get(tag, b"")[8:]
        ids = (value[at : at + 16] for at in range(0, len(value), 16))
        return [self.sets[one] for one in ids if one in self.sets]


def is_primer(key: bytes) -> bool:
    """Whether a key opens the header metadata of a partition."""
    return key[8:14] == _PRIMER


def _items(value: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield local tag and value of the items of a set, as far as they are whole."""
    at = 0
    while at + 4 <= len(value):
        tag, length = (int.from_bytes(value[place : place + 2], "big") for place in (at, at + 2))
        if at + 4 + length > len(value):
            return
        yield tag, value[at + 4 : at + 4 + length]
        at += 4 + length
