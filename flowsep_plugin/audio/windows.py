"""Overlapping windows over a timeline, and their cross-fade back: `stitch(split(x, plan), plan)` equals `x`.

Window k starts at k * stride on the timeline, wherever the clip starts, so a part of a clip is cut into the same
windows as the whole. Frames may be of any kind: a plan in audio frames and the same plan `per` 441 of them in mel
frames have the same windows.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np

from .types import Floats


@dataclass(frozen=True, slots=True)
class WindowPlan:
    """Windows of `size` frames, one every `size - overlap`, that cover `[start, stop)`.

    Raises ValueError for an overlap outside 0..size/2 or an empty range.
    """

    start: int
    stop: int
    size: int
    overlap: int

    def __post_init__(self) -> None:
        if not 0 <= self.overlap <= self.size // 2:
            raise ValueError(f"overlap must be in 0..{self.size // 2} (half a window), got {self.overlap}")
        if self.stop <= self.start:
            raise ValueError(f"stop must be after start, got {self.start} and {self.stop}")

    @property
    def stride(self) -> int:
        """Frames from the start of one window to the next."""
        return self.size - self.overlap

    @property
    def first(self) -> int:
        """Index on the timeline of the first window: the last one that starts at or before `start`."""
        return self.start // self.stride

    @property
    def count(self) -> int:
        """Number of windows, up to the first that reaches `stop`."""
        return max(1, -(-(self.stop - self.size) // self.stride) - self.first + 1)

    def window_start(self, index: int) -> int:
        """Return the timeline frame at which window `index` of this plan (0-based) starts."""
        return (self.first + index) * self.stride

    def per(self, frames: int) -> Self:
        """Return the same windows in units of `frames` frames, covering at least the same time.

        Raises ValueError where size or overlap is not a multiple of `frames`.
        """
        if self.size % frames or self.overlap % frames:
            raise ValueError(f"size {self.size} and overlap {self.overlap} are not both multiples of {frames}")
        return type(self)(self.start // frames, -(-self.stop // frames), self.size // frames, self.overlap // frames)

    def weights(self, index: int) -> Floats:
        """Return the weight of each frame of window `index`, `(size,)`; the weights of all windows sum to 1.

        Neighbours cross-fade linearly over the overlap; the outer edges of the first and last window do not fade.
        """
        weights = np.ones(self.size, np.float32)
        ramp = (np.arange(self.overlap, dtype=np.float32) + 0.5) / max(1, self.overlap)
        if index > 0:
            weights[: self.overlap] = ramp
        if index < self.count - 1:
            weights[self.size - self.overlap :] = 1.0 - ramp
        return weights


def plan_windows(start: int, stop: int, *, size: int, overlap: int) -> WindowPlan:
    """Return windows of `size` frames over `[start, stop)`. Raises ValueError as `WindowPlan`."""
    return WindowPlan(start, stop, size, overlap)


def split(frames: Floats, plan: WindowPlan) -> Floats:
    """Cut `(..., stop - start)` into `(count, ..., size)`, zeros outside. Inverse: `stitch`.

    Raises ValueError for an array of another length than the plan.
    """
    if frames.shape[-1] != plan.stop - plan.start:
        raise ValueError(f"the plan covers {plan.stop - plan.start} frames, the array has {frames.shape[-1]}")
    parts = np.zeros((plan.count, *frames.shape[:-1], plan.size), frames.dtype)
    for index in range(plan.count):
        begin = plan.window_start(index)
        low, high = max(begin, plan.start), min(begin + plan.size, plan.stop)
        parts[index, ..., low - begin : high - begin] = frames[..., low - plan.start : high - plan.start]
    return parts


def stitch(parts: Floats, plan: WindowPlan) -> Floats:
    """Cross-fade windows `(count, ..., size)` into `(..., stop - start)`. Inverse of `split`. Raises ValueError."""
    stitcher = Stitcher(plan)
    turned = np.moveaxis(parts, -1, 1)
    done = [block for part in turned for block in stitcher.push(part)]
    return np.moveaxis(np.concatenate(done), 0, -1)


class Stitcher:
    """Cross-fades one window at a time; memory does not depend on the length of the timeline."""

    def __init__(self, plan: WindowPlan) -> None:
        self._plan = plan
        self._index = 0
        self._tail: Floats | None = None

    @property
    def state(self) -> tuple[int, Floats | None]:
        """Number of windows that were pushed, and the frames (overlap, ...) that wait for the next one's cross-fade."""
        return self._index, self._tail

    def resume(self, index: int, tail: Floats | None) -> None:
        """Go on from the `state` of another stitcher of the same plan; `tail` is (overlap, ...)."""
        self._index, self._tail = index, tail

    def push(self, part: Floats) -> Iterator[Floats]:
        """Add the next window `(size, ...)`; yield the frames `(n, ...)` that it completes, clipped to the plan.

        Raises ValueError for more windows than the plan has.
        """
        plan, index = self._plan, self._index
        if index >= plan.count:
            raise ValueError(f"the plan has {plan.count} windows; push got another one")
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
