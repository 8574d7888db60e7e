"""Stems leave the window as files: the export dialog, and what it asked for."""

from collections.abc import Sequence
from pathlib import Path

from flowsep_ui.dialogs.export import ExportDialog
from flowsep_ui.dialogs.export_rows import ExportRow, lane_rows, mix_row
from flowsep_ui.panels.messages import MessageBar
from flowsep_ui.studio.lanes import all_lanes, lanes_of
from flowsep_ui.studio.playing.program import program_of
from flowsep_ui.studio.workspace import Take
from flowsep_ui.studio_model import StudioModel
from flowsep_ui.tasks import TaskRunner
from PyQt6.QtCore import QCoreApplication
from PyQt6.QtWidgets import QWidget

from flowsep_plugin.audition.mixdown import write_mix
from flowsep_plugin.files.export import ExportOptions, ExportProgress, ExportResult

from .export_run import ExportOrder, ExportRun, MixWriter
from .stem_prints import StemPrints


class StemExport:
    """Opens the export dialog for the document in front, and writes what was ticked in the background."""

    def __init__(self, model: StudioModel, tasks: TaskRunner, prints: StemPrints, messages: MessageBar) -> None:
        self._model, self._tasks, self._prints, self._messages = model, tasks, prints, messages

    def rows(self, take: Take, mix: Path | None) -> tuple[ExportRow, ...]:
        """Return what can be exported: the stems of all lanes, those of the selected clip's `take` ticked, and the mix.

        Without a selection all are ticked.
        """
        model, content = self._model, self._model.front
        if content is None:
            return ()
        lanes = all_lanes(lanes_of(model.workspace, content, model.results))
        selected = model.workspace.selected
        takes: Sequence[str] | None = (take.id,) if selected is not None and selected.clip is not None else None
        mixes = () if mix is None else (mix_row(content, mix),)
        return (*lane_rows(content, lanes, takes), *mixes)

    def mix_writer(self) -> MixWriter | None:
        """Return what writes the mix as it is heard now; None where nothing can be heard."""
        model, content = self._model, self._model.front
        program = program_of(model.workspace, content, model.results)
        if program is None or content is None:
            return None
        mixes, origin = dict(model.workspace.mixes), max(0, content.timeline.origin)

        def write(path: Path, progress: ExportProgress) -> None:
            write_mix(program, mixes, path, time_reference=origin, progress=progress)

        return write

    def open(self, parent: QWidget, take: Take) -> ExportDialog:
        """Open the dialog; once it is accepted, the files are written and the message bar tells the result."""
        content = self._model.front
        folder = take.input.parent if content is None else content.out.parent / "Stems"
        mixer = self.mix_writer()
        mix = None if mixer is None else self._prints.cache / "mix.wav"
        dialog = ExportDialog(self.rows(take, mix), ExportOptions(folder), parent)

        def write() -> None:
            if dialog.result_options is not None:
                has_mix = any(row.is_mix for row in dialog.selected_rows)
                order = ExportOrder(
                    list(dialog.plan), dialog.result_options, dialog.prints, mix if has_mix else None, mixer
                )
                run = ExportRun(order, self._tasks, self._prints, parent)
                run.finished.connect(lambda result: self._messages.tell(export_summary(result)))
                run.failed.connect(self._messages.warn)
                run.start()

        dialog.accepted.connect(write)
        dialog.open()
        return dialog


def export_summary(exported: ExportResult) -> str:
    """Return a sentence with the number of written and skipped files, and of those that are 32-bit float instead."""
    parts = [QCoreApplication.translate("StemExport", "nothing was written")]
    if exported.files:
        text = QCoreApplication.translate("StemExport", "{0} files in {1}")
        parts = [text.format(len(exported.files), exported.files[0].parent)]
    if exported.skipped:
        parts.append(QCoreApplication.translate("StemExport", "{0} already existed").format(len(exported.skipped)))
    if exported.as_float:
        text = QCoreApplication.translate(
            "StemExport", "{0} pass full scale and are 32-bit float WAV, which holds them"
        )
        parts.append(text.format(len(exported.as_float)))
    return QCoreApplication.translate("StemExport", "Exported: {0}.").format("; ".join(parts))
