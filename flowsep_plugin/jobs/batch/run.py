"""A whole library: items in, outcomes as they come, a report at the end.

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
    """How one item ended: with `result` (as in `Job.result`), or with `error`."""

    item: BatchItem
    result: Mapping[str, Any] | None = None
    error: JobError | None = None

    @property
    def is_absent(self) -> bool:
        """Whether nothing was written because nothing was there."""
        return self.result is not None and not self.result["files"]


@dataclass(frozen=True, slots=True)
class BatchProgress:
    """`done` of `total` items, `failed` among them; `eta_seconds` is None until there is something to go by."""

    done: int
    total: int
    failed: int
    eta_seconds: float | None
    last: Outcome | None = None


class BatchRunner(Protocol):
    """Has jobs done, in any order; each is answered once, by its place in `specs`."""

    def run(self, specs: Sequence[JobSpec]) -> Generator[tuple[int, Mapping[str, Any] | JobError], None, None]:
        """Yield (place, result or error) as they end. Closing the iterator early stops what is not done."""
        ...


def run_batch(items: Sequence[BatchItem], runner: BatchRunner, tell: Callable[[BatchProgress], None]) -> list[Outcome]:
    """Have all `items` done; what is wrong with one does not keep the others. Outcomes are in the items' order."""
    outcomes: dict[int, Outcome] = {
        place: Outcome(item, error=item.error) for place, item in enumerate(items) if item.spec is None
    }
    asked = [(place, item.spec) for place, item in enumerate(items) if item.spec is not None]
    sizes = {place: _size(spec) for place, spec in asked}
    began, worked, total = time.monotonic(), 0, sum(sizes.values())
    tell(_progress(outcomes, len(items), None, None))
    with contextlib.closing(runner.run([spec for _, spec in asked])) as running:
        for index, ended in running:
            place = asked[index][0]
            if isinstance(ended, JobError):
                outcomes[place] = Outcome(items[place], error=ended)
                total -= sizes[place]  # what fails at once says nothing about the pace
            else:
                outcomes[place] = Outcome(items[place], ended)
                worked += sizes[place]
            eta = (time.monotonic() - began) / worked * (total - worked) if worked else None
            tell(_progress(outcomes, len(items), eta, outcomes[place]))
    return [outcomes[place] for place in range(len(items))]


def _progress(outcomes: Mapping[int, Outcome], total: int, eta: float | None, last: Outcome | None) -> BatchProgress:
    failed = sum(outcome.error is not None for outcome in outcomes.values())
    return BatchProgress(len(outcomes), total, failed, eta, last)


def _size(spec: JobSpec) -> int:
    """Bytes of the input, which its work is about proportional to."""
    try:
        return spec.input.stat().st_size
    except OSError:
        return 0
