"""Times, ranges, levels and frequencies as text, times in the ruler's units."""

import math
from fractions import Fraction

from PyQt6.QtCore import QLocale

from flowsep_plugin.audio.span import Span
from flowsep_plugin.timeline import format_timecode

from .scene import RulerMode, Scene
from .ticks import DEFAULT_RATE


def time_text(scene: Scene, mode: RulerMode, frame: int) -> str:
    """Return a frame as text in the units of `mode`: `0:03.250`, `01:00:03:06`, `2|3|480`."""
    if mode == "bars":
        quarters = scene.tempo.quarters(Fraction(frame, scene.rate))
        bar, beat, past = scene.tempo.bar_beat(quarters)
        return f"{bar}|{beat}|{int(past * 960):03d}"
    if mode == "timecode" and frame + scene.origin >= 0:
        rate = scene.frame_rate or DEFAULT_RATE
        return format_timecode(int(Fraction(frame + scene.origin, scene.rate) * rate.fps), rate)
    return clock_text(frame / scene.rate)


def clock_text(seconds: float) -> str:
    """Return seconds as `m:ss.mmm`, or `h:mm:ss.mmm` from an hour on."""
    thousandths = round(abs(seconds) * 1000)
    hours, remainder = divmod(thousandths, 3_600_000)
    minutes, remainder = divmod(remainder, 60_000)
    text = f"{remainder // 1000:02d}.{remainder % 1000:03d}"
    sign = "-" if seconds < 0 and thousandths else ""
    return sign + (f"{hours}:{minutes:02d}:{text}" if hours else f"{minutes}:{text}")


def span_text(scene: Scene, mode: RulerMode, span: Span) -> str:
    """Return start, end and length of a span as text."""
    first, last = time_text(scene, mode, span.start), time_text(scene, mode, span.stop)
    return f"{first} – {last}   ({clock_text(span.seconds)})"


def level_text(peak: float) -> str:
    """Return a linear peak in decibels of full scale as text."""
    return "−∞ dBFS" if peak < 1e-6 else f"{decimal_text(20 * math.log10(peak), 1)} dBFS".replace("-", "−")


def decimal_text(value: float, decimals: int) -> str:
    """Return `value` with so many decimals and the decimal sign of the panel's language."""
    return f"{value:.{decimals}f}".replace(".", QLocale().decimalPoint())


def hertz_text(hertz: float) -> str:
    """Return a frequency as text: `440 Hz`, `1.25 kHz`."""
    return f"{hertz:.0f} Hz" if hertz < 1000 else f"{decimal_text(hertz / 1000, 2)} kHz"
