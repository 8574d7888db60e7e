"""Names that every session format can hold, and that stay apart."""

import re
from collections.abc import Collection

_LONGEST = 80
_MOST_BYTES = 180
_RESERVED = {"CON", "PRN", "AUX", "NUL", *(f"{port}{n}" for port in ("COM", "LPT") for n in range(1, 10))}
"""What Windows takes for devices."""


def clean(text: str) -> str:
    """`text` in one line, without control characters and halves of surrogate pairs; both have no place in XML."""
    kept = "".join(" " if sign in "\t\r\n" else sign for sign in text if _is_allowed(sign))
    return kept.strip()


def unique(name: str, taken: Collection[str]) -> str:
    """`name`, or with the first number that makes it differ from all `taken`, case and kinds of quotes aside."""
    folded = {_folded(other) for other in taken}
    if _folded(name) not in folded:
        return name
    number = 2
    while _folded(f"{name} ({number})") in folded:
        number += 1
    return f"{name} ({number})"


def file_name(text: str) -> str:
    """`text` as part of a file name on every system: no separators, no reserved signs or words, 80 characters at most.

    Nor more than 180 bytes: with a number and a suffix that is what the narrowest file system holds.
    """
    name = re.sub(r'[<>:"/\\|?*]+', "_", clean(text)).strip(" .")[:_LONGEST]
    name = name.encode("utf-8")[:_MOST_BYTES].decode("utf-8", "ignore").rstrip(" .") or "_"
    return f"_{name}" if name.partition(".")[0].strip().upper() in _RESERVED else name


def _folded(name: str) -> str:
    """What programs may take for the same; REAPER writes ' for ` where it has no other quotes left."""
    return name.casefold().replace("`", "'")


def _is_allowed(sign: str) -> bool:
    code = ord(sign)
    if code < 32 or 0x7F <= code < 0xA0:
        return sign in "\t\r\n"
    return not 0xD800 <= code < 0xE000 and code not in (0xFFFE, 0xFFFF)
