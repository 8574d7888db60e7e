"""From a clip at its own rate and level to a model's windows, with a receipt for all that was taken away.

`prepare(source, plan, windows, …) -> Prepared, Receipt`; the receipt's `restore` puts the level back into what the
model says about a window.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from .clip import Source
from .resample import common_block, resample
from .types import Floats, Mel, Samples
from .windows import WindowPlan

_RESAMPLER_REACH = 2048
"""Frames on either side, at the lower of both rates, that soxr's filters can see; measured, see the tests."""

_SILENCE = 1e-4
"""A window whose level lies under -80 dBFS is left as it is."""


Padding: TypeAlias = Literal["silence", "mirror"]
"""What a window holds where the source has ended or not begun: zeros, or the source turned round at its edge."""


@dataclass(frozen=True, slots=True)
class Level:
    """What a model wants its windows' level to be: their `rms` or `peak` brought to `value`, or as they are."""

    kind: Literal["rms", "peak", "none"]
    value: float = 0.0

    def gain(self, window: Samples) -> float:
        """Factor that brings `(channels, frames)` to this level; 1 for silence."""
        if window.shape[-1] == 0 or self.kind == "none":
            return 1.0
        level = float(
            np.abs(window).max() if self.kind == "peak" else np.sqrt(np.mean(np.square(window, dtype=np.float64)))
        )
        return self.value / level if level > _SILENCE else 1.0


@dataclass(frozen=True, slots=True)
class WindowGains:
    """What `prepare` took away from each window: `gains` (windows,) were multiplied in; `silent` ones held nothing."""

    gains: Floats
    silent: np.ndarray

    def restore(self, log_mels: Mel) -> Mel:
        """Bring `(windows, ..., frames, bands)` log-mels back to the clip's own level."""
        return log_mels - np.log(self.gains).reshape(-1, *[1] * (log_mels.ndim - 1)).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Prepared:
    """Windows `(windows, channels, size)` float32 at the model's rate and level."""

    windows: Samples
    rate: int


def read_at_rate(source: Source, origin: int, start: int, stop: int, rate: int) -> Samples:
    """Read timeline samples `[start, stop)`, counted at `rate` hertz, from `source` whose frame 0 lies at `origin`.

    Returns (channels, stop - start). Reads whole common blocks of both rates plus the resampler's reach, so that any
    two readings agree where they overlap.
    """
    if source.rate == rate:
        return source.read(start - origin, stop - origin)
    native_block, model_block = common_block(source.rate, rate)
    reach = -(-_RESAMPLER_REACH * rate // min(rate, source.rate))
    first = (start - reach) // model_block
    last = -(-(stop + reach) // model_block)
    native = source.read(first * native_block - origin, last * native_block - origin)
    begin = start - first * model_block
    return resample(native, source.rate, rate)[:, begin : begin + stop - start]


def read_mirrored(source: Source, origin: int, start: int, stop: int, rate: int) -> Samples:
    """`read_at_rate`, but beyond its ends the source goes on as if it lay between two mirrors.

    What lies there depends on the source alone, not on where the reading starts or stops.
    """
    first, last = _extent(source, origin, rate)
    before, behind = max(0, first - start), max(0, stop - last)
    low = max(first, min(start, last - behind))
    high = min(last, max(stop, first + before))
    if high <= low:
        return np.zeros((source.channels, stop - start), np.float32)
    known = read_at_rate(source, origin, low, high, rate)
    padded = np.pad(known, ((0, 0), (before, behind)), mode="symmetric")
    begin = start - (low - before)
    return padded[:, begin : begin + stop - start]


def prepare(
    source: Source, origin: int, plan: WindowPlan, indices: range, *, rate: int, level: Level,
    padding: Padding = "silence",
) -> tuple[Prepared, WindowGains]:  # fmt: skip
    """Cut windows `indices` of `plan` (in frames of `rate`) out of `source` and bring them to `level`.

    origin : timeline place of the source's frame 0, at the source's rate. The mean of each window is taken off (it has
    no part in any estimate); the level is measured where the source has audio, so a short clip is not made louder for
    the silence behind it.
    """
    begin, end = plan.window_start(indices[0]), plan.window_start(indices[-1]) + plan.size
    read = read_mirrored if padding == "mirror" else read_at_rate
    audio = read(source, origin, begin, end, rate)
    have = _extent(source, origin, rate)
    windows = np.empty((len(indices), source.channels, plan.size), np.float32)
    gains = np.ones(len(indices), np.float32)
    silent = np.zeros(len(indices), bool)
    for row, index in enumerate(indices):
        offset = plan.window_start(index) - begin
        window = audio[:, offset : offset + plan.size]
        low, high = (min(max(0, edge - begin - offset), plan.size) for edge in have)
        inside = window[:, low:high]
        mean = inside.mean(axis=-1, keepdims=True) if high > low else 0.0
        silent[row] = high <= low or float(np.abs(inside).max()) < _SILENCE / 10
        gains[row] = level.gain(inside - mean)
        kept = slice(None) if padding == "mirror" and high > low else slice(low, high)
        windows[row] = 0.0
        windows[row, :, kept] = (window[:, kept] - mean) * gains[row]
    return Prepared(windows, rate), WindowGains(gains, silent)


def _extent(source: Source, origin: int, rate: int) -> tuple[int, int]:
    """First and one past the last frame of `rate` in which the source has audio."""
    return origin * rate // source.rate, -(-(origin + source.frames) * rate // source.rate)
