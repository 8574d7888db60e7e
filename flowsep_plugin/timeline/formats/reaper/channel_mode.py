"""CHANMODE of a take: which channels of its file it plays.

0 all of them, 1 left and right swapped, 2 downmixed to mono, 3 to 66 channels 1 to 64 as mono, 67 to 130 pairs 1/2 to
64/65, 131 to 194 channels 65 to 128 as mono, 195 and up pairs 65/66 and on.
"""

from typing import Final

SWAPPED: Final = 1
DOWNMIX: Final = 2
_MONO: Final = ((3, 0), (131, 64))
_PAIRS: Final = ((67, 0), (195, 64))
_COUNT: Final = 64
"""Channels in each of the two ranges of mono channels and of pairs."""


def channels_of(mode: int) -> tuple[int, ...] | None:
    """Return the channels that a mode plays, counted from 0; None for all of them in their order."""
    if mode == SWAPPED:
        return (1, 0)
    for (low, first), width in [*((part, 1) for part in _MONO), *((part, 2) for part in _PAIRS)]:
        if low <= mode < low + _COUNT:
            return tuple(range(first + mode - low, first + mode - low + width))
    return None


def channel_mode(channels: tuple[int, ...] | None) -> int | None:
    """Return the mode that plays `channels`; None where REAPER has none. Inverse of `channels_of`."""
    if channels is None:
        return 0
    if channels == (1, 0):
        return SWAPPED
    ranges = {1: _MONO, 2: _PAIRS}.get(len(channels), ())
    if channels != tuple(range(channels[0], channels[0] + len(channels))):
        return None
    return next((low + channels[0] - first for low, first in ranges if first <= channels[0] < first + _COUNT), None)
