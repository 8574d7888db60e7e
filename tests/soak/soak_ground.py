"""A user of its own for a soak test: home, temporary folder, worker's folder, clips and stems, and its processes."""

import contextlib
import os
import signal
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import soundfile as sf

from flowsep_plugin.engine.base import Request
from flowsep_plugin.errors import WorkerError
from flowsep_plugin.file_lock import is_locked
from flowsep_plugin.files import FileRequest
from flowsep_plugin.jobs.client.worker_client import WorkerClient
from flowsep_plugin.jobs.directory import HOME_VARIABLE, WorkerDirectory
from flowsep_plugin.jobs.spec import JobSpec
from flowsep_plugin.render_settings import RenderSettings

POCKET = Path(__file__).parents[1] / "pocket" / "bundle"
QUERIES = ("a dog barking", "rain", "speech", "keyboard clicks", "a door", "wind", "a bell", "footsteps")
CLIP_RATE = 16_000


class SoakGround:
    """The folders of a test under `folder`, and the worker that clients start there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clips, self.out, self.temp = folder / "clips", folder / "out", folder / "temp"
        self.directory = WorkerDirectory(folder / "worker")
        for path in (self.clips, self.out, self.temp):
            path.mkdir(parents=True, exist_ok=True)

    @property
    def variables(self) -> dict[str, str]:
        """Environment variables by which this process, and what it starts, live here."""
        return {
            "HOME": str(self.folder),
            "TMPDIR": str(self.temp),
            HOME_VARIABLE: str(self.directory.folder),
            "XDG_CONFIG_HOME": str(self.folder / "config"),
            "XDG_CACHE_HOME": str(self.folder / "cache"),
            "XDG_DATA_HOME": str(self.folder / "data"),
        }

    def clip(self, name: str, *, content: int, seconds: float = 0.5) -> Path:
        """Write a noisy tone, 16 bit, that no other `content` sounds like; returns its path."""
        rng = np.random.default_rng(content)
        frames = round(seconds * CLIP_RATE)
        tone = 0.3 * np.sin(2 * np.pi * 440 * np.arange(frames) / CLIP_RATE)
        path = self.clips / f"{name}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        sf.write(path, (tone + 0.05 * rng.standard_normal(frames)).astype(np.float32), CLIP_RATE, subtype="PCM_16")
        return path

    def processes(self) -> list[psutil.Process]:
        """Return the worker and its engine process, and any other program that lives in the worker's folder."""
        wanted = str(self.directory.folder)
        return [process for process in psutil.process_iter() if _lives_in(process, wanted)]

    def end(self) -> list[str]:
        """Stop the worker as a client does; returns the command lines that still run 10 s later, and ends them."""
        with contextlib.suppress(WorkerError):
            client = WorkerClient.running(self.directory)
            if client is not None:
                client.shutdown()
        until = time.monotonic() + 10
        while (left := self.processes()) and time.monotonic() < until:
            time.sleep(0.05)
        names = [" ".join(process.cmdline()) for process in left]
        for process in left:
            with contextlib.suppress(psutil.Error):
                process.send_signal(signal.SIGCONT)
                process.kill()
        return names

    def is_worker_gone(self) -> bool:
        """Whether neither worker nor engine process hold their locks."""
        return not (is_locked(self.directory.worker_lock) or is_locked(self.directory.engine_lock))

    def integrity(self) -> str:
        """Return SQLite's verdict on the queue, `ok` for a whole one; no worker may run."""
        with contextlib.closing(sqlite3.connect(self.directory.database)) as database:
            return str(database.execute("PRAGMA integrity_check").fetchone()[0])


@contextlib.contextmanager
def living_in(ground: SoakGround) -> Iterator[None]:
    """Set the environment of this process to the ground's, inside a `with`."""
    before = {name: os.environ.get(name) for name in ground.variables}
    os.environ.update(ground.variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def soak_spec(
    clip: Path, out: Path, queries: list[str], *, model: str = str(POCKET), seed: int = 0, strength: float = 1.0
) -> JobSpec:
    """Return a job of the pocket bundle, or of `model`, that writes 24-bit stems to `out`."""
    request = Request(queries, seed=seed, steps=2, render=RenderSettings(strength=strength))
    return JobSpec(clip, request, FileRequest(out), model=model)


def _lives_in(process: psutil.Process, folder: str) -> bool:
    with contextlib.suppress(psutil.Error, OSError):
        is_python = "flowsep" in " ".join(process.cmdline())
        return is_python and process.pid != os.getpid() and process.environ().get(HOME_VARIABLE) == folder
    return False
