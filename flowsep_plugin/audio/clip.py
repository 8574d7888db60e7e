"""Audio in memory, and `Source`, through which all audio is read."""

from dataclasses import dataclass
from typing import Any, Protocol, Self

import numpy as np

from flowsep_plugin.errors import MediaError

from .player import player
from .span import Span
from .types import Samples


class Source(Protocol):
    """Audio that is read block by block: a clip in memory, or an open file (`flowsep_plugin.media`)."""

    @property
    def rate(self) -> int:
        """Sample rate in Hz, an integer."""
        ...

    @property
    def channels(self) -> int:
        """Number of channels, at least 1."""
        ...

    @property
    def frames(self) -> int:
        """Length in frames, samples per channel."""
        ...

    def read(self, start: int, stop: int) -> Samples:
        """Return frames `[start, stop)` as (channels, stop - start) float32; zeros outside the source."""
        ...


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class AudioClip:
    """Audio with its sample rate and its place on a timeline.

    >>> import numpy as np
    >>> clip = AudioClip(np.zeros((2, 48_000), np.float32), 48_000)
    >>> clip, np.asarray(clip).shape
    (AudioClip(2 ch, 48000 Hz, 1.000 s), (2, 48000))

    samples : (channels, frames) floats in ±1, finite, stored as float32; (frames,) becomes one channel.
    rate : sample rate in Hz.     start : place of frame 0 on the timeline, in frames. With it, the separation of a part
    agrees with that of the whole.
    Notebooks show a player. `np.asarray(clip)` is the samples, without a copy.
    Raises MediaError for an array that is empty, has another shape or type, or holds NaN, Inf or more than float32 can.
    """

    samples: Samples
    rate: int
    start: int = 0

    def __post_init__(self) -> None:
        samples = np.asarray(self.samples)
        if not np.issubdtype(samples.dtype, np.floating):
            is_integer = np.issubdtype(samples.dtype, np.integer)
            way_out = "divide by full scale, such as 32768 for int16" if is_integer else "pass an array of numbers"
            raise MediaError(f"samples must be floats in ±1, got {samples.dtype}; {way_out}")
        if samples.ndim == 1:
            samples = samples[None]
        if samples.ndim != 2:
            raise MediaError(f"samples must have the shape (channels, frames), got {samples.shape}")
        if samples.shape[0] == 0 or samples.shape[1] == 0:
            raise MediaError(f"the clip is empty: {samples.shape[0]} channels, {samples.shape[1]} frames")
        if samples.shape[0] > samples.shape[1] and samples.shape[0] > 64:
            raise MediaError(f"samples must be (channels, frames), but {samples.shape} looks transposed; pass array.T")
        if self.rate <= 0:
            raise MediaError(f"a clip's rate must be positive, got {self.rate} Hz")
        object.__setattr__(self, "samples", _as_float32(samples))

    @property
    def channels(self) -> int:
        """Number of channels, at least 1."""
        return int(self.samples.shape[0])

    @property
    def frames(self) -> int:
        """Length in frames, samples per channel."""
        return int(self.samples.shape[1])

    @property
    def span(self) -> Span:
        """Place and length on the timeline."""
        return Span(self.start, self.frames, self.rate)

    @property
    def summary(self) -> str:
        """Channels, rate and length in words, such as "2 ch, 48000 Hz, 1.000 s"."""
        return f"{self.channels} ch, {self.rate} Hz, {self.frames / self.rate:.3f} s"

    def __repr__(self) -> str:
        place = f", from {self.start / self.rate:.3f} s" if self.start else ""
        return f"AudioClip({self.summary}{place})"

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """Return the samples (channels, frames); raises ValueError where `copy=False` and `dtype` needs one."""
        return np.array(self.samples, dtype=dtype, copy=copy)

    def _repr_html_(self) -> str:
        return player(self.samples, self.rate)

    def read(self, start: int, stop: int) -> Samples:
        """Return frames `[start, stop)` of this clip, counted from its first, as (channels, n); zeros outside."""
        first, last = max(0, start), min(self.frames, stop)
        if (first, last) == (start, stop):
            return self.samples[:, start:stop]
        block = np.zeros((self.channels, max(0, stop - start)), np.float32)
        if first < last:
            block[:, first - start : last - start] = self.samples[:, first:last]
        return block

    def cut(self, start: int, stop: int) -> Self:
        """Return frames `[start, stop)` as a clip at their place on the timeline."""
        return type(self)(self.samples[:, start:stop], self.rate, self.start + start)

    def minus(self, *others: Self) -> Self:
        """Return this clip minus all `others`, sample by sample in float32."""
        difference = self.samples
        for other in others:
            difference = difference - other.samples
        return type(self)(difference, self.rate, self.start)


def _as_float32(samples: np.ndarray) -> Samples:
    """Return floats (channels, frames) as float32. Raises MediaError for NaN, Inf, and what float32 cannot hold."""
    with np.errstate(over="ignore"):
        converted: Samples = samples.astype(np.float32, copy=False)
    bad = np.flatnonzero(~np.isfinite(converted).all(axis=0))
    if bad.size and np.isfinite(samples[:, bad[0]]).all():
        value = np.abs(samples[:, bad[0]]).max()
        raise MediaError(f"frame {bad[0]} is {value:.3g}, which no 32-bit float is; lower the level or repair the clip")
    if bad.size:
        raise MediaError(f"frame {bad[0]} is NaN or Inf; repair the clip in your editor first")
    return converted
