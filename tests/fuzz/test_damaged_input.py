"""Every reader survives damaged files: the same cases each time, some 3,000 of the 10,000 of `make fuzz`.

A case that fails here: `make fuzz READER=… SEED=20 CASE=…`; its input is kept in the folder that the message names.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fuzzing.harness import load
from fuzzing.harnesses import every_harness
from fuzzing.report import ReaderReport, details
from fuzzing.runner import BrokenReader, ReaderRun
from fuzzing.scratch import scratch_folder

SEED = 20
CASES_A_WEIGHT = 22
"""Cases of a reader of weight 1; the others have as many times more."""

FEWEST = 20
"""Cases that every reader gets, however slow the machine is."""

GUARD_SECONDS = 240.0
"""Time after which no reader gets more than the fewest cases: twice what it takes on two cores."""

pytestmark = pytest.mark.fuzz


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> dict[str, ReaderReport]:
    """The reports of the readers whose tests are selected, which ran side by side, two at a time."""
    kept, until = tmp_path_factory.mktemp("kept"), time.monotonic() + GUARD_SECONDS
    parameters = [getattr(item, "callspec", None) for item in request.session.items if item.path == request.path]
    selected = {one.params["where"] for one in parameters if one is not None and "where" in one.params}
    with scratch_folder() as folder, ThreadPoolExecutor(2) as pool:
        runs = {where: pool.submit(report_of, where, folder, kept, until) for where in sorted(selected)}
    return {where: run.result() for where, run in runs.items()}


def report_of(where: str, folder: Path, kept: Path, until: float) -> ReaderReport:
    """Run the cases of a reader, the fewest where the time is over."""
    harness = load(where)
    report = ReaderReport(harness.name)
    run = ReaderRun(where, harness, SEED, folder / harness.name, kept)
    numbers = (n for n in range(harness.weight * CASES_A_WEIGHT) if n < FEWEST or time.monotonic() < until)
    try:
        for outcome in run.outcomes(numbers):
            report.add(outcome)
    except BrokenReader as error:
        report.trouble = str(error)
    return report


@pytest.mark.parametrize("where", every_harness(), ids=lambda where: load(where).name)
def test_damaged_files_are_read_or_refused(where: str, reports: dict[str, ReaderReport]) -> None:
    report = reports[where]
    assert not report.failed, "\n".join(details(report))
    assert report.cases >= FEWEST


@pytest.mark.parametrize("name", ["sessions:aaf", "sessions:otio", "audio:ogg", "audio:wav", "stores:windows"])
def test_seeds_are_the_same_bytes_each_time(name: str) -> None:
    where = f"fuzzing.harnesses.{name}"
    digests = []
    for _ in range(2):
        with scratch_folder() as folder:
            run = ReaderRun(where, load(where), SEED, folder / "reader")
            list(run.outcomes(range(1)))
            digests.append(run.seeds)
    assert digests[0] == digests[1]
