"""The time stamps of an iXML chunk, read and shifted in place; all other bytes are preserved.

iXML repeats the time reference in two pairs of decimal 32-bit halves (iXML specification 2.10, BEXT and SPEED).
"""

import re
from typing import Final

_PAIRS: Final = (
    (b"BWF_TIME_REFERENCE_HIGH", b"BWF_TIME_REFERENCE_LOW"),
    (b"TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI", b"TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO"),
)
_STAMP_RATE: Final = b"TIMESTAMP_SAMPLE_RATE"


def time_reference(ixml: bytes) -> int | None:
    """Return the time reference in frames since midnight, None where the chunk has none."""
    for high, low in _PAIRS:
        if _number(ixml, low) is not None:
            return _joined(ixml, high, low)
    return None


def shifted(ixml: bytes, offset_frames: int, rate: int) -> bytes:
    """Return `ixml` with each time stamp `offset_frames` (at `rate` hertz) later.

    Stamps at another `TIMESTAMP_SAMPLE_RATE` move by the equivalent number of its samples. Raises ValueError where a
    stamp would be before midnight.
    """
    for high, low in _PAIRS:
        if _number(ixml, low) is None:
            continue
        counted_at = (_number(ixml, _STAMP_RATE) or rate) if low.startswith(b"TIMESTAMP") else rate
        moved = _joined(ixml, high, low) + (2 * offset_frames * counted_at + rate) // (2 * rate)
        if moved < 0:
            raise ValueError(f"{low.decode()} would become {moved}; a stem cannot start before midnight")
        ixml = _with_number(ixml, high, moved >> 32)
        ixml = _with_number(ixml, low, moved & 0xFFFFFFFF)
    return ixml


def _joined(ixml: bytes, high: bytes, low: bytes) -> int:
    return ((_number(ixml, high) or 0) << 32) + (_number(ixml, low) or 0)


def _element(name: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"(<" + name + rb">\s*)(\d+)(\s*</" + name + rb">)")


def _number(ixml: bytes, name: bytes) -> int | None:
    match = _element(name).search(ixml)
    return int(match[2]) if match else None


def _with_number(ixml: bytes, name: bytes, value: int) -> bytes:
    return _element(name).sub(lambda match: match[1] + str(value).encode() + match[3], ixml)
