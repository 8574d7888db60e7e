"""What the worker costs: python benchmarks/jobs.py overhead|throughput|memory|rerender|ray [--count N] [--model M].

Each prints one JSON line. The worker runs in a temporary folder of its own.
"""

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import numpy as np
import soundfile as sf

from flowsep_plugin.engine.base import Request
from flowsep_plugin.files import FileRequest, separate_file
from flowsep_plugin.jobs.batch.manifest import folder_items
from flowsep_plugin.jobs.batch.run import run_batch
from flowsep_plugin.jobs.batch.runners import WorkerRunner
from flowsep_plugin.jobs.client.worker_client import WorkerClient
from flowsep_plugin.jobs.directory import WorkerDirectory
from flowsep_plugin.jobs.spec import JobSpec
from flowsep_plugin.jobs.store.database import Database
from flowsep_plugin.jobs.store.queue import JobQueue
from flowsep_plugin.render_settings import RenderSettings
from flowsep_plugin.separate import Separator

POCKET = Path(__file__).parents[1] / "tests" / "pocket" / "bundle"


def clips(folder: Path, count: int, seconds: float, rate: int) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    made = []
    for number in range(count):
        made.append(folder / f"{number:04}.wav")
        sf.write(made[-1], 0.1 * rng.standard_normal(round(seconds * rate)).astype(np.float32), rate, subtype="PCM_16")
    return made


def spec(clip: Path, out: Path, model: str, **more: object) -> JobSpec:
    return JobSpec(clip, Request(["a dog barking"], **more), FileRequest(out), model)  # type: ignore[arg-type]


@contextlib.contextmanager
def worker(folder: Path) -> Iterator[WorkerClient]:
    directory = WorkerDirectory(folder / "home")
    environment = {**os.environ, "FLOWSEP_WORKER_HOME": str(directory.folder)}
    process = subprocess.Popen([sys.executable, "-m", "flowsep_plugin.jobs.worker.process"], env=environment)
    while (client := WorkerClient.running(directory)) is None:
        time.sleep(0.05)
    try:
        yield client
    finally:
        process.terminate()
        process.wait()


def overhead(folder: Path, count: int, model: str) -> dict[str, object]:
    """The queue's own transactions for one job: submit, claim, intend, finish."""
    queue = JobQueue(Database(folder / "queue.db"))
    times = []
    for number in range(count):
        began = time.perf_counter()
        job, _ = queue.submit(spec(folder / f"{number}.wav", folder, model), str(number), "m")
        queue.claim()
        queue.intend(job.id, {"files": []}, [("a", "b")])
        queue.finish(job.id, {"files": []})
        times.append(time.perf_counter() - began)
    queue.close()
    return {"jobs": count, "median_ms": round(1000 * median(times), 2), "worst_ms": round(1000 * max(times), 2)}


def throughput(folder: Path, count: int, model: str) -> dict[str, object]:
    """The same clips through a bare Separator and through the worker, model loaded in both; wall and CPU seconds."""
    import psutil

    made = clips(folder / "clips", count, 2.0, 44_100)
    separator = Separator.open(model)
    separate_file(separator, made[0], Request(["warm"]), FileRequest(folder / "warm"))
    began, spent = time.perf_counter(), time.process_time()
    for clip in made:
        separate_file(separator, clip, Request(["a dog barking"]), FileRequest(folder / "bare"))
    bare, bare_cpu = time.perf_counter() - began, time.process_time() - spent
    with worker(folder) as client:
        client.wait(client.submit(JobSpec(made[0], Request(["warm"]), FileRequest(folder / "warm2"), model)).id)
        process = psutil.Process(json.loads(WorkerDirectory(folder / "home").address_file.read_text())["pid"])
        before = [sum(one.cpu_times()[:2]) for one in (process, *process.children())]
        began = time.perf_counter()
        runner = WorkerRunner(lambda: client)
        outcomes = run_batch(
            folder_items(folder / "clips", spec(folder, folder / "out", model)), runner, lambda p: None
        )
        through = time.perf_counter() - began
        after = [sum(one.cpu_times()[:2]) for one in (process, *process.children())]
    inside = sum(outcome.result["seconds"] for outcome in outcomes if outcome.result)
    return {"clips": count, "bare_s": round(bare, 2), "bare_cpu_s": round(bare_cpu, 2), "worker_s": round(through, 2),
            "worker_and_engine_cpu_s": [round(b - a, 2) for a, b in zip(before, after, strict=True)],
            "in_engine_s": round(inside, 2), "overhead": round(through / bare - 1, 3),
            "beside_engine": round(through / inside - 1, 3)}  # fmt: skip


def memory(folder: Path, count: int, model: str) -> dict[str, object]:
    """Resident memory of the worker and its engine along `count` jobs."""
    import psutil

    (clip,) = clips(folder / "clips", 1, 0.5, 16_000)
    found = []
    with worker(folder) as client:
        process = psutil.Process(json.loads(WorkerDirectory(folder / "home").address_file.read_text())["pid"])
        for part in range(5):
            seeds = range(part * count // 5, (part + 1) * count // 5)
            made = client.submit_all([spec(clip, folder / "out", model, seed=seed) for seed in seeds])
            for job in made[-1:]:
                client.wait(job.id)  # type: ignore[union-attr]
            sizes = [one.memory_info().rss for one in (process, *process.children())]
            found.append([round(size / 2**20, 1) for size in sizes])
    return {"jobs": count, "worker_and_engine_mb": found}


def rerender(folder: Path, count: int, model: str) -> dict[str, object]:
    """From asking for a new strength to its stems being there, on a clip whose estimate is kept."""
    (clip,) = clips(folder / "clips", 1, 10.0, 48_000)
    times = []
    with worker(folder) as client:
        began = time.perf_counter()
        client.wait(client.submit(spec(clip, folder / "out", model)).id)
        first = time.perf_counter() - began
        for number in range(count):
            began = time.perf_counter()
            strength = RenderSettings(strength=1 + (number + 1) / 1000)
            job = client.wait(client.submit(spec(clip, folder / "out", model, render=strength)).id)
            assert job.result is not None
            assert job.result["kept"]
            times.append(time.perf_counter() - began)
    return {
        "clip_s": 10,
        "first_s": round(first, 2),
        "median_s": round(median(times), 3),
        "worst_s": round(max(times), 3),
    }


def over_ray(folder: Path, count: int, model: str) -> dict[str, object]:
    """The same batch on one and on two local slots."""
    import ray

    from flowsep_plugin.jobs.batch.cluster import ClusterRunner

    clips(folder / "clips", count, 4.0, 44_100)
    took = {}
    for slots in (1, 2):
        ray.init(num_cpus=slots, include_dashboard=False, log_to_driver=False, object_store_memory=100 << 20)
        items = folder_items(folder / "clips", spec(folder, folder / f"out{slots}", model, steps=20))
        began = time.perf_counter()
        run_batch(items, ClusterRunner("auto", folder / f"out{slots}"), lambda progress: None)
        took[slots] = round(time.perf_counter() - began, 2)
        ray.shutdown()
    return {"clips": count, "seconds_by_slots": took}


WHAT = {"overhead": overhead, "throughput": throughput, "memory": memory, "rerender": rerender, "ray": over_ray}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=WHAT)
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--model", default=str(POCKET))
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = WHAT[given.what](Path(folder), given.count, given.model)
    print(json.dumps({"benchmark": given.what, "load_average": os.getloadavg()[0], **found}))


if __name__ == "__main__":
    main()
