"""Level meters: peak and RMS of a block, and the ballistics of a meter's bar and peak hold."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from flowsep_plugin.audio.types import Samples

FLOOR_DB: Final = -60.0
FALL_DB_A_SECOND: Final = 24.0
"""How fast the bar falls; IEC 60268-18 asks for 20 dB in 1.7 s, this is a little livelier."""

HOLD_SECONDS: Final = 1.5


@dataclass(frozen=True, slots=True)
class Levels:
    """Highest absolute sample and root mean square of a block, a value per channel, as factors of full scale."""

    peak: tuple[float, ...] = (0.0, 0.0)
    rms: tuple[float, ...] = (0.0, 0.0)

    @property
    def clips(self) -> bool:
        """Whether any channel exceeds full scale, so that a converter would clip."""
        return any(value > 1.0 for value in self.peak)


def measure(block: Samples) -> Levels:
    """Return peak and RMS of `block`, (channels, n); zeros where n is 0."""
    if not block.shape[1]:
        return Levels((0.0,) * block.shape[0], (0.0,) * block.shape[0])
    peak = np.abs(block).max(axis=1)
    rms = np.sqrt(np.mean(np.square(block, dtype=np.float64), axis=1))
    return Levels(tuple(map(float, peak)), tuple(map(float, rms)))


def louder(one: Levels, other: Levels) -> Levels:
    """Return the higher value of both per channel, for a display that is slower than the blocks."""
    return Levels(
        tuple(max(a, b) for a, b in zip(one.peak, other.peak, strict=True)),
        tuple(max(a, b) for a, b in zip(one.rms, other.rms, strict=True)),
    )


def decibels(value: float) -> float:
    """Convert a factor to dB; the result is FLOOR_DB or more."""
    return max(FLOOR_DB, float(20 * np.log10(max(value, 1e-9))))


@dataclass(frozen=True, slots=True)
class Needle:
    """One channel of a meter: bar and held peak in dB, seconds left to hold it, and the clip light."""

    bar_db: float = FLOOR_DB
    held_db: float = FLOOR_DB
    held_seconds: float = 0.0
    clipped: bool = False

    def after(self, seconds: float, peak: float) -> "Needle":
        """Return the needle `seconds` later, given the highest sample since; `clipped` stays on until `reset`."""
        peak_db = decibels(peak)
        bar = max(peak_db, self.bar_db - FALL_DB_A_SECOND * seconds, FLOOR_DB)
        clipped = self.clipped or peak > 1.0
        if peak_db >= self.held_db:
            return Needle(bar_db=bar, held_db=peak_db, held_seconds=HOLD_SECONDS, clipped=clipped)
        left = self.held_seconds - seconds
        held_db = self.held_db if left > 0 else max(bar, self.held_db - FALL_DB_A_SECOND * seconds)
        return Needle(bar_db=bar, held_db=held_db, held_seconds=max(0.0, left), clipped=clipped)

    def reset(self) -> "Needle":
        """Return the needle with the clip light off and the held peak at the bar."""
        return replace(self, held_db=self.bar_db, held_seconds=0.0, clipped=False)
