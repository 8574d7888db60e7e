"""File names from patterns such as `{clip} [{sound}] {take:02}`, valid on every system."""

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
    """Return `pattern` with its fields filled in: a file name without suffix, at most 80 characters.

    date : "yyyy-mm-dd"; None is today. `{take:02}` and `{number:03}` are padded with zeros.
    Raises UsageError for an unknown field, an invalid width, and a pattern that gives an empty name.
    """
    values: dict[str, str | int] = {
        "clip": clip, "sound": sound, "take": take, "track": track, "number": number,
        "date": date or today_of.today().isoformat(),
    }  # fmt: skip
    pieces = []
    try:
        parts = list(string.Formatter().parse(pattern))
    except ValueError as error:
        raise UsageError(
            f"the naming pattern {pattern!r} has an unclosed field ({error}); write fields as {{clip}}"
        ) from error
    for text, field, spec, conversion in parts:
        pieces.append(text)
        if field is None:
            continue
        if field not in values or conversion:
            fields = ", ".join(f"{{{name}}}" for name in FIELDS)
            raise UsageError(f"the naming pattern has an unknown field {{{field}}}; fields: {fields}")
        pieces.append(_formatted(field, values[field], spec or ""))
    text = " ".join("".join(pieces).split())
    if not clean(text).strip(" ."):
        raise UsageError(f"the naming pattern {pattern!r} gives an empty name; use {{clip}} or {{sound}}")
    return file_name(text)


def illegal_signs(pattern: str) -> str:
    """Return the characters of `pattern` that no file name may have, each once; `_` replaces them."""
    texts = (text for text, _, _, _ in string.Formatter().parse(pattern))
    return "".join(dict.fromkeys(sign for text in texts for sign in text if sign in '<>:"/\\|?*'))


def _formatted(field: str, value: str | int, spec: str) -> str:
    if not spec:
        return str(value)
    if field not in _NUMBERS or not spec.isdigit() or len(spec) > 2:
        raise UsageError(
            f"the naming pattern has an invalid field {{{field}:{spec}}}; "
            "only {take} and {number} have a width, such as {take:02}"
        )
    return f"{value:{spec}d}"
