"""The middle of the window: tabs of the open documents, the timeline of the one in front, the transport."""

from dataclasses import replace

from flowsep_ui.controllers.marker_edits import MarkerEdits
from flowsep_ui.controllers.playback import PlaybackController
from flowsep_ui.icons import set_icon
from flowsep_ui.panels.buttons import icon_button
from flowsep_ui.studio.document_content import title_of
from flowsep_ui.studio.documents import with_shown, without_document
from flowsep_ui.studio.focus import focused_take
from flowsep_ui.studio.lanes import find_lane, lanes_of, track_key, with_forced
from flowsep_ui.studio.scene_of import scene_of, selected_of, selection_of
from flowsep_ui.studio.takes import with_current_take
from flowsep_ui.studio.workspace import Workspace, WorkspaceSelection, with_mix
from flowsep_ui.timeline.readout import time_text
from flowsep_ui.timeline.view import TimelineView
from PyQt6.QtCore import QTimer, pyqtSignal
from PyQt6.QtWidgets import QTabBar, QToolButton, QVBoxLayout, QWidget

from flowsep_plugin.audio.span import Span
from flowsep_plugin.audition import LaneMix

from .audition import TransportBar
from .studio_model import StudioModel
from .theme import lane_colour, rest_colour
from .timeline import Scene, Selection

_COLOURS = 8
_SOON_MS = 15


