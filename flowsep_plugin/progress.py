"""Progress of a separation: stage, units done, share of the whole that is done, estimated time left."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

Stage: TypeAlias = Literal["separate", "render", "effects", "mux", "listen"]

_SEPARATE_SHARE = 0.8
"""Share of the first pass in a separation that runs both; the exact one depends on model and machine."""
_STEADY_SECONDS = 3.0
"""Time over which an estimate of the time left gives way to a new one."""


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` of `total` units of a stage; `eta_seconds` is the estimated time left, None before the first unit.

    overall : share of both passes that is done, 0..1, which never falls; None where only the stage is known.
    """

    stage: Stage
    done: int
    total: int
    eta_seconds: float | None
    overall: float | None = None

    @property
    def fraction(self) -> float:
        """Share that is done, 0..1: of both passes, or of the stage where only that is known."""
        return self.of_stage if self.overall is None else self.overall

    @property
    def of_stage(self) -> float:
        """Share of the stage that is done, 0..1."""
        return min(1.0, self.done / max(1, self.total))


ProgressCallback: TypeAlias = Callable[[Progress], None]
"""Called after every flow step and rendered block. Raising Cancelled in it stops the work, which leaves no files."""


def ignore(progress: Progress) -> None:
    """Do nothing: the progress callback of callers that need none."""


class OverallProgress:
    """A callback over both passes, which passes stages on with their share of the whole and the time left for all.

    The share never falls, also where files are rendered a second time in another format. Where the estimate comes from
    a cache, rendering is the whole. clock : returns seconds.
    """

    def __init__(self, callback: ProgressCallback, clock: Callable[[], float] = time.monotonic) -> None:
        self._callback, self._clock = callback, clock
        self._overall, self._has_first_pass = 0.0, False
        self._left_at: tuple[float, float] | None = None
        """Seconds left, and when that was so."""

    def __call__(self, progress: Progress) -> None:
        """Pass `progress` on with `overall`, and with the time left of both passes; raises what the callback raises."""
        self._has_first_pass = self._has_first_pass or progress.stage == "separate"
        share, part = _SEPARATE_SHARE if self._has_first_pass else 0.0, progress.of_stage
        overall = share * part if progress.stage == "separate" else share + (1 - share) * part
        self._overall = max(self._overall, overall)
        self._callback(replace(progress, overall=self._overall, eta_seconds=self._left(progress)))

    def _left(self, progress: Progress) -> float | None:
        """Return the seconds left: they follow the clock and change slowly; None before the first estimate."""
        left, now_s = progress.eta_seconds, self._clock()
        if self._overall == 1.0:
            return 0.0
        if left is not None and progress.stage == "separate":
            ahead = (1 - _SEPARATE_SHARE) / _SEPARATE_SHARE
            left += ahead * left / max(1 - progress.of_stage, 1 / max(1, progress.total))
        if self._left_at is not None:
            before, then_s = self._left_at
            expected = max(0.0, before - (now_s - then_s))
            pull = 1 - math.exp((then_s - now_s) / _STEADY_SECONDS)
            left = expected if left is None else expected + (left - expected) * pull
        self._left_at = None if left is None else (left, now_s)
        return left


class ProgressMeter:
    """Counts the units of one stage and calls back with an ETA from the pace so far."""

    def __init__(self, callback: ProgressCallback, stage: Stage, total: int) -> None:
        self._callback, self._stage, self._total = callback, stage, total
        self._done, self._skipped, self._start = 0, 0, time.monotonic()

    def skip(self, units: int) -> None:
        """Count `units` that an earlier run has done: they say nothing about the pace."""
        self._skipped += units
        if units:
            self.tick(units)

    def tick(self, units: int) -> None:
        """Count `units` more and call back; raises what the callback raises."""
        self._done += units
        elapsed, worked = time.monotonic() - self._start, self._done - self._skipped
        eta = elapsed / worked * max(0, self._total - self._done) if worked else None
        self._callback(Progress(self._stage, self._done, self._total, eta))
