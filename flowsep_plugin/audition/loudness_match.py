"""Equally loud A and B: every choice brought to one loudness (BS.1770), measured in steps beside the playing."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from flowsep_plugin.audio.loudness import LoudnessMeter

from .mix_weights import LaneMix, choices, file_weights
from .playback_file import PlaybackFile

_BLOCK_FRAMES: Final = 1 << 16
MOST_LOWERED_DB: Final = 18.0
"""So far the common loudness may go under the clip's, to leave room for what has high peaks."""


@dataclass(frozen=True, slots=True)
class ChoiceLoudness:
    """One choice: its loudness, None where it is silent or shorter than 0.4 s, and its highest sample in dB."""

    lufs: float | None
    peak_db: float


def measure_choice(
    file_weights: Mapping[str, float], files: Mapping[str, PlaybackFile], frames: int
) -> Iterator[ChoiceLoudness | None]:
    """Measure the sum of `voices` by `weights`: None a block, then the result. Raises MediaError as reading does."""
    some = next(iter(files.values()))
    meter, peak = LoudnessMeter(some.rate, some.width), 0.0
    for first in range(0, frames, _BLOCK_FRAMES):
        stop = min(first + _BLOCK_FRAMES, frames)
        block = np.zeros((some.width, stop - first), np.float32)
        for name, weight in file_weights.items():
            block += np.float32(weight) * files[name].read(first, stop)
        meter.add(block)
        peak = max(peak, float(np.abs(block).max(initial=0.0)))
        yield None
    yield ChoiceLoudness(meter.integrated_lufs(), float(20 * np.log10(max(peak, 1e-9))))


def matched_gains_db(measured: Mapping[str, ChoiceLoudness], reference: str = "clip") -> dict[str, float]:
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


class LoudnessMatch:
    """Whether choices are heard equally loud, and by which gains; what was measured once is kept until `forget`."""

    def __init__(self) -> None:
        self.is_on = False
        self._gains_db: dict[str, float] = {}
        self._known: dict[frozenset[tuple[str, float]], ChoiceLoudness] = {}
        self._work: Iterator[None] | None = None

    @property
    def is_measuring(self) -> bool:
        """Whether `step` has something to do."""
        return self._work is not None

    def gain_db(self, choice: str) -> float:
        """The gain of `choice`: 0 where matching is off or not done yet."""
        return self._gains_db.get(choice, 0.0) if self.is_on else 0.0

    def forget(self, *, gains: bool = False) -> None:
        """The files are others now; their gains stay until new ones are known, unless `gains` go too."""
        self._known.clear()
        self._work = None
        if gains:
            self._gains_db = {}

    def measure(self, files: Mapping[str, PlaybackFile], lanes: Mapping[str, LaneMix], frames: int) -> None:
        """Begin to measure, if matching is on; `step` does it."""
        self._work = self._measure(files, lanes, frames) if self.is_on and files else None

    def step(self, done: Callable[[], None]) -> None:
        """Measure one block; calls `done` after the last. Raises MediaError as reading does, and gives up then."""
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
        measured: dict[str, ChoiceLoudness] = {}
        for choice in choices(files):
            parts = file_weights(choice, files, lanes)
            known = frozenset(parts.items())
            if known not in self._known:
                for result in measure_choice(parts, files, frames):
                    if result is not None:
                        self._known[known] = result
                    yield
            measured[choice] = self._known[known]
        self._gains_db = matched_gains_db(measured)
