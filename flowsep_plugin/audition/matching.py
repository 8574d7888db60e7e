"""Equally loud A and B: every choice brought to one loudness (BS.1770), measured in steps beside the playing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from flowsep_plugin.jobs.loudness import LoudnessMeter

from .voices import Voice

_BLOCK_FRAMES: Final = 1 << 16
MOST_LOWERED_DB: Final = 18.0
"""So far the common loudness may go under the clip's, to leave room for what has high peaks."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One choice: its loudness, None where it is silent or shorter than 0.4 s, and its highest sample in dB."""

    lufs: float | None
    peak_db: float


def measure_choice(weights: Mapping[str, float], voices: Mapping[str, Voice], frames: int) -> Iterator[Measured | None]:
    """Measure the sum of `voices` by `weights`: None a block, then the result. Raises MediaError as reading does."""
    some = next(iter(voices.values()))
    meter, peak = LoudnessMeter(some.rate, some.width), 0.0
    for first in range(0, frames, _BLOCK_FRAMES):
        stop = min(first + _BLOCK_FRAMES, frames)
        block = np.zeros((some.width, stop - first), np.float32)
        for name, weight in weights.items():
            block += np.float32(weight) * voices[name].read(first, stop)
        meter.add(block)
        peak = max(peak, float(np.abs(block).max(initial=0.0)))
        yield None
    yield Measured(meter.integrated_lufs(), float(20 * np.log10(max(peak, 1e-9))))


def matched_gains_db(measured: Mapping[str, Measured], reference: str = "clip") -> dict[str, float]:
    """Gain of every choice that brings all to one loudness, without clipping.

    That is the loudness of `reference`, lowered by up to MOST_LOWERED_DB where a choice has too high peaks to be
    raised to it; what has even higher ones stays quieter. What is silent keeps its gain.
    """
    anchor = measured[reference].lufs
    if anchor is None:
        return dict.fromkeys(measured, 0.0)
    reach = [sound.lufs - sound.peak_db for sound in measured.values() if sound.lufs is not None]
    common = max(min(anchor, *reach), anchor - MOST_LOWERED_DB)
    return {
        name: 0.0 if sound.lufs is None else min(common - sound.lufs, max(0.0, -sound.peak_db))
        for name, sound in measured.items()
    }
