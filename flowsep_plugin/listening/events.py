"""Places where classes sound: runs of patches by hysteresis, and how sure each class is, in flat memory."""

from dataclasses import dataclass, field

import numpy as np

from flowsep_plugin.audio.types import Doubles

LEAST_SCORE = -5.0
"""Log-odds from which on a class may sound in a patch; averaged over patches, of classes of which 3 % are right."""

_LEVELS = (LEAST_SCORE, -3.5, -2.0, -0.5, 1.0)
"""Log-odds at which runs begin. Those of a class are of the highest level that its best patch passes by `_PASSES`."""

_PASSES, _STAYS = 1.5, 1.5
"""A run goes on while the score is at most `_STAYS` below its level."""

_MOST_SCORE = 20.0
"""Log-odds above this count as this, so that sums of odds stay exact."""

_NEAR = 10
"""Patches on either side over which evidence is averaged: with them, 10 s."""


@dataclass(slots=True)
class Run:
    """Successive patches `[start, stop)` in which a class sounds, counted on the timeline.

    peak : the highest score.     energy : sum of the patches' mean squares.
    """

    start: int
    stop: int
    peak: float
    energy: float


@dataclass(slots=True)
class ClassRuns:
    """Runs of one column of scores in order, and its best score over 10 s."""

    score: float = -np.inf
    runs: list[Run] = field(default_factory=list)


class EventTracker:
    """Collects the runs of M columns of scores, patch by patch. Memory grows with the number of runs alone."""

    def __init__(self, columns: int) -> None:
        self._best = np.full(columns, -np.inf)
        self._runs: list[list[list[Run]]] = [[[] for _ in range(columns)] for _ in _LEVELS]
        self._is_open = np.zeros((len(_LEVELS), columns), bool)
        self._evidence = np.zeros((0, columns))
        self._audible = np.zeros(0, bool)
        self._done = 0
        """Patches of the buffer whose averages are complete."""

    def push(self, first: int, scores: Doubles, rms: Doubles, silent: np.ndarray) -> None:
        """Add n successive patches; `first` is the index of their first on the timeline.

        scores : (n, M) log-odds.     rms : (n,).     silent : (n,), patches that are not listened to.
        """
        scores = np.where(silent[:, None], -np.inf, scores)
        for level in range(len(_LEVELS)):
            self._add_runs(level, first, scores, np.square(rms))
        self._evidence = np.concatenate([self._evidence, np.exp(np.minimum(scores, _MOST_SCORE))])
        self._audible = np.concatenate([self._audible, ~silent])
        self._average(len(self._evidence) - _NEAR)
        drop = max(0, self._done - _NEAR)
        self._evidence, self._audible, self._done = self._evidence[drop:], self._audible[drop:], self._done - drop

    def finish(self) -> list[ClassRuns]:
        """Return score and runs of every column; nothing can be added afterwards."""
        self._average(len(self._evidence))
        return [ClassRuns(float(best), self._runs_of(column)) for column, best in enumerate(self._best)]

    def _runs_of(self, column: int) -> list[Run]:
        """Return the runs of a column, of the highest level that its best patch passes clearly."""
        peak = max((run.peak for run in self._runs[0][column]), default=-np.inf)
        level = max((place for place, least in enumerate(_LEVELS) if peak >= least + _PASSES), default=0)
        return self._runs[level][column]

    def _average(self, stop: int) -> None:
        """Take the averages around the patches up to buffer index `stop` into the best scores."""
        if stop <= self._done:
            return
        sums = np.concatenate([np.zeros((1, self._evidence.shape[1])), np.cumsum(self._evidence, axis=0)])
        counts = np.concatenate([[0], np.cumsum(self._audible)])
        centres = np.arange(self._done, stop)
        low, high = np.maximum(centres - _NEAR, 0), np.minimum(centres + _NEAR + 1, len(self._evidence))
        number = counts[high] - counts[low]
        if number.any():
            means = (sums[high] - sums[low])[number > 0] / number[number > 0, None]
            self._best = np.maximum(self._best, np.log(np.maximum(means, 1e-30)).max(axis=0))
        self._done = stop

    def _add_runs(self, level: int, first: int, scores: Doubles, power: Doubles) -> None:
        is_open, runs = self._is_open[level], self._runs[level]
        begins, stays = scores >= _LEVELS[level], scores >= _LEVELS[level] - _STAYS
        for column in map(int, np.flatnonzero(begins.any(axis=0) | is_open)):
            before, was_open = -1, bool(is_open[column])
            for row in map(int, np.flatnonzero(stays[:, column])):
                was_open = begins[row, column] or (was_open and row == before + 1)
                if was_open:
                    _extend(runs[column], first + row, float(scores[row, column]), float(power[row]))
                before = row
            is_open[column] = was_open and before == len(scores) - 1


def _extend(runs: list[Run], index: int, score: float, power: float) -> None:
    """Add patch `index` to the last of `runs`, or to a new one where it does not follow that."""
    if runs and runs[-1].stop == index:
        run = runs[-1]
        run.stop, run.peak, run.energy = index + 1, max(run.peak, score), run.energy + power
    else:
        runs.append(Run(index, index + 1, score, power))
