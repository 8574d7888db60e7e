"""Stems dragged out of the window: final files, or the prints of lanes with effects. They are never overwritten."""

from collections.abc import Sequence
from pathlib import Path

from flowsep_ui.studio.lanes import final_file, find_lane, lanes_of
from flowsep_ui.studio.reconcile import has_finals
from flowsep_ui.studio.results import StemFiles
from flowsep_ui.studio.workspace import Take
from flowsep_ui.studio_model import StudioModel
from PyQt6.QtCore import QCoreApplication
from PyQt6.QtWidgets import QWidget

from flowsep_plugin.errors import FlowsepError

from .separation import SeparationController
from .stem_drag import try_drag
from .stem_prints import StemPrints


def still_writing() -> str:
    """Return the message for stems that are dragged while they are being written."""
    return QCoreApplication.translate(
        "StemExport", "The stems are being written with the newest settings; drag again in a moment."
    )


def still_printing(count: int) -> str:
    """Return the message for stems that are dragged while their effects are being printed."""
    text = QCoreApplication.translate(
        "StemExport", "Effects are being printed to files ({0}); drag again when the bar under “Effects” has ended."
    )
    return text.format(count)


def no_stems() -> str:
    """Return the message for a drag without stems."""
    return QCoreApplication.translate("StemExport", "There are no stems to drag yet: separate first.")


def final_files(model: StudioModel, take_id: str) -> StemFiles | None:
    """Return the final files of a take with its current settings; None where they are not written yet."""
    take, result = model.workspace.take(take_id), model.result(take_id)
    return result.final_files if take is not None and has_finals(model.workspace, take, result) else None


class DragOut:
    """Drags stems out of a widget. Each method returns why that is impossible now, or None."""

    def __init__(self, model: StudioModel, separation: SeparationController, prints: StemPrints) -> None:
        self._model, self._separation, self._prints = model, separation, prints

    def drag_lane(self, widget: QWidget, name: str) -> str | None:
        """Drag the files of all stems of a lane."""
        model = self._model
        lane = find_lane(lanes_of(model.workspace, model.front, model.results), name)
        stems = () if lane is None else lane.stems
        paths = [path for stem in stems if not stem.is_missing and (path := final_file(stem)) is not None]
        return self._drag(widget, [stem.take for stem in stems], paths)

    def drag_take(self, widget: QWidget, name: str) -> str | None:
        """Drag all stems and the residual of a take."""
        take, files = self._model.workspace.take(name), self._model.result(name).final_files
        return self._drag(widget, [] if take is None else [take], files.paths if files else ())

    def _drag(self, widget: QWidget, takes: Sequence[Take], paths: Sequence[Path]) -> str | None:
        finished = [take for take in takes if self._model.result(take.id).files is not None]
        late = [take for take in finished if final_files(self._model, take.id) is None]
        for take in late:
            self._separation.write_finals(take.id)
        if late or not paths:
            return still_writing() if late else no_stems()
        prints = [one for one in self._prints.current_prints() if one.source in paths]
        missing = self._prints.missing(prints)
        if missing:
            self._prints.prepare(prints, lambda: None, self._model.failed.emit)
            return still_printing(len(missing))
        try:
            wet = self._prints.published(prints)
        except FlowsepError as error:
            return str(error)
        for take in finished:
            self._separation.hand_out(take.id)
        return try_drag(widget, [wet.get(path, path) for path in paths], in_place=True)
