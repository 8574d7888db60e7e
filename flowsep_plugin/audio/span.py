"""A range of time in whole frames, always with its rate."""

from dataclasses import dataclass, field
from typing import Self

from flowsep_plugin.declared import declared


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Half-open range `[start, start + frames)` in frames at `rate` Hz; `start` may be negative.

    Raises ValueError for a negative length or a rate that is not positive.
    """

    start: int = field(metadata=declared("first frame"))
    frames: int = field(metadata=declared("length in frames", low=0))
    rate: int = field(metadata=declared("frames per second", low=1))

    def __post_init__(self) -> None:
        if self.frames < 0:
            raise ValueError(f"a span cannot last {self.frames} frames")
        if self.rate <= 0:
            raise ValueError(f"a span's rate must be positive, got {self.rate} Hz")

    @property
    def stop(self) -> int:
        """First frame after the span."""
        return self.start + self.frames

    @property
    def seconds(self) -> float:
        """Length in seconds, for labels only: arithmetic is in frames."""
        return self.frames / self.rate

    def at(self, rate: int) -> Self:
        """Return the shortest span at `rate` that covers this one: start rounds down, stop rounds up.

        This is the project's only rounding rule. `span.at(r).at(span.rate)` covers `span`.
        """
        start = self.start * rate // self.rate
        stop = -(-self.stop * rate // self.rate)
        return type(self)(start, stop - start, rate)

    def moved(self, frames: int) -> Self:
        """Return a span of the same length that starts `frames` later."""
        return type(self)(self.start + frames, self.frames, self.rate)

    def intersect(self, other: Self) -> Self:
        """Return the overlap of both; an empty span at the later start where there is none.

        Raises ValueError for spans at different rates.
        """
        if other.rate != self.rate:
            raise ValueError(f"spans at {self.rate} and {other.rate} Hz; convert one with .at() first")
        start = max(self.start, other.start)
        return type(self)(start, max(0, min(self.stop, other.stop) - start), self.rate)
