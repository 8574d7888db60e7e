"""The main window: the stage in the middle, panels docked around it, menus; it brings parts together."""

from dataclasses import dataclass, replace
from pathlib import Path

from flowsep_ui.controllers.link import Link
from flowsep_ui.controllers.midi_listener import MidiListener
from flowsep_ui.controllers.placement import PlacementController
from flowsep_ui.controllers.playback import PlaybackController
from flowsep_ui.controllers.separation import SeparationController
from flowsep_ui.controllers.window_actions import WindowActions, copy_text
from flowsep_ui.controllers.window_settings import follow_midi
from flowsep_ui.controllers.workspace_autosave import WorkspaceAutosave
from flowsep_ui.panels.jobs import JobsPanel
from flowsep_ui.panels.messages import MessageBar
from flowsep_ui.panels.sounds import SoundsPanel
from flowsep_ui.panels.welcome import WelcomePage
from flowsep_ui.studio.focus import focused_take
from flowsep_ui.studio.panel_directory import PanelDirectory, example_clip
from flowsep_ui.studio.placement import PlacementResult, placeable_takes
from PyQt6.QtCore import QByteArray, QSettings, QSize, Qt, QTimer
from PyQt6.QtGui import QAction, QCloseEvent
from PyQt6.QtWidgets import QDockWidget, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from .actions import fill_menus, insert_view_keys, make_actions
from .audition import Player, TransportBar
from .document_view import DocumentView
from .status import StatusLabels
from .studio_model import StudioModel
from .tasks import TaskRunner


@dataclass(frozen=True, slots=True)
class WindowParts:
    """What a window is made of; tests bring their own link, tasks and player."""

    directory: PanelDirectory
    link: Link
    tasks: TaskRunner
    player: Player
    settings: QSettings
    midi: MidiListener | None = None


