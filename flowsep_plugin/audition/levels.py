"""Meters: what a block measures, and how a needle falls back."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from flowsep_plugin.audio.types import Samples

FLOOR_DB: Final = -60.0
FALL_DB_A_SECOND: Final = 24.0
"""How fast a peak meter falls; near IEC 60268-18's 20 dB in 1.7 s, a little livelier."""

HOLD_SECONDS: Final = 1.5


@dataclass(frozen=True, slots=True)
class Levels:
    """Of every channel: highest sample and root mean square of a block, as factors of full scale."""

    peak: tuple[float, ...] = (0.0, 0.0)
    rms: tuple[float, ...] = (0.0, 0.0)

    @property
    def clips(self) -> bool:
        """Whether a converter would clip it."""
        return any(value > 1.0 for value in self.peak)


def measure(block: Samples) -> Levels:
    """Levels of (channels, n)."""
    if not block.shape[1]:
        return Levels((0.0,) * block.shape[0], (0.0,) * block.shape[0])
    peak = np.abs(block).max(axis=1)
    rms = np.sqrt(np.mean(np.square(block, dtype=np.float64), axis=1))
    return Levels(tuple(map(float, peak)), tuple(map(float, rms)))


def louder(one: Levels, other: Levels) -> Levels:
    """The highest of both, for a display that is slower than the blocks."""
    return Levels(
        tuple(max(a, b) for a, b in zip(one.peak, other.peak, strict=True)),
        tuple(max(a, b) for a, b in zip(one.rms, other.rms, strict=True)),
    )


def decibels(value: float) -> float:
    """A factor in dB, from FLOOR_DB up."""
    return max(FLOOR_DB, float(20 * np.log10(max(value, 1e-9))))


@dataclass(frozen=True, slots=True)
class Needle:
    """One channel of a meter: the bar, the held peak (both dB), for how long it is held yet, whether it has clipped."""

    bar_db: float = FLOOR_DB
    held_db: float = FLOOR_DB
    held_seconds: float = 0.0
    clipped: bool = False

    def after(self, seconds: float, peak: float) -> "Needle":
        """`seconds` later, when the highest sample since was `peak`. `clipped` stays until it is `reset`."""
        now = decibels(peak)
        bar = max(now, self.bar_db - FALL_DB_A_SECOND * seconds, FLOOR_DB)
        clipped = self.clipped or peak > 1.0
        if now >= self.held_db:
            return Needle(bar, now, HOLD_SECONDS, clipped)
        left = self.held_seconds - seconds
        held = self.held_db if left > 0 else max(bar, self.held_db - FALL_DB_A_SECOND * seconds)
        return Needle(bar, held, max(0.0, left), clipped)

    def reset(self) -> "Needle":
        """Forget the clip light and the held peak."""
        return replace(self, held_db=self.bar_db, held_seconds=0.0, clipped=False)
