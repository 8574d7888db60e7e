"""Lines and labels of the ruler.

The ruler takes the finest step whose labels fit; `thinned` then drops any label that would touch the previous one, as
a tempo map or the uneven minutes of drop-frame can cause. So labels never overlap.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final, TypeAlias

from flowsep_plugin.timeline import FrameRate, format_timecode

from .scene import RulerMode, Scene
from .viewport import Viewport

GAP: Final = 14
"""Least pixels between two labels."""

DEFAULT_RATE: Final = FrameRate(Fraction(25))
"""Frame rate of timecode where the session has none."""

_LEAST_MINOR: Final = 6

Measure: TypeAlias = Callable[[str], float]
"""Width of a label in pixels."""


@dataclass(frozen=True, slots=True)
class RulerTick:
    """A ruler line at `frame`, `x` pixels from the left edge; minor ones have no label."""

    frame: float
    x: float
    label: str = ""

    @property
    def is_major(self) -> bool:
        """Whether it has a label and a stronger grid line."""
        return bool(self.label)


_SECONDS: Final = tuple(
    (Fraction(m) * Fraction(10) ** e, parts) for e in range(-6, 1) for m, parts in ((1, 5), (2, 4), (5, 5))
) + tuple((Fraction(s), parts) for s, parts in (
    (10, 5), (15, 3), (30, 3), (60, 6), (120, 4), (300, 5), (600, 5), (900, 3), (1800, 6), (3600, 6), (7200, 4),
    (14400, 4), (43200, 6), (86400, 4),
))  # fmt: skip


def ruler_ticks(scene: Scene, view: Viewport, mode: RulerMode, measure: Measure) -> tuple[RulerTick, ...]:
    """Return all lines in view, left to right, and some beyond the edges whose labels reach into view."""
    if mode == "bars":
        return _bars(scene, view, measure)
    if mode == "timecode":
        return _timecode(scene, view, measure)
    return _time(scene, view, measure)


def thinned(ticks: Sequence[RulerTick], measure: Measure) -> tuple[RulerTick, ...]:
    """Return `ticks` without labels that would be nearer than `GAP` to the previous label."""
    result, free = [], -math.inf
    for tick in ticks:
        if tick.label and tick.x < free:
            tick = replace(tick, label="")
        elif tick.label:
            free = tick.x + measure(tick.label) + GAP
        result.append(tick)
    return tuple(result)


def time_label(seconds: Fraction, step: Fraction) -> str:
    """Return `m:ss` with as many decimals as `step` needs; `h:mm:ss` from an hour on."""
    decimals = 0
    while decimals < 6 and (step * 10**decimals).denominator != 1:
        decimals += 1
    units = round(abs(seconds) * 10**decimals)
    whole, part = divmod(units, 10**decimals)
    text = f"{whole // 60 % 60}:{whole % 60:02d}"
    if whole >= 3600:
        text = f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"
    return ("-" if seconds < 0 else "") + text + (f".{part:0{decimals}d}" if decimals else "")


def _time(scene: Scene, view: Viewport, measure: Measure) -> tuple[RulerTick, ...]:
    second = scene.rate / view.frames_per_pixel
    last = Fraction(view.visible[1], scene.rate)
    wide = (s for s in _SECONDS if float(s[0]) * second >= measure(time_label(last, s[0])) + GAP)
    step, parts = next(wide, _SECONDS[-1])
    parts = parts if float(step / parts) * second >= _LEAST_MINOR else 1
    minor = step / parts
    ticks = []
    for number in _numbers(view, float(minor) * scene.rate):
        label = "" if number % parts else time_label(number * minor, step)
        frame = number * minor.numerator * scene.rate / minor.denominator
        ticks.append(RulerTick(frame, view.x_of(frame), label))
    return thinned(ticks, measure)


def _timecode(scene: Scene, view: Viewport, measure: Measure) -> tuple[RulerTick, ...]:
    """Return lines at steps of frame numbers; where drop-frame omits one, at the next that exists."""
    rate = scene.frame_rate or DEFAULT_RATE
    picture = float(scene.rate / rate.fps)
    wide = measure("00:00:00:00") + GAP
    steps = _timecode_steps(rate.nominal)
    step, parts = next((s for s in steps if s[0] * picture / view.frames_per_pixel >= wide), steps[-1])
    minor = step // parts if step // parts * picture / view.frames_per_pixel >= _LEAST_MINOR else step
    first, stop = (Fraction(scene.origin + f) * rate.fps / scene.rate for f in _range(view))
    ticks: list[RulerTick] = []
    for number in range(
        _number_of(max(0, int(first)), rate) // minor, _number_of(max(0, int(stop)), rate) // minor + 2
    ):
        counted = _frame_of(number * minor, rate)
        frame = counted / rate.fps * scene.rate - scene.origin
        label = format_timecode(counted, rate) if number * minor % step == 0 else ""
        ticks.append(_tick(view, frame, label))
    return thinned(ticks, measure)


def _timecode_steps(nominal: int) -> tuple[tuple[int, int], ...]:
    """Return pairs (frame numbers, parts), finest first."""
    frames = [(n, n) for n in (1, 2, 5, 10) if n < nominal]
    seconds = [(1, min(5, nominal)), (2, 2), (5, 5), (10, 5), (15, 3), (30, 3), (60, 6), (120, 4), (300, 5), (600, 5),
               (1800, 6), (3600, 6), (7200, 4), (14400, 4), (43200, 6)]  # fmt: skip
    return tuple(frames) + tuple((s * nominal, parts) for s, parts in seconds)


def _number_of(frame: int, rate: FrameRate) -> int:
    """Return the frame number that timecode shows for a counted picture frame. Inverse: `_frame_of`."""
    hours, minutes, seconds, part = (int(t) for t in format_timecode(frame, rate).replace(";", ":").split(":"))
    return ((60 * hours + minutes) * 60 + seconds) * rate.nominal + part


def _frame_of(number: int, rate: FrameRate) -> int:
    minute, remainder = divmod(number, 60 * rate.nominal)
    if minute % 10 and remainder < rate.dropped:
        number += rate.dropped - remainder
    return number - rate.dropped * (minute - minute // 10)


def _bars(scene: Scene, view: Viewport, measure: Measure) -> tuple[RulerTick, ...]:
    """Return lines at bars, every few where they are narrow, at beats and their parts where they are wide."""
    tempo = scene.tempo
    first, stop = (tempo.quarters(Fraction(f, scene.rate)) for f in _range(view))
    first_bar = max(1, tempo.bar_beat(max(Fraction(0), first))[0])
    last_bar = max(first_bar, tempo.bar_beat(max(Fraction(0), stop))[0]) + 1
    wide = measure(f"{last_bar}.4.00") + GAP
    bar_px = view.width / max(0.001, float((stop - first) / 4))
    if bar_px < 2 * wide:
        step = 1
        while step * bar_px < wide:
            step *= 2
        ticks = _whole_bars(scene, view, range(first_bar, last_bar + 1), step, bar_px)
    else:
        ticks = _beats(scene, view, range(first_bar, last_bar + 1), bar_px / 4, wide)
    return thinned(ticks, measure)


def _whole_bars(scene: Scene, view: Viewport, bars: range, step: int, bar_px: float) -> list[RulerTick]:
    minor = max(1, step // 4) if step // 4 * bar_px >= _LEAST_MINOR else step
    start = bars.start - (bars.start - 1) % minor
    return [
        _tick(
            view,
            scene.tempo.seconds(scene.tempo.bar_start(bar)) * scene.rate,
            str(bar) if (bar - 1) % step == 0 else "",
        )
        for bar in range(start, bars.stop, minor)
    ]


def _beats(scene: Scene, view: Viewport, bars: range, quarter_px: float, wide: float) -> list[RulerTick]:
    parts = 1
    while quarter_px / (2 * parts) >= wide and parts < 64:
        parts *= 2
    labelled = quarter_px >= wide
    first, stop = _range(view)
    ticks = []
    for bar in bars:
        start, end = scene.tempo.bar_start(bar), scene.tempo.bar_start(bar + 1)
        unit = _beat_of(scene, start) / parts
        for count in range(math.ceil((end - start) / unit)):
            at = scene.tempo.seconds(start + count * unit) * scene.rate
            if first <= at <= stop or not count:
                label = _beat_label(bar, count, parts) if labelled or not count else ""
                ticks.append(_tick(view, at, label))
    return ticks


def _beat_of(scene: Scene, start: Fraction) -> Fraction:
    signature = max((m for m in scene.tempo.signatures if m.at <= start), key=lambda m: m.at)
    return Fraction(4, signature.unit)


def _beat_label(bar: int, count: int, parts: int) -> str:
    beat, part = divmod(count, parts)
    if part:
        return f"{bar}.{beat + 1}.{100 * part // parts:02d}"
    return f"{bar}.{beat + 1}" if beat else str(bar)


def _tick(view: Viewport, frame: Fraction, label: str) -> RulerTick:
    exact = float(frame)
    return RulerTick(exact, view.x_of(exact), label)


def _range(view: Viewport) -> tuple[int, int]:
    """Return the frames in view, plus the width of a label on the left."""
    over = int(120 * view.frames_per_pixel)
    first, stop = int(view.left * view.frames_per_pixel), int((view.left + view.width) * view.frames_per_pixel) + 1
    return max(0, first - over), max(1, stop)


def _numbers(view: Viewport, step_frames: float) -> Iterator[int]:
    first, stop = _range(view)
    return iter(range(math.floor(first / step_frames), math.ceil(stop / step_frames) + 1))
