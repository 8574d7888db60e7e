"""Overlapping windows over a timeline, and back.

`stitch(split(x, plan), plan)` returns `x`; that is the whole contract. Windows lie on an absolute grid (window k starts
at k * stride, wherever the clip starts), so a part of a clip is cut into the same windows as the whole. Frames may be
of any kind: a plan in audio frames and the same plan `per` 441 of them in mel frames cut the same windows.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np

from .types import Floats


@dataclass(frozen=True, slots=True)
class WindowPlan:
    """Windows of `size` frames, each `size - overlap` after the last one, over `[start, stop)`.

    Invariant: they cover every frame of `[start, stop)`.
    """

    start: int
    stop: int
    size: int
    overlap: int

    def __post_init__(self) -> None:
        if not 0 <= self.overlap <= self.size // 2:
            raise ValueError(f"overlap must lie in 0..{self.size // 2} (half a window), got {self.overlap}")
        if self.stop <= self.start:
            raise ValueError(f"nothing to cover between {self.start} and {self.stop}")

    @property
    def stride(self) -> int:
        """Frames from one window's start to the next one's."""
        return self.size - self.overlap

    @property
    def first(self) -> int:
        """Index of the first window: the last one that starts at or before `start`."""
        return self.start // self.stride

    @property
    def count(self) -> int:
        """How many windows it takes to reach `stop`."""
        return max(1, -(-(self.stop - self.size) // self.stride) - self.first + 1)

    def window_start(self, index: int) -> int:
        """First frame of the `index`-th window of this plan (0-based), on the timeline."""
        return (self.first + index) * self.stride

    def per(self, frames: int) -> Self:
        """The same windows in units of `frames` frames, covering at least the same time.

        Raises ValueError where a window's size or overlap is no whole number of units.
        """
        if self.size % frames or self.overlap % frames:
            raise ValueError(f"windows of {self.size} frames with overlap {self.overlap} are no multiple of {frames}")
        return type(self)(self.start // frames, -(-self.stop // frames), self.size // frames, self.overlap // frames)

    def weights(self, index: int) -> Floats:
        """How much each frame of window `index` counts, `(size,)`; over all windows of the plan they sum to 1.

        Neighbours cross-fade linearly over the overlap; the first and the last window have no neighbour outside.
        """
        weights = np.ones(self.size, np.float32)
        ramp = (np.arange(self.overlap, dtype=np.float32) + 0.5) / max(1, self.overlap)
        if index > 0:
            weights[: self.overlap] = ramp
        if index < self.count - 1:
            weights[self.size - self.overlap :] = 1.0 - ramp
        return weights


def plan_windows(start: int, stop: int, *, size: int, overlap: int) -> WindowPlan:
    """Plan windows of `size` frames over `[start, stop)`; ValueError for an overlap outside 0..size/2."""
    return WindowPlan(start, stop, size, overlap)


def split(frames: Floats, plan: WindowPlan) -> Floats:
    """Cut `(..., stop - start)` into `(count, ..., size)`; zeros outside. Inverse: `stitch`."""
    if frames.shape[-1] != plan.stop - plan.start:
        raise ValueError(f"the plan covers {plan.stop - plan.start} frames, the array has {frames.shape[-1]}")
    parts = np.zeros((plan.count, *frames.shape[:-1], plan.size), frames.dtype)
    for index in range(plan.count):
        begin = plan.window_start(index)
        low, high = max(begin, plan.start), min(begin + plan.size, plan.stop)
        parts[index, ..., low - begin : high - begin] = frames[..., low - plan.start : high - plan.start]
    return parts


def stitch(parts: Floats, plan: WindowPlan) -> Floats:
    """Cross-fade `(count, ..., size)` into `(..., stop - start)`. Inverse of `split`."""
    stitcher = Stitcher(plan)
    turned = np.moveaxis(parts, -1, 1)
    done = [block for part in turned for block in stitcher.push(part)]
    return np.moveaxis(np.concatenate(done), 0, -1)


class Stitcher:
    """`stitch`, one window at a time: memory holds one window, however long the timeline is."""

    def __init__(self, plan: WindowPlan) -> None:
        self._plan = plan
        self._index = 0
        self._tail: Floats | None = None

    def push(self, part: Floats) -> Iterator[Floats]:
        """Take the next window, `(size, ...)`; yield the frames that are final now, `(n, ...)`, clipped to the plan."""
        plan, index = self._plan, self._index
        if index >= plan.count:
            raise ValueError(f"the plan has {plan.count} windows; this is one more")
        weighted = part * plan.weights(index).reshape(-1, *[1] * (part.ndim - 1))
        if self._tail is not None:
            weighted[: plan.overlap] += self._tail
        self._index += 1
        last = self._index == plan.count
        final = plan.size if last else plan.stride
        self._tail = weighted[plan.stride :]
        begin = plan.window_start(index)
        low, high = max(begin, plan.start), min(begin + final, plan.stop)
        if low < high:
            yield weighted[low - begin : high - begin]
