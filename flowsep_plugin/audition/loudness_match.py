"""Loudness matching: every choice is brought to one loudness (BS.1770), measured in steps during playback."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from flowsep_plugin.audio.loudness import LoudnessMeter

from .mix_weights import LaneMix, choices, file_weights
from .playback_file import PlaybackFile

_BLOCK_FRAMES: Final = 1 << 16
MOST_LOWERED_DB: Final = 18.0
"""The common loudness is at most this far below the clip's, to leave headroom for choices with high peaks."""


@dataclass(frozen=True, slots=True)
class ChoiceLoudness:
    """Loudness of one choice in LUFS (None where it is silent or shorter than 0.4 s) and its sample peak in dBFS."""

    lufs: float | None
    peak_db: float


def measure_choice(
    mix_weights: Mapping[str, float], files: Mapping[str, PlaybackFile], frames: int
) -> Iterator[ChoiceLoudness | None]:
    """Measure the first `frames` frames of the weighted sum of `files`: yields None per block, then the result.

    Raises MediaError where a file cannot be read.
    """
    some = next(iter(files.values()))
    meter, peak = LoudnessMeter(some.rate, some.width), 0.0
    for first in range(0, frames, _BLOCK_FRAMES):
        stop = min(first + _BLOCK_FRAMES, frames)
        block = np.zeros((some.width, stop - first), np.float32)
        for name, weight in mix_weights.items():
            block += np.float32(weight) * files[name].read(first, stop)
        meter.add(block)
        peak = max(peak, float(np.abs(block).max(initial=0.0)))
        yield None
    yield ChoiceLoudness(meter.integrated_lufs(), float(20 * np.log10(max(peak, 1e-9))))


def matched_gains_db(loudness: Mapping[str, ChoiceLoudness], reference: str = "clip") -> dict[str, float]:
    """Return the gain in dB of every choice that brings all to one loudness without clipping.

    The common loudness is that of `reference`, lowered by up to MOST_LOWERED_DB where the peaks of a choice leave no
    headroom to raise it that far; a choice with even higher peaks stays quieter. Silent choices keep their gain.
    """
    anchor = loudness[reference].lufs
    if anchor is None:
        return dict.fromkeys(loudness, 0.0)
    reach = [sound.lufs - sound.peak_db for sound in loudness.values() if sound.lufs is not None]
    common = max(min(anchor, *reach), anchor - MOST_LOWERED_DB)
    return {
        name: 0.0 if sound.lufs is None else min(common - sound.lufs, max(0.0, -sound.peak_db))
        for name, sound in loudness.items()
    }


class LoudnessMatch:
    """Gains that make all choices equally loud. Measurements are cached by their weights until `forget`."""

    def __init__(self) -> None:
        self.is_on = False
        self._gains_db: dict[str, float] = {}
        self._cache: dict[frozenset[tuple[str, float]], ChoiceLoudness] = {}
        self._work: Iterator[None] | None = None

    @property
    def is_measuring(self) -> bool:
        """Whether `step` has work left to do."""
        return self._work is not None

    def gain_db(self, choice: str) -> float:
        """Return the gain of `choice`: 0 while matching is off, or not measured yet."""
        return self._gains_db.get(choice, 0.0) if self.is_on else 0.0

    def forget(self, *, gains: bool = False) -> None:
        """Discard the measurements, as after a change of files.

        gains : discard the gains too; otherwise they apply until the next result.
        """
        self._cache.clear()
        self._work = None
        if gains:
            self._gains_db = {}

    def measure(self, files: Mapping[str, PlaybackFile], lanes: Mapping[str, LaneMix], frames: int) -> None:
        """Prepare to measure all choices if matching is on; the work is done by calls of `step`."""
        self._work = self._measure(files, lanes, frames) if self.is_on and files else None

    def step(self, done: Callable[[], None]) -> None:
        """Measure one block, and call `done` after the last one.

        Raises MediaError where a file cannot be read; measuring has then ended.
        """
        work = self._work
        if work is None:
            return
        try:
            next(work)
        except StopIteration:
            self._work = None
            done()
        except BaseException:
            self._work = None
            raise

    def _measure(self, files: Mapping[str, PlaybackFile], lanes: Mapping[str, LaneMix], frames: int) -> Iterator[None]:
        loudness: dict[str, ChoiceLoudness] = {}
        for choice in choices(files):
            mix_weights = file_weights(choice, files, lanes)
            key = frozenset(mix_weights.items())
            if key not in self._cache:
                for result in measure_choice(mix_weights, files, frames):
                    if result is not None:
                        self._cache[key] = result
                    yield
            loudness[choice] = self._cache[key]
        self._gains_db = matched_gains_db(loudness)
