"""The process of effects as the program sees it: one call at a time, each with a time limit."""

import collections
import contextlib
import subprocess
import threading
import time
from collections.abc import Callable
from typing import Any, Final

from flowsep_plugin.audio.types import Samples
from flowsep_plugin.errors import EffectError, UsageError
from flowsep_plugin.untrusted.child_process import child_command, exit_text

from .ipc import EffectMessage, EffectPipe

EditedHandler = Callable[[dict[str, Any]], None]

_LAST_LINES: Final = 50


class EffectProcess:
    """A process that hosts effects. `call` may be used from one thread at a time, `send` and `kill` from any."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            child_command("flowsep_plugin.effects.process"),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )  # fmt: skip
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._pipe = EffectPipe(self._process.stdout, self._process.stdin)  # type: ignore[arg-type]
        self._slot: int | None = None
        self._effect = ""
        self._last_lines: collections.deque[str] = collections.deque(maxlen=_LAST_LINES)
        self._log_thread = threading.Thread(target=self._drain, daemon=True, name="effects-log")
        self._log_thread.start()
        self._watchdog = _Watchdog(self._process.kill)

    @property
    def pid(self) -> int:
        """Process id, also after the process has ended."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def call(
        self,
        values: dict[str, Any],
        audio: Samples | None = None,
        *,
        limit_s: float | None,
        edited: EditedHandler = lambda values: None,
    ) -> EffectMessage:
        """Run a command, with audio (channels, frames) where it takes some, and return its answer.

        limit_s : seconds after which the process is killed; None waits for as long as it takes.
        edited : called with every message about a change in an editor.
        Raises EffectError where an effect fails, hangs or crashes the process, UsageError as the command does.
        """
        self._slot, self._effect = None, ""
        with self._watchdog.limit(limit_s):
            with contextlib.suppress(OSError, ValueError):  # the process has ended; its exit code tells why
                self._pipe.send({**values, "limit_s": limit_s}, audio)
            while (message := self._pipe.receive()) is not None:
                match message.values["is"]:
                    case "at":
                        self._slot, self._effect = message.values["slot"], message.values["effect"]
                    case "edited":
                        edited(message.values)
                    case "failed":
                        raise self._failure(message.values)
                    case _:
                        return message
        raise self._end_of_process(limit_s)

    def send(self, values: dict[str, Any]) -> None:
        """Send a command that has no answer. Does nothing where the process has ended."""
        with contextlib.suppress(OSError, ValueError):
            self._pipe.send(values)

    def kill(self) -> None:
        """End the process at once, and with it a call that waits."""
        with contextlib.suppress(OSError):
            self._process.kill()

    def close(self) -> None:
        """End the process and its threads. Idempotent."""
        self._watchdog.close()
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._log_thread.join()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def _failure(self, values: dict[str, Any]) -> EffectError | UsageError:
        reason = values["message"]
        if self._slot is None:
            return UsageError(reason)
        return self._error(reason)

    def _end_of_process(self, limit_s: float | None) -> EffectError:
        code = self._process.wait()
        self._log_thread.join(5)
        if self._watchdog.has_fired:
            return self._error(f"it did not answer within {limit_s:g} s", is_crash=True)
        last = next((line for line in reversed(self._last_lines) if line.strip()), "")
        return self._error(f"it crashed ({exit_text(code)}{f': {last.strip()}' if last else ''})", is_crash=True)

    def _error(self, reason: str, *, is_crash: bool = False) -> EffectError:
        if self._slot is None:
            return EffectError(f"the process of effects failed: {reason}", reason=reason, is_crash=is_crash)
        message = f"{self._effect} (effect {self._slot + 1}): {reason}; bypass or remove it"
        return EffectError(message, slot=self._slot, effect=self._effect, reason=reason, is_crash=is_crash)

    def _drain(self) -> None:
        assert self._process.stderr is not None
        with self._process.stderr as lines:
            for raw in lines:
                self._last_lines.append(raw.decode("utf-8", "replace").rstrip())


class _Watchdog:
    """Calls `kill` once a limit has passed; one thread for the life of the process."""

    def __init__(self, kill: Callable[[], None]) -> None:
        self.has_fired = False
        self._kill = kill
        self._changed = threading.Condition()
        self._deadline: float | None = None
        self._is_closed = False
        self._thread = threading.Thread(target=self._watch, daemon=True, name="effects-watchdog")
        self._thread.start()

    @contextlib.contextmanager
    def limit(self, seconds: float | None) -> Any:
        """Set the deadline inside a `with`."""
        self._set(None if seconds is None else time.monotonic() + seconds)
        try:
            yield
        finally:
            self._set(None)

    def close(self) -> None:
        """End the thread; the limit of a call that still runs is dropped."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()
        self._thread.join()

    def _set(self, deadline: float | None) -> None:
        with self._changed:
            sooner = deadline is not None and self._deadline is None
            self._deadline = deadline
            if sooner:
                self._changed.notify()

    def _watch(self) -> None:
        with self._changed:
            while not self._is_closed:
                left = None if self._deadline is None else self._deadline - time.monotonic()
                if left is not None and left <= 0:
                    self.has_fired = True
                    self._kill()
                    self._deadline = None
                    continue
                self._changed.wait(left)
