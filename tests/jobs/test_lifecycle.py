"""What studios do to a worker: kill it, fill its disk, damage its files, start two at once."""

import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import soundfile as sf
from job_makers import POCKET, RealWorker, spec, tone, wait_for_all, wait_until

from flowsep_plugin.errors import MediaError
from flowsep_plugin.file_lock import FileLock, is_locked
from flowsep_plugin.jobs.client.worker_client import WorkerClient
from flowsep_plugin.jobs.directory import Address, WorkerDirectory


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[RealWorker]:
    started_worker = RealWorker(tmp_path / "home")
    yield started_worker
    started_worker.stop()


@pytest.mark.parametrize("seed", [int(seed) for seed in os.environ.get("FLOWSEP_KILL_SEED", "1 2 3").split()])
def test_kill_9_at_any_moment_loses_nothing_and_does_nothing_twice(
    worker: RealWorker, tmp_path: Path, seed: int
) -> None:
    rng = random.Random(seed)
    out = tmp_path / "out"
    client = worker.start()
    clips = [tone(tmp_path / f"{number}.wav", 0.5, seed=number) for number in range(8)]
    jobs = client.submit_all([spec(clip, out, steps=2) for clip in clips])
    names = [job.id for job in jobs]  # type: ignore[union-attr]
    for _ in range(4):
        wait_until(lambda current=client: current.status()["progress"] != {} or not current.jobs("queued", "running"))  # type: ignore[misc]
        time.sleep(rng.uniform(0, 0.15))
        worker.kill()
        client = worker.start()
    wait_for_all(client, names)
    assert {job.state for job in client.jobs()} == {"done"}
    files = sorted(path.name for path in out.iterdir())
    names = [
        f"{number} [{end}" for number in range(8) for end in ("a dog barking].json", "a dog barking].wav", "rest].wav")
    ]
    assert files == sorted(names)
    assert all(sf.info(path).frames == 8000 for path in out.glob("*.wav"))
    assert all(json.loads(path.read_text())["null_db"] == -200 for path in out.glob("*.json"))


def test_a_rename_that_was_cut_short_is_completed(worker: RealWorker, tmp_path: Path) -> None:
    """Killed between two renames: the next worker goes on with the third."""
    out = tmp_path / "out"
    client = worker.start()
    client.pause()
    job = client.submit(spec(tone(tmp_path / "a.wav"), out))
    worker.kill()
    staging = out / ".flowsep-x"
    staging.mkdir(parents=True)
    (out / "one.wav").write_bytes(b"1")
    (staging / "two.wav").write_bytes(b"2")
    moves = [[str(staging / name), str(out / name)] for name in ("one.wav", "two.wav")]
    database = sqlite3.connect(worker.directory.database)
    values = (json.dumps(moves), json.dumps({"files": []}), job.id)
    database.execute("UPDATE jobs SET state='running', intent=?, result=? WHERE id=?", values)
    database.commit()
    database.close()
    assert worker.start().job(job.id).state == "done"
    assert sorted(path.name for path in out.iterdir()) == ["one.wav", "two.wav"]


def test_the_engine_goes_with_a_killed_worker(worker: RealWorker, tmp_path: Path) -> None:
    client = worker.start()
    clip = tone(tmp_path / "a.wav", 30.0, rate=44_100)
    client.submit(spec(clip, tmp_path / "out", model=str(POCKET), steps=200))
    wait_until(lambda: client.status()["progress"] != {})
    assert is_locked(worker.directory.engine_lock)
    worker.kill()
    wait_until(lambda: not is_locked(worker.directory.engine_lock), 10)


def test_a_terminated_worker_leaves_its_job_queued_and_no_address(worker: RealWorker, tmp_path: Path) -> None:
    client = worker.start()
    clip = tone(tmp_path / "a.wav", 20.0, rate=44_100)
    job = client.submit(spec(clip, tmp_path / "out", model=str(POCKET), steps=60))
    wait_until(lambda: client.status()["progress"] != {})
    worker.stop()
    assert not worker.directory.address_file.exists()
    assert not is_locked(worker.directory.worker_lock)
    assert worker.start().wait(job.id).state == "done"


def test_a_stale_address_is_not_believed(tmp_path: Path) -> None:
    directory = WorkerDirectory(tmp_path / "home")
    directory.make()
    directory.write_address(Address("http://127.0.0.1:9", "token", os.getpid(), "0"))
    directory.worker_lock.touch()
    assert WorkerClient.running(directory) is None


