"""Audio in memory, and the one seam through which audio is read: `Source`."""

from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np

from flowsep_plugin.errors import MediaError

from .span import Span
from .types import Samples


class Source(Protocol):
    """Something that audio is read from: a clip in memory, or an open file (`flowsep_plugin.media`)."""

    @property
    def rate(self) -> int:
        """Frames a second."""
        ...

    @property
    def channels(self) -> int:
        """Width."""
        ...

    @property
    def frames(self) -> int:
        """Length."""
        ...

    def read(self, start: int, stop: int) -> Samples:
        """Frames `[start, stop)` as (channels, stop - start) float32; zeros where the source has none."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class AudioClip:
    """A clip on its timeline, checked once.

    samples : (channels, frames) float32, finite; (frames,) is taken as one channel.
    rate : frames a second.     start : place of frame 0 on the timeline, in frames; the separation of a part agrees
    with that of the whole where both know their place.
    Raises MediaError where the array is empty, has the wrong shape, or holds NaN or Inf.
    """

    samples: Samples
    rate: int
    start: int = 0

    def __post_init__(self) -> None:
        samples = np.asarray(self.samples)
        if not np.issubdtype(samples.dtype, np.floating):
            raise MediaError(f"a clip holds floats in ±1, got {samples.dtype}; divide integers by full scale first")
        if samples.ndim == 1:
            samples = samples[None]
        if samples.ndim != 2:
            raise MediaError(f"a clip is (channels, frames), got shape {samples.shape}")
        if samples.shape[0] == 0 or samples.shape[1] == 0:
            raise MediaError(f"the clip is empty: {samples.shape[0]} channels, {samples.shape[1]} frames")
        if samples.shape[0] > samples.shape[1] and samples.shape[0] > 64:
            raise MediaError(f"shape {samples.shape} looks like (frames, channels); a clip is (channels, frames)")
        if self.rate <= 0:
            raise MediaError(f"a clip's rate must be positive, got {self.rate} Hz")
        samples = samples.astype(np.float32, copy=False)
        bad = np.flatnonzero(~np.isfinite(samples).all(axis=0))
        if bad.size:
            raise MediaError(f"frame {bad[0]} is NaN or Inf; repair the clip in your editor first")
        object.__setattr__(self, "samples", samples)

    @property
    def channels(self) -> int:
        """Width."""
        return int(self.samples.shape[0])

    @property
    def frames(self) -> int:
        """Length."""
        return int(self.samples.shape[1])

    @property
    def span(self) -> Span:
        """Where the clip lies on its timeline."""
        return Span(self.start, self.frames, self.rate)

    def read(self, start: int, stop: int) -> Samples:
        """Frames `[start, stop)` of this clip (0 is its first), zeros outside."""
        first, last = max(0, start), min(self.frames, stop)
        if (first, last) == (start, stop):
            return self.samples[:, start:stop]
        block = np.zeros((self.channels, max(0, stop - start)), np.float32)
        if first < last:
            block[:, first - start : last - start] = self.samples[:, first:last]
        return block

    def cut(self, start: int, stop: int) -> Self:
        """The part `[start, stop)`, which keeps its place on the timeline."""
        return type(self)(self.samples[:, start:stop], self.rate, self.start + start)

    def minus(self, *others: Self) -> Self:
        """What is left when `others` are taken away, in float32."""
        left = self.samples
        for other in others:
            left = left - other.samples
        return type(self)(left, self.rate, self.start)
