"""The engine process as the worker sees it: started for the first job, stopped after a while without jobs."""

import collections
import logging
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping
from typing import Any

from flowsep_plugin.jobs.directory import WorkerDirectory
from flowsep_plugin.jobs.log_privacy import Public, received, unmark
from flowsep_plugin.settings import WorkerSettings
from flowsep_plugin.untrusted.child_process import child_command

from .ipc import MessageChannel, messages

log = logging.getLogger(__name__)

MessageHandler = Callable[[Mapping[str, Any]], None]
_ENDINGS = ("done", "failed", "cancelled")
_LAST_LINES = 200
_MODULE = "flowsep_plugin.jobs.worker.engine_process"


class EngineGoneError(Exception):
    """The engine process ended during a job; the message says how."""


class EngineHandle:
    """Starts and stops one engine process at most, which ends with the thread that calls `run`; the rest is for any."""

    def __init__(self, directory: WorkerDirectory, settings: WorkerSettings) -> None:
        self._directory, self._settings = directory, settings
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: MessageChannel | None = None
        self._last_lines: collections.deque[str] = collections.deque(maxlen=_LAST_LINES)
        self._log_thread: threading.Thread | None = None
        self._deadline: threading.Timer | None = None
        self._killed = False

    @property
    def pid(self) -> int | None:
        """Process id of the engine process; None where none runs."""
        process = self._process
        return None if process is None or process.poll() is not None else process.pid

    def run(
        self, command: Mapping[str, Any], on_message: MessageHandler, on_start: Callable[[], None]
    ) -> Mapping[str, Any]:
        """Run a job; returns the message with which it ended.

        on_message : called with every message before that.     on_start : called once `cancel` and `wait` take effect.
        Raises EngineGoneError where the engine process ends during the job.
        """
        process = self._start()
        self._killed = False
        self._send(do="run", **command)
        on_start()
        assert process.stdout is not None
        for message in messages(process.stdout):  # type: ignore[arg-type]
            if message.get("id") != command["id"]:
                continue
            if message["is"] in _ENDINGS:
                self._cancel_deadline()
                return message
            on_message(message)
        self._cancel_deadline()
        how = self._exit_message(process)
        self.stop()
        if self._killed:
            return {"is": "cancelled", "id": command["id"]}
        raise EngineGoneError(how)

    def cancel(self, name: str) -> None:
        """Make job `name` end within a flow step; kill the engine process where that takes too long."""
        process = self._process
        if process is None or not self._send(do="cancel", id=name):
            return

        def force() -> None:
            log.warning(
                "job %s did not stop within %g s; the engine process is killed",
                Public(name), self._settings.cancel_grace_seconds,
            )  # fmt: skip
            self._killed = True
            process.kill()

        self._cancel_deadline()
        self._deadline = threading.Timer(self._settings.cancel_grace_seconds, force)
        self._deadline.daemon = True
        self._deadline.start()

    def wait(self, waiting: bool) -> None:
        """Make the job wait between two flow steps, or go on."""
        self._send(do="wait", waiting=waiting)

    def stop(self) -> None:
        """Kill the engine process, which frees all of its memory. Does nothing where none runs."""
        process, self._process, self._channel = self._process, None, None
        self._cancel_deadline()
        if process is None:
            return
        if process.poll() is None:
            process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    pass
        if self._log_thread is not None:
            self._log_thread.join()

    def _start(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self.stop()
        command = [*child_command(_MODULE, with_thread=True), str(self._directory.folder),
                   str(self._settings.cache_mb), str(self._settings.threads)]  # fmt: skip
        self._last_lines.clear()
        try:
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )  # fmt: skip
        except OSError as error:
            raise EngineGoneError(f"the engine process could not be started: {error.strerror}") from error
        assert process.stdin is not None
        self._process, self._channel = process, MessageChannel(process.stdin)  # type: ignore[arg-type]
        self._log_thread = threading.Thread(target=self._log, args=(process,), daemon=True, name="engine-log")
        self._log_thread.start()
        log.info("engine process %d started", process.pid)
        return process

    def _send(self, **message: Any) -> bool:
        try:
            if self._channel is None:
                return False
            self._channel.send(**message)
        except (OSError, ValueError):
            return False
        return True

    def _log(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stderr is not None
        with process.stderr as lines:
            for raw in lines:
                line = received(raw.decode("utf-8", "replace").rstrip())
                self._last_lines.append(unmark(line))
                log.info("engine: %s", line)

    def _exit_message(self, process: subprocess.Popen[bytes]) -> str:
        code = process.wait()
        if self._log_thread is not None:
            self._log_thread.join(5)
        if code >= 0:
            how = f"the engine process ended with code {code}"
        else:
            try:
                name = signal.Signals(-code).name
            except ValueError:
                name = f"signal {-code}"
            out_of_memory = ", as happens when memory runs out" if name == "SIGKILL" else ""
            how = f"the engine process was ended by {name}{out_of_memory}"
        log.error("%s", Public(how))
        reason = next((line for line in self._last_lines if "Error" in line or "Fatal" in line), "")
        return f"{how}: {reason}" if reason else how

    def _cancel_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
