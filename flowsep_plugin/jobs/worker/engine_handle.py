"""The worker's end of the engine process: started when there is work, ended when there is none for long."""

import collections
import logging
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Any

from flowsep_plugin.jobs.directory import WorkerDirectory
from flowsep_plugin.jobs.log_privacy import Public, received, unmark
from flowsep_plugin.settings import WorkerSettings

from .ipc import MessageChannel, messages

log = logging.getLogger(__name__)

MessageHandler = Callable[[Mapping[str, Any]], None]
_ENDINGS = ("done", "failed", "cancelled")
_LAST_LINES = 200


class EngineGoneError(Exception):
    """The engine process ended in the middle of a job; the message says how."""


class EngineHandle:
    """One engine process at most. `run` is called from one thread, the rest from any."""

    def __init__(self, directory: WorkerDirectory, settings: WorkerSettings) -> None:
        self._home, self._settings = directory, settings
        self._process: subprocess.Popen[bytes] | None = None
        self._wire: MessageChannel | None = None
        self._last: collections.deque[str] = collections.deque(maxlen=_LAST_LINES)
        self._reading: threading.Thread | None = None
        self._deadline: threading.Timer | None = None
        self._ended_by_force = False

    @property
    def pid(self) -> int | None:
        """Its process id; None where it does not run."""
        process = self._process
        return None if process is None or process.poll() is not None else process.pid

    def run(self, order: Mapping[str, Any], said: MessageHandler, started: Callable[[], None]) -> Mapping[str, Any]:
        """Have a job done; returns the message it ended with.

        said : called with every message on the way.     started : called once orders about this job will be heard.
        Raises EngineGoneError.
        """
        process = self._start()
        self._ended_by_force = False
        self._tell(do="run", **order)
        started()
        assert process.stdout is not None
        for message in messages(process.stdout):  # type: ignore[arg-type]
            if message.get("id") != order["id"]:
                continue
            if message["is"] in _ENDINGS:
                self._disarm()
                return message
            said(message)
        self._disarm()
        how = self._how_it_ended(process)
        self.stop()
        if self._ended_by_force:
            return {"is": "cancelled", "id": order["id"]}
        raise EngineGoneError(how)

    def cancel(self, name: str) -> None:
        """Ask for an end within a flow step; by force where that takes too long."""
        process = self._process
        if process is None or not self._tell(do="cancel", id=name):
            return

        def force() -> None:
            log.warning(
                "job %s did not stop within %g s; the engine is ended",
                Public(name), self._settings.cancel_grace_seconds,
            )  # fmt: skip
            self._ended_by_force = True
            process.kill()

        self._disarm()
        self._deadline = threading.Timer(self._settings.cancel_grace_seconds, force)
        self._deadline.daemon = True
        self._deadline.start()

    def wait(self, waiting: bool) -> None:
        """Stop between two flow steps, or go on."""
        self._tell(do="wait", waiting=waiting)

    def stop(self) -> None:
        """End the process; all its memory goes back."""
        process, self._process, self._wire = self._process, None, None
        self._disarm()
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
        if self._reading is not None:
            self._reading.join()

    def _start(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self.stop()
        command = [sys.executable, "-m", "flowsep_plugin.jobs.worker.engine_process", str(self._home.folder),
                   str(self._settings.cache_mb), str(self._settings.threads)]  # fmt: skip
        self._last.clear()
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )  # fmt: skip
        assert process.stdin is not None
        self._process, self._wire = process, MessageChannel(process.stdin)  # type: ignore[arg-type]
        self._reading = threading.Thread(target=self._log, args=(process,), daemon=True, name="engine-log")
        self._reading.start()
        log.info("engine process %d started", process.pid)
        return process

    def _tell(self, **message: Any) -> bool:
        try:
            if self._wire is None:
                return False
            self._wire.send(**message)
        except (OSError, ValueError):
            return False
        return True

    def _log(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stderr is not None
        with process.stderr as lines:
            for raw in lines:
                line = received(raw.decode("utf-8", "replace").rstrip())
                self._last.append(unmark(line))
                log.info("engine: %s", line)

    def _how_it_ended(self, process: subprocess.Popen[bytes]) -> str:
        code = process.wait()
        if self._reading is not None:
            self._reading.join(5)
        if code >= 0:
            how = f"the engine process ended with code {code}"
        else:
            try:
                name = signal.Signals(-code).name
            except ValueError:
                name = f"signal {-code}"
            how = f"the engine process was ended by {name}" + (", as when memory runs out" if name == "SIGKILL" else "")
        log.error("%s", Public(how))
        said = next((line for line in self._last if "Error" in line or "Fatal" in line), "")
        return f"{how}: {said}" if said else how

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
