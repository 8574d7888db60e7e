"""Ends and limits of processes that run foreign code: they end with their program, and take no more than allowed."""

import contextlib
import ctypes
import math
import os
import select
import signal
import sys
import threading
from pathlib import Path
from typing import BinaryIO, Final

_GRACE_SECONDS: Final = 5
_MB: Final = 1 << 20
_PR_SET_PDEATHSIG: Final = 1
_IS_ISOLATED: Final = threading.Event()


def python_command(module: str) -> list[str]:
    """Return the command that runs a module of this package in a fresh interpreter.

    `-P`: without it Python would import from the current folder first, where a session may bring its own `json.py`.
    """
    return [sys.executable, "-P", "-m", module]


def child_command(module: str, *, with_thread: bool = False) -> list[str]:
    """Return the command of `python_command` for a child that ends at once when this process does.

    with_thread : on Linux, it also ends with the thread that starts it, which must outlive it. Nothing keeps it alive
    then, not even foreign code that does not let Python run.
    """
    return [
        *python_command("flowsep_plugin.untrusted.child_start"),
        *(["with-thread"] if with_thread else []),
        module,
    ]


def end_with_parent(*, with_thread: bool) -> None:
    """End this process at once when its parent ends, which closes its standard input; see `child_command`."""
    if with_thread and sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if hasattr(select, "poll"):
        threading.Thread(target=_exit_on_hang_up, daemon=True, name="parent").start()


def _exit_on_hang_up() -> None:
    hang_up = select.poll()
    hang_up.register(0, 0)  # reports nothing but that the other end is closed
    hang_up.poll()
    os._exit(0)


def mark_isolated() -> None:
    """Note that this process runs isolated calls, so that what it calls needs no child of its own."""
    _IS_ISOLATED.set()


def is_isolated() -> bool:
    """Whether this process runs isolated calls."""
    return _IS_ISOLATED.is_set()


def message_files() -> tuple[BinaryIO, BinaryIO]:
    """Return standard input and output of a child for its messages; what others print goes to standard error."""
    files = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return files


def leave_signals_to_parent() -> None:
    """Ignore Ctrl-C, which is for the program, and let Linux end this process first when memory runs out."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500")


def end_after(limit_s: float | None) -> None:
    """Let the system end this process some seconds after the program's own limit, in case the program is gone.

    Foreign code that hangs while Python waits for it would keep the process alive for ever. None takes it back.
    """
    if hasattr(signal, "alarm"):
        signal.alarm(0 if limit_s is None else math.ceil(limit_s) + _GRACE_SECONDS)


def limit_memory(most_bytes: int) -> None:
    """Let this process ask for `most_bytes` more memory than it has now, or what the system allows, if that is less."""
    if sys.platform == "linux":
        import resource

        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limit = pages * resource.getpagesize() + most_bytes
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))


def forbid_core_files() -> None:
    """Write no core file when this process crashes: it would hold the user's session."""
    if sys.platform != "win32":
        import resource

        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


def exit_text(code: int) -> str:
    """Return how a process ended, from its exit code: `SIGSEGV`, `exit code 3`."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
