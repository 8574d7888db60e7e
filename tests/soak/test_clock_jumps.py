"""A clock that jumps by hours under worker and client: order, waiting and time-outs do not depend on it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from soak_audit import faults_of_jobs, faults_of_rooms
from soak_ground import SoakGround, soak_spec

from flowsep_plugin.jobs.client.worker_client import WorkerClient

JOBS = 12
CLIENT = Path(__file__).parent / "soak_clock_client.py"
SLEEP = Path(__file__).parent / "faketime"
_FOLDERS = ("/usr/lib", "/usr/local/lib", "/opt/homebrew/lib", "/usr/local/opt/libfaketime/lib")


def faketime_library() -> Path:
    """Return libfaketime for programs with threads; skips, saying so, where it is not installed."""
    names = ("libfaketimeMT.so.1", "libfaketimeMT.1.dylib")
    for folder in map(Path, _FOLDERS):
        for pattern in ("faketime/{}", "*/faketime/{}", "{}"):
            for name in names:
                for path in folder.glob(pattern.format(name)):
                    return path
    pytest.skip("CLOCK JUMPS NOT TRIED: no libfaketime; run scripts/system.sh test, or brew install libfaketime")


@pytest.fixture
def clock(tmp_path: Path) -> dict[str, str]:
    """Variables under which a program and all it starts read the time from a file of offsets, except monotonic time."""
    offsets = tmp_path / "clock"
    offsets.write_text("+0")
    preload = "DYLD_INSERT_LIBRARIES" if sys.platform == "darwin" else "LD_PRELOAD"
    return {
        preload: str(faketime_library()),
        "FAKETIME_TIMESTAMP_FILE": str(offsets),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "NO_FAKE_STAT": "1",
        "PYTHONPATH": os.pathsep.join([str(SLEEP), *filter(None, [os.environ.get("PYTHONPATH")])]),
    }


def test_jumps_of_hours_change_neither_order_nor_waiting(ground: SoakGround, clock: dict[str, str]) -> None:
    specs = [soak_spec(ground.clip(f"{n}", content=n), ground.out, ["a bell", "rain"]) for n in range(JOBS)]
    orders = ground.folder / "orders.json"
    orders.write_text(json.dumps([spec.as_json() for spec in specs]))
    ran = subprocess.run(
        [sys.executable, str(CLIENT), str(orders)], env={**os.environ, **clock}, capture_output=True, text=True,
        timeout=300, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    report = json.loads(ran.stdout)
    assert max(report["seen_hours"]) > 20
    assert min(report["seen_hours"]) < -20
    assert report["ended"] == report["submitted"], "jobs end in the order in which they were submitted"
    assert report["slowest_s"] < 60
    client = WorkerClient.running(ground.directory)
    assert client is not None, "the worker does not leave because the clock has jumped"
    jobs = {job.id: job for job in client.jobs()}
    assert ground.end() == []
    assert faults_of_jobs(dict(zip(report["submitted"], specs, strict=True)), jobs, ground.out) == []
    assert faults_of_rooms(ground) == []
