"""Runs a batch: items in, outcomes as they end.

folder | manifest ─► items ─► runner (worker | this process | cluster) ─► outcomes ─► report
"""

import contextlib
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from flowsep_plugin.jobs.job import JobError
from flowsep_plugin.jobs.spec import JobSpec

from .manifest import BatchItem


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of one item: `result`, as in `Job.result`, or `error`."""

    item: BatchItem
    result: Mapping[str, Any] | None = None
    error: JobError | None = None

    @property
    def is_absent(self) -> bool:
        """Whether nothing was written because no query was found."""
        return self.result is not None and not self.result["files"]


@dataclass(frozen=True, slots=True)
class BatchProgress:
    """`done` of `total` items, with those that `failed`; `eta_seconds` is None until an item has succeeded."""

    done: int
    total: int
    failed: int
    eta_seconds: float | None
    last: Outcome | None = None


class BatchRunner(Protocol):
    """Runs jobs, in any order; each ends once, under its index in `specs`."""

    def run(self, specs: Sequence[JobSpec]) -> Generator[tuple[int, Mapping[str, Any] | JobError], None, None]:
        """Yield (index, result or error) as jobs end. Closing the iterator early stops the others."""
        ...


def run_batch(
    items: Sequence[BatchItem], runner: BatchRunner, on_progress: Callable[[BatchProgress], None]
) -> list[Outcome]:
    """Run all `items`; returns their outcomes in the items' order. An error of one does not stop the others.

    on_progress : called at the start and after every item.
    """
    outcomes: dict[int, Outcome] = {
        place: Outcome(item, error=item.error) for place, item in enumerate(items) if item.spec is None
    }
    runnable = [(place, item.spec) for place, item in enumerate(items) if item.spec is not None]
    sizes = {place: _size(spec) for place, spec in runnable}
    started_s, worked, total = time.monotonic(), 0, sum(sizes.values())
    on_progress(_progress(outcomes, len(items), None, None))
    with contextlib.closing(runner.run([spec for _, spec in runnable])) as running:
        for index, ended in running:
            place = runnable[index][0]
            if isinstance(ended, JobError):
                outcomes[place] = Outcome(items[place], error=ended)
                total -= sizes[place]  # what fails at once says nothing about the pace
            else:
                outcomes[place] = Outcome(items[place], ended)
                worked += sizes[place]
            eta = (time.monotonic() - started_s) / worked * (total - worked) if worked else None
            on_progress(_progress(outcomes, len(items), eta, outcomes[place]))
    return [outcomes[place] for place in range(len(items))]


def _progress(outcomes: Mapping[int, Outcome], total: int, eta: float | None, last: Outcome | None) -> BatchProgress:
    failed = sum(outcome.error is not None for outcome in outcomes.values())
    return BatchProgress(len(outcomes), total, failed, eta, last)


def _size(spec: JobSpec) -> int:
    """Return the size of the input in bytes, which its duration is about proportional to; 0 for a missing file."""
    try:
        return spec.input.stat().st_size
    except OSError:
        return 0
