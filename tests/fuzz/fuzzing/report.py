"""Counts of a run, and the table that people read."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from .case import GOOD, Outcome


@dataclass(slots=True)
class ReaderReport:
    """The outcomes of one reader; `trouble` says why it could not be tried at all."""

    name: str
    counts: Counter[str] = field(default_factory=Counter)
    failures: list[Outcome] = field(default_factory=list)
    trouble: str = ""
    slowest: float = 0.0

    def add(self, outcome: Outcome) -> None:
        """Count an outcome."""
        self.counts[outcome.kind] += 1
        self.slowest = max(self.slowest, outcome.seconds)
        if outcome.is_failure:
            self.failures.append(outcome)

    @property
    def cases(self) -> int:
        """Number of cases that were run."""
        return self.counts.total()

    @property
    def failed(self) -> bool:
        """Whether anything failed, the reader's start included."""
        return bool(self.failures or self.trouble)

    def groups(self) -> dict[tuple[str, str], list[Outcome]]:
        """Return the failures by what they have in common: kind, class of the error, place."""
        groups: dict[tuple[str, str], list[Outcome]] = {}
        for failure in self.failures:
            what = f"{failure.kind} {failure.detail.split(':')[0][:60]}"
            groups.setdefault((what, failure.place), []).append(failure)
        return groups


def table(reports: Sequence[ReaderReport]) -> str:
    """Return a Markdown table: reader, cases, read, refused, failures, slowest case; and the failures below it."""
    lines = ["| reader | cases | read | refused | failures | slowest, s |", "|---|---:|---:|---:|---:|---:|"]
    for one in reports:
        counts = [one.cases, one.counts["read"], one.counts["refused"], len(one.failures)]
        lines.append(f"| {one.name} | " + " | ".join(f"{count:,}" for count in counts) + f" | {one.slowest:.2f} |")
    sums = [sum(one.cases for one in reports), *(sum(one.counts[kind] for one in reports) for kind in GOOD)]
    failed = sum(len(one.failures) for one in reports)
    lines.append("| all | " + " | ".join(f"{count:,}" for count in (*sums, failed)) + " | |")
    return "\n".join([*lines, *(line for one in reports for line in details(one))])


def details(report: ReaderReport) -> list[str]:
    """Return lines about the failures of a reader, one for each kind and place, with a case that shows it."""
    lines = [f"\n{report.name} could not be tried: {report.trouble}"] if report.trouble else []
    for (what, place), failures in sorted(report.groups().items(), key=lambda item: -len(item[1])):
        one = failures[0]
        lines.append(
            f"{report.name}: {len(failures)} x {what} at {place or '?'}; such as case {one.case}: {one.detail[:300]}"
        )
    return lines