class MainWindow(QMainWindow):
    """The panel."""

    def __init__(self, parts: WindowParts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.parts = parts
        self.model = StudioModel(parts.tasks, lambda: parts.directory.scratch / "sounds", self)
        self.separation = SeparationController(self.model, parts.link, parts.directory, self)
        self.placement = PlacementController(self.model, parts.tasks, self)
        self.playback = PlaybackController(self.model, parts.player, self)
        self.autosave = WorkspaceAutosave(self.model, parts.directory, parts.tasks, self)
        self.separation.follow_playhead(self.playback.frame)
        self.bar = TransportBar(parts.player, self)
        self.bar.match_action.setShortcut("Shift+M")  # M mutes a lane of the timeline
        self.bar.match_action.setToolTip(self.tr("Hear all choices equally loud (LUFS, BS.1770) (Shift+M)"))
        self.messages = MessageBar(self)
        self.status = StatusLabels(self)
        self.welcome = WelcomePage(example_clip(), self)
        self.document_view = DocumentView(self.model, self.playback, self.bar, self)
        self.sounds = SoundsPanel(self.model, self.separation, self)
        self.jobs = JobsPanel(parts.link, parts.directory.hidden, self)
        self.handlers = WindowActions(self)
        self.actions_by_name = make_actions(self, self.handlers.slots())
        self._closed = False
        self.setWindowTitle("FlowSep")
        self.setObjectName("flowsep")
        self._lay_out()
        self._fill_menus()
        self._connect()
        self._restore()
        self._follow()

    # --- open, leave ---

    def open_paths(self, paths: list[Path]) -> None:
        """Open audio files and sessions."""
        self.model.open(paths)

    def recover(self) -> None:
        """Take up what was open when the panel was last here, where it ended without being left."""
        saved = self.autosave.begin()
        if saved is None:
            return
        if not saved.closed and saved.workspace.documents:
            self.autosave.reopen(saved)
            self.messages.tell(
                self.tr("The panel ended unexpectedly; everything is as it was."),
                [(self.tr("Start empty"), self._start_empty)],
            )
        elif saved.workspace.documents:
            self.welcome.offer_last(tuple(document.name for document in saved.workspace.documents))

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """Keep the workspace, end the threads; the worker and its jobs go on."""
        self.leave()
        if event is not None:
            event.accept()

    def leave(self) -> None:
        """Fine twice."""
        if self._closed:
            return
        self._closed = True
        settings = self.parts.settings
        settings.setValue("geometry", self.saveGeometry())
        settings.setValue("state", self.saveState())
        settings.setValue("ruler", self.document_view.view.model.ruler)
        settings.setValue("spectrogram", self.document_view.view.model.spectrogram)
        settings.setValue("drafts", self.sounds.drafts.isChecked())
        settings.sync()
        self._soon.stop()
        self.separation.close()
        self.document_view.close_view()
        self.parts.tasks.close()  # what is being saved is saved before the last word
        self.autosave.leave()
        self.parts.player.close()
        if self.parts.midi is not None:
            self.parts.midi.close()
        self.parts.link.close()
        self.parts.directory.close()

    def complain(self, title: str, details: str) -> None:
        """Something unforeseen happened: the work is kept, and the way out shown."""
        self.autosave.save_now()
        self.messages.warn(
            self.tr("%1 Your work is saved; you can go on.").replace("%1", title),
            [(self.tr("Copy details"), lambda: copy_text(details))],
        )

    # --- what others tell ---

    def _placed(self, placed: PlacementResult) -> None:
        said = self.tr("Placed in %1.").replace("%1", placed.path.name)
        if placed.backup is not None:
            said += " " + self.tr("Backup: %1").replace("%1", placed.backup.name)
        self.messages.tell(said, [(self.tr("Undo"), self.model.undo_stack.undo)])

    def _follow(self) -> None:
        """Enable what can be done, and show the page that fits."""
        workspace, front = self.model.workspace, self.model.front
        self.pages.setCurrentWidget(self.document_view if workspace.documents else self.welcome)
        take = focused_take(workspace, front)
        final = take is not None and not take.draft
        result = None if take is None else self.model.result(take.id)
        allowed = {
            "file.close": bool(workspace.documents), "sounds.separate": front is not None,
            "sounds.draft": front is not None and bool(workspace.sounds), "sounds.another": final,
            "sounds.previous": final, "sounds.next": final, "sounds.preset": bool(workspace.sounds),
            "sounds.again": final and result is not None and result.error is not None,
            "file.place": bool(placeable_takes(workspace, self.model.results)),
            "file.export": final and result is not None and result.files is not None,
            "file.reveal": final and result is not None and result.kept is not None,
            "file.example": self.welcome.example.isEnabled(),
        }  # fmt: skip
        for name, on in allowed.items():
            self.actions_by_name[name].setEnabled(on)
        document = workspace.front
        self.setWindowTitle("FlowSep" if document is None else f"{document.name} - FlowSep")
        self.status.show_selection(workspace.selected)

    def _tell_silence(self, why: str) -> None:
        """In the status bar, where there is room."""
        self.bar.silent.hide()
        self.status.show_silence(why)

    def _start_empty(self) -> None:
        self.autosave.start_empty()

    def _reopen(self) -> None:
        saved = self.autosave.last
        if saved is not None:
            self.autosave.reopen(saved)

    # --- putting together ---

    def _connect(self) -> None:
        model = self.model
        soon = self._soon = QTimer(self)
        soon.setSingleShot(True)
        soon.setInterval(20)
        soon.timeout.connect(self._follow)
        model.workspace_changed.connect(lambda before, after: soon.start())
        model.result_changed.connect(lambda take: soon.start())
        model.document_read.connect(lambda document: soon.start())
        model.failed.connect(self.messages.warn)
        self.placement.failed.connect(self.messages.warn)
        self.placement.placed.connect(self._placed)
        self.placement.taken_back.connect(
            lambda placed: self.messages.tell(self.tr("%1 is as it was before.").replace("%1", placed.path.name))
        )
        self.autosave.failed.connect(self.messages.warn)
        self.parts.player.failed.connect(self.messages.warn)
        self.parts.player.device_missing.connect(self._tell_silence)
        self.parts.player.device_found.connect(lambda: self.status.show_silence(""))
        self.parts.link.call_failed.connect(self.messages.warn)
        self.parts.link.engine_changed.connect(self.status.show_engine)
        self.parts.link.state_changed.connect(self.status.show_worker)
        self.welcome.open_asked.connect(self.handlers.open)
        self.welcome.example_asked.connect(self.handlers.open_example)
        self.welcome.session_asked.connect(self._reopen)
        self.welcome.dropped.connect(self.open_paths)
        self.document_view.files_dropped.connect(lambda dropped: self.open_paths(_paths(dropped)))
        self.document_view.lane_dragged.connect(self.handlers.drag_lane)
        self.sounds.takes.drag_started.connect(self.handlers.drag_take)
        self.document_view.view.open_requested.connect(self.handlers.open)
        self.document_view.view.ruler_changed.connect(self.handlers.tick_ruler)
        self.document_view.view.context_requested.connect(self.handlers.show_menu)
        if self.parts.midi is not None:
            follow_midi(self, self.parts.midi)
        stack = model.undo_stack
        for name, can, said, verb in (
            ("edit.undo", stack.canUndoChanged, stack.undoTextChanged, self.tr("Undo")),
            ("edit.redo", stack.canRedoChanged, stack.redoTextChanged, self.tr("Redo")),
        ):
            action = self.actions_by_name[name]
            action.setEnabled(False)
            can.connect(action.setEnabled)
            said.connect(lambda text, action=action, verb=verb: action.setText(f"{verb} {text.lower()}".strip()))

    def _lay_out(self) -> None:
        self.pages = QStackedWidget(self)
        self.pages.addWidget(self.welcome)
        self.pages.addWidget(self.document_view)
        middle = QWidget(self)
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.messages)
        column.addWidget(self.pages, 1)
        self.setCentralWidget(middle)
        self.sounds_dock = self._dock("sounds", self.tr("Sounds"), self.sounds, Qt.DockWidgetArea.RightDockWidgetArea)
        self.jobs_dock = self._dock("jobs", self.tr("Jobs"), self.jobs, Qt.DockWidgetArea.BottomDockWidgetArea)
        self.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)
        bar = self.statusBar()
        assert bar is not None
        self.status.put_into(bar)

    def _dock(self, name: str, title: str, content: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
        dock = QDockWidget(title, self)
        dock.setObjectName(f"dock.{name}")
        dock.setWidget(content)
        self.addDockWidget(area, dock)
        return dock

    def _fill_menus(self) -> None:
        menus = fill_menus(self, self.actions_by_name)
        for action in (self.bar.play_action, self.bar.pause_action, self.bar.stop_action, self.bar.loop_action,
                       self.bar.compare_action, self.bar.match_action):  # fmt: skip
            menus["Play"].addAction(action)
        insert_view_keys(menus, self.document_view.view.keys, self.actions_by_name)
        menus["View"].addSeparator()
        for dock in (self.sounds_dock, self.jobs_dock):
            toggle = dock.toggleViewAction()
            assert toggle is not None
            menus["View"].addAction(toggle)

    @property
    def every_action(self) -> list[QAction]:
        """Whatever has a key: for the shortcuts editor."""
        bar = self.bar
        played = [bar.play_action, bar.pause_action, bar.stop_action, bar.loop_action, bar.compare_action,
                  bar.match_action]  # fmt: skip
        return [*self.actions_by_name.values(), *played, *self.document_view.view.keys.values()]

    def _restore(self) -> None:
        settings = self.parts.settings
        self.resize(QSize(1280, 780))
        for key, call in (("geometry", self.restoreGeometry), ("state", self.restoreState)):
            if isinstance(kept := settings.value(key), QByteArray):
                call(kept)
        self.sounds.drafts.setChecked(settings.value("drafts", True, bool))
        self.handlers.show_ruler(str(settings.value("ruler", "time")))
        spectrogram = bool(settings.value("spectrogram", False, bool))
        self.document_view.view.set_spectrogram(spectrogram)

    def use_device(self, device: str) -> None:
        """Ask for what comes on this device."""
        self.model.amend(lambda workspace: replace(workspace, device=device))


def _paths(dropped: object) -> list[Path]:
    paths = getattr(dropped, "paths", dropped)
    return [Path(path) for path in paths]  # type: ignore[attr-defined]
