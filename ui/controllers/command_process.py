"""A `flowsep …` command in a process of its own, its output as signals: the panel loads neither torch nor models."""

import json
import sys
from collections.abc import Sequence

from PyQt6.QtCore import QObject, QProcess, QProcessEnvironment, pyqtSignal

from flowsep_plugin.untrusted.child_process import python_command

_KILL_MILLISECONDS = 3000


def flowsep_command() -> list[str]:
    """Return the command line of this installation; a frozen program is its own command."""
    return [sys.executable] if getattr(sys, "frozen", False) else python_command("flowsep_plugin")


class Command(QObject):
    """Runs one `flowsep` command at a time.

    reported : the object of a JSON line on stdout.     line_printed : any other line of stdout.
    ended : whether it succeeded, and the last line of stderr, which holds the reason of a failure.
    """

    reported = pyqtSignal(dict)
    line_printed = pyqtSignal(str)
    ended = pyqtSignal(bool, str)

    def __init__(self, parent: QObject | None = None, command: Sequence[str] | None = None) -> None:
        super().__init__(parent)
        self._command = list(command or flowsep_command())
        self._process: QProcess | None = None
        self._errors: list[str] = []
        self._cancelled = False

    @property
    def is_running(self) -> bool:
        """Whether a command is running."""
        return self._process is not None

    def start(self, *arguments: str) -> None:
        """Start `flowsep ARGUMENTS`. Raises RuntimeError while another command runs."""
        if self._process is not None:
            raise RuntimeError("a command is already running")
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
        """Terminate the command, and kill it where it does not end within 3 s."""
        if self._process is not None:
            self._cancelled = True
            self._process.terminate()
            if not self._process.waitForFinished(_KILL_MILLISECONDS):
                self._process.kill()

    def close(self) -> None:
        """Terminate the command without emitting any further signal."""
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
                record = json.loads(line)
            except ValueError:
                record = None
            if isinstance(record, dict):
                self.reported.emit(record)
            elif line:
                self.line_printed.emit(line)

    def _read_errors(self) -> None:
        if self._process is not None:
            self._errors += _text(self._process.readAllStandardError()).splitlines()

    def _fail(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart and self._process is not None:
            process, self._process = self._process, None
            process.deleteLater()
            self.ended.emit(False, self.tr("{0} cannot be started").format(self._command[0]))

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
