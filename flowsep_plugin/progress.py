"""Progress of a separation: stage, units done, estimated time left."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

Stage: TypeAlias = Literal["separate", "render", "effects"]


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` of `total` units of a stage; `eta_seconds` is the estimated time left, None before the first unit."""

    stage: Stage
    done: int
    total: int
    eta_seconds: float | None

    @property
    def fraction(self) -> float:
        """Share of the stage that is done, 0..1."""
        return min(1.0, self.done / max(1, self.total))


ProgressCallback: TypeAlias = Callable[[Progress], None]
"""Called after every flow step and rendered block. Raising Cancelled in it stops the work, which leaves no files."""


def ignore(progress: Progress) -> None:
    """Do nothing: the progress callback of callers that need none."""


class ProgressMeter:
    """Counts the units of one stage and calls back with an ETA from the pace so far."""

    def __init__(self, callback: ProgressCallback, stage: Stage, total: int) -> None:
        self._callback, self._stage, self._total = callback, stage, total
        self._done, self._start = 0, time.monotonic()

    def tick(self, units: int) -> None:
        """Count `units` more and call back; raises what the callback raises."""
        self._done += units
        elapsed = time.monotonic() - self._start
        eta = elapsed / self._done * max(0, self._total - self._done) if self._done else None
        self._callback(Progress(self._stage, self._done, self._total, eta))
