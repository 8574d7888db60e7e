"""`flowsep batch --here` and `flowsep watch`, killed at random moments and run again: each file is done once, whole."""

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from soak_audit import faults_of_result
from soak_ground import QUERIES, SoakGround, soak_spec

CLIPS = 60
COMMAND = [sys.executable, "-m", "flowsep_plugin"]
_QUERIES = list(QUERIES[:2])
_PATIENCE_S = 300.0
_BATCH_FILES = {".flowsep-batch.jsonl", ".flowsep-batch.lock", "report.csv"}


@pytest.fixture
def runs(kills: int) -> int:
    """How many runs are killed: one for ten kills of the soak."""
    return max(3, kills // 10)


def shapes(out: Path) -> dict[str, tuple[int, int]]:
    """Return inode and time of change of the finished files, by name."""
    return {path.name: (path.stat().st_ino, path.stat().st_mtime_ns) for path in out.iterdir()
            if path.name not in _BATCH_FILES and not path.name.startswith(".")}  # fmt: skip


def rewritten(before: dict[str, tuple[int, int]], out: Path) -> list[str]:
    """Return the names of files that were there before and are not the same files any more."""
    now = shapes(out)
    return [name for name, shape in before.items() if now.get(name) != shape]


def faults_of_folder(clips: list[Path], out: Path) -> list[str]:
    """Return what is wrong with the stems of `clips` in `out`, which holds nothing else."""
    faults, expected = [], set()
    for clip in clips:
        spec = soak_spec(clip, out, _QUERIES)
        stem = f"{clip.stem} ["
        paths = [out / f"{stem}{query}].wav" for query in _QUERIES] + [out / f"{stem}rest].wav"]
        paths.append(_receipt(clip, out))
        expected |= {path.name for path in paths}
        if not all(path.exists() for path in paths):
            faults.append(f"{clip.name}: lost")
            continue
        files = [{"path": str(path), "bytes": path.stat().st_size} for path in paths]
        faults += [f"{clip.name}: {fault}" for fault in faults_of_result(spec, {"files": files})]
    left = {path.name for path in out.iterdir()} - expected - _BATCH_FILES
    return faults + [f"{name}: left over or doubled" for name in sorted(left)]


def _receipt(clip: Path, out: Path) -> Path:
    return next(iter(sorted(out.glob(f"{clip.stem} [[]*.json"))), out / f"{clip.stem}.json")


def run_and_kill(command: list[str], out: Path, delay_s: float) -> None:
    """Run a command, and kill it `delay_s` after its next result is there."""
    finished = len(shapes(out)) if out.exists() else 0
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + _PATIENCE_S
        while process.poll() is None and (not out.exists() or len(shapes(out)) <= finished):
            assert time.monotonic() < until, "nothing is separated"
            time.sleep(0.002)
        time.sleep(delay_s)
    finally:
        process.kill()
        process.wait()


def options(ground: SoakGround) -> list[str]:
    queries = [word for query in _QUERIES for word in ("-q", query)]
    return [
        *queries,
        "--model",
        soak_spec(Path("x"), Path("y"), _QUERIES).model,
        "--steps",
        "2",
        "--out",
        str(ground.out),
    ]


def test_a_batch_that_is_killed_goes_on_and_rewrites_nothing(ground: SoakGround, runs: int, seed: int) -> None:
    rng = random.Random(f"batch {seed}")
    clips = [ground.clip(f"{number:02}", content=number) for number in range(CLIPS)]
    command = [*COMMAND, "batch", str(ground.clips), *options(ground), "--here"]
    for _ in range(runs):
        before = shapes(ground.out)
        run_and_kill(command, ground.out, rng.uniform(0, 0.3))
        assert rewritten(before, ground.out) == []
    before = shapes(ground.out)
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert rewritten(before, ground.out) == []
    assert faults_of_folder(clips, ground.out) == []
    assert list(ground.temp.iterdir()) == []


def test_a_watch_that_is_killed_with_or_without_its_worker_does_every_file_once(
    ground: SoakGround, runs: int, seed: int
) -> None:
    rng = random.Random(f"watch {seed}")
    command = [*COMMAND, "watch", str(ground.clips), *options(ground), "--settle", "0.2", "--json"]
    clips: list[Path] = []
    for run in range(runs):
        clips += [ground.clip(f"{run}-{number}", content=100 * run + number) for number in range(5)]
        before = shapes(ground.out)
        run_and_kill(command, ground.out, rng.uniform(0, 0.3))
        if rng.random() < 0.5:
            for process in ground.processes():
                process.kill()
        assert rewritten(before, ground.out) == []
    _run_until_all_are_done(command, len(clips))
    assert faults_of_folder(clips, ground.out) == []
    assert ground.end() == []


def _run_until_all_are_done(command: list[str], count: int) -> None:
    done: set[str] = set()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process.stdout:
        while len(done) < count and (line := process.stdout.readline()):
            event = json.loads(line)
            if event["event"] == "done":
                done.add(event["path"])
        process.terminate()
    assert process.wait(20) == 0
    assert len(done) == count, os.fspath(command[3])
