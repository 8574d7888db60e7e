"""Intervals of frequency in which lassos and strokes cross vertical lines of the picture, by column.

A column is a quarter of a hop. Columns and their times are counted from the timeline's start, and what is computed for
one depends on nothing but the shape, so that blocks agree with each other. Frequencies are whole numbers of parts of a
row, so that sums of them are exact.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from flowsep_plugin.audio.types import Doubles

from .bins import BinAxis
from .shapes import Brush, Lasso

COLUMNS: Final = 4
"""Columns of a frame's cell."""

ROWS: Final = 48
"""Rows to an octave of the axis: a quarter of the least height of a cell each."""

PARTS: Final = 256
"""Parts of a row."""

_BITS: Final = 20
"""Bits of a place on the axis in parts; twenty octaves have 245,760."""

_MASK: Final = (1 << _BITS) - 1

_Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """Lower and upper ends of intervals, alternating: `columns` (n,) from the first one on, `parts` (n,) of rows."""

    columns: _Indices
    parts: _Indices


@dataclass(frozen=True, slots=True, eq=False)
class _Lines:
    """Lines between points, (n,) each: from `start` to `stop` seconds, from `first` to `last` octaves."""

    start: Doubles
    stop: Doubles
    first: Doubles
    last: Doubles


def lasso_edges(lasso: Lasso, axis: BinAxis, first: int, last: int) -> Edges:
    """Return the intervals that are inside `lasso` in columns `[first, last)`, by the even-odd rule."""
    lines = _lines(*_coordinates(lasso, axis), closed=True)
    begin = np.ceil(_place(lines.start, axis)).astype(np.int64).clip(first, last)
    end = np.ceil(_place(lines.stop, axis)).astype(np.int64).clip(first, last)
    line, column = _pairs(begin, end)
    share = (_time(column, axis) - lines.start[line]) / (lines.stop[line] - lines.start[line])
    octaves = lines.first[line] + (lines.last[line] - lines.first[line]) * share
    keys = np.sort((column - first) << _BITS | _parts(octaves, axis))
    return Edges(keys >> _BITS, keys & _MASK)


def brush_edges(brush: Brush, axis: BinAxis, first: int, last: int) -> Edges:
    """Return the intervals that are under the stroke of `brush` in columns `[first, last)`.

    Around each line of the stroke the brush covers a capsule, which is convex: one interval in every column.
    """
    lines = _lines(*_coordinates(brush, axis), closed=False)
    radius = brush.radius_seconds
    begin = np.ceil(_place(lines.start - radius, axis)).astype(np.int64).clip(first, last)
    end = np.floor(_place(lines.stop + radius, axis)).astype(np.int64).clip(first - 1, last - 1) + 1
    line, column = _pairs(begin, end)
    low, high = (_parts(_capsule(brush, lines, line, _time(column, axis), side), axis) for side in (-1, 1))
    return _united(column - first, low, high)


def pair_count(shape: Lasso | Brush, axis: BinAxis, first: int, last: int) -> int:
    """Return at most how many pairs of lines and columns `[first, last)` the intervals are computed from."""
    seconds, octaves = _coordinates(shape, axis)
    lines = _lines(seconds, octaves, closed=isinstance(shape, Lasso))
    radius = shape.radius_seconds if isinstance(shape, Brush) else 0.0
    begin = _place(lines.start - radius, axis).clip(first, last)
    end = (_place(lines.stop + radius, axis) + 1).clip(first, last)
    return int((end - begin).sum()) + len(begin)


def _coordinates(shape: Lasso | Brush, axis: BinAxis) -> tuple[Doubles, Doubles]:
    """Return the shape's points as seconds and octaves, (n,) each."""
    points = np.asarray(shape.points, np.float64)
    return points[:, 0], axis.octaves_of(points[:, 1])


