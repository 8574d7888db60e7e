"""Positions as text: samples, seconds, timecode, bars|beats|ticks.

48123        frames of the session            1.5s  1:02.25  02:01:02.25   seconds
01:00:10:12  timecode (;12 is drop-frame)     17|3  17|3|480               bar|beat|ticks (960 a quarter)

Samples and seconds may be negative, and bar 0 precedes bar 1: both reach the pre-roll.
"""

import re
from fractions import Fraction
from typing import Final

from flowsep_plugin.audio.span import Span
from flowsep_plugin.errors import UsageError

from .numbers import frames
from .tempo import TICKS
from .timecode import FrameRate, format_timecode, is_timecode, timecode_to_seconds
from .timeline import Timeline

_SAMPLES: Final = re.compile(r"(-?\d+)(?:\s*(?:samples|smp))?")
_SECONDS: Final = re.compile(r"(-?)(?:(?:(\d+):)?(\d{1,2}):)?(\d+(?:\.\d*)?|\.\d+)\s*s?")
_BARS: Final = re.compile(r"(-?\d+)\|(\d+)(?:\|(\d+(?:\.\d+)?))?")


def parse_position(text: str, timeline: Timeline, rate: FrameRate | None = None) -> int:
    """Return the session frame of a position. Inverse of `bars_text` and `timecode_text`, up to their rounding.

    rate : of timecodes; None takes the session's. Raises UsageError for text that is not a position.
    """
    position = text.strip()
    if match := _SAMPLES.fullmatch(position):
        return int(match[1])
    if match := _BARS.fullmatch(position):
        past = Fraction(match[3] or 0) / TICKS
        quarters = timeline.tempo.bar_beat_quarters(int(match[1]), int(match[2]), past)
        return frames(timeline.tempo.seconds(quarters), timeline.rate)
    if is_timecode(position):
        return frames(timecode_to_seconds(position, _rate(position, timeline, rate)), timeline.rate) - timeline.origin
    if match := _SECONDS.fullmatch(position):
        hours, minutes = int(match[2] or 0), int(match[3] or 0)
        seconds = 3600 * hours + 60 * minutes + Fraction(match[4])
        return frames(-seconds if match[1] else seconds, timeline.rate)
    raise UsageError(
        f"{text!r} is not a position: write samples (48123), seconds (1.5s), timecode (01:00:10:12) or bars (17|3|480)"
    )


def parse_range(first: str, last: str, timeline: Timeline, rate: FrameRate | None = None) -> Span:
    """Return the span from position `first` up to `last`.

    Raises UsageError where it is empty, or one of the two is not a position.
    """
    start, stop = parse_position(first, timeline, rate), parse_position(last, timeline, rate)
    if stop <= start:
        raise UsageError(
            f"the range ends at {last} (frame {stop}), not after its start {first} (frame {start}); swap the two"
        )
    return Span(start, stop - start, timeline.rate)


def bars_text(frame: int, timeline: Timeline) -> str:
    """Return a frame as bar|beat|ticks, rounded to the nearest of 960 ticks a quarter."""
    quarters = timeline.tempo.quarters(Fraction(frame, timeline.rate))
    bar, beat, past = timeline.tempo.bar_beat(Fraction(frames(quarters, TICKS), TICKS))
    return f"{bar}|{beat}|{int(past * TICKS):03d}"


def timecode_text(frame: int, timeline: Timeline, rate: FrameRate | None = None) -> str | None:
    """Return the timecode of the picture that is shown at a frame; None without a frame rate, or before 00:00:00:00."""
    rate = rate or timeline.frame_rate
    if rate is None or frame + timeline.origin < 0:
        return None
    return format_timecode(int(Fraction(frame + timeline.origin, timeline.rate) * rate.fps), rate)


def _rate(text: str, timeline: Timeline, rate: FrameRate | None) -> FrameRate:
    rate = rate or timeline.frame_rate
    if rate is None:
        raise UsageError(
            f"{text} needs a frame rate, and {timeline.name} has none; give one, such as 25 or 29.97df",
            setting="frame_rate",
        )
    return FrameRate(rate.fps, drop=True) if re.search(r"[;,.]\d+$", text) and not rate.drop else rate