class DocumentView(QWidget):
    """Shows the document in front. `files_dropped`: the paths.     lane_dragged : id of a lane that is dragged out."""

    files_dropped = pyqtSignal(object)
    lane_dragged = pyqtSignal(str)

    def __init__(
        self, model: StudioModel, playback: PlaybackController, bar: TransportBar, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._model, self._playback, self.bar = model, playback, bar
        self.tabs = QTabBar(self)
        self.tabs.setExpanding(False)
        self.tabs.setDrawBase(False)
        self.tabs.setAccessibleName(self.tr("Open documents"))
        self.view = TimelineView(self)
        self._markers = MarkerEdits(model, self.view)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_SOON_MS)
        self._soon.timeout.connect(self.show_scene)
        self._fit: str | None = None
        self._shows_placed = False
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.tabs)
        column.addWidget(self.view, 1)
        column.addWidget(bar)
        self._connect()
        self.show_tabs(model.workspace)

    def show_scene(self) -> None:
        """Draw the current workspace, selection and loop."""
        workspace, content = self._model.workspace, self._model.front
        self.view.set_scene(self._scene())
        self.view.set_selection(selection_of(workspace.selected))
        if content is not None and self._fit != workspace.front_id:
            self._fit = workspace.front_id
            self.view.zoom_to_all()
        self.bar.show_selection(self._playback.loop_of(), self._playback.part_of())
        self._show_clock()

    @property
    def shows_placed(self) -> bool:
        """Whether lanes are shown whose stems are on tracks of the session, too."""
        return self._shows_placed

    def show_placed(self, on: bool) -> None:
        """Show or hide lanes whose stems are on tracks of the session, too."""
        self._shows_placed = on
        self.show_scene()

    def _scene(self) -> Scene:
        colours = [lane_colour(number).name() for number in range(_COLOURS)]
        return scene_of(
            self._model.workspace,
            self._model.front,
            self._model.results,
            colours,
            rest_colour().name(),
            placed=self._shows_placed,
        )

    def close_view(self) -> None:
        """Stop the timers and threads of the view."""
        self._soon.stop()
        self.view.shut_down()

    def show_tabs(self, workspace: Workspace) -> None:
        """Make one tab per document and mark the one in front, without emitting a change."""
        self.tabs.blockSignals(True)
        names = [
            (document.id, title_of(document, self._model.content(document.id))) for document in workspace.documents
        ]
        tabs = [(self.tabs.tabData(index), self.tabs.tabText(index)) for index in range(self.tabs.count())]
        if names != tabs:
            while self.tabs.count():
                self.tabs.removeTab(0)
            for document, (_, title) in zip(workspace.documents, names, strict=True):
                index = self.tabs.addTab(title)
                self.tabs.setTabData(index, document.id)
                self.tabs.setTabToolTip(index, "\n".join(str(path) for path in document.paths))
                self.tabs.setTabButton(index, QTabBar.ButtonPosition.RightSide, self._close_button(document.id))
        ids = [name for name, _ in names]
        if workspace.front_id in ids:
            self.tabs.setCurrentIndex(ids.index(workspace.front_id))
        self.tabs.blockSignals(False)

    def _close_button(self, document: str) -> QToolButton:
        button = icon_button("close", self.tr("Close"), self.tr("Close (Ctrl+W)"), self.tabs)
        set_icon(button, "close", 14)
        button.setFixedSize(20, 20)
        button.clicked.connect(lambda: self._model.do(self.tr("Close"), lambda w: without_document(w, document)))
        return button

    def step_take(self, by: int) -> None:
        """Show the take `by` places after (or before, negative) the shown one of the focused clip, if there is one."""
        workspace = self._model.workspace
        take = focused_take(workspace, self._model.front)
        if take is None:
            return
        takes = [other.id for other in workspace.takes_of(take.document, take.clip)]
        index = takes.index(take.id) + by if take.id in takes else len(takes) - 1
        if 0 <= index < len(takes) and takes[index] != take.id:
            other = workspace.take(takes[index])
            if other is not None:
                self._model.do(self.tr("Show a take"), lambda w: with_current_take(w, other))

    def _show_clock(self) -> None:
        """Show the transport's clock in the units of the ruler."""
        scene, mode = self.view.model.scene, self.view.model.ruler
        self.bar.show_clock(lambda seconds: time_text(scene, mode, round(seconds * scene.rate)))

    # --- signals of the view ---

    def _selection_changed(self, selection: Selection | None) -> None:
        if self._model.front is not None:  # a view without a document emits None
            self._select(selected_of(selection))

    def _select(self, selected: WorkspaceSelection | None) -> None:
        self._model.do(self.tr("Select"), lambda workspace: replace(workspace, selected=selected), merge="select")

    def _clip_activated(self, clip: str) -> None:
        content = self._model.front
        if content is not None:
            track, ref = content.timeline.find(clip)
            self._select(WorkspaceSelection(ref.place, ref.id, (track.id,)))

    def _lane_changed(self, lane: str, state: LaneMix) -> None:
        self._model.do(self.tr("Mix a stem"), lambda workspace: with_mix(workspace, lane, state), merge=f"mix {lane}")

    def _track_changed(self, track: str, mix: LaneMix) -> None:
        key = track_key(self._model.workspace.front_id or "", track)
        self._model.do(self.tr("Mix a track"), lambda workspace: with_mix(workspace, key, mix), merge=f"mix {key}")

    def _keep(self, lane: str) -> None:
        self._model.do(self.tr("Keep a sound"), lambda workspace: with_forced(workspace, lane))

    def _region_activated(self, name: str, span: Span) -> None:
        lane = find_lane(lanes_of(self._model.workspace, self._model.front, self._model.results), name)
        for stem in () if lane is None else lane.stems:
            part = span.intersect(stem.place)
            if lane is not None and part.frames:
                self._select(WorkspaceSelection(part, stem.clip.id, (lane.track,)))
                self._playback.seek(part.start / part.rate)
                return

    def _connect(self) -> None:
        model, view = self._model, self.view
        model.workspace_changed.connect(self._workspace_changed)
        model.result_changed.connect(lambda take: self._soon.start())
        model.document_read.connect(lambda document: self.show_tabs(model.workspace))
        model.document_read.connect(lambda document: self._soon.start())
        view.selection_changed.connect(self._selection_changed)
        view.clip_activated.connect(self._clip_activated)
        view.lane_changed.connect(self._lane_changed)
        view.track_changed.connect(self._track_changed)
        view.keep_requested.connect(self._keep)
        view.region_activated.connect(self._region_activated)
        view.seek_requested.connect(self._playback.seek)
        view.files_dropped.connect(self.files_dropped)
        view.lane_drag_started.connect(self.lane_dragged)
        view.row_picked.connect(self._playback.listen_to_lane)
        view.ruler_changed.connect(lambda mode: self._show_clock())
        self._playback.playhead_moved.connect(view.set_playhead)
        self._playback.playhead_moved.connect(self.bar.show_position)
        self._playback.choices_changed.connect(self.bar.show_lanes)
        self._playback.reason_changed.connect(self.bar.show_reason)
        self.bar.show_reason(self._playback.reason)
        self.tabs.currentChanged.connect(self._tab_chosen)

    def _workspace_changed(self, before: Workspace, after: Workspace) -> None:
        if (before.documents, before.front_id) != (after.documents, after.front_id):
            self.show_tabs(after)
        if before.selected != after.selected:  # at once: the next key may be Space
            self.bar.show_selection(self._playback.loop_of(), self._playback.part_of())
        if not self._soon.isActive():
            self._soon.start()

    def _tab_chosen(self, index: int) -> None:
        name = self.tabs.tabData(index)
        if name is not None:
            self._model.do(self.tr("Show a document"), lambda workspace: with_shown(workspace, str(name)))
