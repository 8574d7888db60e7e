"""SMPTE timecode at rational frame rates, with and without drop-frame.

`parse_timecode(format_timecode(n, r), r) == n` for every frame of a day.  Source: SMPTE ST 12-1.
"""

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from flowsep_plugin.errors import UsageError

_TIMECODE: Final = re.compile(r"(\d{1,2}):(\d\d):(\d\d)([:;.,])(\d{2,3})")


@dataclass(frozen=True, slots=True)
class FrameRate:
    """Picture frames a second. `drop` skips frame numbers, never frames, to keep timecode close to clock time.

    Raises UsageError for a rate that is not positive, and for drop-frame at other than 29.97 and 59.94.
    """

    fps: Fraction
    drop: bool = False

    def __post_init__(self) -> None:
        if self.fps <= 0:
            raise UsageError(f"a frame rate is above 0, got {self.fps}")
        if self.drop and self.fps not in (Fraction(30000, 1001), Fraction(60000, 1001)):
            raise UsageError(f"drop-frame exists at 29.97 and 59.94, not at {float(self.fps):g} frames a second")

    @property
    def nominal(self) -> int:
        """Frame numbers counted a second: `fps` rounded up (24, 25, 30, …)."""
        return -(-self.fps.numerator // self.fps.denominator)

    @property
    def dropped(self) -> int:
        """Frame numbers skipped at the start of each minute, except every tenth; 0 without drop-frame."""
        return 2 * self.nominal // 30 if self.drop else 0

    def __str__(self) -> str:
        return f"{round(float(self.fps), 3):g}{'df' if self.drop else ''}"


_NTSC: Final = {"23.976": 24, "23.98": 24, "29.97": 30, "47.952": 48, "59.94": 60}


def parse_rate(text: str) -> FrameRate:
    """Return the frame rate of a text like 25, 29.97, 29.97df or 30000/1001. Raises UsageError for any other."""
    name = text.strip().lower()
    drop = name.endswith(("df", "drop"))
    name = name.removesuffix("drop").removesuffix("df").strip()
    try:
        fps = Fraction(_NTSC[name] * 1000, 1001) if name in _NTSC else Fraction(name)
    except (ValueError, ZeroDivisionError):
        raise UsageError(f"{text!r} is not a frame rate: write 24, 25, 29.97, 29.97df, 30000/1001, …") from None
    return FrameRate(fps, drop)


def is_timecode(text: str) -> bool:
    """Return whether `text` has the form of a timecode: 01:00:00:00, or 01:00:00;00 for drop-frame."""
    return _TIMECODE.fullmatch(text) is not None


def parse_timecode(text: str, rate: FrameRate) -> int:
    """Return the index of the picture frame, counted from 00:00:00:00. Inverse: `format_timecode`.

    Raises UsageError for text that is not a timecode, fields out of range, and numbers that drop-frame skips.
    """
    match = _TIMECODE.fullmatch(text.strip())
    if match is None:
        raise UsageError(f"{text!r} is not a timecode: write hh:mm:ss:ff, e.g. 01:00:10:12")
    hours, minutes, seconds, frame = (int(match[n]) for n in (1, 2, 3, 5))
    if minutes > 59 or seconds > 59 or frame >= rate.nominal:
        raise UsageError(f"{text}: minutes and seconds end at 59, frames at {rate.nominal - 1} ({rate} a second)")
    if frame < rate.dropped and seconds == 0 and minutes % 10:
        raise UsageError(f"{text} does not exist in drop-frame; the minute starts at frame {rate.dropped:02d}")
    total = 60 * hours + minutes
    return (60 * total + seconds) * rate.nominal + frame - rate.dropped * (total - total // 10)


def format_timecode(frame: int, rate: FrameRate) -> str:
    """Return the timecode of picture frame `frame`, with `;` before the frames for drop-frame.

    Inverse: `parse_timecode`.
    """
    tens, in_tens = divmod(frame, 600 * rate.nominal - 9 * rate.dropped)
    minute = 60 * rate.nominal - rate.dropped
    skipped = 9 * tens + (0 if in_tens < minute + rate.dropped else (in_tens - rate.dropped) // minute)
    number = frame + rate.dropped * skipped
    whole, part = divmod(number, rate.nominal)
    digits = max(2, len(str(rate.nominal - 1)))
    mark = ";" if rate.drop else ":"
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}{mark}{part:0{digits}d}"


def timecode_to_seconds(text: str, rate: FrameRate) -> Fraction:
    """Return the exact seconds from 00:00:00:00 to a timecode. Raises UsageError as `parse_timecode`."""
    return parse_timecode(text, rate) / rate.fps
