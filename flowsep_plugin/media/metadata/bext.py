"""The `bext` chunk of a Broadcast Wave file (EBU Tech 3285 v2), read and written.

`pack_bext(parse_bext(body)) == body` for every body, including unknown bytes, and `parse_bext(pack_bext(b)) == b` for
text that fits its fields.
"""

from dataclasses import dataclass, field
from typing import Final

FIXED_BYTES: Final = 602
"""Size of the fixed fields, which precede the coding history."""

MOST_FRAMES: Final = 2**64 - 1
"""The largest TimeReference."""

_TEXT: Final = {
    "description": (0, 256),
    "originator": (256, 288),
    "originator_reference": (288, 320),
    "origination_date": (320, 330),
    "origination_time": (330, 338),
}
_TIME_REFERENCE: Final = slice(338, 346)
_VERSION: Final = slice(346, 348)
_UMID: Final = slice(348, 412)
_LOUDNESS: Final = {
    "loudness_value": slice(412, 414),
    "loudness_range": slice(414, 416),
    "max_true_peak": slice(416, 418),
    "max_momentary": slice(418, 420),
    "max_short_term": slice(420, 422),
}
_UNSET_LOUDNESS: Final = 0x7FFF
LOUDNESS_VERSION: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Bext:
    """Broadcast metadata. Text may contain any character (UTF-8 in the file); text that is too long is truncated.

    time_reference : frames since midnight, at the file's rate: the position a DAW spots the file to.
    origination_date, origination_time : "yyyy-mm-dd", "hh:mm:ss".
    umid : 64 bytes, zeros if unset.
    loudness_value … max_short_term : hundredths of LUFS, LU or dBTP, None if unset; stored from version 2 on.
    coding_history : lines that end in CR LF.
    raw : the bytes this was parsed from, which preserves unknown content; not compared.
    """

    description: str = ""
    originator: str = ""
    originator_reference: str = ""
    origination_date: str = ""
    origination_time: str = ""
    time_reference: int = 0
    version: int = LOUDNESS_VERSION
    umid: bytes = bytes(64)
    loudness_value: int | None = None
    loudness_range: int | None = None
    max_true_peak: int | None = None
    max_momentary: int | None = None
    max_short_term: int | None = None
    coding_history: str = ""
    raw: bytes | None = field(default=None, repr=False, compare=False)


def parse_bext(raw: bytes) -> Bext:
    """Parse the body of a `bext` chunk; a body that is too short is padded with zeros. Inverse: `pack_bext`."""
    body = raw.ljust(FIXED_BYTES, b"\0")
    version = int.from_bytes(body[_VERSION], "little")
    texts = {name: _text(body[first:stop]) for name, (first, stop) in _TEXT.items()}
    loudness = {name: _loudness(body[place], version) for name, place in _LOUDNESS.items()}
    return Bext(
        description=texts["description"],
        originator=texts["originator"],
        originator_reference=texts["originator_reference"],
        origination_date=texts["origination_date"],
        origination_time=texts["origination_time"],
        time_reference=int.from_bytes(body[_TIME_REFERENCE], "little"),
        version=version,
        umid=body[_UMID],
        loudness_value=loudness["loudness_value"],
        loudness_range=loudness["loudness_range"],
        max_true_peak=loudness["max_true_peak"],
        max_momentary=loudness["max_momentary"],
        max_short_term=loudness["max_short_term"],
        coding_history=_text(body[FIXED_BYTES:]),
        raw=raw,
    )


def pack_bext(bext: Bext) -> bytes:
    """Return the body of a `bext` chunk; fields unchanged since parsing keep their bytes. Inverse: `parse_bext`.

    Raises ValueError where a number does not fit its field, or the UMID does not have 64 bytes.
    """
    raw = bext.raw or b""
    old = parse_bext(raw)
    if bext.raw is not None and old == bext:
        return bext.raw
    body = bytearray(raw.ljust(FIXED_BYTES, b"\0"))
    for name, (first, stop) in _TEXT.items():
        if getattr(old, name) != getattr(bext, name):
            body[first:stop] = _bytes(getattr(bext, name), stop - first)
    if len(bext.umid) != 64:
        raise ValueError(f"a UMID has 64 bytes, got {len(bext.umid)}")
    body[_TIME_REFERENCE] = _number("time_reference", bext.time_reference, 8)
    body[_VERSION] = _number("version", bext.version, 2)
    body[_UMID] = bext.umid
    for name, place in _LOUDNESS.items():
        if bext.version >= LOUDNESS_VERSION:
            value: int | None = getattr(bext, name)
            body[place] = _number(name, _UNSET_LOUDNESS if value is None else value, 2, signed=True)
    if old.coding_history != bext.coding_history:
        body[FIXED_BYTES:] = bext.coding_history.encode("utf-8", "surrogateescape")
    return bytes(body)


def _text(field: bytes) -> str:
    """Decode a field up to its first NUL; bytes that are not UTF-8 become surrogates."""
    return field.split(b"\0", 1)[0].decode("utf-8", "surrogateescape")


def _bytes(text: str, length: int) -> bytes:
    """Encode `text` in exactly `length` bytes, padded with NUL, truncated at the end of a character."""
    whole = text.split("\0", 1)[0].encode("utf-8", "surrogateescape")
    stop = min(len(whole), length)
    while 0 < stop < len(whole) and whole[stop] & 0xC0 == 0x80:
        stop -= 1
    return whole[:stop].ljust(length, b"\0")


def _number(name: str, value: int, length: int, *, signed: bool = False) -> bytes:
    try:
        return value.to_bytes(length, "little", signed=signed)
    except OverflowError:
        raise ValueError(f"bext {name} {value} does not fit its {length} bytes") from None


def _loudness(field: bytes, version: int) -> int | None:
    value = int.from_bytes(field, "little", signed=True)
    return None if version < LOUDNESS_VERSION or value == _UNSET_LOUDNESS else value
