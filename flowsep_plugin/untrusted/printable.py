"""Texts that can be shown and encoded whatever they hold: file names that are not UTF-8 have their bytes escaped."""

import re

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text: object) -> str:
    r"""Return `str(text)` in characters that UTF-8 can encode; each other one is escaped, such as `\udce9`."""
    return str(text).encode("utf-8", "backslashreplace").decode("utf-8")


def one_line(text: object) -> str:
    r"""Return `str(text)` for one line of a terminal: line breaks and control characters are escaped, such as `\x1b`.

    So are characters that turn the direction of writing round, and what UTF-8 cannot encode.
    """
    return _CONTROL.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), str(text))
