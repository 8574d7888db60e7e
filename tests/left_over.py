"""Threads and processes that a test leaves running, those that its processes started included."""

import gc
import os
import secrets
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

_PATIENCE_SECONDS = 5.0
_START_SECONDS = 60.0
_NATIVE_PREFIX = "flowsep"
"""QThreads of the panel are named so (`setObjectName("flowsep …")`); the system then shows the name."""

_OF_LIBRARIES = {"tqdm_monitor"}
"""Threads that a library starts once, for as long as the process runs."""

_VARIABLE = "FLOWSEP_TEST_SESSION"
_SESSION = f"{os.getpid()}-{secrets.token_hex(4)}"
_KNOWN_AFTER_SECONDS = 5.0

_shared: list[tuple[Callable[[], int | None], tuple[str, ...]]] = []


def mark_environment() -> None:
    """Mark this process, so that everything it starts can be told, detached processes included."""
    os.environ[_VARIABLE] = _SESSION


@contextmanager
def shared(pid: Callable[[], int | None], *threads: str) -> Iterator[None]:
    """Let a process and threads of these names outlive tests: a fixture of a module or the session ends them itself.

    pid : returns the process's id, which may change; None where it does not run.
    """
    _shared.append((pid, threads))
    try:
        yield
    finally:
        _shared.remove((pid, threads))


def end_worker() -> None:
    """Stop the worker in the folder of this test, also one that is still coming up, or that is stopping already."""
    from flowsep_plugin.errors import WorkerError
    from flowsep_plugin.jobs.client.worker_client import WorkerClient

    until = time.monotonic() + _START_SECONDS
    while any(_is_worker_here(process) for process in _own_processes().values()):
        assert time.monotonic() < until, "the worker does not stop"
        client = WorkerClient.running()
        if client is not None:
            with suppress(WorkerError):  # it may have stopped listening since it was asked
                client.shutdown()
        time.sleep(0.05)


class Threads:
    """The threads that run when this is created; `left` names those that were added since."""

    def __init__(self) -> None:
        self._before, self._native = set(threading.enumerate()), _native()

    def left(self) -> list[str]:
        """Return the names of added threads: Python's, QThreads, and work in Qt's pool."""
        shared_names = {name for _, names in _shared for name in names} | _OF_LIBRARIES
        left = [
            thread.name
            for thread in threading.enumerate()
            if thread not in self._before and thread.is_alive() and not isinstance(thread, threading._DummyThread)
        ]
        left = [name for name in left if name not in shared_names]
        if "PyQt6.QtCore" in sys.modules:
            from PyQt6.QtCore import QThreadPool

            pool = QThreadPool.globalInstance()
            if pool is not None and pool.activeThreadCount():
                left.append(f"{pool.activeThreadCount()} in Qt's pool")
        return left + sorted(_native() - self._native)


class Processes:
    """The processes of this session that run when this is created; `left` names those that were added since.

    What a process from before starts is its own affair, such as the engine process of a module's worker.
    """

    def __init__(self) -> None:
        self._before = set(_own_processes())

    def left(self) -> list[str]:
        """Return id and command line of each added process, also of one that has ended and was not waited for."""
        lasting = self._before | {pid() for pid, _ in _shared} | _idle_helpers()
        left = []
        for pid, process in _own_processes().items():
            with suppress(psutil.Error):
                if pid in lasting or process.ppid() in lasting:
                    lasting.add(pid)
                else:
                    left.append(f"{pid} ({_command_line(process)})")
        return left


_foreign: set[int] = set()
"""Ids of processes that are known not to be this session's."""


def _own_processes() -> dict[int, psutil.Process]:
    """Return the processes that this session has started, directly or not, by their ids in ascending order."""
    present = set(psutil.pids())
    _foreign.intersection_update(present)
    own: dict[int, psutil.Process] = {}
    for pid in sorted(present - _foreign - {os.getpid()}):
        with suppress(psutil.Error, OSError):
            process = psutil.Process(pid)
            if _is_own(process, own):
                own[pid] = process
            elif time.time() - process.create_time() > _KNOWN_AFTER_SECONDS:
                _foreign.add(pid)
    return own


def wait_for_none(left: Callable[[], list[str]]) -> list[str]:
    """Return what `left` still names after a few seconds' patience, empty as soon as it names nothing."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while (names := left()) and time.monotonic() < until:
        gc.collect()
        time.sleep(0.02)
    return names


def _is_own(process: psutil.Process, own: dict[int, psutil.Process]) -> bool:
    parent = process.ppid()
    if parent == os.getpid() or parent in own:
        return True
    with suppress(psutil.AccessDenied):
        return process.environ().get(_VARIABLE) == _SESSION
    return False


def _idle_helpers() -> set[int | None]:
    """Return the children that `untrusted.isolated` keeps for the next call; `end_helpers` ends them."""
    isolated = sys.modules.get("flowsep_plugin.untrusted.isolated")
    return set() if isolated is None else {helper.pid for helper in isolated._HELPERS._idle}


def _is_worker_here(process: psutil.Process) -> bool:
    variable = "FLOWSEP_WORKER_HOME"
    with suppress(psutil.Error):
        is_worker = "flowsep_plugin.jobs.worker" in process.cmdline()
        return is_worker and process.environ().get(variable) == os.environ.get(variable)
    return False


def _command_line(process: psutil.Process) -> str:
    try:
        if process.status() == psutil.STATUS_ZOMBIE:
            return f"{process.name()}, which has ended and was not waited for"
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return "has ended"


def _native() -> set[str]:
    """Names (with ids) of the system's threads that carry the panel's prefix; Linux alone says."""
    names = set()
    for task in Path("/proc/self/task").glob("*/comm"):
        try:
            name = task.read_text().strip()
        except OSError:  # it has just ended
            continue
        if name.startswith(_NATIVE_PREFIX):
            names.add(f"{name} ({task.parent.name})")
    return names
