"""Peaks at many resolutions: lowest, highest and power of every 256 frames, 1024, 4096, …, per channel.

A waveform is drawn from the coarsest level that is not coarser than a pixel, so its cost depends on the picture only.
The file is read once, in blocks; an hour of 48 kHz stereo takes 22 MB, on disk and memory-mapped (`peak_cache`).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from flowsep_plugin.audio.clip import Source
from flowsep_plugin.audio.types import Doubles, Floats, Samples

BASE: Final = 256
"""Frames in a bin of the finest level."""

STEP: Final = 4
"""Bins of one level in a bin of the next."""

LEVELS: Final = 7
BLOCK: Final = BASE * STEP ** (LEVELS - 1)
"""Frames read at once: one bin of the coarsest level (1 048 576)."""


_LOUDEST: Final = np.float32(1e15)
"""+300 dBFS, which no picture shows."""

Indices: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class PeakLevel:
    """Bins of `size` frames; the last may hold fewer. Arrays are (channels, bins); power is the mean square."""

    size: int
    low: Floats
    high: Floats
    power: Floats


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Peaks:
    """`levels`, finest first; `done`: the number of frames analysed so far."""

    rate: int
    channels: int
    frames: int
    done: int
    levels: tuple[PeakLevel, ...]

    @property
    def is_whole(self) -> bool:
        """Whether the file was analysed to its end."""
        return self.done >= self.frames

    def level_for(self, frames_per_column: float) -> PeakLevel:
        """Return the coarsest level whose bins are no longer than a column; the finest where all are longer."""
        fitting = [level for level in self.levels if level.size <= frames_per_column]
        return fitting[-1] if fitting else self.levels[0]

    def columns(self, edges: Doubles) -> "Columns":
        """Return the peaks of `n` columns between the increasing frames `edges`, (n + 1,).

        A column covers every bin that it touches; columns outside the file, or not analysed yet, are NaN.
        """
        level = self.level_for(float(edges[-1] - edges[0]) / max(1, len(edges) - 1))
        bins = -(-min(self.done, self.frames) // level.size)
        first = np.floor(edges[:-1] / level.size).astype(np.int64)
        stop = np.maximum(np.ceil(edges[1:] / level.size).astype(np.int64), first + 1)
        inside = (stop > 0) & (first < bins) & (edges[1:] > 0) & (edges[:-1] < self.done)
        columns = Columns(*(np.full((self.channels, len(first)), np.nan, np.float32) for _ in range(3)))
        if inside.any():
            ranges = _ranges(first[inside], stop[inside], bins)
            _gather(level, ranges, columns, inside)
        return columns


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Values of a picture's columns, each (channels, n) float32; NaN where there is no audio."""

    low: Floats
    high: Floats
    rms: Floats


PeaksCallback: TypeAlias = Callable[[Peaks], None]
"""Called after every block with the peaks so far; may raise Cancelled, which stops the analysis."""


def make_peaks(source: Source, report: PeaksCallback = lambda peaks: None) -> Peaks:
    """Return the peaks of all of `source`, reading it once. Raises as `source.read` and `report` do."""
    sizes = [BASE * STEP**n for n in range(LEVELS)]
    levels = tuple(_empty(source.channels, source.frames, size) for size in sizes)
    peaks = Peaks(rate=source.rate, channels=source.channels, frames=source.frames, done=0, levels=levels)
    for start, block in _blocks(source):
        _fill(levels, start, block)
        peaks = replace(peaks, done=min(source.frames, start + BLOCK))
        report(peaks)
    return peaks


