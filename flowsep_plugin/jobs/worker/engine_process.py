"""The process that owns the models: `python -m flowsep_plugin.jobs.worker.engine_process FOLDER CACHE_MB THREADS`.

It is separate from the worker so that what inference does (running out of memory, a driver that crashes) ends this
process and not the queue, and so that unloading a model frees all of its memory. It ends with the worker: the
worker starts it by `untrusted.child_command`, and when its standard input closes, it exits, whatever it is computing.
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
_MOST_MODELS = 2


class CommandReader:
    """Reads the worker's commands on a thread of its own.

    runs : commands to run a job, in order.
    """

    def __init__(self, source: BinaryIO) -> None:
        self.runs: queue.SimpleQueue[Mapping[str, Any]] = queue.SimpleQueue()
        self._cancelled_ids: set[str] = set()
        self._may_run = threading.Event()
        self._may_run.set()
        threading.Thread(target=self._listen, args=(source,), daemon=True, name="commands").start()

    def check(self, name: str) -> None:
        """Wait while the job is paused. Raises Cancelled where it has been cancelled."""
        while True:
            if name in self._cancelled_ids:
                raise Cancelled("cancelled through the queue")
            if self._may_run.wait(0.1):
                return

    def forget(self, name: str) -> None:
        """Drop a cancel command for a job that has ended."""
        self._cancelled_ids.discard(name)

    def _listen(self, source: BinaryIO) -> None:
        for message in messages(source):
            if message["do"] == "run":
                self.runs.put(message)
            elif message["do"] == "cancel":
                self._cancelled_ids.add(message["id"])
            elif message["waiting"]:
                self._may_run.clear()
            else:
                self._may_run.set()
        os._exit(0)  # the worker has ended; nobody needs the result


class JobExecutor:
    """Runs jobs one after the other and keeps their models open, two at most."""

    def __init__(self, channel: MessageChannel, commands: CommandReader, cache: EstimateCache, threads: int) -> None:
        self._channel, self._commands, self._cache, self._threads = channel, commands, cache, threads
        self._separators: dict[tuple[str, str, str], Separator] = {}

    def run(self, command: Mapping[str, Any]) -> None:
        """Run one job and send how it ended."""
        name, spec = command["id"], JobSpec.from_json(command["spec"])
        try:
            self._channel.send(**{"is": "done"}, id=name, result=self._result(command, name, spec))
        except Cancelled:
            self._channel.send(**{"is": "cancelled"}, id=name)
        except FlowsepError as error:
            self._fail(name, error, is_device=isinstance(error, EngineError))
        except Exception as error:  # a bug, or memory: the job fails, the queue goes on
            log.exception("job %s", Public(name))
            self._fail(name, error, is_device=False)
        finally:
            self._commands.forget(name)

    def _result(self, command: Mapping[str, Any], name: str, spec: JobSpec) -> dict[str, Any]:
        last: tuple[str, float] | None = None

        def report(progress: Progress) -> None:
            nonlocal last
            self._commands.check(name)
            stage, now_s = progress.stage, time.monotonic()
            if last is None or stage != last[0] or now_s - last[1] >= _PROGRESS_SECONDS:
                last = (stage, now_s)
                self._channel.send(**{"is": "progress"}, id=name, stage=progress.stage, done=progress.done,
                                total=progress.total, fraction=round(progress.fraction, 4),
                                eta_seconds=progress.eta_seconds)  # fmt: skip

        def on_presence(presence: dict[str, Any]) -> None:
            self._channel.send(**{"is": "heard"}, id=name, presence=presence)
            self._commands.check(name)

        self._commands.check(name)
        separator = self._separator(name, spec.model, command["model"], command["device"])
        self._commands.check(name)
        with staged(spec, name) as folder:
            result = run_job(separator, spec, folder, report, on_presence, self._cache, command["key"])
            self._commands.check(name)
            return result

    def _separator(self, name: str, model: str, digest: str, device: str) -> Separator:
        key = (model, digest, device)
        if key in self._separators:
            self._separators[key] = self._separators.pop(key)  # most recent last
            return self._separators[key]
        while len(self._separators) >= _MOST_MODELS:
            del self._separators[next(iter(self._separators))]
        self._channel.send(**{"is": "loading"}, id=name, model=model)
        started_s = time.monotonic()
        separator = Separator.open(model, device, threads=self._threads or None)
        self._separators[key] = separator
        seconds = round(time.monotonic() - started_s, 3)
        self._channel.send(
            **{"is": "loaded"}, id=name, model=model, provider=separator.engine.provider, seconds=seconds
        )
        return separator

    def _fail(self, name: str, error: Exception, *, is_device: bool) -> None:
        self._channel.send(**{"is": "failed"}, id=name, error=JobError.of(error).as_json(), is_device=is_device)


def main(arguments: list[str]) -> int:
    """Serve the worker on standard input and output until it closes them; returns the exit code."""
    directory, cache_mb, threads = WorkerDirectory(Path(arguments[0])), int(arguments[1]), int(arguments[2])
    faulthandler.enable()
    channel = MessageChannel(os.fdopen(os.dup(1), "wb"))
    os.dup2(2, 1)  # libraries that print do not break the messages
    with contextlib.suppress(OSError):  # Linux: out of memory ends this process first, not the DAW
        Path("/proc/self/oom_score_adj").write_text("500")
    _log_to_worker()
    commands = CommandReader(os.fdopen(os.dup(0), "rb"))
    lock, until = FileLock(directory.engine_lock), time.monotonic() + _LOCK_SECONDS
    while not lock.acquire():
        if time.monotonic() > until:
            log.error("%s is locked by another engine process", Public(directory.engine_lock))
            return 1
        time.sleep(0.02)
    executor = JobExecutor(channel, commands, EstimateCache(directory.cache, cache_mb << 20), threads)
    while True:
        executor.run(commands.runs.get())


def _log_to_worker() -> None:
    """Log to stderr, which the worker reads and puts into its log."""
    if isinstance(sys.stderr, io.TextIOWrapper):
        sys.stderr.reconfigure(encoding="utf-8", errors="backslashreplace")
    handler = logging.StreamHandler()
    handler.setFormatter(RelayFormatter())
    logging.basicConfig(level=logging.INFO, handlers=[handler])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
