"""Stems leave the window: dragged or exported. Stems that left are never overwritten."""

from functools import partial
from pathlib import Path

from flowsep_ui.dialogs.export import ExportDialog
from flowsep_ui.panels.messages import MessageBar
from flowsep_ui.studio.workspace import Take
from flowsep_ui.studio_model import StudioModel
from flowsep_ui.tasks import TaskRunner
from PyQt6.QtCore import QCoreApplication
from PyQt6.QtWidgets import QWidget

from flowsep_plugin.files.export import ExportItem, ExportOptions, ExportResult, run_export


def export_items(model: StudioModel, take: Take) -> list[ExportItem]:
    """Return the files of a take to export: its stems, then the residual; empty where there are none."""
    content, files = model.content(take.document), model.result(take.id).files
    if content is None or files is None:
        return []
    track, clip = content.timeline.find(take.clip)
    rows = zip(take.stem_queries, files.stems, strict=False)
    stems = [(query.text, path) for query, path in rows if path is not None]
    if files.residual is not None:
        stems.append(("rest", files.residual))
    name = Path(clip.name).stem
    return [ExportItem(path=path, clip=name, sound=text, take=take.number, track=track.name) for text, path in stems]


def export_summary(exported: ExportResult) -> str:
    """Return a sentence with the number of written and skipped files and of clipped samples."""
    parts = [QCoreApplication.translate("StemExport", "nothing was written")]
    if exported.files:
        text = QCoreApplication.translate("StemExport", "{0} files in {1}")
        parts = [text.format(len(exported.files), exported.files[0].parent)]
    if exported.skipped:
        parts.append(QCoreApplication.translate("StemExport", "{0} already existed").format(len(exported.skipped)))
    if exported.clipped:
        text = QCoreApplication.translate("StemExport", "{0} samples were too loud for the format and were clipped")
        parts.append(text.format(exported.clipped))
    return QCoreApplication.translate("StemExport", "Exported: {0}.").format("; ".join(parts))


def export_take(
    parent: QWidget, model: StudioModel, tasks: TaskRunner, take: Take, messages: MessageBar
) -> ExportDialog:
    """Open the export dialog for a take and, once accepted, write its files in the background."""
    content = model.content(take.document)
    folder = take.input.parent if content is None else content.out.parent / "Stems"
    dialog = ExportDialog(export_items(model, take), ExportOptions(folder), parent)

    def write() -> None:
        options = dialog.result_options
        if options is not None:
            tasks.run(partial(run_export, list(dialog.plan), options), done, messages.warn)

    def done(exported: ExportResult) -> None:
        messages.tell(export_summary(exported))

    dialog.accepted.connect(write)
    dialog.open()
    return dialog
