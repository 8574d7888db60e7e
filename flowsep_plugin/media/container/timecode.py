"""The timecode of a video's first picture (SMPTE ST 12-1), from the tags that libav makes of timecode tracks."""

import re
from fractions import Fraction
from typing import Any, Final

_TIMECODE: Final = re.compile(r"(\d{1,2}):(\d{2}):(\d{2})([:;.])(\d{2,3})")
_DROPPED_OF_30: Final = 2
_LONGEST_RATE: Final = 240


def timecode_seconds(container: Any, picture: Any) -> Fraction | None:
    """Return the timecode of an open container's first picture in seconds since midnight; None where it has none."""
    sources = [*([picture] if picture is not None else []), *container.streams, container]
    texts = (str(one.metadata.get("timecode", "")) for one in sources)
    text = next(filter(None, texts), "")
    rate = None if picture is None else picture.average_rate or picture.guessed_rate
    return parsed(text, Fraction(rate)) if rate else None


def parsed(text: str, rate: Fraction) -> Fraction | None:
    """Return the seconds since midnight of a timecode such as "01:00:00:00", ";" for drop frame; None for other text.

    rate : pictures a second, such as 30000/1001.
    """
    match, base = _TIMECODE.fullmatch(text.strip()), round(rate)
    if match is None or not 1 <= base <= _LONGEST_RATE:
        return None
    hours, minutes, seconds, pictures = (int(match[group]) for group in (1, 2, 3, 5))
    if hours > 23 or minutes > 59 or seconds > 59 or pictures >= base:
        return None
    number = (hours * 3600 + minutes * 60 + seconds) * base + pictures
    if match[4] != ":" and base % 30 == 0:
        passed = hours * 60 + minutes
        number -= _DROPPED_OF_30 * base // 30 * (passed - passed // 10)
    return number / rate
