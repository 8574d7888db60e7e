"""Sum of the clips of a session, sample by sample: what a program would play, by nearest frames, in float64.

It shares no code with flowsep: sessions are read by other parsers, sounds by soundfile.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path

import numpy as np
import soundfile

Curve = Callable[[np.ndarray], np.ndarray]
"""Gain at places of a clip, as a function of arrays: of a fade's share from 0 to 1, or of seconds from its start."""


@dataclass(frozen=True, kw_only=True)
class Fade:
    """A fade of `seconds`; `curve` gives its gain for shares of 0 at the clip's edge to 1."""

    seconds: Fraction
    curve: Curve = np.asarray


@dataclass(frozen=True, kw_only=True)
class PlayedClip:
    """A clip as a program plays it.

    start, length : in session seconds.   offset : of the file at the clip's first sample, in seconds; from the file's
    end where it plays backwards.   channels : of the file, None for all.   gains : of the left and the right output.
    """

    file: Path
    start: Fraction
    length: Fraction
    offset: Fraction
    speed: Fraction = Fraction(1)
    reverse: bool = False
    channels: Sequence[int] | None = None
    gains: tuple[float, float] = (1.0, 1.0)
    source_gains: Sequence[float] | None = None
    fade_in: Fade = Fade(seconds=Fraction(0))
    fade_out: Fade = Fade(seconds=Fraction(0))
    curve: Curve = np.ones_like


@cache
def sound(file: Path) -> tuple[np.ndarray, int]:
    """Return the samples of a file, (channels, frames), and its rate."""
    samples, rate = soundfile.read(file, dtype="float64", always_2d=True)
    return samples.T, rate


def mix(clips: Iterable[PlayedClip], rate: int, frames: int) -> np.ndarray:
    """Return the sum of the clips, (2, frames)."""
    total = np.zeros((2, frames))
    for clip in clips:
        first, stop = round(clip.start * rate), round((clip.start + clip.length) * rate)
        assert first >= 0
        assert stop <= frames, "the clip goes on after the end of the mix"
        total[:, first:stop] += rendered(clip, rate, stop - first)
    return total


def rendered(clip: PlayedClip, rate: int, frames: int) -> np.ndarray:
    """Return `frames` of a clip at the session's rate, (2, frames)."""
    samples, media_rate = sound(clip.file)
    ratio = clip.speed * media_rate / rate
    steps = np.arange(frames) * ratio.numerator // ratio.denominator
    at = round(clip.offset * media_rate) + steps
    at = samples.shape[1] - 1 - at if clip.reverse else at
    inside = (at >= 0) & (at < samples.shape[1])
    picked = samples[list(clip.channels) if clip.channels is not None else slice(None)]
    heard = np.where(inside, picked[:, np.clip(at, 0, samples.shape[1] - 1)], 0.0)
    if clip.source_gains is not None:
        heard = heard * np.array(clip.source_gains)[:, None]
    seconds = np.arange(frames) / rate
    gain = clip.curve(seconds) * faded(clip.fade_in, seconds) * faded(clip.fade_out, seconds[::-1])
    pair = heard[[0, 0]] if len(heard) == 1 else heard[:2]
    return pair * gain * np.array(clip.gains)[:, None]


def faded(fade: Fade, seconds: np.ndarray) -> np.ndarray:
    """Return the gain of a fade at `seconds` from the clip's edge."""
    if not fade.seconds:
        return np.ones_like(seconds)
    return np.asarray(fade.curve(np.clip(seconds / float(fade.seconds), 0, 1)))


def lines(points: Sequence[tuple[float, float]]) -> Curve:
    """Return a curve of straight lines between points (place, gain), held before the first and after the last."""
    places, gains = zip(*points, strict=True)
    return lambda at: np.interp(at, places, gains)


def steps(points: Sequence[tuple[float, float]]) -> Curve:
    """Return a curve that holds the gain of each point (place, gain) until the next one."""
    places, gains = np.array(points).T
    return lambda at: gains[np.clip(np.searchsorted(places, at, side="right") - 1, 0, None)]


def panned(pan: float) -> tuple[float, float]:
    """Return the gains of a pan from -1 (left) to 1 (right); other laws differ for the stems as for their source."""
    return min(1.0, 1 - pan), min(1.0, 1 + pan)
