"""The process that owns the models: `python -m flowsep_plugin.jobs.worker.engine_process FOLDER CACHE_MB THREADS`.

It is apart from the worker so that whatever inference does (running out of memory, a driver that crashes) ends this
process and not the queue, and so that letting a model go gives all of its memory back. It ends with the worker: when
nobody is left to talk to, it is gone at once, whatever it is computing.
"""

import contextlib
import faulthandler
import io
import logging
import os
import queue
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from flowsep_plugin.errors import Cancelled, EngineError, FlowsepError
from flowsep_plugin.file_lock import FileLock
from flowsep_plugin.jobs.directory import WorkerDirectory
from flowsep_plugin.jobs.job import JobError
from flowsep_plugin.jobs.log_privacy import Public, RelayFormatter
from flowsep_plugin.jobs.run_job import run_job
from flowsep_plugin.jobs.spec import JobSpec
from flowsep_plugin.jobs.store.cache import EstimateCache
from flowsep_plugin.jobs.store.publish import staged
from flowsep_plugin.progress import Progress
from flowsep_plugin.separate import Separator

from .ipc import MessageChannel, messages

log = logging.getLogger("flowsep_plugin.jobs.worker.engine_process")  # by its name, also where it is run with -m

_PROGRESS_SECONDS = 0.1
_LOCK_SECONDS = 20.0
_MODELS_KEPT = 2


class CommandReader:
    """What the worker wants, taken in on a thread of its own."""

    def __init__(self, source: BinaryIO) -> None:
        self.runs: queue.SimpleQueue[Mapping[str, Any]] = queue.SimpleQueue()
        self._unwanted: set[str] = set()
        self._go_on = threading.Event()
        self._go_on.set()
        threading.Thread(target=self._listen, args=(source,), daemon=True, name="orders").start()

    def check(self, name: str) -> None:
        """Wait while the job is paused. Raises Cancelled where it is not wanted any more."""
        while True:
            if name in self._unwanted:
                raise Cancelled("cancelled through the queue")
            if self._go_on.wait(0.1):
                return

    def forget(self, name: str) -> None:
        """The job is over."""
        self._unwanted.discard(name)

    def _listen(self, source: BinaryIO) -> None:
        for message in messages(source):
            if message["do"] == "run":
                self.runs.put(message)
            elif message["do"] == "cancel":
                self._unwanted.add(message["id"])
            elif message["waiting"]:
                self._go_on.clear()
            else:
                self._go_on.set()
        os._exit(0)  # the worker is gone; whatever is being computed is nobody's any more


class JobExecutor:
    """Opened models, and the running of one job after the other with them."""

    def __init__(self, wire: MessageChannel, orders: CommandReader, cache: EstimateCache, threads: int) -> None:
        self._wire, self._orders, self._cache, self._threads = wire, orders, cache, threads
        self._opened: dict[tuple[str, str, str], Separator] = {}

    def run(self, order: Mapping[str, Any]) -> None:
        """Do one job and say how it ended."""
        name, spec = order["id"], JobSpec.from_json(order["spec"])
        try:
            self._wire.send(**{"is": "done"}, id=name, result=self._result(order, name, spec))
        except Cancelled:
            self._wire.send(**{"is": "cancelled"}, id=name)
        except FlowsepError as error:
            self._fail(name, error, is_device=isinstance(error, EngineError))
        except Exception as error:  # a bug, or memory: the job fails, the queue goes on
            log.exception("job %s", Public(name))
            self._fail(name, error, is_device=False)
        finally:
            self._orders.forget(name)

    def _result(self, order: Mapping[str, Any], name: str, spec: JobSpec) -> dict[str, Any]:
        told: tuple[str, float] | None = None

        def report(progress: Progress) -> None:
            nonlocal told
            self._orders.check(name)
            now = (progress.stage, time.monotonic())
            if told is None or now[0] != told[0] or now[1] - told[1] >= _PROGRESS_SECONDS:
                told = now
                self._wire.send(**{"is": "progress"}, id=name, stage=progress.stage, done=progress.done,
                                total=progress.total, eta_seconds=progress.eta_seconds)  # fmt: skip

        def heard(presence: dict[str, Any]) -> None:
            self._wire.send(**{"is": "heard"}, id=name, presence=presence)
            self._orders.check(name)

        self._orders.check(name)
        separator = self._separator(name, spec.model, order["model"], order["device"])
        self._orders.check(name)
        with staged(spec, name) as folder:
            made = run_job(separator, spec, folder, report, heard, self._cache, order["key"])
            self._orders.check(name)
            return made

    def _separator(self, name: str, model: str, digest: str, device: str) -> Separator:
        key = (model, digest, device)
        if key in self._opened:
            self._opened[key] = self._opened.pop(key)  # most recent last
            return self._opened[key]
        while len(self._opened) >= _MODELS_KEPT:
            del self._opened[next(iter(self._opened))]
        self._wire.send(**{"is": "loading"}, id=name, model=model)
        began = time.monotonic()
        separator = Separator.open(model, device, threads=self._threads or None)
        self._opened[key] = separator
        seconds = round(time.monotonic() - began, 3)
        self._wire.send(**{"is": "loaded"}, id=name, model=model, provider=separator.engine.provider, seconds=seconds)
        return separator

    def _fail(self, name: str, error: Exception, *, is_device: bool) -> None:
        self._wire.send(**{"is": "failed"}, id=name, error=JobError.of(error).as_json(), is_device=is_device)


def main(arguments: list[str]) -> int:
    """Serve the worker on standard input and output until it hangs up."""
    directory, cache_mb, threads = WorkerDirectory(Path(arguments[0])), int(arguments[1]), int(arguments[2])
    faulthandler.enable()
    wire = MessageChannel(os.fdopen(os.dup(1), "wb"))
    os.dup2(2, 1)  # libraries that print do not break the wire
    with contextlib.suppress(OSError):  # Linux: out of memory ends this process first, not the DAW
        Path("/proc/self/oom_score_adj").write_text("500")
    _log_to_worker()
    orders = CommandReader(os.fdopen(os.dup(0), "rb"))
    lock, until = FileLock(directory.engine_lock), time.monotonic() + _LOCK_SECONDS
    while not lock.acquire():
        if time.monotonic() > until:
            log.error("%s is held by another engine process", Public(directory.engine_lock))
            return 1
        time.sleep(0.02)
    bench = JobExecutor(wire, orders, EstimateCache(directory.cache, cache_mb << 20), threads)
    while True:
        bench.run(orders.runs.get())


def _log_to_worker() -> None:
    """Log to stderr, which the worker reads and puts into its log."""
    if isinstance(sys.stderr, io.TextIOWrapper):
        sys.stderr.reconfigure(encoding="utf-8", errors="backslashreplace")
    handler = logging.StreamHandler()
    handler.setFormatter(RelayFormatter())
    logging.basicConfig(level=logging.INFO, handlers=[handler])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
