"""The line of the status bar that stands for the queue: the running job, its progress, time left, and cancel."""

from flowsep_ui.studio.queue import Queue, QueueRow, clock
from flowsep_ui.studio.texts import percent
from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QAction, QFontMetrics, QResizeEvent
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QSizePolicy, QToolButton, QWidget

from .buttons import action_button, describe, icon_button

_BAR_WIDE = 110


class JobLine(QWidget):
    """Shows the active job of a queue. `cancel_requested`: id of the job.     `jobs` toggles the list of all jobs."""

    cancel_requested = pyqtSignal(str)

    def __init__(self, jobs: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._row: QueueRow | None = None
        self.jobs = action_button(jobs, self, text=False)
        self.jobs.setAutoRaise(True)
        self.jobs.setFixedSize(24, 22)
        self.title = _ElidedLine(self)
        self.progress = QProgressBar(self)
        self.progress.setObjectName("line")
        self.progress.setTextVisible(False)
        self.progress.setFixedSize(_BAR_WIDE, 6)
        describe(self.progress, self.tr("Progress"), self.tr("Progress of the running job"))
        self.left = QLabel(self)
        self.left.setAccessibleName(self.tr("Time left"))
        self.cancel: QToolButton = icon_button(
            "cancel", self.tr("Cancel the job"), self.tr("Stop within one step; no partial files remain"), self
        )
        self.cancel.setFixedSize(24, 22)
        self.cancel.clicked.connect(self.cancel_active)
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 0, 8, 0)
        row.setSpacing(8)
        for widget in (self.jobs, self.title, self.progress, self.left, self.cancel):
            row.addWidget(widget, 1 if widget is self.title else 0)
        self.show_queue(Queue())

    def show_queue(self, queue: Queue) -> None:
        """Show the active job of `queue`; without one, what became of the last."""
        self._row = row = queue.active
        for widget in (self.progress, self.left, self.cancel):
            widget.setVisible(row is not None)
        if row is None:
            self.title.show_text(self._ended(queue))
            return
        more = self.tr(" (+{0} waiting)").format(queue.waiting) if queue.waiting else ""
        self.title.show_text(row.title + more)
        self.progress.setRange(0, 0 if row.done is None and row.state == "running" else 100)
        self.progress.setValue(round(100 * (row.done or 0.0)))
        self.left.setText(self._progress_text(row))

    def cancel_active(self) -> None:
        """Request that the active job is cancelled; without one, do nothing."""
        if self._row is not None:
            self.cancel_requested.emit(self._row.job.id)

    def _progress_text(self, row: QueueRow) -> str:
        if row.state in ("queued", "paused"):
            return self.tr("waiting") if row.state == "queued" else self.tr("paused")
        done = "" if row.done is None else percent(row.done)
        left = "" if row.eta_seconds is None else self.tr("{0} left").format(clock(row.eta_seconds))
        return " · ".join(filter(None, (done, left)))

    def _ended(self, queue: Queue) -> str:
        failed = sum(row.job.state == "failed" for row in queue.rows)
        return self.tr("{0} failed").format(failed) if failed else ""


class _ElidedLine(QLabel):
    """Label of one line that ends in … where it does not fit; its tooltip has all of it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._full_text = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def show_text(self, text: str) -> None:
        """Show `text`, as much of it as fits."""
        self._full_text = text
        self.setToolTip(text)
        self.setAccessibleName(text)
        self._fit()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Fit the text to the new width."""
        self._fit()

    def _fit(self) -> None:
        metrics = QFontMetrics(self.font())
        self.setText(metrics.elidedText(self._full_text, Qt.TextElideMode.ElideRight, self.width()))
