"""The ids of the packages whose essence an MXF file holds, by which sessions refer to it."""

from pathlib import Path
from typing import Final

from .klv import packets
from .local_sets import Kind, Metadata, Tag
from .scan import header_offset, is_element

_UMID_BYTES: Final = 32
_LONGEST_SET: Final = 1 << 20


def file_umids(path: Path) -> frozenset[bytes]:
    """Return the UMIDs of the file packages of an MXF file, as `umid_key` writes them; empty for other files.

    Only the header is read, up to the first essence. Raises OSError where the file cannot be read.
    """
    start, metadata = header_offset(path), Metadata()
    if start is None:
        return frozenset()
    with path.open("rb") as file:
        for packet in packets(file, start, path.stat().st_size):
            if is_element(packet.key):
                break
            if packet.length <= _LONGEST_SET:
                file.seek(packet.start)
                metadata.add(packet.key, file.read(packet.length))
    ids = [one.items.get(Tag.PACKAGE_OF_ESSENCE, b"") for one in metadata.of_kind(Kind.ESSENCE_DATA)]
    return frozenset(umid_key(umid) for umid in ids if len(umid) == _UMID_BYTES)


def umid_key(umid: bytes) -> bytes:
    """Return an order of the 32 bytes of a UMID that is the same whether or not its material number is swapped.

    AAF stores some numbers with their halves swapped, and its readers swap not all of them back.
    """
    return umid[:16] + b"".join(sorted((umid[16:24], umid[24:])))
