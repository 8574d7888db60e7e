"""Stems leave the window: dragged or exported. Stems that left are never overwritten."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from flowsep_ui.dialogs.export import ExportDialog
from flowsep_ui.panels.messages import MessageBar
from flowsep_ui.studio.lanes import final_file, find_lane, lanes_of
from flowsep_ui.studio.reconcile import has_finals
from flowsep_ui.studio.results import StemFiles
from flowsep_ui.studio.workspace import Take
from flowsep_ui.studio_model import StudioModel
from flowsep_ui.tasks import TaskRunner
from PyQt6.QtCore import QCoreApplication
from PyQt6.QtWidgets import QWidget

from flowsep_plugin.files.export import ExportItem, ExportOptions, ExportResult, run_export

from .separation import SeparationController
from .stem_drag import try_drag


def still_writing() -> str:
    """Return the message for stems that are dragged while they are being written."""
    return QCoreApplication.translate(
        "StemExport", "The stems are being written with the newest settings; drag again in a moment."
    )


def no_stems() -> str:
    """Return the message for a drag without stems."""
    return QCoreApplication.translate("StemExport", "There are no stems to drag yet: separate first.")


def final_files(model: StudioModel, take_id: str) -> StemFiles | None:
    """Return the final files of a take with its current settings; None where they are not written yet."""
    take, result = model.workspace.take(take_id), model.result(take_id)
    return result.final_files if take is not None and has_finals(model.workspace, take, result) else None


def drag_lane(widget: QWidget, model: StudioModel, separation: SeparationController, name: str) -> str | None:
    """Drag the files of all stems of a lane out of `widget`; returns why that is impossible, or None."""
    lane = find_lane(lanes_of(model.workspace, model.front, model.results), name)
    stems = () if lane is None else lane.stems
    paths = [path for stem in stems if not stem.is_missing and (path := final_file(stem)) is not None]
    return _drag(widget, model, separation, [stem.take for stem in stems], paths)


def drag_take(widget: QWidget, model: StudioModel, separation: SeparationController, take: str) -> str | None:
    """Drag all stems and the residual of a take out of `widget`; returns why that is impossible, or None."""
    record, files = model.workspace.take(take), model.result(take).final_files
    return _drag(widget, model, separation, [record] if record is not None else [], files.paths if files else ())


def _drag(
    widget: QWidget,
    model: StudioModel,
    separation: SeparationController,
    takes: Sequence[Take],
    paths: Sequence[Path],
) -> str | None:
    finished = [take for take in takes if model.result(take.id).files is not None]
    late = [take for take in finished if final_files(model, take.id) is None]
    for take in late:
        separation.write_finals(take.id)
    if late or not paths:
        return still_writing() if late else no_stems()
    for take in finished:
        separation.hand_out(take.id)
    return try_drag(widget, paths, paths[0].parent)


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
