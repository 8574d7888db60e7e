"""The timeline view for the panel: a scene as input, the user's actions as signals.

corner │ ruler                 Lane states are the owner's: a lane's solo shows once the scene has it.
heads  │ canvas  ┊             Selection, zoom and place are the view's own.
read-out, scroll bar
"""

from pathlib import Path

from flowsep_ui.timeline.input.actions import add_actions
from flowsep_ui.timeline.input.commands import Commands
from flowsep_ui.timeline.input.hits import Hit
from flowsep_ui.timeline.input.navigation import clip_selection
from flowsep_ui.timeline.sound.pool import ThreadPool, WorkerPool
from flowsep_ui.timeline.sound.results import SoundKey
from flowsep_ui.timeline.sound.store import SoundStore
from PyQt6.QtCore import QPoint, QPointF, Qt, pyqtSignal
from PyQt6.QtGui import QCloseEvent, QDragEnterEvent, QDragMoveEvent, QDropEvent, QShowEvent
from PyQt6.QtWidgets import QGridLayout, QMenu, QWidget

from flowsep_plugin.audio.span import Span
from flowsep_plugin.media.peak_cache import PeakCache

from .bars import ScrollBars
from .canvas import Canvas
from .corner import Corner
from .empty_state import EmptyState
from .footer import Footer
from .heads import Heads
from .missing_rows import MissingRows
from .model import TimelineModel
from .readout import span_text, time_text
from .ruler import Ruler
from .scene import ContextRequest, FileDrop, MarkerView, RulerMode, Scene, SceneClip, Selection


