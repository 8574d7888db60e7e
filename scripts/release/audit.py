"""Look up known vulnerabilities of every distribution of the locks, with pip-audit.

pip-audit reports success where the service does not know a distribution, so an answer counts only where it names
the version: what was skipped could not be audited.
"""

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from scripts.lock.pins import Pin

MANUAL = """\
To audit on a machine that reaches https://pypi.org/pypi/NAME/VERSION/json or https://api.osv.dev:
  make release
or for one lock alone:
  .venv-tools/bin/python -m pip_audit --require-hashes --disable-pip -r locks/run.txt
To release without it, knowing that nobody looked:  make release OFFLINE=1"""


@dataclass(frozen=True, slots=True)
class Audit:
    """Lines of known vulnerabilities, and of distributions that could not be looked up."""

    vulnerable: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    def __add__(self, other: "Audit") -> "Audit":
        """Return both together."""
        return Audit(self.vulnerable + other.vulnerable, self.unknown + other.unknown)

    def verdict(self, *, offline: bool) -> bool:
        """Whether a release may follow; `offline` lets pass what could not be looked up, and nothing else."""
        return not self.vulnerable and (offline or not self.unknown)

    def lines(self) -> Iterator[str]:
        """Yield what a person has to read of it."""
        yield from (f"VULNERABLE: {line}" for line in self.vulnerable)
        if self.unknown:
            yield "=" * 98
            yield f"COULD NOT BE AUDITED: {len(self.unknown)} distributions of the locks, the first of them:"
            yield from (f"  {line}" for line in self.unknown[:3])
            yield MANUAL
            yield "=" * 98
        elif not self.vulnerable:
            yield "No distribution of the locks has a known vulnerability."


def audit(pins: Iterable[Pin]) -> Audit:
    """Ask PyPI for the vulnerabilities of `pins`, whatever system they are for."""
    # Without markers: pip-audit would leave out what is not installed on this system.
    unmarked = {(pin.name, pin.version): replace(pin, marker="", sources=()) for pin in pins}
    with TemporaryDirectory() as folder:
        lock, report = Path(folder, "lock.txt"), Path(folder, "report.json")
        lock.write_text("".join(map(str, unmarked.values())), encoding="utf-8")
        command = [sys.executable, "-m", "pip_audit", "--require-hashes", "--disable-pip", "--progress-spinner", "off"]
        command += ["--timeout", "30", "--format", "json", "--output", str(report), "--requirement", str(lock)]
        run = subprocess.run(command, capture_output=True, text=True)
        if not report.exists():
            reason = (run.stderr.strip().splitlines() or ["pip-audit said nothing"])[-1]
            return Audit(unknown=tuple(f"{name} {version}: {reason}" for name, version in unmarked))
        return judged(json.loads(report.read_text(encoding="utf-8")), unmarked)


def judged(report: dict[str, Any], pins: Iterable[tuple[str, str]]) -> Audit:
    """Return what pip-audit's report says of `pins`, each a name and a version."""
    answers = {(entry["name"], entry.get("version")): entry for entry in report["dependencies"]}
    vulnerable = tuple(
        f"{name} {version}: {flaw['id']}, mended in {', '.join(flaw['fix_versions']) or 'no version yet'}"
        for (name, version), entry in answers.items()
        for flaw in entry.get("vulns", ())
    )
    skipped = {entry["name"]: entry["skip_reason"] for entry in report["dependencies"] if "skip_reason" in entry}
    unknown = tuple(
        f"{name} {version}: {skipped.get(name, 'not in the report')}"
        for name, version in pins
        if (name, version) not in answers
    )
    return Audit(vulnerable, unknown)
