"""One walk over all packets of an MXF file: header metadata, and where the sound elements are."""

from array import array
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

from .klv import LONGEST_RUN_IN, PARTITION, Packet, Partition, find_header, packets, partition_of
from .local_sets import Metadata, is_primer

_ELEMENT: Final = bytes.fromhex("0d010301")
_ENCRYPTED: Final = bytes.fromhex("0d010301027e0100")
_SOUND_ITEMS: Final = (0x06, 0x16)
"""Items of sound in the D-10 container (SMPTE ST 386) and in the generic container (ST 379)."""

_LONGEST_SET: Final = 4 << 20


def _integers() -> "array[int]":
    return array("q")


@dataclass(slots=True)
class Elements:
    """The sound elements of one track: where their values are, in order of the file.

    lengths : bytes that are in the file.     cut_bytes : bytes that the last one declares and the file does not have.
    """

    key: bytes
    starts: "array[int]" = field(default_factory=_integers)
    lengths: "array[int]" = field(default_factory=_integers)
    cut_bytes: int = 0


@dataclass(slots=True)
class Scan:
    """The metadata and sound elements of an MXF file.

    elements : by stream and track number, the last four bytes of the key.     has_footer : whether the walk reached
    the last partition: a file without is cut off, damaged, or was not finished.
    """

    metadata: Metadata = field(default_factory=Metadata)
    elements: dict[tuple[int, int], Elements] = field(default_factory=dict)
    has_footer: bool = False
    is_encrypted: bool = False


def is_element(key: bytes) -> bool:
    """Whether a packet is essence: an element of any kind, or an encrypted one."""
    return key[8:12] == _ELEMENT


def header_offset(path: Path) -> int | None:
    """Return the offset of the header partition of `path`, None where it is not MXF.

    A run-in, bytes of another kind before the header, is looked for in files that are named `.mxf`.
    """
    with path.open("rb") as file:
        start = file.read(len(PARTITION) + 1)
        if path.suffix.lower() == ".mxf":
            start += file.read(LONGEST_RUN_IN)
    return find_header(start)


def scan(path: Path, start: int) -> Scan:
    """Walk over the packets of `path`, of which the first is at `start`. Damage ends the walk and raises nothing."""
    result, partition, current = Scan(), Partition(False, False, 0), Metadata()
    with path.open("rb", buffering=0) as file:
        file_bytes = file.seek(0, 2)
        for packet in packets(file, start, file_bytes):
            key = packet.key
            if is_element(key):
                result.is_encrypted |= key[8:16] == _ENCRYPTED
                if key[12] in _SOUND_ITEMS:
                    _add_element(result, packet, partition.body_sid, file_bytes)
            elif pack := partition_of(key, _value(file, packet) if key.startswith(PARTITION) else b""):
                partition = pack
                result.has_footer |= pack.is_footer
            elif is_primer(key):
                current = Metadata(partition.is_complete)
            elif key[4:6] == b"\x02\x53":
                current.add(key, _value(file, packet))
                if current.is_complete >= result.metadata.is_complete:
                    result.metadata = current
    return result


def _add_element(result: Scan, packet: Packet, sid: int, file_bytes: int) -> None:
    track = (sid, int.from_bytes(packet.key[12:], "big"))
    elements = result.elements.get(track)
    if elements is None:
        elements = result.elements[track] = Elements(packet.key)
    available = max(0, min(packet.length, file_bytes - packet.start))
    elements.starts.append(packet.start)
    elements.lengths.append(available)
    elements.cut_bytes = packet.length - available


def _value(file: BinaryIO, packet: Packet) -> bytes:
    file.seek(packet.start)
    return file.read(min(packet.length, _LONGEST_SET))
