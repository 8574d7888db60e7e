"""Meanings of a dataclass's fields, from the lines `name : meaning` of its docstring."""

import inspect
import re

_NAMES = re.compile(r"(?:^|\s{2,})(\w+(?:, \w+)*) : ", re.MULTILINE)


def field_meanings(kind: type) -> dict[str, str]:
    """Return field -> meaning; of several fields with one meaning each has it. The docstring may leave fields out."""
    described = inspect.getdoc(kind) or ""
    _, *pieces = _NAMES.split(described)
    meanings = (" ".join(text.split("\n\n")[0].split("\nRaises")[0].split()).rstrip(".") for text in pieces[1::2])
    return {name: text for names, text in zip(pieces[::2], meanings, strict=True) for name in names.split(", ")}
