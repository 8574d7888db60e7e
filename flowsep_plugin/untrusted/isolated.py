"""Call functions that read damaged or hostile files in a child process with limits of time and memory.

    program ─► {"do": "call", "function", "arguments", "allowed", "seconds", "memory_bytes"}  {"do": "answer", "value"}
    child   ─► {"is": "begun"}  {"is": "ask", "callback", "arguments", "options"}
               {"is": "done", "value"}  {"is": "failed", "kind", "message", …}

The child is a fresh interpreter, never a fork of this one. It serves several calls, one at a time, ends when it has
been idle for a while, and is replaced when it ran into a limit. It ends with the program. Values cross as JSON
(`packing`), never as pickles.
"""

import atexit
import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any, Final

from flowsep_plugin.errors import FlowsepError, error_class

from .isolated_helper import HelperEnded, HelperFailed, IsolatedHelper, IsolatedJob

_MOST_IDLE: Final = 2
_MB: Final = 1 << 20
_IS_CANCELLED: Final[ContextVar[Callable[[], bool] | None]] = ContextVar("_IS_CANCELLED", default=None)


class IsolatedError(Exception):
    """A call ended without an answer; the text says why, without a subject: "did not finish within 30 s"."""


def call(
    function: str,
    *arguments: Any,
    seconds: float,
    memory_bytes: int,
    allowed: str = "",
) -> Any:
    """Return what a function answers that runs in a child process.

    function : "package.module:function".
    arguments : plain values, paths, fractions, what `allowed` names; a callable is called here when the child calls it.
    seconds : that it may run, without the time of callables.   memory_bytes : that it may ask for (on Linux).
    allowed : "package.module:NAME" of an `AllowList` for arguments and answer; empty for plain values.
    Raises the FlowsepError, OSError or ModuleNotFoundError that the function raises, Cancelled, IsolatedError where it
    crashes, hangs, runs out of memory or raises anything else, and whatever a callable raises.
    """
    job = IsolatedJob(function, arguments, seconds=seconds, memory_bytes=memory_bytes, allowed=allowed)
    while True:
        try:
            helper, was_idle = _HELPERS.take()
        except OSError as refusal:
            raise IsolatedError(f"could not be started ({refusal.strerror or refusal})") from refusal
        try:
            answer = helper.run(job, _IS_CANCELLED.get())
        except HelperFailed as failure:
            if failure.answer.get("kind") == "MemoryError":
                helper.close()  # its memory may stay large
            else:
                _HELPERS.give_back(helper)
            raise _error(failure.answer, memory_bytes) from None
        except HelperEnded as end:
            helper.close()
            if was_idle and not end.has_begun:  # it was idle for too long
                continue
            raise IsolatedError(end.reason) from end
        except BaseException:
            helper.close()
            raise
        _HELPERS.give_back(helper)
        return answer


@contextlib.contextmanager
def cancelled_by(is_cancelled: Callable[[], bool]) -> Iterator[None]:
    """Inside a `with`, end the calls of this thread with Cancelled where `is_cancelled`, asked ten times a second."""
    token = _IS_CANCELLED.set(is_cancelled)
    try:
        yield
    finally:
        _IS_CANCELLED.reset(token)


def start_helper(module: str = "") -> None:
    """Start a child now, and let it import `module`, so that the next call need not wait for that.

    Does nothing where a child is idle, or none can be started.
    """
    with contextlib.suppress(OSError):
        _HELPERS.start(module)


def end_helpers() -> None:
    """End the idle children; calls that run go on, and the next call starts a new child. Idempotent."""
    _HELPERS.close()


class _Helpers:
    """The idle children; children that serve a call belong to it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[IsolatedHelper] = []

    def take(self) -> tuple[IsolatedHelper, bool]:
        """Return a child, and whether it was idle; a new one where none is."""
        with self._lock:
            if self._idle:
                return self._idle.pop(), True
        return IsolatedHelper(), False

    def give_back(self, helper: IsolatedHelper) -> None:
        """Keep a child for the next call, or end it where enough are idle."""
        with self._lock:
            if len(self._idle) < _MOST_IDLE:
                self._idle.append(helper)
                return
        helper.close()

    def start(self, module: str) -> None:
        """Start a child that imports `module`, where none is idle."""
        with self._lock:
            if not self._idle:
                self._idle.append(IsolatedHelper(module))

    def forget(self) -> None:
        """Leave all children to the process that this one was forked from."""
        self._lock, self._idle = threading.Lock(), []

    def close(self) -> None:
        """End all idle children; those that serve a call go on."""
        with self._lock:
            idle, self._idle = self._idle, []
        for helper in idle:
            helper.close()


_HELPERS: Final = _Helpers()
atexit.register(_HELPERS.close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_HELPERS.forget)


def _error(answer: dict[str, Any], memory_bytes: int) -> Exception:
    """Return the error that the child's function raised."""
    kind, message, setting = answer.get("kind"), str(answer.get("message")), answer.get("setting")
    if kind == "MemoryError":
        return IsolatedError(f"needs more than {memory_bytes // _MB} MB")
    if kind == "ModuleNotFoundError":
        return ModuleNotFoundError(message, name=answer.get("name"))
    if kind == "OSError":
        return OSError(answer.get("errno"), message, answer.get("file"))
    if (error := error_class(str(kind), FlowsepError)) is not FlowsepError:
        return error(message, setting=setting)
    return IsolatedError(f"failed ({kind}: {message})")
