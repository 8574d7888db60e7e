"""One copy of a video that is written in the background, with progress, time left and cancel."""

import threading
import time
from pathlib import Path

from flowsep_ui.studio.sessions.video_copy import VideoCopy
from flowsep_ui.studio.texts import number
from flowsep_ui.tasks import TaskRunner
from PyQt6.QtCore import QObject, Qt, pyqtSignal
from PyQt6.QtWidgets import QProgressDialog, QWidget

from flowsep_plugin.errors import Cancelled

_SHOWN_AFTER_MS = 600
_STEADY_SECONDS = 2.0


class CopyRun(QObject):
    """Writes one `VideoCopy`.

    finished : path of the copy.     failed : why it was not written; not emitted where the user cancelled.
    """

    finished = pyqtSignal(object)
    failed = pyqtSignal(str)
    _advanced = pyqtSignal(float)

    def __init__(self, order: VideoCopy, tasks: TaskRunner, parent: QWidget) -> None:
        super().__init__(parent)
        self._order, self._tasks = order, tasks
        self._stop, self._started = threading.Event(), time.monotonic()
        self._title = self.tr("Writing {0}…").format(order.target.name)
        self.dialog = QProgressDialog(self._title, self.tr("Cancel"), 0, 1000, parent)
        self.dialog.setWindowTitle(self.tr("Put back into the video"))
        self.dialog.setWindowModality(Qt.WindowModality.NonModal)
        self.dialog.setMinimumDuration(_SHOWN_AFTER_MS)
        self.dialog.setAutoClose(False)
        self.dialog.canceled.connect(self.cancel)
        self._advanced.connect(self._show)

    def start(self) -> None:
        """Begin to write the copy."""
        self._tasks.run(self._write, self._done, self._fail)

    def cancel(self) -> None:
        """Stop; no unfinished file is left."""
        self._stop.set()

    def _write(self) -> Path | None:
        """Write the copy, in the background; returns None where the user cancelled."""
        try:
            return self._order.write(self._advance)
        except Cancelled:
            return None

    def _advance(self, share: float) -> None:
        if self._stop.is_set():
            raise Cancelled(f"the copy {self._order.target.name} was cancelled")
        self._advanced.emit(share)

    def _show(self, share: float) -> None:
        if self._stop.is_set():
            return
        elapsed = time.monotonic() - self._started
        if elapsed > _STEADY_SECONDS and 0 < share < 1:
            left = number(elapsed * (1 - share) / share, 0)
            self.dialog.setLabelText("\n".join((self._title, self.tr("{0} s left").format(left))))
        self.dialog.setValue(round(1000 * share))

    def _done(self, path: Path | None) -> None:
        self._close()
        if path is not None:
            self.finished.emit(path)

    def _fail(self, why: str) -> None:
        self._close()
        if not self._stop.is_set():
            self.failed.emit(why)

    def _close(self) -> None:
        self.dialog.close()
        self.dialog.deleteLater()
        self.deleteLater()
