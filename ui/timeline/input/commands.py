"""The commands of the view: one method per row of `actions.KEYS`."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from flowsep_ui.timeline.mix_controls import HIGHEST_DB, LOWEST_DB
from flowsep_ui.timeline.scene import RULERS, Selection

from flowsep_plugin.audio.span import Span
from flowsep_plugin.audition import LaneMix

from .navigation import clip_selection, edge_frame, extend_selection, next_clip, next_region, next_row, step_frame

if TYPE_CHECKING:
    from flowsep_ui.timeline.view import TimelineView

_ZOOM: Final = 1.5
_TALLER: Final = 1.25
_GAIN_STEP: Final = 0.5


class Commands:
    """The view's commands, which `view.run(name)` calls."""

    def __init__(self, view: "TimelineView") -> None:
        self._view, self._model = view, view.model

    def run(self, name: str) -> None:
        """Run the command of one row of `actions.KEYS`."""
        command: Callable[[], None] = getattr(self, name)
        command()

    def zoom_in(self) -> None:
        """Zoom in around the playhead, or the middle where it is not in view."""
        self._zoom(_ZOOM)

    def zoom_out(self) -> None:
        """Zoom out around the playhead, or the middle where it is not in view."""
        self._zoom(1 / _ZOOM)

    def zoom_to_selection(self) -> None:
        """Fill the view with the selection."""
        self._view.zoom_to_selection()

    def zoom_to_all(self) -> None:
        """Fill the view with the scene."""
        self._view.zoom_to_all()

    def scroll_earlier(self) -> None:
        """Scroll back by nine tenths of the width."""
        self._model.set_view(self._model.view.scrolled(-self._model.view.width * 9 // 10))

    def scroll_later(self) -> None:
        """Scroll forward by nine tenths of the width."""
        self._model.set_view(self._model.view.scrolled(self._model.view.width * 9 // 10))

    def playhead_left(self) -> None:
        """Move the playhead back by one ruler line."""
        self._seek(step_frame(self._model, self._model.playhead, -1))

    def playhead_right(self) -> None:
        """Move the playhead forward by one ruler line."""
        self._seek(step_frame(self._model, self._model.playhead, 1))

    def previous_edge(self) -> None:
        """Move the playhead to the previous clip edge, marker or region."""
        self._seek(edge_frame(self._model, self._model.playhead, -1))

    def next_edge(self) -> None:
        """Move the playhead to the next clip edge, marker or region."""
        self._seek(edge_frame(self._model, self._model.playhead, 1))

    def go_to_start(self) -> None:
        """Move the playhead to frame 0."""
        self._seek(0)

    def go_to_end(self) -> None:
        """Move the playhead to the scene's end."""
        self._seek(self._model.scene.frames)

    def extend_left(self) -> None:
        """Extend the selection back by one ruler line."""
        self._extend(step_frame(self._model, self._model.playhead, -1))

    def extend_right(self) -> None:
        """Extend the selection forward by one ruler line."""
        self._extend(step_frame(self._model, self._model.playhead, 1))

    def extend_to_previous_edge(self) -> None:
        """Extend the selection to the previous edge."""
        self._extend(edge_frame(self._model, self._model.playhead, -1))

    def extend_to_next_edge(self) -> None:
        """Extend the selection to the next edge."""
        self._extend(edge_frame(self._model, self._model.playhead, 1))

    def extend_to_start(self) -> None:
        """Extend the selection to frame 0."""
        self._extend(0)

    def extend_to_end(self) -> None:
        """Extend the selection to the scene's end."""
        self._extend(self._model.scene.frames)

    def select_all(self) -> None:
        """Select the whole scene on all tracks."""
        scene = self._model.scene
        stop = max((clip.place.stop for track in scene.tracks for clip in track.clips), default=0)
        if stop:
            self._model.set_selection(Selection(Span(0, stop, scene.rate)))

    def select_nothing(self) -> None:
        """Clear the selection on all tracks."""
        self._model.set_selection(None)

    def row_up(self) -> None:
        """Pick the row above the picked one."""
        self._view.pick_row(next_row(self._model, -1))

    def row_down(self) -> None:
        """Pick the row below the picked one."""
        self._view.pick_row(next_row(self._model, 1))

    def next_clip(self) -> None:
        """Select the next clip and move the playhead to its start."""
        self._select_clip(1)

    def previous_clip(self) -> None:
        """Select the previous clip and move the playhead to its start."""
        self._select_clip(-1)

    def next_region(self) -> None:
        """Select the next region of the picked lane."""
        self._select_region(1)

    def previous_region(self) -> None:
        """Select the previous region of the picked lane."""
        self._select_region(-1)

    def set_marker(self) -> None:
        """Set a marker at the playhead."""
        self._view.marker_requested.emit(Span(self._model.playhead, 0, self._model.scene.rate))

    def set_region(self) -> None:
        """Mark the selection as a region."""
        if self._model.selection is not None:
            self._view.marker_requested.emit(self._model.selection.span)

    def rename_marker(self) -> None:
        """Type another name for the picked marker."""
        if self._model.marker in self._model.scene.markers:
            self._view.ruler.flags.edit(self._model.marker)

    def remove_marker(self) -> None:
        """Remove the marker that was picked on the ruler."""
        if self._model.marker in self._model.scene.markers:
            self._view.marker_removed.emit(self._model.marker)

    def activate(self) -> None:
        """Open the selected clip, like a double click."""
        selection = self._model.selection
        if selection is not None and selection.clip_id is not None:
            self._view.clip_activated.emit(selection.clip_id)

    def toggle_solo(self) -> None:
        """Switch solo of the picked lane or track."""
        self._change_mix(lambda state: replace(state, solo=not state.solo))

    def toggle_mute(self) -> None:
        """Switch mute of the picked lane or track."""
        self._change_mix(lambda state: replace(state, mute=not state.mute))

    def gain_up(self) -> None:
        """Raise the gain of the picked lane or track by 0.5 dB."""
        self._change_mix(lambda state: replace(state, gain_db=min(HIGHEST_DB, state.gain_db + _GAIN_STEP)))

    def gain_down(self) -> None:
        """Lower the gain of the picked lane or track by 0.5 dB."""
        self._change_mix(lambda state: replace(state, gain_db=max(LOWEST_DB, state.gain_db - _GAIN_STEP)))

    def taller_waves(self) -> None:
        """Draw waveforms taller; their level does not change."""
        self._model.set_amplitude(self._model.amplitude * _TALLER)

    def lower_waves(self) -> None:
        """Draw waveforms lower; their level does not change."""
        self._model.set_amplitude(self._model.amplitude / _TALLER)

    def toggle_lane_zoom(self) -> None:
        """Switch the magnified waveforms of quiet lanes on or off."""
        self._model.set_lane_zoom(not self._model.zooms_lanes)

    def taller_rows(self) -> None:
        """Make all rows taller by a quarter."""
        self._model.set_scale(self._model.scale * _TALLER)

    def lower_rows(self) -> None:
        """Make all rows lower by a fifth."""
        self._model.set_scale(self._model.scale / _TALLER)

    def fit_rows(self) -> None:
        """Let the rows fill the height of the view."""
        self._model.fit_rows()

    def toggle_spectrogram(self) -> None:
        """Switch between waveforms and spectrograms."""
        self._view.set_spectrogram(not self._model.spectrogram)

    def next_ruler(self) -> None:
        """Switch the ruler to the next of time, timecode and bars."""
        place = RULERS.index(self._model.ruler) + 1
        self._view.set_ruler(RULERS[place % len(RULERS)])

    def _zoom(self, factor: float) -> None:
        view = self._model.view
        x = view.x_of(self._model.playhead)
        self._model.set_view(view.zoomed(factor, x if 0 <= x < view.width else view.width / 2))

    def _seek(self, frame: int) -> None:
        self._view.seek(frame)
        self._model.set_view(self._model.view.revealed(frame))

    def _extend(self, frame: int) -> None:
        extend_selection(self._model, frame)
        self._seek(frame)

    def _select_clip(self, direction: int) -> None:
        clip = next_clip(self._model, 1 if direction > 0 else -1)
        if clip is not None:
            selection = clip_selection(self._model, clip)
            self._model.set_selection(selection)
            self._view.pick_row(selection.track_ids[0])
            self._seek(clip.place.start)

    def _select_region(self, direction: int) -> None:
        region = next_region(self._model, 1 if direction > 0 else -1)
        if region is not None:
            self._view.select_region(*region)
            self._seek(region[1].start)

    def _change_mix(self, change: Callable[[LaneMix], LaneMix]) -> None:
        row = self._model.index.layout.row_of(self._model.row_id) if self._model.row_id else None
        if row is None:
            return
        if row.lane is None:
            self._view.track_changed.emit(row.id, change(row.track.mix))
        elif not row.lane.missing:
            self._view.lane_changed.emit(row.id, change(row.lane.mix))
