"""Progress that people can read: what is being done, how much of it is done, when it will be over."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

Stage: TypeAlias = Literal["separate", "render"]


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` of `total` units of `stage`; `eta_seconds` is None until there is something to go by."""

    stage: Stage
    done: int
    total: int
    eta_seconds: float | None

    @property
    def fraction(self) -> float:
        """0..1."""
        return min(1.0, self.done / max(1, self.total))


ProgressCallback: TypeAlias = Callable[[Progress], None]
"""Called after every flow step and rendered block; may raise Cancelled, which stops the job and leaves nothing."""


def ignore(progress: Progress) -> None:
    """Report to nobody."""


class ProgressMeter:
    """Counts units of one stage and reports them with an ETA from the pace so far."""

    def __init__(self, report: ProgressCallback, stage: Stage, total: int) -> None:
        self._report, self._stage, self._total = report, stage, total
        self._done, self._began = 0, time.monotonic()

    def tick(self, units: int) -> None:
        """Count `units` more and report."""
        self._done += units
        spent = time.monotonic() - self._began
        left = spent / self._done * max(0, self._total - self._done) if self._done else None
        self._report(Progress(self._stage, self._done, self._total, left))
