"""The frame rate of an EDL, which few EDLs state: from its timecodes, and from the lengths of its files."""

import re
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Final

from flowsep_plugin.errors import SessionError, UsageError
from flowsep_plugin.timeline.numbers import frames
from flowsep_plugin.timeline.timecode import FrameRate, parse_rate, parse_timecode

from .events import EditList, EdlEvent

_FILM: Final = (FrameRate(Fraction(24)), FrameRate(Fraction(24000, 1001)))
_PAL: Final = FrameRate(Fraction(25))
_NTSC: Final = (FrameRate(Fraction(30000, 1001)), FrameRate(Fraction(30)))
_MANY: Final = 200
"""Timecodes past a whole second of which at 25 frames all but one in 3000 EDLs would have a frame 24."""

_FAST: Final = (FrameRate(Fraction(50)), FrameRate(Fraction(60000, 1001)), FrameRate(Fraction(60)))


def candidates(edits: EditList, frame_rate: FrameRate | None = None) -> tuple[FrameRate, ...]:
    """Return the frame rates that an EDL can have, the likeliest first; one where it is certain.

    frame_rate : where the EDL states none.
    Raises SessionError for a stated rate that is not one.
    """
    stated = edits.settings.get("FRAMERATE")
    digits = [_frame_digits(time) for event in edits.events for time in event.times]
    highest = max(digits, default=0)
    drop = edits.drop or any(";" in time for event in edits.events for time in event.times)
    if stated is not None:
        try:
            rate = parse_rate(stated)
            return (FrameRate(rate.fps, drop=rate.drop or bool(drop and rate.nominal in (30, 60))),)
        except UsageError as error:
            raise SessionError(str(error)) from error
    if frame_rate is not None and (frame_rate.drop or not drop):
        return (frame_rate,)
    if drop:
        return (FrameRate(Fraction(60000 if highest >= 30 else 30000, 1001), drop=True),)
    if highest >= 30:
        return _FAST if highest < 50 else _FAST[1:]
    if highest >= 25:
        return _NTSC
    if highest == 24:
        return (_PAL,)
    return _FILM if sum(map(bool, digits)) >= _MANY else (*_FILM, _PAL)


def frame_of(time: str, rate: FrameRate) -> int:
    """Return the frame of a timecode or a frame number, counted from 00:00:00:00.

    Raises SessionError for a timecode that the rate does not have.
    """
    if time.isdigit():
        return int(time)
    mark = ";" if rate.drop else ":"
    try:
        return parse_timecode(re.sub(r"[:;.,](\d+)$", rf"{mark}\1", time), rate)
    except UsageError as error:
        raise SessionError(f"its timecodes are not at {rate} frames a second: {error}") from error


def sample_of(frame: int, rate: FrameRate, sample_rate: int) -> int:
    """Return the sample at which a frame starts, rounded to the nearest."""
    return frames(frame / rate.fps, sample_rate)


def fits(rate: FrameRate, event: EdlEvent, start: int, length: int, sample_rate: int) -> bool:
    """Return whether an event is inside its file at a frame rate, give or take a frame.

    start : time reference of the file.   length : of the file; both in its samples.
    """
    low, high = (sample_of(frame_of(time, rate), rate, sample_rate) for time in event.times[:2])
    margin = sample_of(1, rate, sample_rate)
    return start - margin <= low and high <= start + length + margin


def without_doubt(
    rates: Sequence[FrameRate], checks: Iterable[tuple[EdlEvent, int, int, int]]
) -> tuple[FrameRate, ...]:
    """Return the rates at which all events are inside their files; all rates where none fits.

    checks : event, time reference, length and sample rate of its file.
    """
    facts = list(checks)
    fitting = tuple(rate for rate in rates if all(fits(rate, *fact) for fact in facts))
    return fitting or tuple(rates)


def _frame_digits(time: str) -> int:
    return 0 if time.isdigit() else int(re.split(r"[:;.,]", time)[-1])
