"""The batch scripts of `examples/`, run as they stand against a real worker."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from job_makers import RealWorker, tone

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[RealWorker]:
    started_worker = RealWorker(tmp_path / "worker")
    started_worker.start()
    yield started_worker
    started_worker.stop()


@pytest.mark.parametrize(
    ("script", "writes"),
    [
        ("batch_folder.py", {"report.csv", "a [everything].wav", "b [everything].wav"}),
        ("batch_pedalboard.py", {"a [everything] treated.wav", "b [everything] treated.wav"}),
    ],
)
def test_a_batch_script_does_every_clip_of_a_folder(
    worker: RealWorker, tmp_path: Path, script: str, writes: set[str]
) -> None:
    clips, out = tmp_path / "clips", tmp_path / "out"
    clips.mkdir()
    for name in ("a", "b"):
        tone(clips / f"{name}.wav")
    command = [sys.executable, str(EXAMPLES / script), str(clips), str(out), "everything", "echo"]
    environment = {**os.environ, "FLOWSEP_WORKER_HOME": str(worker.directory.folder)}
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0, ran.stderr
    assert writes <= {path.name for path in out.rglob("*")}
