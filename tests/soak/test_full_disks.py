"""Full disks under queue, cache, stems and temporary files: messages name the folder; with room again all is done."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from soak_audit import faults_of_jobs, faults_of_rooms
from soak_clients import SoakClients
from soak_ground import SoakGround, soak_spec

from flowsep_plugin.engine.estimate import FrameStore
from flowsep_plugin.errors import FlowsepError, MediaError, StorageFull, WorkerError
from flowsep_plugin.jobs.client.worker_client import WorkerClient
from flowsep_plugin.jobs.job import Job

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="FULL DISKS NOT TRIED: tmpfs is Linux's")
Mount = Callable[..., None]


def fill(folder: Path) -> Path:
    """Fill the disk of `folder` to the last byte; returns the file that does."""
    path = folder / "stuffing"
    with path.open("wb", buffering=0) as file:
        for size in (1 << 16, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                pass
    return path


def enlarge(folder: Path, megabytes: int) -> None:
    subprocess.run(["mount", "-o", f"remount,size={megabytes}m", str(folder)], check=True)


def ended(clients: SoakClients) -> dict[str, Job]:
    """Return the accepted jobs once all have ended, whatever way."""
    until = time.monotonic() + 120
    while True:
        jobs = {job.id: job for job in clients.call(lambda client: client.jobs())}
        if all(job.has_ended for job in jobs.values()):
            return jobs
        assert time.monotonic() < until, "jobs do not end"
        time.sleep(0.05)


def faults(ground: SoakGround, clients: SoakClients, jobs: dict[str, Job]) -> list[str]:
    assert ground.end() == []
    return faults_of_jobs(clients.accepted, jobs, ground.out) + faults_of_rooms(ground)


@pytest.fixture
def clients(ground: SoakGround) -> SoakClients:
    return SoakClients(ground, seed=0)


def submit(ground: SoakGround, clients: SoakClients, name: str, content: int = 0, **options: object) -> str:
    spec = soak_spec(ground.clip(name, content=content), ground.out, ["a bell", "rain"], **options)  # type: ignore[arg-type]
    job = clients.call(lambda client: client.submit(spec))
    clients.accepted[job.id] = spec
    return job.id


def test_stems_that_do_not_fit_fail_whole_and_are_done_with_more_room(
    ground: SoakGround, clients: SoakClients, small_disk: Mount
) -> None:
    small_disk(ground.out, megabytes=1)
    for number in range(24):
        submit(ground, clients, f"{number}", number)
    jobs = ended(clients)
    failed = [job for job in jobs.values() if job.state == "failed"]
    assert 0 < len(failed) < 24
    for job in failed:
        assert job.error is not None
        assert job.error.kind == "StorageFull"
        assert str(ground.out) in job.error.message
    done = {name: spec for name, spec in clients.accepted.items() if jobs[name].state == "done"}
    assert faults_of_jobs(done, jobs, ground.out) == []
    enlarge(ground.out, 16)
    for job in failed:
        clients.call(lambda client, name=job.id: client.change(name, "retry"))  # type: ignore[misc]
    assert faults(ground, clients, ended(clients)) == []


def test_a_full_disk_under_the_cache_costs_the_cache_only(
    ground: SoakGround, clients: SoakClients, small_disk: Mount
) -> None:
    ground.directory.make()
    small_disk(ground.directory.cache, megabytes=1)
    stuffing = fill(ground.directory.cache)
    submit(ground, clients, "first")
    assert all(job.state == "done" for job in ended(clients).values())
    assert list(ground.directory.cache.iterdir()) == [stuffing]
    stuffing.unlink()
    submit(ground, clients, "second", strength=1.5)
    ended(clients)
    third = submit(ground, clients, "third", strength=2.0)
    jobs = ended(clients)
    assert jobs[third].result is not None
    assert jobs[third].result["kept"]
    assert faults(ground, clients, jobs) == []


def test_a_full_disk_under_the_queue_loses_no_accepted_job_also_where_the_worker_is_killed(
    ground: SoakGround, clients: SoakClients, small_disk: Mount
) -> None:
    small_disk(ground.directory.folder, megabytes=4)
    for number in range(8):
        submit(ground, clients, f"{number}", number)
    stuffing = fill(ground.directory.folder)
    clips = [ground.clip(f"refused {number}", content=100 + number) for number in range(200)]
    with pytest.raises(StorageFull, match=str(ground.directory.folder)):  # noqa: PT012
        for clip in clips:
            spec = soak_spec(clip, ground.out, ["a bell", "rain"])
            client = WorkerClient.running(ground.directory)
            assert client is not None
            clients.accepted[client.submit(spec).id] = spec
    for process in ground.processes():
        process.kill()
    _fill_again(stuffing)
    with pytest.raises(FlowsepError) as refusal:  # noqa: PT012
        for clip in clips[100:]:
            WorkerClient.ensure(ground.directory).submit(soak_spec(clip, ground.out, ["a bell"], seed=1))
    assert isinstance(refusal.value, MediaError | WorkerError)
    assert str(ground.directory.folder) in str(refusal.value)
    stuffing.unlink()
    assert faults(ground, clients, clients.let_all_end()) == []


def test_a_full_temporary_folder_fails_what_needs_it_by_name_and_a_retry_does_it(
    ground: SoakGround, clients: SoakClients, small_disk: Mount
) -> None:
    """MP3 is decoded into the temporary folder: 60 s of mono are 10 MB there."""
    small_disk(ground.temp, megabytes=2)
    path = ground.clips / "long.mp3"
    noise = np.random.default_rng(0).uniform(-0.1, 0.1, 60 * 44_100).astype(np.float32)
    sf.write(path, noise, 44_100, format="MP3")
    spec = soak_spec(path, ground.out, ["a bell"], model="echo")
    name = clients.call(lambda client: client.submit(spec)).id
    job = ended(clients)[name]
    assert job.error is not None
    assert job.error.kind == "StorageFull"
    assert str(ground.temp) in job.error.message
    assert list(ground.out.iterdir()) == []
    assert list(ground.temp.iterdir()) == []
    enlarge(ground.temp, 32)
    clients.call(lambda client: client.change(name, "retry"))
    assert ended(clients)[name].state == "done"
    assert ground.end() == []
    assert faults_of_rooms(ground) == []


def test_a_long_estimate_in_a_full_temporary_folder_is_refused_by_the_folder_s_name(
    ground: SoakGround, small_disk: Mount, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_disk(ground.temp, megabytes=1)
    monkeypatch.setattr("flowsep_plugin.engine.estimate._IN_MEMORY", 1000)
    monkeypatch.setattr("tempfile.tempdir", str(ground.temp))
    block = np.zeros((1000, 64), np.float32)
    for room in (1, 8):
        store = FrameStore((64,))
        with pytest.raises(StorageFull, match=str(ground.temp)):  # noqa: PT012
            for _ in range(100):
                store.append(block)
        store.close()
        assert list(ground.temp.iterdir()) == []
        enlarge(ground.temp, 8 * room)
    store = FrameStore((64,))
    store.append(block)
    assert not store.read(0, 1000).any()
    store.close()


def _fill_again(stuffing: Path) -> None:
    """Fill what a killed worker's log may have left free."""
    with stuffing.open("ab", buffering=0) as file:
        try:
            while True:
                file.write(bytes(512))
        except OSError:
            pass
