"""Rows of a damaged SQLite file, found in its bytes where SQLite itself no longer gets to them.

A damaged page of an index or of a table's tree hides whole rows that are intact elsewhere. A row begins with a header
of types, then its first column, the job's id: 32 hexadecimal characters, which a search finds wherever they are.
Source: sqlite.org/fileformat2.html, sections 1.5 to 2.1 (pages, cells, records) and 4 (the write-ahead log).
"""

import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from .rows import Stored

_PAGE: Final = 4096
"""SQLite's default since 2016; flowsep sets no other."""
_STATES: Final = b"queued|running|done|failed|cancelled"
_ROW: Final = re.compile(rb"[0-9a-f]{32}(?=[\x00-\xff]{0,8}(?:" + _STATES + rb"))")
_ID_TYPE: Final = 2 * 32 + 13
_HEADERS: Final = range(8, 64)
"""Possible sizes of a header of 15 types."""
_WHOLE: Final = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
"""Type -> bytes of a whole number."""
_LOG_HEAD, _FRAME_HEAD = 32, 24


def rows_in_pages(path: Path, columns: int) -> Iterator[list[Stored]]:
    """Yield the values of every row with `columns` columns that begins with an id, also of rows that were deleted."""
    pages = _pages(path)
    for page in pages.values():
        for match in _ROW.finditer(page):
            for size in _HEADERS:
                start = match.start() - size
                if start >= 0 and page[start] == size:
                    types = _types(page[start + 1 : match.start()])
                    if types[:1] == [_ID_TYPE] and len(types) == columns:
                        payload = _payload(pages, page, start, size + sum(map(_length, types)))
                        if payload is not None:
                            yield _values(payload[size:], types)


def _pages(path: Path) -> dict[int, bytes]:
    """Return the pages by number, from 1: of the file, and over them those of its write-ahead log."""
    content = path.read_bytes()
    pages = {at // _PAGE + 1: content[at : at + _PAGE].ljust(_PAGE, b"\0") for at in range(0, len(content), _PAGE)}
    log_path = Path(f"{path}-wal")
    log = log_path.read_bytes() if log_path.is_file() else b""
    salt = log[16:24]
    for at in range(_LOG_HEAD, len(log) - _FRAME_HEAD - _PAGE + 1, _FRAME_HEAD + _PAGE):
        if log[at + 8 : at + 16] == salt:  # else of before the log began anew
            pages[int.from_bytes(log[at : at + 4], "big")] = log[at + _FRAME_HEAD : at + _FRAME_HEAD + _PAGE]
    return pages


def _types(header: bytes) -> list[int]:
    """Return the numbers that a header holds, seven bits a byte."""
    types, value = [], 0
    for byte in header:
        value = value << 7 | byte & 0x7F
        if not byte & 0x80:
            types.append(value)
            value = 0
    return types


def _length(kind: int) -> int:
    if kind >= 12:
        return (kind - 12) // 2
    return 8 if kind == 7 else _WHOLE.get(kind, 0)


def _payload(pages: dict[int, bytes], page: bytes, start: int, size: int) -> bytes | None:
    """Return the `size` bytes of a record that begins at `start` of its page and goes on in overflow pages."""
    if size > len(pages) * _PAGE:
        return None
    most, least = _PAGE - 35, (_PAGE - 12) * 32 // 255 - 23
    spill = least + (size - least) % (_PAGE - 4)
    local = size if size <= most else spill if spill <= most else least
    payload = page[start : start + local]
    if len(payload) < local:
        return None
    following = page[start + local : start + local + 4]
    while len(payload) < size:
        overflow = pages.get(int.from_bytes(following, "big"))
        if overflow is None:
            return None
        following = overflow[:4]
        payload += overflow[4 : 4 + size - len(payload)]
    return payload


def _values(body: bytes, types: list[int]) -> list[Stored]:
    values: list[Stored] = []
    for kind in types:
        part, body = body[: _length(kind)], body[_length(kind) :]
        if kind >= 12:
            values.append(part)
        elif kind == 7:
            values.append(struct.unpack(">d", part)[0])
        elif kind in _WHOLE:
            values.append(int.from_bytes(part, "big", signed=True))
        else:
            values.append({8: 0, 9: 1}.get(kind))
    return values
