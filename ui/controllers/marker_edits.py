"""Markers that the user sets, names, moves and removes in the timeline view, as undo steps."""

from collections.abc import Callable
from dataclasses import replace

from flowsep_ui.studio.markers import (
    front_markers,
    new_marker_name,
    with_marker,
    with_moved_marker,
    with_renamed_marker,
    without_marker,
)
from flowsep_ui.studio.workspace import Workspace
from flowsep_ui.studio_model import StudioModel
from flowsep_ui.timeline import MarkerView, TimelineView
from PyQt6.QtCore import QObject

from flowsep_plugin.audio.span import Span
from flowsep_plugin.timeline import Marker


class MarkerEdits(QObject):
    """Turns what `view` reports about markers into undo steps of `model`; the changed marker stays picked."""

    def __init__(self, model: StudioModel, view: TimelineView) -> None:
        super().__init__(view)
        self._model, self._view = model, view
        view.marker_requested.connect(self._set)
        view.marker_renamed.connect(self._rename)
        view.marker_moved.connect(self._move)
        view.marker_removed.connect(self._remove)

    def _set(self, span: Span) -> None:
        if self._model.front is None:
            return
        marker = Marker(new_marker_name(front_markers(self._model.workspace)), span)
        self._do(self.tr("Set a marker"), lambda workspace: with_marker(workspace, marker), marker)

    def _rename(self, view: MarkerView, name: str) -> None:
        marker = Marker(view.name, view.span)
        change = self.tr("Rename a marker")
        self._do(change, lambda workspace: with_renamed_marker(workspace, marker, name), replace(marker, name=name))

    def _move(self, view: MarkerView, start: int) -> None:
        marker = Marker(view.name, view.span)
        moved = replace(marker, span=Span(start, marker.span.frames, marker.span.rate))
        self._do(self.tr("Move a marker"), lambda workspace: with_moved_marker(workspace, marker, start), moved)

    def _remove(self, view: MarkerView) -> None:
        marker = Marker(view.name, view.span)
        self._do(self.tr("Remove a marker"), lambda workspace: without_marker(workspace, marker), None)

    def _do(self, text: str, change: Callable[[Workspace], Workspace], picked: Marker | None) -> None:
        self._model.do(text, change)
        view = None if picked is None else MarkerView(picked.name, picked.span, is_own=True)
        self._view.model.pick_marker(view)
