"""Gain of a clip that moves over its length: straight lines between points, on top of the clip's steady gain."""

import math
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any, Self

import numpy as np


@dataclass(frozen=True, slots=True)
class GainCurve:
    """Gain over time, multiplied by `ClipRef.gain`; held before the first point and after the last one.

    points : (frame of the session, counted from the clip's start; linear gain, 0 or more), at least one, in order of
    frames. Between two points the gain is a straight line; two points at one frame are a jump, to the second one.
    Curves of other shapes are read as so many points that no gain is off by more than 0.01 dB.
    Raises ValueError for points out of order and gains below 0 or not finite.
    """

    points: tuple[tuple[Fraction, float], ...]

    def __post_init__(self) -> None:
        if not self.points or any(a[0] > b[0] for a, b in pairwise(self.points)):
            raise ValueError("a gain curve has at least one point, and its points are in order of frames")
        if any(not math.isfinite(gain) or gain < 0 for _, gain in self.points):
            raise ValueError("a gain curve's gains are finite numbers of 0 or more")

    @property
    def is_steady(self) -> bool:
        """Whether all points have the same gain."""
        return len({gain for _, gain in self.points}) == 1

    def at(self, frames: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Return the linear gain at `frames` of the session from the clip's start, (n,), in (n,) float64."""
        places = np.array([float(frame) for frame, _ in self.points])
        gains = np.array([gain for _, gain in self.points])
        after = np.searchsorted(places, frames, side="right")  # a jump takes its second point
        low, high = np.clip(after - 1, 0, None), np.clip(after, None, len(places) - 1)
        length = places[high] - places[low]
        share = np.divide(frames - places[low], length, out=np.zeros(len(frames)), where=length > 0)
        return np.asarray(gains[low] + (gains[high] - gains[low]) * np.clip(share, 0, 1))

    def trimmed(self, first: int, frames: int) -> Self:
        """Return the curve of the part of `frames` frames that begins at frame `first`; its frame 0 is `first`."""
        ends = self.at(np.array([first, first + frames], np.float64))
        inside = [(frame - first, gain) for frame, gain in self.points if first < frame < first + frames]
        jump = [(Fraction(frames), gain) for frame, gain in self.points if frame == first + frames]
        last = jump[:1] or [(Fraction(frames), float(ends[1]))]
        return type(self)(((Fraction(0), float(ends[0])), *inside, *last))
