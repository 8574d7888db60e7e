"""Names that every session format and file system can hold, and names that differ from all others."""

import re
from collections.abc import Collection

_LONGEST = 80
_MOST_BYTES = 180
_RESERVED = {"CON", "PRN", "AUX", "NUL", *(f"{port}{n}" for port in ("COM", "LPT") for n in range(1, 10))}
"""Names that Windows reserves for devices."""


def clean(text: str) -> str:
    """Return `text` on one line, without control characters and lone surrogates, which XML cannot hold."""
    return "".join(" " if sign in "\t\r\n" else sign for sign in text if _is_allowed(sign)).strip()


def unique(name: str, others: Collection[str]) -> str:
    """Return `name`, with the first number that makes it differ from `others`; ignores case and kinds of quotes."""
    folded = {_folded(other) for other in others}
    if _folded(name) not in folded:
        return name
    number = 2
    while _folded(f"{name} ({number})") in folded:
        number += 1
    return f"{name} ({number})"


def file_name(text: str) -> str:
    """Return `text` as a part of a file name that every system allows: no separators, no reserved signs or words.

    At most 80 characters and 180 bytes of UTF-8: with a number and a suffix the narrowest file system holds that.
    """
    name = re.sub(r'[<>:"/\\|?*]+', "_", clean(text)).strip(" .")[:_LONGEST]
    name = name.encode("utf-8")[:_MOST_BYTES].decode("utf-8", "ignore").rstrip(" .") or "_"
    return f"_{name}" if name.partition(".")[0].strip().upper() in _RESERVED else name


def _folded(name: str) -> str:
    """Return the form that equal names share; REAPER writes ' for ` where no other quotes are left."""
    return name.casefold().replace("`", "'")


def _is_allowed(sign: str) -> bool:
    code = ord(sign)
    if code < 32 or 0x7F <= code < 0xA0:
        return sign in "\t\r\n"
    return not 0xD800 <= code < 0xE000 and code not in (0xFFFE, 0xFFFF)
