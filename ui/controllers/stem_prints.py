"""Printing of stems with effects in the background: as soon as a chain is settled, and on demand for export and drags.

workspace ─► lane_prints ─► queue ─► write_print (one at a time) ─► cache ─► printed_files beside the dry stems
"""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from flowsep_ui.studio.lanes import all_lanes, lanes_of
from flowsep_ui.studio.prints import FileRenderer, LanePrint, find_print, lane_prints, printed_files, write_print
from flowsep_ui.studio_model import StudioModel
from flowsep_ui.tasks import TaskRunner, error_text
from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from flowsep_plugin.errors import Cancelled, EffectError, FlowsepError
from flowsep_plugin.progress import Progress

SETTLE_MS = 1500
"""A chain that was not changed for so long is printed."""


@dataclass(slots=True)
class _PrintRequest:
    """Prints that `done` waits for."""

    prints: tuple[LanePrint, ...]
    done: Callable[[], None]
    failed: Callable[[str], None]


class StemPrints(QObject):
    """Prints the final stems of lanes with effects, one at a time.

    progressed : name of the file and the fraction that is done; an empty name where nothing is printed any more.
    slot_failed : id of the lane and the `EffectError` of a slot that cannot be printed.
    """

    progressed = pyqtSignal(str, float)
    slot_failed = pyqtSignal(str, object)
    _advanced = pyqtSignal(object, float)

    def __init__(
        self, model: StudioModel, tasks: TaskRunner, cache: Path, renderer: FileRenderer, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._model, self._tasks, self._cache, self._renderer = model, tasks, cache, renderer
        self._queue: list[LanePrint] = []
        self._requests: list[_PrintRequest] = []
        self._running: LanePrint | None = None
        self._stop = threading.Event()
        self._refused: list[LanePrint] = []
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.timeout.connect(self.print_settled)
        self._advanced.connect(lambda one, fraction: self.progressed.emit(one.name, fraction))
        model.workspace_changed.connect(lambda before, after: self._changed(before.chains != after.chains))
        model.result_changed.connect(lambda take: self._changed(bool(model.workspace.chains)))

    @property
    def cache(self) -> Path:
        """The panel's own folder for prints."""
        return self._cache

    def current_prints(self) -> tuple[LanePrint, ...]:
        """Return the prints of the document in front as its lanes are now."""
        model = self._model
        return lane_prints(model.workspace, all_lanes(lanes_of(model.workspace, model.front, model.results)))

    def print_settled(self) -> None:
        """Print the lanes of the document in front as they are now; a print of an older chain is cancelled."""
        current = self.current_prints()
        requested = [one for request in self._requests for one in request.prints]
        if self._running is not None and self._running not in [*current, *requested]:
            self._stop.set()
        self._queue = [*requested, *(one for one in current if one not in self._refused)]
        self._next()

    def prepare(
        self, prints: Iterable[LanePrint], done: Callable[[], None], failed: Callable[[str], None] = lambda why: None
    ) -> None:
        """Print `prints` before all others, then call `done`; `failed` with the reason where one cannot be printed."""
        request = _PrintRequest(tuple(one for one in prints if not one.is_dry), done, failed)
        self._requests.append(request)
        self._refused = [one for one in self._refused if one not in request.prints]
        self._queue = [*request.prints, *self._queue]
        self._next()

    def missing(self, prints: Iterable[LanePrint]) -> tuple[LanePrint, ...]:
        """Return those of `prints` that are not written yet."""
        return tuple(one for one in prints if not one.is_dry and find_print(one, self._cache) is None)

    def published(self, prints: Iterable[LanePrint]) -> dict[Path, Path]:
        """Return the prints that are written, beside their dry files: dry -> wet. Raises MediaError."""
        return printed_files(prints, self._cache)

    def cancel(self) -> None:
        """Stop printing; what waits for a print is told so, and the prints come again after the next change."""
        self._refused = [*self._queue, *([self._running] if self._running is not None else [])]
        self._queue.clear()
        self._stop.set()
        self._settle.stop()
        self._fail_requests(self.tr("Printing the effects was cancelled."))

    def close(self) -> None:
        """Stop printing for good; the last block ends before the task does."""
        self._settle.stop()
        self._settle.blockSignals(True)
        self._queue.clear()
        self._requests.clear()
        self._stop.set()

    # --- the queue ---

    def _changed(self, concerns_prints: bool) -> None:
        if concerns_prints:
            self._settle.start()

    def _next(self) -> None:
        """Start the next print that is not written yet; end requests whose prints are."""
        if self._running is not None:
            return
        while self._queue:
            one = self._queue.pop(0)
            if find_print(one, self._cache) is None:
                self._running, self._stop = one, threading.Event()
                self.progressed.emit(one.name, 0.0)
                self._tasks.run(
                    partial(self._write, one, self._stop), partial(self._ended, one), partial(self._failed, one)
                )
                return
        self.progressed.emit("", 1.0)
        self._end_requests()

    def _write(self, one: LanePrint, stop: threading.Event) -> FlowsepError | None:
        """Write one print, in the background; returns the error of a slot, or that it was cancelled."""

        def advance(progress: Progress) -> None:
            if stop.is_set():
                raise Cancelled(one.name)
            self._advanced.emit(one, progress.fraction)

        try:
            write_print(one, self._cache, self._renderer, advance)
        except (EffectError, Cancelled) as error:
            return error
        return None

    def _ended(self, one: LanePrint, error: FlowsepError | None) -> None:
        self._running = None
        if isinstance(error, EffectError):
            self._refuse(one, error_text(error))
            self.slot_failed.emit(one.lane, error)
        self._next()

    def _failed(self, one: LanePrint, why: str) -> None:
        self._running = None
        self._refuse(one, why)
        self._next()

    def _refuse(self, one: LanePrint, why: str) -> None:
        self._refused = [*self._refused, one]
        concerned = [request for request in self._requests if one in request.prints]
        self._requests = [request for request in self._requests if request not in concerned]
        for request in concerned:
            request.failed(why)

    def _end_requests(self) -> None:
        requests, self._requests = self._requests, []
        for request in requests:
            request.done()

    def _fail_requests(self, why: str) -> None:
        requests, self._requests = self._requests, []
        for request in requests:
            request.failed(why)
