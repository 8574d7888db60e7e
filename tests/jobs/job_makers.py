"""Clips, specs and workers that the tests of `flowsep_plugin.jobs` are made from."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile as sf

from flowsep_plugin.engine.base import Request
from flowsep_plugin.files import FileRequest
from flowsep_plugin.jobs.client.worker_client import WorkerClient
from flowsep_plugin.jobs.directory import WorkerDirectory
from flowsep_plugin.jobs.spec import JobSpec
from flowsep_plugin.render_settings import RenderSettings

POCKET = Path(__file__).parents[1] / "pocket" / "bundle"


def tone(path: Path, seconds: float = 0.5, *, rate: int = 16_000, seed: int = 0) -> Path:
    """A short noisy tone that no other seed has."""
    rng = np.random.default_rng(seed)
    frames = int(seconds * rate)
    samples = 0.3 * np.sin(2 * np.pi * 440 * np.arange(frames) / rate) + 0.05 * rng.standard_normal(frames)
    path.parent.mkdir(parents=True, exist_ok=True)
    sf.write(path, samples.astype(np.float32), rate, subtype="PCM_16")
    return path


def spec(
    clip: Path, out: Path, query: str = "a dog barking", *, model: str = "echo", seed: int = 0,
    steps: int | None = None, strength: float = 1.0, skip_absent: bool = False, overwrite: bool = False,
    device: str = "auto",
) -> JobSpec:  # fmt: skip
    request = Request([query], seed=seed, steps=steps, render=RenderSettings(strength=strength))
    files = FileRequest(out, overwrite=overwrite)
    return JobSpec(clip, request, files, model=model, device=device, skip_absent=skip_absent)


def wait_until(holds: Callable[[], bool], seconds: float = 60.0) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "it takes too long"
        time.sleep(0.01)


class RealWorker:
    """A worker process in a folder of its own, that can be killed and started again."""

    def __init__(self, folder: Path, *arguments: str, **environment: str) -> None:
        self.directory = WorkerDirectory(folder)
        self._arguments, self._environment = arguments, environment
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> WorkerClient:
        environment = {**os.environ, "FLOWSEP_WORKER_HOME": str(self.directory.folder), **self._environment}
        command = [sys.executable, "-m", "flowsep_plugin.jobs.worker", *self._arguments]
        self._process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE)
        return self.client()

    def client(self) -> WorkerClient:
        until = time.monotonic() + 60
        while (client := WorkerClient.running(self.directory)) is None:
            assert self._process is None or self._process.poll() is None, self.said()
            assert time.monotonic() < until, "the worker does not come up"
            time.sleep(0.02)
        return client

    def said(self) -> str:
        assert self._process is not None
        return self._process.communicate(timeout=60)[1].decode()

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.communicate(timeout=60)

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.communicate(timeout=60)


def wait_for_all(client: WorkerClient, names: list[str], seconds: float = 120.0) -> None:
    wait_until(lambda: all(job.has_ended for job in client.jobs() if job.id in names), seconds)