def sketch_peaks(source: Source, parts: int = 1500) -> Peaks:
    """Return a sketch of the peaks from the first 256 frames of each of `parts` equal parts, long before all is read.

    It has one level, whose bins represent more frames than were read; draw it only where `make_peaks` has not got yet.
    """
    size = max(BASE, -(-source.frames // parts))
    level = _empty(source.channels, source.frames, size)
    for place in range(level.low.shape[1]):
        start = place * size
        part = source.read(start, min(source.frames, start + BASE))
        level.low[:, place], level.high[:, place] = part.min(axis=1), part.max(axis=1)
        level.power[:, place] = _powers(part).mean(axis=1)
    frames = source.frames
    return Peaks(rate=source.rate, channels=source.channels, frames=frames, done=frames, levels=(level,))


def columns_of(samples: Samples, first: int, edges: Doubles) -> Columns:
    """Return the same as `Peaks.columns` from `samples`, (channels, n), that start at frame `first`; for high zoom."""
    skipped = max(0, int(edges[0]) - first)
    first, samples = first + skipped, samples[:, skipped : max(skipped + 1, int(edges[-1]) + 2 - first)]
    last = samples.shape[1]
    start = np.floor(edges[:-1]).astype(np.int64) - first
    stop = np.maximum(np.ceil(edges[1:]).astype(np.int64) - first, start + 1)
    inside = (stop > 0) & (start < last)
    columns = Columns(*(np.full((len(samples), len(start)), np.nan, np.float32) for _ in range(3)))
    if inside.any():
        level = PeakLevel(1, low=samples, high=samples, power=_powers(samples))
        _gather(level, _ranges(start[inside], stop[inside], last), columns, inside)
    return columns


def _powers(samples: Samples) -> Samples:
    """Return the squares of (channels, n) samples; sums of a million are finite however loud they are."""
    return np.square(np.clip(samples, -_LOUDEST, _LOUDEST))


def _ranges(first: Indices, stop: Indices, bins: int) -> Indices:
    """Return half-open ranges of bins, (n, 2), limited to existing ones."""
    return np.stack([np.maximum(0, first), np.minimum(bins, np.maximum(1, stop))], axis=1)


def _gather(level: PeakLevel, ranges: Indices, columns: Columns, inside: NDArray[np.bool_]) -> None:
    """Reduce the bins of every range, (n, 2), to its column. Ranges may touch or overlap; none is empty."""
    low, high = int(ranges[0, 0]), int(ranges[-1, 1])
    flat = (ranges - low).ravel()
    flat[1::2] = np.minimum(flat[1::2], high - low)

    def reduced(kind: np.ufunc, values: Floats) -> Floats:
        padded = np.concatenate([values[:, low:high], values[:, high - 1 : high]], axis=1)  # reduceat stops before it
        return np.asarray(kind.reduceat(padded, flat, axis=1)[:, ::2], np.float32)

    columns.low[:, inside] = reduced(np.minimum, level.low)
    columns.high[:, inside] = reduced(np.maximum, level.high)
    columns.rms[:, inside] = np.sqrt(reduced(np.add, level.power) / np.diff(ranges, axis=1)[:, 0])


def _empty(channels: int, frames: int, size: int) -> PeakLevel:
    shape = (channels, -(-frames // size))
    return PeakLevel(size, *(np.zeros(shape, np.float32) for _ in range(3)))


def _blocks(source: Source) -> Iterator[tuple[int, Samples]]:
    for start in range(0, source.frames, BLOCK):
        yield start, source.read(start, min(source.frames, start + BLOCK))


def _fill(levels: tuple[PeakLevel, ...], start: int, block: Samples) -> None:
    """Add a block, (channels, n), which starts at a bin of every level, to all levels."""
    cuts = np.arange(0, block.shape[1], BASE)
    counts = np.minimum(BASE, block.shape[1] - cuts)
    low, high = np.minimum.reduceat(block, cuts, axis=1), np.maximum.reduceat(block, cuts, axis=1)
    power = np.add.reduceat(_powers(block), cuts, axis=1) / counts
    for level in levels:
        if level.size > BASE:
            cuts = np.arange(0, low.shape[1], STEP)
            low, high = np.minimum.reduceat(low, cuts, axis=1), np.maximum.reduceat(high, cuts, axis=1)
            weight = np.add.reduceat(counts, cuts)
            power, counts = np.add.reduceat(power * counts, cuts, axis=1) / weight, weight
        here = slice(start // level.size, start // level.size + low.shape[1])
        level.low[:, here], level.high[:, here], level.power[:, here] = low, high, power
