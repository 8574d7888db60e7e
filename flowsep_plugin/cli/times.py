"""Times as users type them, and the part of a file between two of them.

    90  90.5      seconds                    1:30  1:30.5    minutes and seconds
    1:02:03.25    hours, minutes, seconds    4321000s        samples at the file's own rate (as in SoX)

`4321000samples` is the same. Because `30s` looks like seconds, fewer than 1000 samples must be written out.
"""

import re
from dataclasses import dataclass

from flowsep_plugin.audio.span import Span
from flowsep_plugin.errors import UsageError

TICKS = 1_000_000_000
"""Times in seconds are counted in whole nanoseconds until the file's rate is known."""

HELP = "seconds, m:ss, h:mm:ss, or samples as 48000s"
_DIGITS = 9
_LEAST_SAMPLES = 1000


@dataclass(frozen=True, slots=True)
class Time:
    """`count` units of 1 / `rate` seconds from a file's start; with `rate` None, frames of the file."""

    count: int
    rate: int | None = TICKS

    def counted_at(self, rate: int) -> tuple[int, int]:
        """Return the frames at `rate` just before and just after this time; equal where it is on a frame."""
        if self.rate is None:
            return self.count, self.count
        point = Span(self.count, 0, self.rate).at(rate)
        return point.start, point.stop


def parse_time(text: str) -> Time:
    """Parse a time in any of the notations above. Raises UsageError with the notations."""
    text = text.strip()
    if counted := re.fullmatch(r"(\d+) ?(s|samples?)", text):
        count, unit = int(counted[1]), counted[2]
        if unit == "s" and 0 < count < _LEAST_SAMPLES:
            raise UsageError(f"the time {text!r} means {count} samples; write {count} for seconds, or {count}samples")
        return Time(count, None)
    clock = re.fullmatch(r"(?:(?:(\d+):)?(\d+):)?(\d+(?:\.\d*)?|\.\d+)", text)
    if clock is None:
        raise UsageError(f"the time {text!r} cannot be read; write {HELP}")
    hours, minutes, seconds = clock[1], clock[2], clock[3]
    whole, _, part = seconds.partition(".")
    if (hours and int(minutes) > 59) or (minutes and int(whole or 0) > 59):
        raise UsageError(f"the time {text!r} has more than 59 minutes or seconds after a colon; write {HELP}")
    total = int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(whole or 0)
    return Time(total * TICKS + int(part[:_DIGITS].ljust(_DIGITS, "0") or 0))


def part_of(start: Time | None, end: Time | None, frames: int, rate: int) -> Span | None:
    """Return the span from `start` to `end` of a file with `frames` at `rate`; None if both are None.

    Raises UsageError where the span would be empty.
    """
    if start is None and end is None:
        return None
    first = start.counted_at(rate)[0] if start else 0
    stop = end.counted_at(rate)[1] if end else frames
    if first >= frames:
        raise UsageError(f"--start {first / rate:.3f} s is after the clip's end at {frames / rate:.3f} s")
    if stop <= first:
        raise UsageError(f"--end {stop / rate:.3f} s must be after --start {first / rate:.3f} s")
    return Span(first, min(stop, frames) - first, rate)
