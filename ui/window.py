"""The main window: builds models, controllers, document view, dock panels and menus, and connects them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from flowsep_ui.controllers.lane_effects import LaneEffects
from flowsep_ui.controllers.link import Link
from flowsep_ui.controllers.midi_listener import MidiListener
from flowsep_ui.controllers.playback import PlaybackController
from flowsep_ui.controllers.separation import SeparationController
from flowsep_ui.controllers.sessions.batch import BatchController
from flowsep_ui.controllers.sessions.placement import PlacementController
from flowsep_ui.controllers.window_actions import WindowActions, copy_text
from flowsep_ui.controllers.window_settings import follow_midi
from flowsep_ui.controllers.workspace_autosave import WorkspaceAutosave
from flowsep_ui.panels.job_line import JobLine
from flowsep_ui.panels.messages import MessageBar
from flowsep_ui.panels.recent_menu import RecentMenu
from flowsep_ui.panels.welcome import WelcomePage
from flowsep_ui.picture import PictureController
from flowsep_ui.studio.document_content import title_of
from flowsep_ui.studio.focus import focused_take
from flowsep_ui.studio.panel_directory import PanelDirectory, example_clip
from flowsep_ui.studio.placement import PlacementResult, placeable_takes
from flowsep_ui.studio.queue import Queue
from flowsep_ui.studio.workspace import Workspace
from PyQt6.QtCore import QByteArray, QPoint, QRect, QSettings, QSize, Qt, QTimer
from PyQt6.QtGui import QAction, QCloseEvent
from PyQt6.QtWidgets import QMainWindow, QStackedWidget, QTabWidget, QWidget

from .actions import fill_menus, insert_view_keys, make_actions
from .audition import Player, TransportBar
from .document_view import DocumentView
from .first_page import FirstPage
from .panel_table import PANELS, PanelSpec, make_docks, tabify_new
from .shortcut_keys import SHORTCUT_TITLE
from .status import StatusLabels
from .studio_model import StudioModel
from .tasks import TaskRunner

if TYPE_CHECKING:
    from flowsep_ui.panels.jobs import JobsPanel
    from flowsep_ui.panels.sounds import SoundsPanel


_FRAME_HEIGHT = 40
"""Room in pixels for the title bar that a window manager adds."""

_PICTURE_SHOWN = "picture-shown"
_PICTURE_ROWS = 72
"""Height in pixels of the panel "Picture" without the picture."""

_OLD_DOCKS = ["sounds", "jobs"]
"""Panels of layouts that do not name theirs."""


@dataclass(frozen=True, slots=True)
class WindowParts:
    """A window's connections: folders, worker link, background threads, player, saved layout, MIDI (None: off)."""

    directory: PanelDirectory
    link: Link
    tasks: TaskRunner
    player: Player
    settings: QSettings
    midi: MidiListener | None = None


