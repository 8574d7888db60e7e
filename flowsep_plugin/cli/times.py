"""Times as people type them, and the part of a file that two of them mark.

    90  90.5      seconds                    1:30  1:30.5    minutes and seconds
    1:02:03.25    hours, minutes, seconds    4321000s        samples, counted at the file's own rate (as SoX has it)

`samples` may be written out. Because `30s` looks like seconds and is not, fewer than 1000 samples must be.
"""

import re
from dataclasses import dataclass

from flowsep_plugin.audio.span import Span
from flowsep_plugin.errors import UsageError

TICKS = 1_000_000_000
"""Times in seconds are whole nanoseconds until they meet a file's rate."""

HELP = "seconds, m:ss, h:mm:ss, or samples as 48000s"
_DIGITS = 9
_LEAST_SAMPLES = 1000


@dataclass(frozen=True, slots=True)
class Time:
    """`count` units of 1 / `rate` s from a file's start; `rate` None counts the file's own frames."""

    count: int
    rate: int | None = TICKS

    def counted_at(self, rate: int) -> tuple[int, int]:
        """The earliest and the latest frame at `rate` that this time can be meant by; equal on a frame."""
        if self.rate is None:
            return self.count, self.count
        point = Span(self.count, 0, self.rate).at(rate)
        return point.start, point.stop


def parse_time(text: str) -> Time:
    """Read a time. Raises UsageError that shows the notation."""
    given = text.strip()
    if counted := re.fullmatch(r"(\d+) ?(s|samples?)", given):
        count, unit = int(counted[1]), counted[2]
        if unit == "s" and 0 < count < _LEAST_SAMPLES:
            raise UsageError(f"the time {given!r} means {count} samples: write {count} for seconds, or {count}samples")
        return Time(count, None)
    clock = re.fullmatch(r"(?:(?:(\d+):)?(\d+):)?(\d+(?:\.\d*)?|\.\d+)", given)
    if clock is None:
        raise UsageError(f"the time {text!r} cannot be read: give {HELP}")
    hours, minutes, seconds = clock[1], clock[2], clock[3]
    whole, _, part = seconds.partition(".")
    if (hours and int(minutes) > 59) or (minutes and int(whole or 0) > 59):
        raise UsageError(f"the time {text!r} has more than 59 minutes or seconds after a colon: give {HELP}")
    total = int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(whole or 0)
    return Time(total * TICKS + int(part[:_DIGITS].ljust(_DIGITS, "0") or 0))


def part_of(start: Time | None, end: Time | None, frames: int, rate: int) -> Span | None:
    """The part from `start` to `end` of a file of `frames` at `rate`; None where both are open.

    Raises UsageError where nothing of the file lies between them.
    """
    if start is None and end is None:
        return None
    first = start.counted_at(rate)[0] if start else 0
    stop = end.counted_at(rate)[1] if end else frames
    if first >= frames:
        raise UsageError(f"--start {first / rate:.3f} s lies past the end, {frames / rate:.3f} s")
    if stop <= first:
        raise UsageError(f"--end {stop / rate:.3f} s does not lie after --start {first / rate:.3f} s")
    return Span(first, min(stop, frames) - first, rate)
