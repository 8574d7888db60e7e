"""Loudness matching: every choice is brought to one loudness (BS.1770), measured in steps during playback."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from flowsep_plugin.audio.loudness import LoudnessMeter

from .mix_weights import ORIGINAL
from .read_ahead import FrameRange
from .voice import Voice

_BLOCK_FRAMES: Final = 1 << 16
MOST_LOWERED_DB: Final = 18.0
"""The common loudness is at most this far below the original's, to leave headroom for choices with high peaks."""

LONGEST_SECONDS: Final = 120.0
_VOICE_SECONDS: Final = 1200.0
"""Most audio that is read to measure one choice, in seconds of all its voices together."""

ChoiceWeights = Mapping[str, Mapping[str, float]]
"""Choice -> voice -> weight."""


@dataclass(frozen=True, slots=True)
class ChoiceLoudness:
    """Loudness of one choice in LUFS (None where it is silent or shorter than 0.4 s) and its sample peak in dBFS."""

    lufs: float | None
    peak_db: float


def measured_ranges(frames: FrameRange, rate: int, voices: int = 1) -> Iterator[FrameRange]:
    """Yield the blocks of `frames` to measure: all, or excerpts of LONGEST_SECONDS evenly over a longer range."""
    first, stop = frames
    longest = round(rate * min(LONGEST_SECONDS, max(LONGEST_SECONDS / 12, _VOICE_SECONDS / max(1, voices))))
    if stop - first <= longest:
        yield from ((at, min(at + _BLOCK_FRAMES, stop)) for at in range(first, stop, _BLOCK_FRAMES))
        return
    count = max(1, longest // _BLOCK_FRAMES)
    for number in range(count):
        at = first + (stop - first - _BLOCK_FRAMES) * number // max(1, count - 1)
        yield at, at + _BLOCK_FRAMES


def measure_choice(
    mix_weights: Mapping[str, float], voices: Mapping[str, Voice], frames: FrameRange
) -> Iterator[ChoiceLoudness | None]:
    """Measure the frames `[first, stop)` of the weighted sum of `voices`: yields None per block, then the result."""
    some = next(iter(voices.values()))
    meter, peak = LoudnessMeter(some.rate, some.width), 0.0
    sounding = {voices[name].apart(): gain for name, gain in mix_weights.items() if voices[name].sounds_in(*frames)}
    try:
        for first, stop in measured_ranges(frames, some.rate, len(sounding)) if sounding else ():
            block = np.zeros((some.width, stop - first), np.float32)
            for voice, weight in sounding.items():
                if voice.sounds_in(first, stop):
                    block += np.float32(weight) * voice.read(first, stop)
                    yield None
            meter.add(block)
            peak = max(peak, float(np.abs(block).max(initial=0.0)))
            yield None
    finally:
        for voice in sounding:
            voice.close()
    yield ChoiceLoudness(meter.integrated_lufs(), float(20 * np.log10(max(peak, 1e-9))))


def matched_gains_db(loudness: Mapping[str, ChoiceLoudness], reference: str = ORIGINAL) -> dict[str, float]:
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
    """Gains that make all choices equally loud. Measurements are cached by weights and frames until `forget`."""

    def __init__(self) -> None:
        self.is_on = False
        self._gains_db: dict[str, float] = {}
        self._cache: dict[tuple[frozenset[tuple[int, float]], FrameRange], ChoiceLoudness] = {}
        self._work: Iterator[None] | None = None

    @property
    def is_measuring(self) -> bool:
        """Whether `step` has work left to do."""
        return self._work is not None

    def gain_db(self, choice: str) -> float:
        """Return the gain of `choice`: 0 while matching is off, or not measured yet."""
        return self._gains_db.get(choice, 0.0) if self.is_on else 0.0

    def forget(self) -> None:
        """Discard measurements and gains, as for another session."""
        self._cache.clear()
        self._work, self._gains_db = None, {}

    def measure(
        self, choice_weights: ChoiceWeights, voices: Mapping[str, Voice], keys: Mapping[str, int], frames: FrameRange
    ) -> None:
        """Prepare to measure all choices over `frames` if matching is on; the work is done by calls of `step`.

        keys : of the voices; a changed voice has another key, so that what does not change is measured once.
        """
        self._work = self._measure(choice_weights, voices, keys, frames) if self.is_on and voices else None

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

    def _measure(
        self, choice_weights: ChoiceWeights, voices: Mapping[str, Voice], keys: Mapping[str, int], frames: FrameRange
    ) -> Iterator[None]:
        loudness: dict[str, ChoiceLoudness] = {}
        for choice, mix_weights in choice_weights.items():
            key = (frozenset((keys[name], weight) for name, weight in mix_weights.items()), frames)
            if key not in self._cache:
                for result in measure_choice(mix_weights, voices, frames):
                    if result is not None:
                        self._cache[key] = result
                    yield
            loudness[choice] = self._cache[key]
        self._gains_db = matched_gains_db(loudness)
