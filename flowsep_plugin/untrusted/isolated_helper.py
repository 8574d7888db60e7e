"""A child process that serves isolated calls, seen from the program."""

import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any, Final, Self, TypeVar

from flowsep_plugin.errors import Cancelled

from .child_process import exit_text, python_command
from .json_pipe import JsonPipe
from .packing import AllowList, Packer

_MODULE: Final = "flowsep_plugin.untrusted.isolated_process"
_LOOK_SECONDS: Final = 0.1
_START_SECONDS: Final = 120.0
"""Seconds that a child may need to start, on a machine that is busy."""

_CLEARED: Final = ("OTIO_PLUGIN_MANIFEST_PATH", "OTIO_DEFAULT_MEDIA_LINKER")
"""Variables by which libraries of the child would load code from files."""


Value = TypeVar("Value")


class HelperFailed(Exception):
    """The function raised an error. answer : the child's message about it."""

    def __init__(self, answer: dict[str, Any]) -> None:
        super().__init__(str(answer.get("message")))
        self.answer = answer


class HelperEnded(Exception):
    """The child has ended, or answers nonsense. has_begun : whether the call had begun.   reason : why, in words."""

    def __init__(self, reason: str, *, has_begun: bool) -> None:
        super().__init__(reason)
        self.reason, self.has_begun = reason, has_begun


class IsolatedJob:
    """One call: the function's name, its arguments packed, the callables among them, its limits."""

    def __init__(
        self, function: str, arguments: tuple[Any, ...], *, seconds: float, memory_bytes: int, allowed: str
    ) -> None:
        self._packer = Packer(allow_list(allowed))
        self.seconds = seconds
        self.message = {
            "do": "call", "function": function, "arguments": self._packer.pack(arguments), "allowed": allowed,
            "seconds": seconds, "memory_bytes": memory_bytes,
        }  # fmt: skip

    def call_back(self, question: dict[str, Any]) -> Callable[[], Any]:
        """Return the call of a callable that the child asks for; it returns the packed answer.

        Raises ValueError and LookupError where the question is none that a child asks.
        """
        callback = self._packer.callbacks[question["callback"]]
        arguments, options = self.unpack(question["arguments"]), self.unpack(question["options"])
        return lambda: self._packer.pack(callback(*arguments, **options))

    def unpack(self, packed: Any) -> Any:
        """Return a value that the child sent. Raises ValueError for a type that is not allowed."""
        return self._packer.unpack(packed)


class IsolatedHelper:
    """A process of `isolated_process`; `run` may be used from one thread at a time. module : what it imports first."""

    def __init__(self, module: str = "") -> None:
        environment = {name: value for name, value in os.environ.items() if name not in _CLEARED}
        self._process = subprocess.Popen(
            [*python_command(_MODULE), module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**environment, "OPENBLAS_NUM_THREADS": "1"},
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._pipe = JsonPipe(self._process.stdout, self._process.stdin)  # type: ignore[arg-type]

    @property
    def pid(self) -> int:
        """Process id, also after the process has ended."""
        return self._process.pid

    def run(self, job: IsolatedJob, is_cancelled: Callable[[], bool] | None = None) -> Any:
        """Return the answer of a call.

        Raises HelperEnded where there is none, HelperFailed with the error that the function raised, Cancelled, and
        whatever a callable raises. The process is of no use after any of these but HelperFailed.
        """
        with _Watchdog(self._process.kill, _START_SECONDS, is_cancelled) as watchdog:
            self._send(**job.message)
            while (message := self._receive()) is not None:
                match message:
                    case {"is": "begun"}:
                        watchdog.allow(job.seconds)
                    case {"is": "ask"}:
                        watchdog.pause()
                        self._send(do="answer", value=_checked(lambda: job.call_back(message))())
                        watchdog.go_on()
                    case {"is": "done", "value": value}:
                        return _checked(lambda: job.unpack(value))
                    case {"is": "failed"}:
                        raise HelperFailed(message)
                    case _:
                        raise HelperEnded("failed: it answered nonsense", has_begun=True)
        if watchdog.was_cancelled:
            raise Cancelled("cancelled")
        if watchdog.has_run_out:
            raise HelperEnded(f"did not finish within {watchdog.seconds:g} s", has_begun=True)
        raise HelperEnded(f"crashed ({exit_text(self._process.wait())})", has_begun=watchdog.seconds != _START_SECONDS)

    def close(self) -> None:
        """End the process at once. Idempotent."""
        with contextlib.suppress(OSError):
            self._process.kill()
        self._process.wait()
        self._pipe.close()

    def _send(self, **message: Any) -> None:
        with contextlib.suppress(OSError):  # it has ended, which `_receive` notices
            _checked(lambda: self._pipe.send(**message))

    def _receive(self) -> dict[str, Any] | None:
        return _checked(self._pipe.receive)


class _Watchdog:
    """Calls `kill` once the child has run for too long, or its call is cancelled."""

    def __init__(self, kill: Callable[[], None], seconds: float, is_cancelled: Callable[[], bool] | None) -> None:
        self.seconds = seconds
        self.has_run_out = self.was_cancelled = False
        self._kill, self._is_cancelled = kill, is_cancelled
        self._deadline: float | None = time.monotonic() + seconds
        self._left = seconds
        self._is_done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True, name="isolated-watchdog")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_done.set()
        self._thread.join()

    def allow(self, seconds: float) -> None:
        """Allow `seconds` from now on."""
        self.seconds, self._deadline = seconds, time.monotonic() + seconds

    def pause(self) -> None:
        """Stop the clock while a callable of the program runs."""
        self._left = 0.0 if self._deadline is None else self._deadline - time.monotonic()
        self._deadline = None

    def go_on(self) -> None:
        """Let the clock run again."""
        self._deadline = time.monotonic() + self._left

    def _watch(self) -> None:
        while not self._is_done.wait(_LOOK_SECONDS):
            deadline = self._deadline
            if self._is_cancelled is not None and self._is_cancelled():
                self.was_cancelled = True
            elif deadline is not None and time.monotonic() > deadline:
                self.has_run_out = True
            else:
                continue
            self._kill()
            return


def allow_list(name: str) -> AllowList:
    """Return the allow-list at "package.module:NAME"; an empty one for an empty name."""
    module, _, attribute = name.partition(":")
    allowed: AllowList = getattr(import_module(module), attribute) if name else {}
    return allowed


def _checked(action: Callable[[], Value]) -> Value:
    """Return what an action returns. Raises HelperEnded where the child's message is none that a child sends."""
    try:
        return action()
    except (LookupError, RecursionError, TypeError, ValueError, ArithmeticError) as error:
        raise HelperEnded(f"failed ({type(error).__name__}: {error})", has_begun=True) from error