def _lines(seconds: Doubles, octaves: Doubles, *, closed: bool) -> _Lines:
    """Return the lines between points in order, from the last to the first too where `closed`; a dab is one line."""
    if closed or len(seconds) == 1:
        seconds, octaves = np.append(seconds, seconds[0]), np.append(octaves, octaves[0])
    backwards = seconds[1:] < seconds[:-1]
    one, other = (seconds[:-1], octaves[:-1]), (seconds[1:], octaves[1:])
    return _Lines(
        np.where(backwards, other[0], one[0]), np.where(backwards, one[0], other[0]),
        np.where(backwards, other[1], one[1]), np.where(backwards, one[1], other[1]),
    )  # fmt: skip


def _time(column: _Indices, axis: BinAxis) -> Doubles:
    """Return the times of columns' centres in seconds. Inverse: `_place`."""
    centre = 2 * column + 1 - COLUMNS
    return np.asarray(centre * axis.stft.hop / (2 * COLUMNS * axis.rate))


def _place(seconds: Doubles, axis: BinAxis) -> Doubles:
    """Return the columns, not rounded, whose centres are at `seconds`."""
    return np.asarray((seconds * (2 * COLUMNS * axis.rate) / axis.stft.hop - 1 + COLUMNS) / 2)


def _pairs(begin: _Indices, end: _Indices) -> tuple[_Indices, _Indices]:
    """Return index and column of every column `[begin, end)` of each line, line by line."""
    counts = np.maximum(end - begin, 0)
    line = np.repeat(np.arange(len(counts)), counts)
    before = np.cumsum(counts) - counts
    return line, begin[line] + np.arange(len(line)) - before[line]


def _capsule(brush: Brush, lines: _Lines, line: _Indices, seconds: Doubles, side: int) -> Doubles:
    """Return the lower (`side` -1) or upper (1) end, in octaves, of the capsule around each `line` at each time.

    In units of the radii, a disc whose centre is p beside the column reaches sqrt(1 - p^2) above it. The line's discs
    reach highest where that grows as the line falls, at p = slope / sqrt(1 + slope^2), or at an end of the line.
    """
    start, stop = ((edge[line] - seconds) / brush.radius_seconds for edge in (lines.start, lines.stop))
    first, last = lines.first[line], lines.last[line]
    length = stop - start
    is_steep = length <= 0  # both ends at one time: the farther one counts
    far = np.maximum(side * first, side * last) * side
    slope = np.where(is_steep, 0.0, (last - first) / brush.radius_octaves / np.where(is_steep, 1.0, length))
    centre = np.clip(side * slope / np.sqrt(1 + np.square(slope)), start.clip(-1, 1), stop.clip(-1, 1))
    share = np.clip((centre - start) / np.where(is_steep, 1.0, length), 0.0, 1.0)
    middle = np.where(is_steep, far, first + (last - first) * share)
    return np.asarray(middle + side * brush.radius_octaves * np.sqrt(np.maximum(1 - np.square(centre), 0.0)))


def _united(columns: _Indices, low: _Indices, high: _Indices) -> Edges:
    """Return the union of intervals `[low, high)` parts in each of their `columns`, (n,) all three."""
    keys = np.sort((columns << _BITS | low) << _BITS | high)
    columns, low, high = keys >> 2 * _BITS, keys >> _BITS & _MASK, keys & _MASK
    reached = np.maximum.accumulate(columns << _BITS | high)  # highest end so far in the column
    begins = np.ones(len(keys), bool)
    begins[1:] = (columns[1:] << _BITS | low[1:]) > reached[:-1]
    firsts = np.flatnonzero(begins)
    ends = reached[np.append(firsts[1:], len(keys)) - 1] & _MASK if len(firsts) else high
    return Edges(np.repeat(columns[firsts], 2), np.stack([low[firsts], ends], axis=1).ravel())


def _parts(octaves: Doubles, axis: BinAxis) -> _Indices:
    """Return places on the axis in parts of rows; those outside it are at its ends."""
    return np.asarray(np.rint(octaves.clip(0, axis.octaves) * (ROWS * PARTS)), np.int64)
