"""Times and levels of FCPXML: rational seconds such as 1001/30000s, decibels such as -6dB."""

import re
from fractions import Fraction
from typing import Final

from flowsep_plugin.errors import SessionError
from flowsep_plugin.timeline.numbers import number

_TIME: Final = re.compile(r"\s*(-?\d+(?:\.\d+)?)(?:/(\d+))?s\s*")
_LEVEL: Final = re.compile(r"\s*([-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?|[-+]?inf)\s*(?:dB)?\s*", re.IGNORECASE)


def seconds_of(text: str | None, default: Fraction = Fraction(0)) -> Fraction:
    """Return a time in seconds; `default` for None. Raises SessionError for text that is not a time."""
    if text is None:
        return default
    match = _TIME.fullmatch(text)
    if match is None or (match[2] and not int(match[2])):
        raise SessionError(f"a time is {text!r}, not seconds such as 1001/30000s; export it from its program again")
    return number(match[1], "a time") / int(match[2] or 1)


def time_text(seconds: Fraction) -> str:
    """Return seconds as a rational time. Inverse: `seconds_of`."""
    return f"{seconds.numerator}s" if seconds.denominator == 1 else f"{seconds.numerator}/{seconds.denominator}s"


def decibels_of(text: str | None) -> float:
    """Return a level in decibels; 0 for None. Raises SessionError for text that is not a level."""
    match = _LEVEL.fullmatch("0dB" if text is None else text)
    if match is None:
        raise SessionError(f"a volume is {text!r}, not decibels such as -6dB; export it from its program again")
    return float(match[1])
