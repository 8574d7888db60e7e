"""`flowsep …` beside the panel: a process whose lines come in as signals, so that nothing heavy is loaded here."""

import json
import sys
from collections.abc import Sequence

from PyQt6.QtCore import QObject, QProcess, QProcessEnvironment, pyqtSignal

_KILL_MILLISECONDS = 3000


def flowsep_command() -> list[str]:
    """How this installation runs its command line; a frozen program is its own."""
    return [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "flowsep_plugin"]


class Command(QObject):
    """One run at a time.

    reported : an object of a JSON line.     said : any other line of stdout.
    ended : whether it went well, and the last line of stderr, which says why where it did not.
    """

    reported = pyqtSignal(dict)
    said = pyqtSignal(str)
    ended = pyqtSignal(bool, str)

    def __init__(self, parent: QObject | None = None, command: Sequence[str] | None = None) -> None:
        super().__init__(parent)
        self._command = list(command or flowsep_command())
        self._process: QProcess | None = None
        self._errors: list[str] = []
        self._cancelled = False

    @property
    def is_running(self) -> bool:
        """Whether one is under way."""
        return self._process is not None

    def start(self, *arguments: str) -> None:
        """Run `flowsep ARGUMENTS`; raises RuntimeError while another one runs."""
        if self._process is not None:
            raise RuntimeError("one command at a time")
        process = QProcess(self)
        environment = QProcessEnvironment.systemEnvironment()
        environment.insert("PYTHONUNBUFFERED", "1")
        environment.insert("PYTHONUTF8", "1")
        process.setProcessEnvironment(environment)
        process.readyReadStandardOutput.connect(self._read)
        process.readyReadStandardError.connect(self._read_errors)
        process.finished.connect(self._finish)
        process.errorOccurred.connect(self._fail)
        self._process, self._errors, self._cancelled = process, [], False
        process.start(self._command[0], [*self._command[1:], *arguments])
        process.closeWriteChannel()

    def cancel(self) -> None:
        """End it; by force where it does not go."""
        if self._process is not None:
            self._cancelled = True
            self._process.terminate()
            if not self._process.waitForFinished(_KILL_MILLISECONDS):
                self._process.kill()

    def close(self) -> None:
        """End it for good; nothing is said any more."""
        if self._process is not None:
            process, self._process = self._process, None
            process.blockSignals(True)
            process.terminate()
            if not process.waitForFinished(_KILL_MILLISECONDS):
                process.kill()
                process.waitForFinished()

    def _read(self) -> None:
        while self._process is not None and self._process.canReadLine():
            line = _text(self._process.readLine())
            try:
                found = json.loads(line)
            except ValueError:
                found = None
            if isinstance(found, dict):
                self.reported.emit(found)
            elif line:
                self.said.emit(line)

    def _read_errors(self) -> None:
        if self._process is not None:
            self._errors += _text(self._process.readAllStandardError()).splitlines()

    def _fail(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart and self._process is not None:
            process, self._process = self._process, None
            process.deleteLater()
            self.ended.emit(False, self.tr("%1 cannot be started").replace("%1", self._command[0]))

    def _finish(self, code: int, _status: QProcess.ExitStatus) -> None:
        if self._process is None:
            return
        self._read()
        self._read_errors()
        process, self._process = self._process, None
        process.deleteLater()
        last = next((line for line in reversed(self._errors) if line.strip()), "")
        if self._cancelled:
            last = self.tr("Cancelled")
        self.ended.emit(code == 0 and not self._cancelled, last.removeprefix("flowsep: ").strip())


def _text(data: object) -> str:
    return bytes(data).decode("utf-8", "replace").strip()  # type: ignore[call-overload]
