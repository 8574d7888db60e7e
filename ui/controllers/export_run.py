"""One export in the background: prints of lanes with effects, the mix, then all files; with progress and cancel."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from flowsep_ui.dialogs.export_rows import with_printed_files
from flowsep_ui.studio.prints import LanePrint, find_print
from flowsep_ui.tasks import TaskRunner
from PyQt6.QtCore import QObject, Qt, pyqtSignal
from PyQt6.QtWidgets import QProgressDialog, QWidget

from flowsep_plugin.errors import Cancelled
from flowsep_plugin.files.export import (
    ExportItem,
    ExportOptions,
    ExportProgress,
    ExportResult,
    PlannedFile,
    run_export,
)

from .stem_prints import StemPrints

MixWriter = Callable[[Path, ExportProgress], None]
"""Writes the mix of all lanes to a path."""

_SHOWN_AFTER_MS = 600


@dataclass(frozen=True, slots=True)
class ExportOrder:
    """Files to export. `prints`: of items that go through effects.     mix : the file that `write_mix` writes first."""

    plan: Sequence[PlannedFile]
    options: ExportOptions
    prints: dict[ExportItem, LanePrint]
    mix: Path | None = None
    write_mix: MixWriter | None = None


class ExportRun(QObject):
    """Runs one `ExportOrder`.

    finished : the `ExportResult`.     failed : why nothing was written; not emitted where the user cancelled.
    """

    finished = pyqtSignal(object)
    failed = pyqtSignal(str)
    _advanced = pyqtSignal(int, int)

    def __init__(self, order: ExportOrder, tasks: TaskRunner, prints: StemPrints, parent: QWidget) -> None:
        super().__init__(parent)
        self._order, self._tasks, self._prints = order, tasks, prints
        self._stop = threading.Event()
        self.dialog = QProgressDialog(self.tr("Exporting stems…"), self.tr("Cancel"), 0, 1000, parent)
        self.dialog.setWindowModality(Qt.WindowModality.NonModal)
        self.dialog.setMinimumDuration(_SHOWN_AFTER_MS)
        self.dialog.setAutoClose(False)
        self.dialog.canceled.connect(self.cancel)
        self._advanced.connect(lambda done, whole: self._show(done / max(1, whole)))
        prints.progressed.connect(self._show_print)

    def start(self) -> None:
        """Print what has to be printed, then write the files."""
        self._prints.prepare(self._order.prints.values(), self._write, self._fail)

    def _write(self) -> None:
        order, cache = self._order, self._prints.cache
        if self._stop.is_set():
            return
        files = {item: path for item, one in order.prints.items() if (path := find_print(one, cache)) is not None}
        plan = with_printed_files(order.plan, files)
        self.dialog.setLabelText(self.tr("Exporting stems…"))
        self._tasks.run(partial(self._export, plan), self._done, self._fail)

    def _export(self, plan: Sequence[PlannedFile]) -> ExportResult | None:
        """Write the mix and all files, in the background; returns None where the user cancelled."""
        order = self._order
        try:
            if order.mix is not None and order.write_mix is not None:
                order.mix.parent.mkdir(parents=True, exist_ok=True)
                order.write_mix(order.mix, self._advance)
            return run_export(plan, order.options, self._advance)
        except Cancelled:
            return None

    def _advance(self, done: int, whole: int) -> bool:
        self._advanced.emit(done, whole)
        return not self._stop.is_set()

    def cancel(self) -> None:
        """Stop; no unfinished files are left."""
        self._stop.set()
        if self._order.prints:
            self._prints.cancel()

    def _show(self, fraction: float) -> None:
        if not self._stop.is_set():
            self.dialog.setValue(round(1000 * fraction))

    def _show_print(self, name: str, fraction: float) -> None:
        if name:
            self.dialog.setLabelText(self.tr("Printing effects: {0}").format(name))
            self._show(fraction)

    def _done(self, result: ExportResult | None) -> None:
        self._close()
        if result is not None:
            self.finished.emit(result)

    def _fail(self, why: str) -> None:
        self._close()
        if not self._stop.is_set():
            self.failed.emit(why)

    def _close(self) -> None:
        self._prints.progressed.disconnect(self._show_print)
        self.dialog.close()
        self.dialog.deleteLater()
        self.deleteLater()