class TimelineView(QWidget):
    """Shows tracks, clips and lanes. Call `shut_down` before it is deleted, which ends its threads.

    pool : runs the loading of sounds; None for threads.     cache : of peaks; None for that of the user.
    """

    selection_changed = pyqtSignal(object)
    """Selection, or None."""

    clip_activated = pyqtSignal(str)
    lane_changed = pyqtSignal(str, object)
    """Lane id, and the requested LaneMix."""

    track_changed = pyqtSignal(str, object)
    """Track id, and the requested LaneMix."""

    keep_requested = pyqtSignal(str)
    """Id of the lane of a sound that was not found, and whose stem is wanted all the same."""

    marker_requested = pyqtSignal(object)
    """Span of a marker to set: empty for a point."""

    marker_renamed = pyqtSignal(object, str)
    marker_moved = pyqtSignal(object, int)
    marker_removed = pyqtSignal(object)
    """MarkerView of a marker that was set in the panel; with its new name or start."""

    region_activated = pyqtSignal(str, object)
    """Lane id, and the Span of a region of its presence."""

    seek_requested = pyqtSignal(float)
    """Seconds from the scene's start."""

    files_dropped = pyqtSignal(object)
    """FileDrop."""

    row_picked = pyqtSignal(str)
    """Id of a track or lane that became the row of key commands."""

    lane_drag_started = pyqtSignal(str)
    effects_requested = pyqtSignal(str)
    context_requested = pyqtSignal(object)
    """ContextRequest."""

    open_requested = pyqtSignal()
    """The button of the empty view was pressed."""

    ruler_changed = pyqtSignal(str)
    spectrogram_changed = pyqtSignal(bool)

    def __init__(
        self, parent: QWidget | None = None, pool: WorkerPool | None = None, cache: PeakCache | None = None
    ) -> None:
        super().__init__(parent)
        self.model = TimelineModel(self)
        self.store = SoundStore(pool or ThreadPool(), cache or PeakCache.default(), self)
        self.canvas = Canvas(self.model, self.store, self)
        self.ruler = Ruler(self.model, self)
        self.heads = Heads(self.model, self)
        self.corner, self.footer = Corner(self), Footer(self.model, self.store, self)
        self.missing_rows = MissingRows(self.model, self.canvas)
        self.bars, self.empty_state = ScrollBars(self.model, self), EmptyState(self.canvas)
        self._commands = Commands(self)
        self.keys = add_actions(self, self._commands.run)
        self.setAcceptDrops(True)
        self.setAccessibleName(self.tr("Timeline view"))
        self._lay_out()
        self._connect()
        self.setFocusProxy(self.canvas)

    def set_scene(self, scene: Scene) -> None:
        """Show `scene`; for a new version of the current one, zoom, place and selection stay."""
        self.model.set_scene(scene)
        self.store.keep_only(_paths(scene))
        self.empty_state.show_scene(scene)
        self.empty_state.setVisible(self.model.is_empty)
        self._describe()

    def set_playhead(self, seconds: float) -> None:
        """Move the playhead; the view follows one that leaves it at the right edge."""
        old, frame = self.model.playhead, round(seconds * self.model.scene.rate)
        self.model.set_playhead(frame)
        view = self.model.view
        if 0 <= view.x_of(old) < view.width <= view.x_of(frame):
            self.model.set_view(view.revealed(frame))

    def set_selection(self, selection: Selection | None) -> None:
        """Set the selection without a signal; does nothing while the user drags one."""
        if self.canvas.is_dragging or self.ruler.is_dragging:
            return
        self.model.blockSignals(True)
        self.model.set_selection(selection)
        self.model.blockSignals(False)
        self._show_selection()

    def set_ruler(self, mode: RulerMode) -> None:
        """Set the units of the ruler: "time", "timecode" or "bars"."""
        if mode != self.model.ruler:
            self.model.set_ruler(mode)
            self.corner.show_ruler(mode)
            self.ruler_changed.emit(mode)

    def set_spectrogram(self, on: bool) -> None:
        """Set whether spectrograms replace waveforms."""
        if on != self.model.spectrogram:
            self.model.set_spectrogram(on)
            self.corner.show_spectrogram(on)
            self.spectrogram_changed.emit(on)

    def zoom_to_selection(self) -> None:
        """Fill the view with the selection, or with the scene where there is none."""
        selection = self.model.selection
        if selection is None:
            self.zoom_to_all()
        else:
            self.model.set_view(self.model.view.fitted(selection.span.start, selection.span.stop))

    def zoom_to_all(self) -> None:
        """Fill the view with the scene."""
        self.model.set_view(self.model.view.fitted(0, self.model.scene.frames))

    def run(self, name: str) -> None:
        """Run the command of a row of `actions.KEYS` by its name."""
        self._commands.run(name)

    def seek(self, frame: int) -> None:
        """Move the playhead to `frame`, and emit `seek_requested`."""
        self.model.set_playhead(frame)
        self.seek_requested.emit(frame / self.model.scene.rate)
        self._describe()

    def pick_row(self, row_id: str | None) -> None:
        """Pick the row that key commands for lanes and clips act on."""
        is_new = row_id != self.model.row_id
        self.model.row_id = row_id
        self.heads.show_rows()
        self._describe()
        if is_new and row_id is not None:
            self.row_picked.emit(row_id)

    def select_region(self, lane_id: str, span: Span) -> None:
        """Select a region of a lane's presence, and emit `region_activated`."""
        row = self.model.index.layout.row_of(lane_id)
        if row is not None:
            self.model.set_selection(Selection(span, _clip_under(row.track.clips, span), (row.track.id,)))
            self.pick_row(lane_id)
            self.region_activated.emit(lane_id, span)

    def shut_down(self) -> None:
        """End the threads; nothing is loaded after it."""
        self.store.close()

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """End the threads of a view that is a window."""
        self.shut_down()
        super().closeEvent(event)

    def showEvent(self, event: QShowEvent | None) -> None:
        """Show the hint of an empty view."""
        self.empty_state.setVisible(self.model.is_empty)
        super().showEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent | None) -> None:
        """Accept a drag of files."""
        if event is not None and _files(event):
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent | None) -> None:
        """Show the time at which files would be dropped."""
        if event is not None and _files(event):
            frame = self._frame_at(event.position())
            self.footer.show_text(self.tr("Drop at {0}").format(time_text(self.model.scene, self.model.ruler, frame)))
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent | None) -> None:
        """Emit `files_dropped` with the files, their time and track."""
        if event is None or not (paths := _files(event)):
            return
        at = self.canvas.mapFrom(self, event.position())
        row = self.model.index.layout.row_at(at.y() + self.model.top)
        seconds = self._frame_at(event.position()) / self.model.scene.rate
        event.acceptProposedAction()
        self.files_dropped.emit(FileDrop(paths, seconds, row.track.id if row else None))

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(0)
        grid.addWidget(self.corner, 0, 0)
        grid.addWidget(self.ruler, 0, 1)
        grid.addWidget(self.heads, 1, 0)
        grid.addWidget(self.canvas, 1, 1)
        grid.addWidget(self.bars.down, 0, 2, 2, 1)
        grid.addWidget(self.bars.along, 2, 0, 1, 3)
        grid.addWidget(self.footer, 3, 0, 1, 3)
        grid.setRowStretch(1, 1)
        grid.setColumnStretch(1, 1)
        wide = max(self.heads.width(), self.corner.minimumSizeHint().width())
        for left in (self.corner, self.heads):
            left.setFixedWidth(wide)

    def _connect(self) -> None:
        self.model.selection_changed.connect(self._report_selection)
        self.ruler.seek_requested.connect(self.seek)
        self.ruler.menu_requested.connect(self._show_marker_menu)
        self.ruler.flags.renamed.connect(self.marker_renamed)
        self.ruler.flags.moved.connect(self.marker_moved)
        self.canvas.clicked.connect(self._click)
        self.canvas.lane_drag_started.connect(self.lane_drag_started)
        self.canvas.activated.connect(self._open)
        self.canvas.region_clicked.connect(lambda hit: self.select_region(hit.lane.id, hit.region))
        self.canvas.hovered.connect(self.footer.show_hover)
        self.canvas.menu_requested.connect(self._ask_for_menu)
        self.heads.lane_changed.connect(self.lane_changed)
        self.heads.track_changed.connect(self.track_changed)
        self.missing_rows.keep_requested.connect(self.keep_requested)
        self.heads.lane_drag_started.connect(self.lane_drag_started)
        self.heads.effects_requested.connect(self.effects_requested)
        self.heads.row_clicked.connect(self.pick_row)
        self.heads.menu_requested.connect(self._ask_for_row_menu)
        self.corner.ruler_picked.connect(self.set_ruler)
        self.corner.spectrogram_picked.connect(self.set_spectrogram)
        self.empty_state.pressed.connect(self.open_requested)

    def _click(self, hit: Hit) -> None:
        """Select a clip, or clear the selection, and move the playhead."""
        self.model.set_selection(clip_selection(self.model, hit.clip) if hit.clip else None)
        self.pick_row(hit.row.id if hit.row else None)
        self.seek(min(self.model.scene.frames, max(0, hit.frame)))

    def _open(self, hit: Hit) -> None:
        if hit.clip is not None:
            self.clip_activated.emit(hit.clip.id)
        elif hit.lane is not None:
            self.select_region(hit.lane.id, hit.region or (hit.part or hit.lane).place)

    def _show_marker_menu(self, marker: MarkerView | None, at: QPoint) -> None:
        """Show the commands for markers; those for the picked one only where there is one."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        names = ["set_marker", *(["set_region"] if self.model.selection is not None else [])]
        names += ["rename_marker", "remove_marker"] if marker is not None else []
        menu.addActions([self.keys[name] for name in names])
        menu.popup(at)

    def _ask_for_menu(self, hit: Hit, at: QPoint) -> None:
        selection = self.model.selection
        if hit.clip is not None and (selection is None or not _contains(selection.span, hit.frame)):
            self.model.set_selection(clip_selection(self.model, hit.clip))
        self.pick_row(hit.row.id if hit.row else None)
        self._emit_menu(hit, at)

    def _ask_for_row_menu(self, row_id: str, at: QPoint) -> None:
        row = self.model.index.layout.row_of(row_id)
        if row is not None:
            self.pick_row(row_id)
            self._emit_menu(Hit("lane" if row.lane else "track", self.model.playhead, row, lane=row.lane), at)

    def _emit_menu(self, hit: Hit, at: QPoint) -> None:
        track = hit.row.track.id if hit.row else None
        clip, lane = hit.clip and hit.clip.id, hit.lane and hit.lane.id
        seconds = hit.frame / self.model.scene.rate
        self.context_requested.emit(ContextRequest(at.x(), at.y(), hit.spot, seconds, track, clip, lane))

    def _report_selection(self, selection: Selection | None) -> None:
        self._show_selection()
        self.selection_changed.emit(selection)

    def _show_selection(self) -> None:
        self.canvas.update()
        self.ruler.update()
        self.heads.show_rows()
        self.footer.show_selection()
        self._describe()

    def _frame_at(self, at: QPointF) -> int:
        """Return the frame under a point of the view, 0 at least."""
        return max(0, self.model.snapped(self.model.view.frame_at(self.canvas.mapFrom(self, at).x())))

    def _describe(self) -> None:
        """Describe playhead, selection and row for screen readers."""
        model = self.model
        parts = [model.scene.name or self.tr("nothing open")]
        parts.append(self.tr("playhead {0}").format(time_text(model.scene, model.ruler, model.playhead)))
        if model.selection is not None:
            parts.append(self.tr("selected {0}").format(span_text(model.scene, model.ruler, model.selection.span)))
        row = model.index.layout.row_of(model.row_id) if model.row_id else None
        if row is not None:
            parts.append(self.tr("lane {0}").format(row.lane.title) if row.lane else row.track.name)
        self.canvas.setAccessibleDescription("; ".join(parts))


def _paths(scene: Scene) -> set[SoundKey]:
    clips = (clip.path for track in scene.tracks for clip in track.clips)
    parts = (part.path for track in scene.tracks for lane in track.lanes for part in lane.parts)
    return {path for path in (*clips, *parts) if path is not None}


def _files(event: QDropEvent) -> tuple[Path, ...]:
    mime = event.mimeData()
    return tuple(Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()) if mime else ()


def _contains(span: Span, frame: int) -> bool:
    return span.start <= frame < span.stop


def _clip_under(clips: tuple[SceneClip, ...], span: Span) -> str | None:
    return next((c.id for c in clips if c.place.start <= span.start and span.stop <= c.place.stop), None)
