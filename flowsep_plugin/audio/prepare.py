"""From a source at its own rate and level to a model's windows, and the gains that undo the level.

`prepare(source, origin, plan, indices, …)` returns `Prepared` windows and `WindowGains`, whose `restore` brings what
the model generates back to the source's level.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from .clip import Source
from .levels import check_levels, loud_exponent
from .resample import common_block, resample
from .types import Floats, Mel, Samples
from .windows import WindowPlan

_RESAMPLER_REACH = 2048
"""Reach of soxr's filters on either side, in frames of the lower rate; measured, see the tests."""

_SILENCE = 1e-4
"""A window under -80 dBFS is not amplified."""


Padding: TypeAlias = Literal["silence", "mirror"]
"""Content of a window outside the source: zeros, or the source mirrored at its edge."""


@dataclass(frozen=True, slots=True)
class Level:
    """Level that a model expects of its windows: `rms` or `peak` at `value` (full scale is 1), or any ("none").

    Any means: as recorded, except far above full scale (`levels.LOUD`).
    """

    kind: Literal["rms", "peak", "none"]
    value: float = 0.0

    def gain(self, window: Samples) -> float:
        """Return the factor that brings a window `(channels, frames)` to this level; 1 for silence."""
        if window.shape[-1] == 0 or self.kind == "none":
            return 2.0 ** -loud_exponent(window)
        level = float(
            np.abs(window).max() if self.kind == "peak" else np.sqrt(np.mean(np.square(window, dtype=np.float64)))
        )
        return self.value / level if level > _SILENCE else 1.0


@dataclass(frozen=True, slots=True)
class WindowGains:
    """Factors `gains` (windows,) that `prepare` applied to the windows, and which windows are `silent` (windows,)."""

    gains: Floats
    silent: np.ndarray

    def restore(self, log_mels: Mel) -> Mel:
        """Return log-mels `(windows, ..., frames, bands)` at the level of the source."""
        return log_mels - np.log(self.gains).reshape(-1, *[1] * (log_mels.ndim - 1)).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Prepared:
    """Windows `(windows, channels, size)` float32 at the model's rate and level."""

    windows: Samples
    rate: int


def read_at_rate(source: Source, origin: int, start: int, stop: int, rate: int) -> Samples:
    """Return timeline samples `[start, stop)` at `rate` Hz, as (channels, stop - start).

    origin : timeline frame of the source's frame 0, at the source's rate.
    Reads whole common blocks of both rates plus the resampler's reach, so any two readings agree where they overlap.
    They are float32, and float64 where the source is far above full scale (`levels.LOUD`).
    Raises MediaError for a sample that is beyond what can be separated, and as `source.read` does.
    """
    if source.rate == rate:
        return _read(source, start - origin, stop - origin)
    native_block, model_block = common_block(source.rate, rate)
    reach = -(-_RESAMPLER_REACH * rate // min(rate, source.rate))
    first = (start - reach) // model_block
    last = -(-(stop + reach) // model_block)
    native = _read(source, first * native_block - origin, last * native_block - origin)
    begin = start - first * model_block
    return resample(native, source.rate, rate)[:, begin : begin + stop - start]


def _read(source: Source, start: int, stop: int) -> Samples:
    """Return the source's frames `[start, stop)`, checked; as float64 where resampling could overflow float32."""
    samples = source.read(start, stop)
    check_levels(samples, first=start, rate=source.rate)
    return samples.astype(np.float64) if loud_exponent(samples) else samples


def read_mirrored(source: Source, origin: int, start: int, stop: int, rate: int) -> Samples:
    """Return (channels, stop - start) as `read_at_rate`, with the source mirrored beyond its ends instead of zeros.

    The mirrored part depends on the source alone, not on where the reading starts or stops.
    """
    first, last = _extent(source, origin, rate)
    before, behind = max(0, first - start), max(0, stop - last)
    low = max(first, min(start, last - behind))
    high = min(last, max(stop, first + before))
    if high <= low:
        return np.zeros((source.channels, stop - start), np.float32)
    inside = read_at_rate(source, origin, low, high, rate)
    padded = np.pad(inside, ((0, 0), (before, behind)), mode="symmetric")
    begin = start - (low - before)
    return padded[:, begin : begin + stop - start]


def prepare(
    source: Source, origin: int, plan: WindowPlan, indices: range, *, rate: int, level: Level,
    padding: Padding = "silence",
) -> tuple[Prepared, WindowGains]:  # fmt: skip
    """Cut windows `indices` of `plan` (in frames at `rate`) from `source` and bring them to `level`.

    origin : timeline frame of the source's frame 0, at the source's rate.
    The mean of each window is subtracted (no estimate uses it). The level is measured where the source has audio, so
    a short clip is not amplified for the silence after it.
    """
    begin, end = plan.window_start(indices[0]), plan.window_start(indices[-1]) + plan.size
    read = read_mirrored if padding == "mirror" else read_at_rate
    audio = read(source, origin, begin, end, rate)
    extent = _extent(source, origin, rate)
    windows = np.empty((len(indices), source.channels, plan.size), np.float32)
    gains = np.ones(len(indices), np.float32)
    silent = np.zeros(len(indices), bool)
    for row, index in enumerate(indices):
        offset = plan.window_start(index) - begin
        window = audio[:, offset : offset + plan.size]
        low, high = (min(max(0, edge - begin - offset), plan.size) for edge in extent)
        inside = window[:, low:high]
        mean = inside.mean(axis=-1, keepdims=True) if high > low else 0.0
        silent[row] = high <= low or float(np.abs(inside).max()) < _SILENCE / 10
        gains[row] = level.gain(inside - mean)
        filled = slice(None) if padding == "mirror" and high > low else slice(low, high)
        windows[row] = 0.0
        windows[row, :, filled] = (window[:, filled] - mean) * gains[row]
    return Prepared(windows, rate), WindowGains(gains, silent)


def _extent(source: Source, origin: int, rate: int) -> tuple[int, int]:
    """Return the half-open range of timeline frames at `rate` in which the source has audio."""
    return origin * rate // source.rate, -(-(origin + source.frames) * rate // source.rate)
