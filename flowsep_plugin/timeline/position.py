"""Places as people write them: samples, seconds, timecode, bars|beats|ticks.

48123        frames of the session            1.5s  1:02.25  02:01:02.25   seconds
01:00:10:12  timecode (;12 is drop-frame)     17|3  17|3|480               bar|beat|ticks (960 a quarter)

Samples and seconds may be negative; bar 0 is the one before bar 1: what lies there is pre-roll.
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
    """Return the session frame that `text` means.

    rate : of timecodes; None takes the session's. Raises UsageError for text that means no place.
    """
    given = text.strip()
    if found := _SAMPLES.fullmatch(given):
        return int(found[1])
    if found := _BARS.fullmatch(given):
        past = Fraction(found[3] or 0) / TICKS
        quarters = timeline.tempo.bar_beat_quarters(int(found[1]), int(found[2]), past)
        return frames(timeline.tempo.seconds(quarters), timeline.rate)
    if is_timecode(given):
        return frames(timecode_to_seconds(given, _rate(given, timeline, rate)), timeline.rate) - timeline.origin
    if found := _SECONDS.fullmatch(given):
        hours, minutes = int(found[2] or 0), int(found[3] or 0)
        seconds = 3600 * hours + 60 * minutes + Fraction(found[4])
        return frames(-seconds if found[1] else seconds, timeline.rate)
    raise UsageError(
        f"{text!r} is no place: write samples (48123), seconds (1.5s), timecode (01:00:10:12) or bars (17|3|480)"
    )


def parse_range(first: str, last: str, timeline: Timeline, rate: FrameRate | None = None) -> Span:
    """Return the span from `first` to `last`, which it does not contain. Raises UsageError where it is empty."""
    start, stop = parse_position(first, timeline, rate), parse_position(last, timeline, rate)
    if stop <= start:
        raise UsageError(f"the range ends at {last} (frame {stop}), not after its start {first} (frame {start})")
    return Span(start, stop - start, timeline.rate)


def bars_text(frame: int, timeline: Timeline) -> str:
    """Write a frame as bar|beat|ticks, to the nearest tick."""
    quarters = timeline.tempo.quarters(Fraction(frame, timeline.rate))
    bar, beat, past = timeline.tempo.bar_beat(Fraction(frames(quarters, TICKS), TICKS))
    return f"{bar}|{beat}|{int(past * TICKS):03d}"


def timecode_text(frame: int, timeline: Timeline, rate: FrameRate | None = None) -> str | None:
    """Write the timecode of the picture in which a frame lies; None without a frame rate and before midnight."""
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
