"""The state of the view with signals for its changes; the widgets only show it."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

from flowsep_ui.timeline.input.hits import Hit, edge_under, region_under
from flowsep_ui.timeline.input.snapping import snap, snap_targets, with_more
from PyQt6.QtCore import QObject, pyqtSignal

from .layout import THIN, ClipIndex, Layout, Row, lay_out
from .scene import MarkerView, RulerMode, Scene, Selection
from .ticks import Measure, RulerTick, ruler_ticks
from .viewport import Viewport

SNAP_PIXELS = 8
MOST_FITTING = 2.4
_SLACK = 6
_EMPTY = Scene("", 48_000, 48_000)


class SceneIndex:
    """A scene with its layout and lookup tables, built once per scene and scale."""

    def __init__(self, scene: Scene, scale: float) -> None:
        self.scene = scene
        self.layout: Layout = lay_out(scene, scale)
        self.numbers = {track.id: number for number, track in enumerate(scene.tracks)}
        self.lane_places = {lane.id: n for track in scene.tracks for n, lane in enumerate(track.lanes)}

    @cached_property
    def clips(self) -> Sequence[ClipIndex]:
        """The clip index of each track, in their order."""
        return [ClipIndex(track.clips) for track in self.scene.tracks]

    @cached_property
    def stop(self) -> int:
        """End of the last clip or lane, in frames; 0 where there is none."""
        places = [clip.place for track in self.scene.tracks for clip in track.clips]
        places += [part.place for track in self.scene.tracks for lane in track.lanes for part in lane.parts]
        return max((place.stop for place in places), default=0)

    @cached_property
    def targets(self) -> tuple[int, ...]:
        """The sorted frames that edges snap to."""
        return snap_targets(self.scene)


class TimelineModel(QObject):
    """Scene, viewport, selection and playhead. Heights and `top` are in pixels from the top of the scene."""

    scene_changed = pyqtSignal()
    """The scene changed; everything may look different."""

    rows_changed = pyqtSignal(object)
    """A list of the only rows that look different; `scene_changed` follows, with the same `epoch`."""

    view_changed = pyqtSignal()
    marker_changed = pyqtSignal()
    """Another marker is picked, or none."""

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
        self.zooms_lanes = True
        self.marker: MarkerView | None = None
        self.row_id: str | None = None
        self.measure: Measure = lambda text: 7.0 * len(text)
        self._ticks: tuple[object, tuple[RulerTick, ...]] = (None, ())

    @property
    def scene(self) -> Scene:
        """The scene that is shown."""
        return self.index.scene

    @property
    def is_empty(self) -> bool:
        """Whether the scene has no clips."""
        return not any(track.clips for track in self.scene.tracks)

    @property
    def ticks(self) -> tuple[RulerTick, ...]:
        """The ruler lines in view."""
        key = (self.view, self.ruler, id(self.scene))
        if self._ticks[0] != key:
            self._ticks = (key, ruler_ticks(self.scene, self.view, self.ruler, self.measure))
        return self._ticks[1]

    def set_scene(self, scene: Scene) -> None:
        """Show `scene`: a new version of the current one at the same zoom and place, another one as a whole."""
        old, rows = self.scene, self.index.layout.rows
        self.scale = self._fitting(scene) if self.fits_rows else self.scale
        self.index = SceneIndex(scene, self.scale)
        changed = changed_rows(old, rows, scene, self.index.layout.rows)
        self.epoch += changed is None
        if old.name != scene.name or old.rate != scene.rate or not old.tracks:
            self.view = Viewport.over(scene.frames, self.view.width)
            self.top = 0
        else:
            shows_all = self.view == self.view.fitted(0, old.frames)
            self.view = replace(self.view, frames=max(1, scene.frames)).bounded()
            if shows_all:
                self.view = self.view.fitted(0, scene.frames)
        if self.selection is not None and not self._exists(self.selection):
            self.set_selection(None)
        self._bound_top()
        if changed:
            self.rows_changed.emit(changed)
        self.scene_changed.emit()

    def set_view(self, view: Viewport) -> None:
        """Set zoom and place in time."""
        if view != self.view:
            self.view = view
            self.view_changed.emit()

    def set_size(self, width: int, height: int) -> None:
        """Set the size of the canvas; a scene that was shown as a whole stays so."""
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
        """Set the first visible pixel of the rows."""
        old, self.top = self.top, top
        self._bound_top()
        if self.top != old:
            self.view_changed.emit()

    def set_scale(self, scale: float) -> None:
        """Set the factor of row heights, 0.3 to 6, around the middle of the view; rows no longer fit by themselves."""
        self.fits_rows = False
        self._rescale(min(6.0, max(0.3, scale)))

    def fit_rows(self) -> None:
        """Let rows fill the height of the view, as far as that makes them taller."""
        self.fits_rows = True
        self._rescale(self._fitting(self.scene))

    def set_selection(self, selection: Selection | None) -> None:
        """Set the selection; emits `selection_changed` where it differs."""
        if selection != self.selection:
            self.selection = selection
            self.selection_changed.emit(selection)

    def set_playhead(self, frame: int) -> None:
        """Move the playhead to `frame`."""
        if frame != self.playhead:
            old, self.playhead = self.playhead, frame
            self.playhead_changed.emit(old, frame)

    def pick_marker(self, marker: MarkerView | None) -> None:
        """Pick the marker that key commands act on; None: none."""
        if marker != self.marker:
            self.marker = marker
            self.marker_changed.emit()

    def set_ruler(self, mode: RulerMode) -> None:
        """Set the units of the ruler: time, timecode or bars."""
        if mode != self.ruler:
            self.ruler = mode
            self.appearance_changed.emit()

    def set_spectrogram(self, on: bool) -> None:
        """Set whether spectrograms replace waveforms."""
        if on != self.spectrogram:
            self.spectrogram = on
            self.appearance_changed.emit()

    def set_amplitude(self, amplitude: float) -> None:
        """Set the factor of the height of waveforms, 0.25 to 64; their level does not change."""
        amplitude = min(64.0, max(0.25, amplitude))
        if amplitude != self.amplitude:
            self.amplitude = amplitude
            self.appearance_changed.emit()

    def set_lane_zoom(self, on: bool) -> None:
        """Set whether the waveforms of quiet lanes are magnified; their level does not change."""
        if on != self.zooms_lanes:
            self.zooms_lanes = on
            self.appearance_changed.emit()

    def snapped(self, frame: int) -> int:
        """Return the nearest edge, marker, playhead or bar line within `SNAP_PIXELS`, else `frame`."""
        lines = [round(tick.frame) for tick in self.ticks] if self.ruler == "bars" else []
        reach = max(1, round(SNAP_PIXELS * self.view.frames_per_pixel)) if self.view.frames_per_pixel > 0.1 else 0
        return snap(frame, with_more(self.index.targets, [self.playhead, *lines]), reach)

    def hit(self, x: float, y: float) -> Hit:
        """Return the objects at a point of the canvas."""
        frame, level = self.view.frame_at(x), y + self.top
        row = self.index.layout.row_at(level)
        if row is None:
            return Hit("empty", frame, edge=edge_under(self.view, self.selection, x))
        edge = edge_under(self.view, self.selection, x) if self.is_selected(row.track.id) else None
        if row.lane is not None:
            region, part = region_under(row, frame, level), row.lane.part_at(frame)
            return Hit("lane", frame, row, lane=row.lane, part=part, region=region, edge=edge)
        clip = self.index.clips[self.index.numbers[row.track.id]].at(frame)
        return Hit("clip" if clip else "track", frame, row, clip=clip, edge=edge)

    def is_selected(self, track_id: str) -> bool:
        """Return whether the selection covers a track; one without tracks covers all."""
        return self.selection is not None and (not self.selection.track_ids or track_id in self.selection.track_ids)

    def track_number(self, y: float) -> int | None:
        """Return the number of the track (or of the lane's track) at a height of the canvas, or the next below it."""
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
        """Return the scale at which rows fill the height, 1 to `MOST_FITTING`; few rows leave some free."""
        natural = lay_out(scene).height
        thin = sum(THIN for track in scene.tracks for lane in track.lanes if lane.missing)
        room = (self.height - _SLACK - thin) / max(1, natural - thin)
        return min(MOST_FITTING, max(1.0, room)) if natural else 1.0

    def _exists(self, selection: Selection) -> bool:
        numbers = self.index.numbers
        clips = {clip.id for track in self.scene.tracks for clip in track.clips}
        return all(track in numbers for track in selection.track_ids) and (
            selection.clip_id is None or selection.clip_id in clips
        )

    def _bound_top(self) -> None:
        self.top = min(max(0, self.index.layout.height - self.height), max(0, self.top))


def changed_rows(old_scene: Scene, old_rows: Sequence[Row], scene: Scene, rows: Sequence[Row]) -> list[Row] | None:
    """Return the rows that look different in `scene`; None where rows were added, removed or moved, or time differs."""
    clock = [(s.rate, s.tempo, s.frame_rate, s.origin) for s in (old_scene, scene)]
    places = [[(row.id, row.top, row.height) for row in side] for side in (old_rows, rows)]
    if clock[0] != clock[1] or places[0] != places[1]:
        return None
    pairs = zip(old_rows, rows, strict=True)
    return [b for a, b in pairs if (a.lane != b.lane if b.lane else _clips_of(a) != _clips_of(b))]


def _clips_of(row: Row) -> tuple[object, ...]:
    return row.track.clips, row.track.is_audible