def test_a_lock_ends_with_its_process(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    script = "import sys, time; from flowsep_plugin.file_lock import FileLock; from pathlib import Path\n" \
             "lock = FileLock(Path(sys.argv[1])); print(lock.acquire(), flush=True); time.sleep(60)"  # fmt: skip
    holder = subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline().strip() == "True"
    assert is_locked(path)
    assert not FileLock(path).acquire()
    holder.kill()
    holder.communicate()
    assert not is_locked(path)


def test_clients_that_start_at_once_get_one_worker(tmp_path: Path) -> None:
    directory = WorkerDirectory(tmp_path / "home")
    script = (
        "from flowsep_plugin.jobs.client.worker_client import WorkerClient\n"
        "from flowsep_plugin.jobs.directory import WorkerDirectory\n"
        "WorkerClient.ensure(); print(WorkerDirectory.default().read_address().pid)"
    )
    environment = {**os.environ, "FLOWSEP_WORKER_HOME": str(directory.folder)}
    starting = [
        subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", script], env=environment, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    pids = {one.communicate(timeout=120)[0].strip() for one in starting}
    assert len(pids) == 1
    client = WorkerClient.running(directory)
    assert client is not None
    client.shutdown()
    wait_until(lambda: not is_locked(directory.worker_lock))


def test_a_damaged_queue_is_repaired_and_outputs_stay(worker: RealWorker, tmp_path: Path) -> None:
    client = worker.start()
    jobs = client.submit_all([spec(tone(tmp_path / f"{n}.wav", seed=n), tmp_path / "out") for n in range(2)])
    wait_for_all(client, [job.id for job in jobs])  # type: ignore[union-attr]
    before = {path: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    worker.kill()
    for path in worker.directory.folder.glob("queue.db-*"):
        path.unlink()
    worker.directory.database.write_bytes(os.urandom(20_000))
    client = worker.start()
    assert "was damaged" in client.status()["repaired"]
    assert {path: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before
    assert client.wait(client.submit(spec(tmp_path / "0.wav", tmp_path / "more")).id).state == "done"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """4 MB that can be filled."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = shutil.which("mount") and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)], capture_output=True, check=False
    )  # fmt: skip
    if not mounted or mounted.returncode:
        pytest.skip("no small disk can be mounted here: it takes root on Linux")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder: Path) -> Path:
    stuffing = folder / "stuffing"
    with stuffing.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass
    return stuffing


def test_a_full_disk_under_the_stems_fails_the_job_and_a_retry_does_it(
    worker: RealWorker, tmp_path: Path, small_disk: Path
) -> None:
    client = worker.start()
    stuffing = fill(small_disk)
    job = client.wait(client.submit(spec(tone(tmp_path / "a.wav"), small_disk)).id)
    assert job.error is not None
    assert job.error.kind == "StorageFull"
    assert list(small_disk.iterdir()) == [stuffing]
    stuffing.unlink()
    client.change(job.id, "retry")
    assert client.wait(job.id).state == "done"


def test_a_full_disk_under_the_queue_refuses_what_it_cannot_keep_and_goes_on(tmp_path: Path, small_disk: Path) -> None:
    worker = RealWorker(small_disk / "home")
    client = worker.start()
    try:
        clip = tone(tmp_path / "a.wav", 20.0, rate=44_100)
        job = client.submit(spec(clip, tmp_path / "out", model=str(POCKET), steps=60))
        wait_until(lambda: client.status()["progress"] != {})
        stuffing = fill(small_disk)
        with pytest.raises(MediaError, match="full"):  # noqa: PT012
            for seed in range(1, 500):
                client.submit(spec(clip, tmp_path / "out", seed=seed))
        wait_until(lambda: client.status()["trouble"] is not None)
        stuffing.unlink()
        assert client.wait(job.id).state == "done"
        wait_until(lambda: client.status()["trouble"] is None)
        client.cancel_all()
    finally:
        worker.stop()


def test_a_worker_that_was_started_for_somebody_leaves(tmp_path: Path) -> None:
    worker = RealWorker(tmp_path / "home", "--leave-after", "0.5")
    worker.start()
    wait_until(lambda: not is_locked(worker.directory.worker_lock), 30)
    worker.stop()
