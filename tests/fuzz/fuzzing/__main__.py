"""Run the fuzzer: `python -m fuzzing --cases 10000 [--seed 1] [--reader NAME] [--case N] [--keep FOLDER]`.

Exits with 1 where anything fails. The input of every failing case is written to a folder of its own below `--keep`.
"""

import argparse
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .harness import Harness, load
from .harnesses import every_harness
from .report import ReaderReport, details, table
from .runner import BrokenReader, ReaderRun
from .scratch import scratch_folder

_SAY = threading.Lock()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return the exit code."""
    options = parser().parse_args(arguments)
    everything = every_harness()
    names = [name for name in options.reader.split(",") if name]
    chosen = {where: one for where, one in everything.items() if not names or one.name in names}
    if not chosen or (options.case is not None and len(chosen) > 1):
        sys.stderr.write(
            f"readers are {', '.join(one.name for one in everything.values())}; a case needs one of them\n"
        )
        return 2
    shares = shared(chosen, options.cases)
    if options.case is not None:
        shares = {where: range(options.case, options.case + 1) for where in chosen}
    with scratch_folder() as folder, ThreadPoolExecutor(options.processes) as pool:
        reports = list(pool.map(lambda where: run(where, shares[where], options.seed, folder, options.keep), chosen))
    sys.stdout.write(table(reports) + "\n")
    return int(any(report.failed for report in reports))


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(prog="python -m fuzzing", description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=10_000, help="number of cases over all readers")
    parser.add_argument("--seed", type=int, default=1, help="of all cases")
    parser.add_argument("--reader", default="", help="only these readers, separated by commas")
    parser.add_argument("--case", type=int, default=None, help="only the case of this number; needs one reader")
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()) / "flowsep-fuzz-failures")
    parser.add_argument("--processes", type=int, default=2, help="readers that are tried at the same time")
    return parser


def shared(harnesses: Mapping[str, Harness], cases: int) -> dict[str, range]:
    """Return the numbers of the cases of each reader, by weight; together `cases` of them or a few more."""
    total = sum(one.weight for one in harnesses.values())
    return {where: range(-(-cases * one.weight // total)) for where, one in harnesses.items()}


def run(where: str, cases: range, seed: int, folder: Path, keep: Path | None) -> ReaderReport:
    """Run some cases of a reader and say what fails."""
    harness = load(where)
    report = ReaderReport(harness.name)
    reader = ReaderRun(where, harness, seed, folder / harness.name, keep)
    try:
        for outcome in reader.outcomes(cases):
            report.add(outcome)
    except BrokenReader as error:
        report.trouble = str(error)
    with _SAY:
        sys.stderr.write("\n".join([f"{harness.name}: {report.cases} cases", *details(report)]) + "\n")
        sys.stderr.flush()
    return report


if __name__ == "__main__":
    sys.exit(main())
