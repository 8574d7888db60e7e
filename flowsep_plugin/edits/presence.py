"""Presence of stems that were edited: where something was added, a sound may be, whatever the model says."""

from collections.abc import Iterable
from typing import Final

import numpy as np

from flowsep_plugin.audio.types import Doubles, Floats

from .bins import BinAxis
from .mask_edit import MaskEdit
from .shapes import MaskShape
from .weights import shape_weights

_PIECE: Final = 2048
"""Frames of the transform whose weights are in memory at once: 8 MB."""


def edited_presence(
    presence: Floats, edits: Iterable[MaskEdit], *, first: int, step_seconds: float, rate: int
) -> Floats:
    """Return `presence` (frames,) of a stem with at least the share of each moment that its edits add something to.

    first : place of frame 0 on the timeline, in frames of `step_seconds`.     rate : sample rate of the clip.
    What edits take is not looked at: where a stem is heard, its level says (`presence.StemPeaks`).
    """
    axis, result = BinAxis.for_rate(rate), presence.copy()
    hops = (first + np.arange(len(presence))) * (step_seconds * rate / axis.stft.hop)
    for edit in edits:
        if edit.action == "add" and len(presence):
            begin, end = axis.frames_over(*edit.shape.seconds)
            begin, end = max(begin, int(np.floor(hops[0]))), min(end, int(np.ceil(hops[-1])) + 1)
            if begin < end:
                added = np.interp(hops, np.arange(begin, end), _highest(edit.shape, axis, begin, end), left=0, right=0)
                result = np.maximum(result, added.astype(np.float32))
    return result


def _highest(shape: MaskShape, axis: BinAxis, first: int, last: int) -> Doubles:
    """Return the highest weight of `shape` in each of the frames `[first, last)` of the transform."""
    highest = np.zeros(last - first)
    for start in range(first, last, _PIECE):
        weights = shape_weights(shape, axis, start, min(start + _PIECE, last))
        if weights is not None:
            highest[weights.frames(first)] = weights.values.max(axis=1)
    return highest
