"""Every test of a real host has its own home folder; a test whose host crashes is run at most three times."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import real_hosts
from _pytest.runner import runtestprotocol
from ardour_tools import ArdourTools, installed_versions
from real_hosts import HomeDirectory, HostCrash


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[HomeDirectory]:
    folder = tmp_path / "home"
    folder.mkdir(exist_ok=True)
    home = HomeDirectory(folder)
    try:
        yield home
    finally:
        home.close()


@pytest.fixture(params=installed_versions() or [0], ids=lambda version: f"ardour {version}")
def ardour(request: pytest.FixtureRequest, directory: HomeDirectory) -> ArdourTools:
    """Return the tools of each Ardour that is installed; skips where there is none."""
    if not request.param:
        pytest.skip("REAL HOST NOT TESTED: ardour7-export is not installed; run scripts/hosts.sh as root")
    return ArdourTools(request.param, directory)


def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    if item.get_closest_marker("host") is None:
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for attempt in range(1, real_hosts.TRIES + 1):
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
        crashes = [report for report in reports if report.failed and HostCrash.__name__ in report.longreprtext]
        if not crashes or attempt == real_hosts.TRIES:
            break
        real_hosts.LOG.warning("%s: host crashed, try %s of %s", item.nodeid, attempt, real_hosts.TRIES)
        reporter = item.config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter.write_line(f"{item.nodeid}: HOST CRASHED, try {attempt} of {real_hosts.TRIES}", yellow=True)
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """List the hosts that were not tested, regardless of the report options."""
    reasons = [
        report.longrepr[2] for report in terminalreporter.getreports("skipped") if isinstance(report.longrepr, tuple)
    ]
    missed = sorted(reason for reason in reasons if "REAL HOST NOT TESTED" in reason)
    if missed:
        terminalreporter.section("REAL HOSTS NOT TESTED", red=True)
    for reason in dict.fromkeys(missed):
        terminalreporter.write_line(f"{missed.count(reason)} tests: {reason.removeprefix('Skipped: ')}")