class MainWindow(QMainWindow):
    """The panel's window. `panels` are the rows to dock, PANELS by default; `docks` has them by name."""

    def __init__(
        self, parts: WindowParts, parent: QWidget | None = None, *, panels: Sequence[PanelSpec] = PANELS
    ) -> None:
        super().__init__(parent)
        self.parts: WindowParts = parts
        self.model: StudioModel = StudioModel(parts.tasks, lambda: parts.directory.scratch / "sounds", self)
        self.separation: SeparationController = SeparationController(self.model, parts.link, parts.directory, self)
        self.playback = PlaybackController(self.model, parts.player, self)
        self.effects = LaneEffects(self.model, parts.tasks, parts.directory, self)
        self.picture = PictureController(self.model, self.playback, parts.player, self)
        self.placement = PlacementController(self.model, parts.tasks, parts.link, self.effects.prints, self)
        self.batch = BatchController(self.model, parts.link, parts.directory, parts.tasks, self)
        self.autosave = WorkspaceAutosave(self.model, parts.directory, parts.tasks, self)
        self.separation.follow_playhead(self.playback.frame)
        self.bar = TransportBar(parts.player, self)
        self.status = StatusLabels(self)
        self.welcome = WelcomePage(example_clip(), self)
        self.document_view = DocumentView(self.model, self.playback, self.bar, self)
        self._panels = tuple(panels)
        self.docks = make_docks(self, panels)
        self.recent = RecentMenu(parts.settings, self)
        self._lay_out()
        self.handlers = WindowActions(self)
        self.actions_by_name = make_actions(self, self.handlers.slots())
        self._closed = False
        self.setWindowTitle("FlowSep")
        self.setObjectName("flowsep")
        self._fill_menus()
        self._connect()
        self._show_queue(Queue())
        self._restore()
        self._show_page(None, self.model.workspace)
        self._update_state()

    @property
    def sounds(self) -> "SoundsPanel":
        """The widget of the panel "sounds"."""
        return cast("SoundsPanel", self.docks["sounds"].widget())

    @property
    def jobs(self) -> "JobsPanel":
        """The widget of the panel "jobs"."""
        return cast("JobsPanel", self.docks["jobs"].widget())

    # --- open, leave ---

    def open_paths(self, paths: list[Path]) -> None:
        """Open audio files and sessions; a missing one is reported in the message bar."""
        self.recent.add(path for path in paths if path.is_file())
        self.model.open(paths)

    def recover(self) -> None:
        """Load the saved workspace: reopen it after a crash, offer it on the welcome page after a normal exit."""
        saved = self.autosave.begin()
        if saved is None:
            return
        if not saved.closed and saved.workspace.documents:
            self.autosave.reopen(saved)
            self.messages.tell(
                self.tr("The panel ended unexpectedly; your work has been restored."),
                [(self.tr("Start empty"), self._start_empty)],
            )
        elif saved.workspace.documents:
            self.welcome.offer_last(tuple(document.name for document in saved.workspace.documents))

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """Save the workspace and end the panel's threads; the worker and its jobs go on."""
        self.leave()
        if event is not None:
            event.accept()

    def leave(self) -> None:
        """Save layout and workspace and close every thread and lock of this window. Idempotent."""
        if self._closed:
            return
        self._closed = True
        settings = self.parts.settings
        self.first_page.restore_docks()
        settings.setValue("geometry", self.saveGeometry())
        settings.setValue("state", self.saveState())
        settings.setValue("docks", list(self.docks))
        settings.setValue("ruler", self.document_view.view.model.ruler)
        settings.setValue("spectrogram", self.document_view.view.model.spectrogram)
        settings.setValue("drafts", self.sounds.drafts.isChecked())
        settings.sync()
        self._soon.stop()
        self.separation.close()
        self.handlers.stop_exports()
        self.effects.close()
        self.picture.close()
        self.document_view.close_view()
        self.model.stop_reading()
        self.parts.tasks.close()  # waits for a save in the background, so that the one below is the last
        self.autosave.leave()
        self.batch.leave()
        self.parts.player.close()
        if self.parts.midi is not None:
            self.parts.midi.close()
        self.parts.link.close()
        self.parts.directory.close()

    def complain(self, title: str, details: str) -> None:
        """Report an unexpected error: save the workspace, show `title`, offer to copy `details`."""
        self.autosave.save_now()
        self.messages.warn(
            self.tr("{0} Your work is saved; you can go on.").format(title),
            [(self.tr("Copy details"), lambda: copy_text(details))],
        )

    # --- reports and state ---

    def _report_placement(self, placed: PlacementResult) -> None:
        text = self.tr("Placed in {0}.").format(placed.path.name)
        if placed.backup is not None:
            text += " " + self.tr("Backup: {0}").format(placed.backup.name)
        self.messages.tell(text, [(self.tr("Undo"), self.model.undo_stack.undo)])

    def _update_state(self) -> None:
        """Enable the actions that apply now, show the page that fits, and set title and status bar."""
        workspace, front = self.model.workspace, self.model.front
        self.messages.forget_closed({document.id for document in workspace.documents})
        take = focused_take(workspace, front)
        final = take is not None and not take.draft
        result = None if take is None else self.model.result(take.id)
        allowed = {
            "file.close": bool(workspace.documents),
            "file.remove": workspace.front is not None and workspace.front.kind == "files",
            "sounds.separate": front is not None,
            "sounds.draft": front is not None and bool(workspace.queries), "sounds.another": final,
            "sounds.previous": final, "sounds.next": final, "sounds.preset": bool(workspace.queries),
            "sounds.again": final and result is not None and result.can_be_retried,
            "file.place": bool(placeable_takes(workspace, self.model.results)),
            "file.export": final and result is not None and result.files is not None,
            "file.reveal": final and result is not None and result.final_files is not None,
            **self.handlers.video.allowed(),
            "file.example": self.welcome.example.isEnabled(), **self.handlers.session.allowed(),
        }  # fmt: skip
        for name, on in allowed.items():
            self.actions_by_name[name].setEnabled(on)
        document = workspace.front
        self.setWindowTitle("FlowSep" if document is None else f"{title_of(document, front)} - FlowSep")
        self.status.show_selection(workspace.selected, front)

    def _show_page(self, before: Workspace | None, after: Workspace) -> None:
        """Show the welcome page while no document is open, and the timeline otherwise."""
        if before is None or before.documents != after.documents or before.front_id != after.front_id:
            self.first_page.show(self.document_view if after.documents else self.welcome)
            self.welcome.back.hide()
            self.welcome.show_recent(() if after.documents else self.recent.titled)

    def _show_first_picture(self, document: str) -> None:
        """Show the panel of the picture with the first video that is opened; from then on it is the user's choice."""
        content, settings, dock = self.model.content(document), self.parts.settings, self.docks.get("picture")
        if dock is None or content is None or not content.pictures or settings.value(_PICTURE_SHOWN, False, bool):
            return
        settings.setValue(_PICTURE_SHOWN, True)
        dock.show()
        QTimer.singleShot(0, self._fit_picture)  # once it has its width

    def _fit_picture(self) -> None:
        dock = self.docks["picture"]
        self.resizeDocks([dock], [dock.width() * 9 // 16 + _PICTURE_ROWS], Qt.Orientation.Vertical)

    def _show_queue(self, queue: Queue) -> None:
        self.job_line.show_queue(queue)
        self.actions_by_name["sounds.cancel"].setEnabled(queue.active is not None)

    def _show_silence(self, why: str) -> None:
        """Report a missing sound device in the status bar instead of the transport, which has no room for it."""
        self.bar.silent.hide()
        self.status.show_silence(why)

    def _start_empty(self) -> None:
        self.autosave.start_empty()

    def _reopen(self) -> None:
        saved = self.autosave.last
        if saved is not None:
            self.autosave.reopen(saved)

    # --- construction ---

    def _connect(self) -> None:
        model = self.model
        soon = self._soon = QTimer(self)
        soon.setSingleShot(True)
        soon.setInterval(20)
        soon.timeout.connect(self._update_state)
        model.workspace_changed.connect(self._show_page)
        model.workspace_changed.connect(lambda before, after: soon.start())
        model.result_changed.connect(lambda take: soon.start())
        model.document_read.connect(lambda document: soon.start())
        model.document_read.connect(self._show_first_picture)
        warn = self.handlers.session.warn
        model.failed.connect(warn)
        self.placement.failed.connect(warn)
        self.batch.failed.connect(warn)
        self.batch.exported.connect(lambda path: self.messages.tell(self.tr("Table written: {0}").format(path)))
        self.placement.placed.connect(self._report_placement)
        self.placement.undone.connect(
            lambda placed: self.messages.tell(self.tr("{0} is as it was before.").format(placed.path.name))
        )
        self.autosave.failed.connect(self.messages.warn)
        self.effects.rack.failed.connect(self.messages.warn)
        self.parts.player.failed.connect(self.messages.warn)
        self.parts.player.effect_failed.connect(self.effects.rack.report)
        self.parts.player.device_missing.connect(self._show_silence)
        self.parts.player.device_found.connect(lambda: self.status.show_silence(""))
        self.parts.link.call_failed.connect(warn)
        self.parts.link.engine_changed.connect(self.status.show_engine)
        self.parts.link.state_changed.connect(self.status.show_worker)
        self.welcome.open_requested.connect(self.handlers.open)
        self.welcome.example_requested.connect(self.handlers.open_example)
        self.welcome.reopen_requested.connect(self._reopen)
        self.welcome.back_requested.connect(lambda: self._show_page(None, model.workspace))
        self.welcome.files_dropped.connect(self.open_paths)
        self.document_view.files_dropped.connect(lambda dropped: self.open_paths(_paths(dropped)))
        self.sounds.way_out_requested.connect(self.handlers.session.take_way_out)
        self.separation.folder_replaced.connect(
            lambda text: self.messages.tell(text, [(self.tr("Choose folder…"), self.handlers.choose_folder)])
        )
        for recent in (self.recent.open_requested, self.welcome.recent_requested):
            recent.connect(lambda path: self.open_paths([path]))
        self.sounds.timeline_requested.connect(self.document_view.view.setFocus)
        self.document_view.lane_dragged.connect(self.handlers.drag_lane)
        self.document_view.view.effects_requested.connect(self.handlers.show_effects)
        self.document_view.view.row_picked.connect(self.handlers.follow_row)
        self.sounds.takes.drag_started.connect(self.handlers.drag_take)
        self.document_view.view.open_requested.connect(self.handlers.open)
        self.document_view.view.ruler_changed.connect(self.handlers.tick_ruler)
        self.document_view.view.context_requested.connect(self.handlers.show_menu)
        if "jobs" in self.docks:
            self.jobs.queue_changed.connect(self._show_queue)
        if self.parts.midi is not None:
            follow_midi(self, self.parts.midi)
        self._connect_undo()

    def _connect_undo(self) -> None:
        """Enable Undo and Redo with the undo stack, and show in their texts what they change."""
        stack = self.model.undo_stack
        for name, enabled_changed, text_changed, verb in (
            ("edit.undo", stack.canUndoChanged, stack.undoTextChanged, self.tr("Undo")),
            ("edit.redo", stack.canRedoChanged, stack.redoTextChanged, self.tr("Redo")),
        ):
            action = self.actions_by_name[name]
            action.setEnabled(False)
            action.setProperty(SHORTCUT_TITLE, verb)
            enabled_changed.connect(action.setEnabled)
            text_changed.connect(
                lambda text, action=action, verb=verb: action.setText(f"{verb}: {text}" if text else verb)
            )

    def _lay_out(self) -> None:
        self.pages = QStackedWidget(self)
        self.pages.addWidget(self.welcome)
        self.pages.addWidget(self.document_view)
        self.setCentralWidget(self.pages)
        self.first_page = FirstPage(self.pages, self.welcome, self.docks)
        self.messages = MessageBar(self.pages, self._message_area, lambda: self.model.workspace.front_id)
        self.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        self.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)
        bar = self.statusBar()
        assert bar is not None
        jobs_toggle = self.docks["jobs"].toggleViewAction() if "jobs" in self.docks else None
        self.job_line = JobLine(jobs_toggle or QAction(self), self)
        self.job_line.cancel_requested.connect(self.parts.link.cancel)
        self.status.add_to(bar, self.job_line)

    def _message_area(self) -> QRect:
        """Return where messages lie: on the rows of the timeline, so that tabs, ruler and heads stay free."""
        canvas = self.document_view.view.canvas
        if self.pages.currentWidget() is self.welcome:
            return self.pages.rect()
        return QRect(canvas.mapTo(self.pages, QPoint(0, 0)), canvas.size())

    def _fill_menus(self) -> None:
        menus = fill_menus(self, self.actions_by_name)
        self.bar.fill_menu(menus["Play"])
        menus["Play"].addSeparator()
        menus["Play"].addActions([self.actions_by_name[f"picture.{name}"] for name in ("before", "after", "full")])
        menus["File"].insertMenu(self.actions_by_name["file.example"], self.recent)
        insert_view_keys(menus, self.document_view.view.keys, self.actions_by_name)
        menus["View"].addSeparator()
        menus["View"].addActions(self._dock_toggles)

    @property
    def all_actions(self) -> list[QAction]:
        """Every action that can have a key: the rows of the shortcuts editor."""
        view_actions = self.document_view.view.keys.values()
        return [*self.actions_by_name.values(), *self.bar.actions_in_order, *view_actions, *self._dock_toggles]

    @property
    def _dock_toggles(self) -> list[QAction]:
        return [toggle for dock in self.docks.values() if (toggle := dock.toggleViewAction()) is not None]

    def _restore(self) -> None:
        settings = self.parts.settings
        self.resize(self._usual_size())
        for key, call in (("geometry", self.restoreGeometry), ("state", self.restoreState)):
            if isinstance(state := settings.value(key), QByteArray):
                call(state)
        tabify_new(self, self._panels, settings.value("docks", _OLD_DOCKS, list))
        self.sounds.drafts.setChecked(settings.value("drafts", True, bool))
        self.handlers.show_ruler(str(settings.value("ruler", "time")))
        spectrogram = bool(settings.value("spectrogram", True, bool))
        self.document_view.view.set_spectrogram(spectrogram)

    def _usual_size(self) -> QSize:
        """Return the size of a first start: large, and within the screen with the frame and a task bar."""
        screen = self.screen()
        room = QSize(1280, 720) if screen is None else screen.availableSize()
        return QSize(1440, 900).boundedTo(QSize(room.width(), room.height() - _FRAME_HEIGHT))

    def use_device(self, device: str) -> None:
        """Separate on `device` from now on: a name of `settings_pages.DEVICES`."""
        self.model.amend(lambda workspace: replace(workspace, device=device))


def _paths(dropped: object) -> list[Path]:
    paths = getattr(dropped, "paths", dropped)
    return [Path(path) for path in paths]  # type: ignore[attr-defined]
