"""Naming patterns: `{clip} [{sound}] {take:02}` and the like, into names that every system takes."""

import string
from datetime import date as today_of
from typing import Final

from flowsep_plugin.errors import UsageError
from flowsep_plugin.timeline.names import clean, file_name

FIELDS: Final = ("clip", "sound", "take", "track", "number", "date")
_NUMBERS: Final = ("take", "number")


def file_name_of(
    pattern: str, *, clip: str, sound: str, take: int = 1, track: str = "", number: int = 1, date: str | None = None
) -> str:
    """Fill `pattern` in; the result is a name without a suffix, at most 80 characters.

    date : "yyyy-mm-dd", today where it is left out. `{take:02}` and `{number:03}` are padded with zeros.
    Raises UsageError for an unknown field, a format that is none, and a pattern that names no file.
    """
    values: dict[str, str | int] = {
        "clip": clip, "sound": sound, "take": take, "track": track, "number": number,
        "date": date or today_of.today().isoformat(),
    }  # fmt: skip
    made = []
    try:
        parts = list(string.Formatter().parse(pattern))
    except ValueError as error:
        raise UsageError(f"the naming pattern {pattern!r} is not closed ({error}); write fields as {{clip}}") from error
    for text, field, spec, conversion in parts:
        made.append(text)
        if field is None:
            continue
        if field not in values or conversion:
            known = ", ".join(f"{{{name}}}" for name in FIELDS)
            raise UsageError(f"the naming pattern has {{{field}}}, which is not known; there is {known}")
        made.append(_formatted(field, values[field], spec or ""))
    text = " ".join("".join(made).split())
    if not clean(text).strip(" ."):
        raise UsageError(f"the naming pattern {pattern!r} names no file; use {{clip}} or {{sound}}")
    return file_name(text)


def illegal_signs(pattern: str) -> str:
    """The signs of `pattern` that no file name holds and `_` will stand for, each once."""
    found = (text for text, _, _, _ in string.Formatter().parse(pattern))
    return "".join(dict.fromkeys(sign for text in found for sign in text if sign in '<>:"/\\|?*'))


def _formatted(field: str, value: str | int, spec: str) -> str:
    if not spec:
        return str(value)
    if field not in _NUMBERS or not spec.isdigit() or len(spec) > 2:
        raise UsageError(
            f"{{{field}:{spec}}} is no format; numbers take a width, {{take:02}}, and other fields nothing"
        )
    return f"{value:{spec}d}"
