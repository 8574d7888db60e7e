"""The state of the view, and the signals that tell of its changes; the widgets around it only show it."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

from flowsep_ui.timeline.input.hits import Hit, edge_under, region_under
from flowsep_ui.timeline.input.snapping import snap, snap_targets, with_more
from PyQt6.QtCore import QObject, pyqtSignal

from .layout import ClipIndex, Layout, Row, lay_out
from .scene import RulerMode, Scene, Selection
from .ticks import Measure, RulerTick, ruler_ticks
from .viewport import Viewport

SNAP_PIXELS = 8
MOST_FITTING = 2.4
_SLACK = 6
_EMPTY = Scene("", 48_000, 48_000)


class SceneIndex:
    """A scene with what is looked up in it, made once for each."""

    def __init__(self, scene: Scene, scale: float) -> None:
        self.scene = scene
        self.layout: Layout = lay_out(scene, scale)
        self.numbers = {track.id: number for number, track in enumerate(scene.tracks)}
        self.lane_places = {lane.id: n for track in scene.tracks for n, lane in enumerate(track.lanes)}

    @cached_property
    def clips(self) -> Sequence[ClipIndex]:
        """One index a track."""
        return [ClipIndex(track.clips) for track in self.scene.tracks]

    @cached_property
    def targets(self) -> tuple[int, ...]:
        """What edges snap to."""
        return snap_targets(self.scene)


class TimelineModel(QObject):
    """What is shown, where, and what is selected. Heights and `top` are in pixels from the top of the scene."""

    scene_changed = pyqtSignal()
    """All may be different."""

    rows_changed = pyqtSignal(object)
    """Only these rows, a list of Row, look different; `scene_changed` follows, with `epoch` as it was."""

    view_changed = pyqtSignal()
    appearance_changed = pyqtSignal()
    selection_changed = pyqtSignal(object)
    playhead_changed = pyqtSignal(int, int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.scale, self.fits_rows = 1.0, True
        self.epoch = 0
        self.index = SceneIndex(_EMPTY, 1.0)
        self.view = Viewport.over(_EMPTY.frames, 800)
        self.top, self.height = 0, 400
        self.selection: Selection | None = None
        self.playhead = 0
        self.ruler: RulerMode = "time"
        self.spectrogram = False
        self.amplitude = 1.0
        self.row_id: str | None = None
        self.measure: Measure = lambda text: 7.0 * len(text)
        self._ticks: tuple[object, tuple[RulerTick, ...]] = (None, ())

    @property
    def scene(self) -> Scene:
        """What is shown."""
        return self.index.scene

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show."""
        return not self.scene.tracks

    @property
    def ticks(self) -> tuple[RulerTick, ...]:
        """Lines of the ruler in view."""
        key = (self.view, self.ruler, id(self.scene))
        if self._ticks[0] != key:
            self._ticks = (key, ruler_ticks(self.scene, self.view, self.ruler, self.measure))
        return self._ticks[1]

    def set_scene(self, scene: Scene) -> None:
        """Show `scene`; zoom and place stay where it is the same one with changes, else all of it is shown."""
        was, rows = self.scene, self.index.layout.rows
        self.scale = self._fitting(scene) if self.fits_rows else self.scale
        self.index = SceneIndex(scene, self.scale)
        changed = changed_rows(was, rows, scene, self.index.layout.rows)
        self.epoch += changed is None
        if was.name != scene.name or was.rate != scene.rate or not was.tracks:
            self.view = Viewport.over(scene.frames, self.view.width)
            self.top = 0
        else:
            shows_all = self.view == self.view.fitted(0, was.frames)
            self.view = replace(self.view, frames=max(1, scene.frames)).bounded()
            if shows_all:
                self.view = self.view.fitted(0, scene.frames)
        if self.selection is not None and not self._still_there(self.selection):
            self.set_selection(None)
        self._bound_top()
        if changed:
            self.rows_changed.emit(changed)
        self.scene_changed.emit()

    def set_view(self, view: Viewport) -> None:
        """Zoom or scroll in time."""
        if view != self.view:
            self.view = view
            self.view_changed.emit()

    def set_size(self, width: int, height: int) -> None:
        """The canvas has another size; what was shown whole stays so."""
        shows_all = self.view == self.view.fitted(0, self.scene.frames)
        self.height = height
        self.view = self.view.resized(width)
        if shows_all:
            self.view = self.view.fitted(0, self.scene.frames)
        if self.fits_rows:
            self._rescale(self._fitting(self.scene))
        self._bound_top()
        self.view_changed.emit()

    def set_top(self, top: int) -> None:
        """Scroll down or up."""
        was, self.top = self.top, top
        self._bound_top()
        if self.top != was:
            self.view_changed.emit()

    def set_scale(self, scale: float) -> None:
        """Make all rows higher or lower; what is in the middle stays there, and they no longer fit by themselves."""
        self.fits_rows = False
        self._rescale(min(6.0, max(0.3, scale)))

    def fit_rows(self) -> None:
        """Let rows take the height there is, as long as that makes them higher."""
        self.fits_rows = True
        self._rescale(self._fitting(self.scene))

    def set_selection(self, selection: Selection | None) -> None:
        """Select; told once for each change."""
        if selection != self.selection:
            self.selection = selection
            self.selection_changed.emit(selection)

    def set_playhead(self, frame: int) -> None:
        """Put the playhead somewhere."""
        if frame != self.playhead:
            was, self.playhead = self.playhead, frame
            self.playhead_changed.emit(was, frame)

    def set_ruler(self, mode: RulerMode) -> None:
        """Count time, timecode or bars."""
        if mode != self.ruler:
            self.ruler = mode
            self.appearance_changed.emit()

    def set_spectrogram(self, on: bool) -> None:
        """Show spectrograms or waveforms."""
        if on != self.spectrogram:
            self.spectrogram = on
            self.appearance_changed.emit()

    def set_amplitude(self, amplitude: float) -> None:
        """Draw waveforms taller; their level does not change."""
        amplitude = min(64.0, max(0.25, amplitude))
        if amplitude != self.amplitude:
            self.amplitude = amplitude
            self.appearance_changed.emit()

    def snapped(self, frame: int) -> int:
        """The nearest edge, marker, playhead or bar line within a few pixels; else `frame`."""
        lines = [round(tick.frame) for tick in self.ticks] if self.ruler == "bars" else []
        reach = max(1, round(SNAP_PIXELS * self.view.frames_per_pixel)) if self.view.frames_per_pixel > 0.1 else 0
        return snap(frame, with_more(self.index.targets, [self.playhead, *lines]), reach)

    def hit(self, x: float, y: float) -> Hit:
        """What lies at a place of the canvas."""
        frame, level = self.view.frame_at(x), y + self.top
        row = self.index.layout.row_at(level)
        if row is None:
            return Hit("empty", frame, edge=edge_under(self.view, self.selection, x))
        edge = edge_under(self.view, self.selection, x) if self.is_selected(row.track.id) else None
        if row.lane is not None:
            return Hit("lane", frame, row, lane=row.lane, region=region_under(row, frame, level), edge=edge)
        clip = self.index.clips[self.index.numbers[row.track.id]].at(frame)
        return Hit("clip" if clip else "track", frame, row, clip=clip, edge=edge)

    def is_selected(self, track_id: str) -> bool:
        """Whether the selection reaches over a track; one without tracks reaches over all."""
        return self.selection is not None and (not self.selection.track_ids or track_id in self.selection.track_ids)

    def track_number(self, y: float) -> int | None:
        """The number of the track (or of the lane's track) at a height of the canvas; the nearest one beside rows."""
        rows = self.index.layout.between(y + self.top, self.index.layout.height + 1)
        row = rows[0] if rows else (self.index.layout.rows[-1] if self.index.layout.rows else None)
        return None if row is None else self.index.numbers[row.track.id]

    def _rescale(self, scale: float) -> None:
        if scale == self.scale:
            return
        middle = (self.top + self.height / 2) / max(1, self.index.layout.height)
        self.scale = scale
        self.index = SceneIndex(self.scene, scale)
        self.epoch += 1
        self.top = round(middle * self.index.layout.height - self.height / 2)
        self._bound_top()
        self.scene_changed.emit()

    def _fitting(self, scene: Scene) -> float:
        """As much as fills the height, from 1 to `MOST_FITTING`; what few rows leave free stays free."""
        natural = lay_out(scene).height
        return min(MOST_FITTING, max(1.0, (self.height - _SLACK) / natural)) if natural else 1.0

    def _still_there(self, selection: Selection) -> bool:
        known = self.index.numbers
        clips = {clip.id for track in self.scene.tracks for clip in track.clips}
        return all(track in known for track in selection.track_ids) and (
            selection.clip_id is None or selection.clip_id in clips
        )

    def _bound_top(self) -> None:
        self.top = min(max(0, self.index.layout.height - self.height), max(0, self.top))


def changed_rows(was: Scene, old: Sequence[Row], scene: Scene, new: Sequence[Row]) -> list[Row] | None:
    """Rows that look different in `scene`; None where rows moved, came, went, or time is counted differently."""
    clock = [(s.rate, s.tempo, s.frame_rate, s.origin) for s in (was, scene)]
    places = [[(row.id, row.top, row.height) for row in rows] for rows in (old, new)]
    if clock[0] != clock[1] or places[0] != places[1]:
        return None
    pairs = zip(old, new, strict=True)
    return [b for a, b in pairs if (a.lane != b.lane if b.lane else a.track.clips != b.track.clips)]
