"""Stems out of the window: dragged, or exported. What was handed out is never written over."""

from functools import partial
from pathlib import Path

from flowsep_ui.dialogs.export import ExportDialog
from flowsep_ui.panels.messages import MessageBar
from flowsep_ui.studio.reconcile import is_kept
from flowsep_ui.studio.results import StemFiles
from flowsep_ui.studio.workspace import Take, lane_of
from flowsep_ui.studio_model import StudioModel
from flowsep_ui.tasks import TaskRunner
from PyQt6.QtCore import QCoreApplication
from PyQt6.QtWidgets import QWidget

from flowsep_plugin.files.export import ExportItem, ExportOptions, ExportResult, run_export

from .separation import SeparationController
from .stem_drag import try_drag


def still_writing() -> str:
    """Why stems cannot be dragged while they are written."""
    return QCoreApplication.translate(
        "StemExport", "The stems are being written with the newest settings; drag again in a moment."
    )


def no_stems() -> str:
    """Why there is nothing to drag."""
    return QCoreApplication.translate("StemExport", "There are no stems to drag yet: separate first.")


def files_of(model: StudioModel, take: str) -> StemFiles | None:
    """The files of a take that others may have: kept ones with the newest settings; None where they are not there."""
    queries, result = model.workspace.take(take), model.result(take)
    return result.kept if queries is not None and is_kept(queries, result) else None


def drag_lane(widget: QWidget, model: StudioModel, separation: SeparationController, lane: str) -> str | None:
    """Drag one stem, or the rest; returns why not, in words."""
    take, index = lane_of(lane)
    return _drag(widget, model, separation, take, index, whole=False)


def drag_take(widget: QWidget, model: StudioModel, separation: SeparationController, take: str) -> str | None:
    """Drag all stems and the rest; returns why not, in words."""
    return _drag(widget, model, separation, take, None, whole=True)


def _drag(
    widget: QWidget, model: StudioModel, separation: SeparationController, take: str, index: int | None, *, whole: bool
) -> str | None:
    files = files_of(model, take)
    if files is None:
        if model.result(take).files is None or model.workspace.take(take) is None:
            return no_stems()
        separation.keep(take)
        return still_writing()
    if whole:
        paths = list(files.paths)
    elif index is None:
        paths = [] if files.residual is None else [files.residual]
    else:
        paths = list(files.stems[index : index + 1])
    if not paths:
        return no_stems()
    separation.hand_out(take)
    return try_drag(widget, paths, paths[0].parent)


def export_items(model: StudioModel, take: Take) -> list[ExportItem]:
    """What there is to export of a take: its stems, then the rest."""
    content, files = model.content(take.document), model.result(take.id).files
    if content is None or files is None:
        return []
    track, clip = content.timeline.find(take.clip)
    named = [(sound.text, path) for sound, path in zip(take.queries, files.stems, strict=False)]
    if files.residual is not None:
        named.append(("rest", files.residual))
    name = Path(clip.name).stem
    return [ExportItem(path, name, sound, take.number, track.name) for sound, path in named]


def exported_words(made: ExportResult) -> str:
    """What an export wrote, left alone and had to clip."""
    said = [QCoreApplication.translate("StemExport", "Nothing was written")]
    if made.files:
        text = QCoreApplication.translate("StemExport", "%1 files in %2")
        said = [text.replace("%1", str(len(made.files))).replace("%2", str(made.files[0].parent))]
    if made.skipped:
        text = QCoreApplication.translate("StemExport", "%1 were there already")
        said.append(text.replace("%1", str(len(made.skipped))))
    if made.clipped:
        text = QCoreApplication.translate("StemExport", "%1 samples did not fit and were clipped")
        said.append(text.replace("%1", str(made.clipped)))
    return QCoreApplication.translate("StemExport", "Exported: %1.").replace("%1", "; ".join(said))


def export_take(
    parent: QWidget, model: StudioModel, tasks: TaskRunner, take: Take, messages: MessageBar
) -> ExportDialog:
    """Ask how, then write beside the window."""
    content = model.content(take.document)
    folder = take.input.parent if content is None else content.out.parent / "Stems"
    dialog = ExportDialog(export_items(model, take), ExportOptions(folder), parent)

    def write() -> None:
        options = dialog.chosen
        if options is not None:
            tasks.run(partial(run_export, list(dialog.plan), options), done, messages.warn)

    def done(made: ExportResult) -> None:
        messages.tell(exported_words(made))

    dialog.accepted.connect(write)
    dialog.open()
    return dialog
