"""Cost of the background worker: `python benchmarks/jobs.py throughput [--count N] [--model M]`.

Benchmarks: overhead, throughput, memory, rerender, ray. Each prints one JSON line.
The worker runs in a temporary folder.
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
    paths = []
    for number in range(count):
        paths.append(folder / f"{number:04}.wav")
        sf.write(paths[-1], 0.1 * rng.standard_normal(round(seconds * rate)).astype(np.float32), rate, subtype="PCM_16")
    return paths


def spec(clip: Path, out: Path, model: str, **more: object) -> JobSpec:
    return JobSpec(clip, Request(["a dog barking"], **more), FileRequest(out), model)  # type: ignore[arg-type]


@contextlib.contextmanager
def worker(folder: Path) -> Iterator[WorkerClient]:
    directory = WorkerDirectory(folder / "home")
    environment = {**os.environ, "FLOWSEP_WORKER_HOME": str(directory.folder)}
    process = subprocess.Popen([sys.executable, "-m", "flowsep_plugin.jobs.worker"], env=environment)
    while (client := WorkerClient.running(directory)) is None:
        time.sleep(0.05)
    try:
        yield client
    finally:
        process.terminate()
        process.wait()


def overhead(folder: Path, count: int, model: str) -> dict[str, object]:
    """Measure the queue's transactions of one job: submit, claim, intend, finish."""
    queue = JobQueue(Database(folder / "queue.db"))
    times = []
    for number in range(count):
        start = time.perf_counter()
        job, _ = queue.submit(spec(folder / f"{number}.wav", folder, model), str(number), "m")
        queue.claim()
        queue.intend(job.id, {"files": []}, [("a", "b")])
        queue.finish(job.id, {"files": []})
        times.append(time.perf_counter() - start)
    queue.close()
    return {"jobs": count, "median_ms": round(1000 * median(times), 2), "worst_ms": round(1000 * max(times), 2)}


def throughput(folder: Path, count: int, model: str) -> dict[str, object]:
    """Compare wall and CPU seconds of the same clips in a plain Separator and in the worker, with loaded models."""
    import psutil

    paths = clips(folder / "clips", count, 2.0, 44_100)
    separator = Separator.open(model)
    separate_file(separator, paths[0], Request(["warm"]), FileRequest(folder / "warm"))
    start, cpu_start = time.perf_counter(), time.process_time()
    for clip in paths:
        separate_file(separator, clip, Request(["a dog barking"]), FileRequest(folder / "bare"))
    plain, plain_cpu = time.perf_counter() - start, time.process_time() - cpu_start
    with worker(folder) as client:
        client.wait(client.submit(JobSpec(paths[0], Request(["warm"]), FileRequest(folder / "warm2"), model)).id)
        process = psutil.Process(json.loads(WorkerDirectory(folder / "home").address_file.read_text())["pid"])
        before = [sum(one.cpu_times()[:2]) for one in (process, *process.children())]
        start = time.perf_counter()
        runner = WorkerRunner(lambda: client)
        outcomes = run_batch(
            folder_items(folder / "clips", spec(folder, folder / "out", model)), runner, lambda p: None
        )
        through_worker = time.perf_counter() - start
        after = [sum(one.cpu_times()[:2]) for one in (process, *process.children())]
    inside = sum(outcome.result["seconds"] for outcome in outcomes if outcome.result)
    return {
        "clips": count,
        "separator_s": round(plain, 2),
        "separator_cpu_s": round(plain_cpu, 2),
        "worker_s": round(through_worker, 2),
        "worker_and_engine_cpu_s": [round(b - a, 2) for a, b in zip(before, after, strict=True)],
        "in_engine_s": round(inside, 2),
        "overhead": round(through_worker / plain - 1, 3),
        "overhead_over_engine": round(through_worker / inside - 1, 3),
    }


def memory(folder: Path, count: int, model: str) -> dict[str, object]:
    """Measure the resident memory of the worker and its engine process over `count` jobs."""
    import psutil

    (clip,) = clips(folder / "clips", 1, 0.5, 16_000)
    memory_mb = []
    with worker(folder) as client:
        process = psutil.Process(json.loads(WorkerDirectory(folder / "home").address_file.read_text())["pid"])
        for part in range(5):
            seeds = range(part * count // 5, (part + 1) * count // 5)
            jobs = client.submit_all([spec(clip, folder / "out", model, seed=seed) for seed in seeds])
            for job in jobs[-1:]:
                client.wait(job.id)  # type: ignore[union-attr]
            sizes = [one.memory_info().rss for one in (process, *process.children())]
            memory_mb.append([round(size / 2**20, 1) for size in sizes])
    return {"jobs": count, "worker_and_engine_mb": memory_mb}


def rerender(folder: Path, count: int, model: str) -> dict[str, object]:
    """Measure the time from submitting a new strength to its stems, on a clip whose estimate is cached."""
    (clip,) = clips(folder / "clips", 1, 10.0, 48_000)
    times = []
    with worker(folder) as client:
        start = time.perf_counter()
        client.wait(client.submit(spec(clip, folder / "out", model)).id)
        first = time.perf_counter() - start
        for number in range(count):
            start = time.perf_counter()
            strength = RenderSettings(strength=1 + (number + 1) / 1000)
            job = client.wait(client.submit(spec(clip, folder / "out", model, render=strength)).id)
            assert job.result is not None
            assert job.result["kept"]
            times.append(time.perf_counter() - start)
    return {
        "clip_s": 10,
        "first_s": round(first, 2),
        "median_s": round(median(times), 3),
        "worst_s": round(max(times), 3),
    }


def over_ray(folder: Path, count: int, model: str) -> dict[str, object]:
    """Measure the same batch on one and on two local Ray slots."""
    import ray

    from flowsep_plugin.jobs.batch.cluster import ClusterRunner

    clips(folder / "clips", count, 4.0, 44_100)
    seconds_by_slots = {}
    for slots in (1, 2):
        ray.init(num_cpus=slots, include_dashboard=False, log_to_driver=False, object_store_memory=100 << 20)
        items = folder_items(folder / "clips", spec(folder, folder / f"out{slots}", model, steps=20))
        start = time.perf_counter()
        run_batch(items, ClusterRunner("auto", folder / f"out{slots}"), lambda progress: None)
        seconds_by_slots[slots] = round(time.perf_counter() - start, 2)
        ray.shutdown()
    return {"clips": count, "seconds_by_slots": seconds_by_slots}


BENCHMARKS = {"overhead": overhead, "throughput": throughput, "memory": memory, "rerender": rerender, "ray": over_ray}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("benchmark", choices=BENCHMARKS)
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--model", default=str(POCKET))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = BENCHMARKS[arguments.benchmark](Path(folder), arguments.count, arguments.model)
    print(json.dumps({"benchmark": arguments.benchmark, "load_average": os.getloadavg()[0], **result}))


if __name__ == "__main__":
    main()
