"""An iXML chunk, edited in place: all bytes but those of the edited elements are preserved.

Elements are found by their tags, without an XML parser: chunks that are cut off, padded with zeros or in another
encoding than they say are common, and metadata must not stop a separation. Damaged chunks are kept as they are.
Source: iXML specification 3.01.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Final

from flowsep_plugin.untrusted.printable import printable

_PAIRS: Final = (
    (b"BWF_TIME_REFERENCE_HIGH", b"BWF_TIME_REFERENCE_LOW"),
    (b"TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI", b"TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO"),
)
_STAMP_RATE: Final = b"TIMESTAMP_SAMPLE_RATE"
_MOST_FRAMES: Final = 2**64 - 1
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")
EMPTY: Final = b"""<?xml version="1.0" encoding="UTF-8"?>
<BWFXML><IXML_VERSION>1.61</IXML_VERSION></BWFXML>
"""
"""A chunk without content, for files that need their place in one."""


@dataclass(frozen=True, slots=True)
class IxmlElement:
    """An element's places in a chunk: `[start, stop)` with its tags, `[first, last)` its content."""

    start: int
    first: int
    last: int
    stop: int

    def content(self, ixml: bytes) -> bytes:
        """Return the bytes between its tags."""
        return ixml[self.first : self.last]


def elements(ixml: bytes, name: str) -> Iterator[IxmlElement]:
    """Yield the elements of that name in order, nested ones left out; the first without an end ends the search."""
    tag = name.encode()
    opening = re.compile(rb"<" + tag + rb"(?:\s[^<>]*)?/?>")
    closing = re.compile(rb"</" + tag + rb"\s*>")
    at = 0
    while (first := opening.search(ixml, at)) is not None:
        if first[0].endswith(b"/>"):
            at = first.end()
            yield IxmlElement(first.start(), at, at, at)
        elif (last := closing.search(ixml, first.end())) is not None:
            at = last.end()
            yield IxmlElement(first.start(), first.end(), last.start(), at)
        else:
            return


def text(ixml: bytes, name: str) -> str | None:
    """Return the text of the first element of that name, without white space around it; None where there is none."""
    element = next(elements(ixml, name), None)
    return None if element is None else element.content(ixml).decode("utf-8", "replace").strip()


def with_text(ixml: bytes, name: str, value: str) -> bytes:
    """Return `ixml` with another text in every element of that name; unchanged where there is none."""
    content = escape(printable(value), quote=False).encode("ascii", "xmlcharrefreplace")
    filled = b"<" + name.encode() + b">" + content + b"</" + name.encode() + b">"
    return replaced(ixml, [(element.start, element.stop, filled) for element in elements(ixml, name)])


def without(ixml: bytes, name: str) -> bytes:
    """Return `ixml` without the elements of that name."""
    return replaced(ixml, [(element.start, element.stop, b"") for element in elements(ixml, name)])


def with_child(ixml: bytes, parent: str, name: str, value: str) -> bytes:
    """Return `ixml` with the text in the element `name`, which is made in `parent`, and that too, where it is missing.

    Unchanged where the chunk has no end at which an element can be made.
    """
    outer = next(elements(ixml, parent), None)
    if outer is not None and outer.first == outer.stop:  # <PARENT/>
        ixml, outer = replaced(ixml, [(outer.start, outer.stop, b"")]), None
    if outer is None:
        root = next(elements(ixml, "BWFXML"), None)
        if root is None:
            return ixml
        tag = parent.encode()
        ixml = replaced(ixml, [(root.last, root.last, b"<" + tag + b"></" + tag + b">")])
        outer = next(elements(ixml, parent))
    content = outer.content(ixml)
    if next(elements(content, name), None) is None:
        content += b"<" + name.encode() + b"/>"
    return replaced(ixml, [(outer.first, outer.last, with_text(content, name, value))])


def replaced(ixml: bytes, edits: list[tuple[int, int, bytes]]) -> bytes:
    """Return `ixml` with other bytes in the places `[start, stop)` of `edits`, which are in order and apart."""
    parts, at = [], 0
    for start, stop, content in edits:
        parts += [ixml[at:start], content]
        at = stop
    return b"".join([*parts, ixml[at:]])


def in_utf8(ixml: bytes) -> bytes:
    """Return a chunk of UTF-16 as UTF-8, any other as it is."""
    if ixml[:2] not in _UTF_16:
        return ixml
    decoded = ixml[: len(ixml) & ~1].decode("utf-16", "replace")
    return re.sub(r"""encoding=["']UTF-16["']""", 'encoding="UTF-8"', decoded, count=1, flags=re.I).encode()


def time_reference(ixml: bytes) -> int | None:
    """Return the time reference in frames since midnight, None where the chunk has none."""
    for high, low in _PAIRS:
        if _number(ixml, low) is not None:
            return _joined(ixml, high, low)
    return None


def shifted(ixml: bytes, offset_frames: int, rate: int) -> bytes:
    """Return `ixml` with each time stamp `offset_frames` (at `rate` hertz) later, none before midnight.

    Stamps at another `TIMESTAMP_SAMPLE_RATE` move by the equivalent number of its samples.
    """
    for high, low in _PAIRS:
        if _number(ixml, low) is not None:
            ixml = _with_stamp(ixml, high, low, _joined(ixml, high, low) + _counted(ixml, low, offset_frames, rate))
    return ixml


def placed(ixml: bytes, reference: int, rate: int) -> bytes:
    """Return `ixml` with `reference` (frames since midnight at `rate` hertz) as its time stamps.

    Makes that of SPEED where the chunk has none.
    """
    high, low = (name.decode() for name in _PAIRS[1])
    if _number(ixml, _PAIRS[1][1]) is None:
        for name, value in ((_STAMP_RATE.decode(), rate), (high, 0), (low, 0)):
            ixml = with_child(ixml, "SPEED", name, str(value))
    for own_high, own_low in _PAIRS:
        if _number(ixml, own_low) is not None:
            ixml = _with_stamp(ixml, own_high, own_low, _counted(ixml, own_low, reference, rate))
    return ixml


def _counted(ixml: bytes, low: bytes, frames: int, rate: int) -> int:
    """Return `frames` at `rate` hertz as frames of the stamp `low`, which may count at a rate of its own."""
    own_rate = (_number(ixml, _STAMP_RATE) or rate) if low.startswith(b"TIMESTAMP") else rate
    return (2 * frames * own_rate + rate) // (2 * rate)


def _with_stamp(ixml: bytes, high: bytes, low: bytes, value: int) -> bytes:
    value = min(max(value, 0), _MOST_FRAMES)
    return _with_number(_with_number(ixml, high, value >> 32), low, value & 0xFFFFFFFF)


def _joined(ixml: bytes, high: bytes, low: bytes) -> int:
    return min(((_number(ixml, high) or 0) << 32) + (_number(ixml, low) or 0), _MOST_FRAMES)


def _element(name: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"(<" + name + rb">\s*)(\d{1,20})(\s*</" + name + rb">)")


def _number(ixml: bytes, name: bytes) -> int | None:
    match = _element(name).search(ixml)
    return int(match[2]) if match else None


def _with_number(ixml: bytes, name: bytes, value: int) -> bytes:
    return _element(name).sub(lambda match: match[1] + str(value).encode() + match[3], ixml)
