"""The main window: the stage in the middle, panels docked around it, menus; it brings parts together."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from flowsep_ui.actions import fill_menus, make_actions
from flowsep_ui.audition import Player, TransportBar
from flowsep_ui.auditioning import Auditioning
from flowsep_ui.dialogs import follow_midi, show_settings
from flowsep_ui.keeping import Keeping
from flowsep_ui.midi_listener import MidiListener
from flowsep_ui.outgoing import drag_lane, drag_take, export_take
from flowsep_ui.panels.jobs import JobsPanel
from flowsep_ui.panels.messages import MessageBar
from flowsep_ui.panels.place import PlaceDialog
from flowsep_ui.panels.sounds import SoundsPanel
from flowsep_ui.panels.welcome import Welcome
from flowsep_ui.placing import Placing
from flowsep_ui.separating import Separating
from flowsep_ui.stage import Stage
from flowsep_ui.studio.documents import AUDIO_SUFFIXES, SESSION_SUFFIXES, without_document
from flowsep_ui.studio.focus import focused_take
from flowsep_ui.studio.home import PanelHome, example_clip
from flowsep_ui.studio.placing import Placed, placeable
from flowsep_ui.studio.workspace import Take
from flowsep_ui.studio_model import StudioModel
from flowsep_ui.tasks import Runs
from flowsep_ui.timeline import ContextRequest
from flowsep_ui.worker_link import Link
from PyQt6.QtCore import QByteArray, QPoint, QSettings, QSize, Qt, QTimer, QUrl
from PyQt6.QtGui import QAction, QCloseEvent, QDesktopServices
from PyQt6.QtWidgets import (
    QDockWidget,
    QFileDialog,
    QLabel,
    QMainWindow,
    QMenu,
    QMessageBox,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from flowsep_plugin.version import __version__

_EDIT_KEYS = ("select_all", "select_nothing", "next_clip", "previous_clip", "next_region", "previous_region")
_VIEW_KEYS = (
    "zoom_in", "zoom_out", "zoom_to_selection", "zoom_to_all", "taller_rows", "lower_rows", "taller_waves",
    "lower_waves", "toggle_spectrogram",
)  # fmt: skip
RULERS = ("time", "timecode", "bars")


@dataclass(frozen=True, slots=True)
class Parts:
    """What a window is made of; tests bring their own link, tasks and player."""

    home: PanelHome
    link: Link
    tasks: Runs
    player: Player
    settings: QSettings
    midi: MidiListener | None = None


class MainWindow(QMainWindow):
    """The panel."""

    def __init__(self, parts: Parts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.parts = parts
        self.model = StudioModel(parts.tasks, lambda: parts.home.scratch / "sounds", self)
        self.separating = Separating(self.model, parts.link, parts.home, self)
        self.placing = Placing(self.model, parts.tasks, self)
        self.auditioning = Auditioning(self.model, parts.player, self)
        self.keeping = Keeping(self.model, parts.home, self)
        self.separating.follow_playhead(self.auditioning.frame)
        self.bar = TransportBar(parts.player, self)
        self.bar.match_action.setShortcut("Shift+M")  # M mutes a lane of the timeline
        self.bar.match_action.setToolTip(self.tr("Hear all choices equally loud (LUFS, BS.1770) (Shift+M)"))
        self.messages = MessageBar(self)
        self.welcome = Welcome(example_clip(), self)
        self.stage = Stage(self.model, self.auditioning, self.bar, self)
        self.sounds = SoundsPanel(self.model, self.separating, self)
        self.jobs = JobsPanel(parts.link, parts.home.hidden, self)
        self.actions_by_name = make_actions(self, self._slots())
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
        self.model.open(list(paths))

    def recover(self) -> None:
        """Take up what was open when the panel was last here, where it ended without being left."""
        saved = self.keeping.begin()
        if saved is None:
            return
        if not saved.closed and saved.workspace.documents:
            self.keeping.take_up(saved)
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
        settings.setValue("ruler", self.stage.view.model.ruler)
        settings.setValue("spectrogram", self.stage.view.model.spectrogram)
        settings.setValue("drafts", self.sounds.drafts.isChecked())
        settings.sync()
        self._soon.stop()
        self.separating.close()
        self.stage.close_view()
        self.keeping.leave()
        self.parts.player.close()
        if self.parts.midi is not None:
            self.parts.midi.close()
        self.parts.link.close()
        self.parts.tasks.close()
        self.parts.home.close()

    def complain(self, title: str, details: str) -> None:
        """Something unforeseen happened: the work is kept, and the way out shown."""
        self.keeping.keep_now()
        self.messages.warn(
            self.tr("%1 Your work is saved; you can go on.").replace("%1", title),
            [(self.tr("Copy details"), lambda: _copy(details))],
        )

    # --- actions ---

    def _slots(self) -> dict[str, Callable[..., None]]:
        stack = self.model.undo_stack
        return {
            "file.open": self._open, "file.example": self._open_example, "file.close": self._close_front,
            "file.place": self._place, "file.export": self._export, "file.reveal": self._reveal,
            "file.folder": self._choose_folder, "file.quit": lambda: (self.close(), None)[1],
            "edit.undo": stack.undo, "edit.redo": stack.redo, "edit.settings": self._show_settings,
            "edit.shortcuts": lambda: self._show_settings("shortcuts"),
            "edit.midi": lambda: self._show_settings("midi"), "sounds.type": self._type,
            "sounds.draft": self.separating.draft_now,
            "sounds.separate": self.sounds.separate_now, "sounds.another": self._another,
            "sounds.previous": lambda: self.stage.step_take(-1), "sounds.next": lambda: self.stage.step_take(1),
            "sounds.again": self._try_again, "sounds.preset": self.sounds.save_preset,
            "view.full": self._full_screen,
            **{f"view.{mode}": lambda on, mode=mode: self._show_ruler(mode) for mode in RULERS},
            "help.first": self._first_steps, "help.models": lambda: self._show_settings("models"),
            "help.about": self._about,
        }  # fmt: skip

    def _open(self) -> None:
        audio, sessions = (" ".join(f"*{s}" for s in known) for known in (AUDIO_SUFFIXES, SESSION_SUFFIXES))
        kinds = ";;".join((
            self.tr("Audio and sessions (%1)").replace("%1", f"{audio} {sessions}"),
            self.tr("Audio (%1)").replace("%1", audio), self.tr("Sessions (%1)").replace("%1", sessions),
        ))  # fmt: skip
        folder = str(self.parts.settings.value("folder", str(Path.home())))
        names, _ = QFileDialog.getOpenFileNames(self, self.tr("Open"), folder, kinds)
        if names:
            self.parts.settings.setValue("folder", str(Path(names[0]).parent))
            self.open_paths([Path(name) for name in names])

    def _open_example(self) -> None:
        clip = self.parts.home.own_example()
        if clip is not None:
            self.open_paths([clip])
            self.sounds.focus_line()

    def _close_front(self) -> None:
        shown = self.model.workspace.shown
        if shown is not None:
            self.model.do("Close", lambda workspace: without_document(workspace, shown))

    def _type(self) -> None:
        self.sounds_dock.show()
        self.sounds_dock.raise_()
        self.sounds.focus_line()

    def _with_take(self, call: Callable[[Take], None]) -> None:
        take = focused_take(self.model.workspace, self.model.front)
        if take is None or take.draft:
            self.messages.warn(self.tr("There are no stems yet: type a sound and press Ctrl+Enter."))
        else:
            call(take)

    def _another(self) -> None:
        self._with_take(self.separating.another)

    def _try_again(self) -> None:
        self._with_take(lambda take: self.separating.try_again(take.id))

    def _reveal(self) -> None:
        def reveal(take: Take) -> None:
            kept = self.model.result(take.id).kept
            if kept is None:
                self.messages.warn(self.tr("The stems are still being written."))
            else:
                QDesktopServices.openUrl(QUrl.fromLocalFile(str(kept.paths[0].parent)))

        self._with_take(reveal)

    def _choose_folder(self) -> None:
        now = self.model.workspace.out
        front = self.model.front
        begin = str(now or (front.out.parent if front is not None else Path.home()))
        name = QFileDialog.getExistingDirectory(self, self.tr("Where finals are written"), begin)
        self.model.do("Stem folder", lambda workspace: replace(workspace, out=Path(name) if name else None))

    def _place(self) -> None:
        if not placeable(self.model.workspace, self.model.results):
            self.messages.warn(self.tr("There are no stems to place yet: type a sound and press Ctrl+Enter."))
            return
        dialog = PlaceDialog(self.model, self.separating, self.placing, self.parts.tasks, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _show_ruler(self, mode: str) -> None:
        self.stage.view.set_ruler(mode if mode in RULERS else RULERS[0])
        self._tick_ruler(mode)

    def _tick_ruler(self, mode: str) -> None:
        for other in RULERS:
            self.actions_by_name[f"view.{other}"].setChecked(other == mode)

    def _full_screen(self, on: bool) -> None:
        self.showFullScreen() if on else self.showNormal()

    def _first_steps(self) -> None:
        self.pages.setCurrentWidget(self.welcome)

    def _about(self) -> None:
        QMessageBox.about(self, self.tr("About FlowSep"), self.tr(
            "<b>FlowSep %1</b><p>Text-queried sound separation for timelines.<br>GPL-3.0-or-later. "
            "Models have their own licences: Help, Models…").replace("%1", __version__))  # fmt: skip

    # --- what others tell ---

    def _placed(self, placed: Placed) -> None:
        said = self.tr("Placed in %1.").replace("%1", placed.path.name)
        if placed.backup is not None:
            said += " " + self.tr("Backup: %1").replace("%1", placed.backup.name)
        self.messages.tell(said, [(self.tr("Undo"), self.model.undo_stack.undo)])

    def _drag_lane(self, lane: str) -> None:
        self._tell_failure(drag_lane(self.stage.view, self.model, self.separating, lane))

    def _drag_take(self, take: str) -> None:
        self._tell_failure(drag_take(self.sounds.takes, self.model, self.separating, take))

    def _show_menu(self, asked: ContextRequest) -> None:
        menu, keys = QMenu(self), self.stage.view.keys
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        names = ("sounds.type", "sounds.separate", "sounds.another", "file.place", "file.export", "file.reveal")
        menu.addActions([self.actions_by_name[name] for name in names])
        menu.addSeparator()
        lane = ("toggle_solo", "toggle_mute") if asked.spot == "lane" else ()
        menu.addActions([keys[name] for name in (*lane, "zoom_to_selection", "zoom_to_all", "toggle_spectrogram")])
        menu.popup(QPoint(asked.x, asked.y))

    def _tell_failure(self, why: str | None) -> None:
        if why:
            self.messages.warn(why)

    def _follow(self) -> None:
        """Enable what can be done, and show the page that fits."""
        workspace, front = self.model.workspace, self.model.front
        self.pages.setCurrentWidget(self.stage if workspace.documents else self.welcome)
        take = focused_take(workspace, front)
        final = take is not None and not take.draft
        result = None if take is None else self.model.result(take.id)
        allowed = {
            "file.close": bool(workspace.documents), "sounds.separate": front is not None,
            "sounds.draft": front is not None and bool(workspace.sounds), "sounds.another": final,
            "sounds.previous": final, "sounds.next": final, "sounds.preset": bool(workspace.sounds),
            "sounds.again": final and result is not None and result.error is not None,
            "file.place": bool(placeable(workspace, self.model.results)),
            "file.export": final and result is not None and result.files is not None,
            "file.reveal": final and result is not None and result.kept is not None,
            "file.example": self.welcome.example.isEnabled(),
        }  # fmt: skip
        for name, on in allowed.items():
            self.actions_by_name[name].setEnabled(on)
        document = workspace.front
        self.setWindowTitle("FlowSep" if document is None else f"{document.name} - FlowSep")
        self._told_selection()

    def _told_selection(self) -> None:
        selected = self.model.workspace.selected
        if selected is None:
            self.selection_label.setText(self.tr("nothing selected: the whole clip"))
        else:
            seconds = self.tr("%1 s selected").replace("%1", f"{selected.span.seconds:.3f}")
            self.selection_label.setText(seconds)

    def _tell_silence(self, why: str) -> None:
        """In the status bar, where there is room; the reason is the tooltip."""
        self.bar.silent.hide()
        self.silence_label.setText(self.tr("no sound device: plays silently"))
        self.silence_label.setToolTip(why)
        self.silence_label.show()

    def _engine_changed(self, told: dict[str, object]) -> None:
        if told.get("is") == "loading":
            self.engine_label.setText(self.tr("loading the model…"))
        elif told.get("is") == "loaded":
            self.engine_label.setText(self.tr("runs on %1").replace("%1", str(told.get("provider", "?"))))
        elif told.get("is") == "let go":
            self.engine_label.setText(self.tr("model let go"))

    def _start_empty(self) -> None:
        self.keeping.start_empty()

    def _take_up(self) -> None:
        saved = self.keeping.last
        if saved is not None:
            self.keeping.take_up(saved)

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
        self.placing.failed.connect(self.messages.warn)
        self.placing.placed.connect(self._placed)
        self.placing.taken_back.connect(
            lambda placed: self.messages.tell(self.tr("%1 is as it was before.").replace("%1", placed.path.name))
        )
        self.keeping.failed.connect(self.messages.warn)
        self.parts.player.failed.connect(self.messages.warn)
        self.parts.player.device_missing.connect(self._tell_silence)
        self.parts.link.order_failed.connect(self.messages.warn)
        self.parts.link.engine_changed.connect(self._engine_changed)
        self.parts.link.state_changed.connect(self._link_changed)
        self.welcome.open_asked.connect(self._open)
        self.welcome.example_asked.connect(self._open_example)
        self.welcome.session_asked.connect(self._take_up)
        self.welcome.dropped.connect(self.open_paths)
        self.stage.files_dropped.connect(lambda dropped: self.open_paths(_paths(dropped)))
        self.stage.lane_dragged.connect(self._drag_lane)
        self.sounds.takes.drag_started.connect(self._drag_take)
        self.stage.view.open_requested.connect(self._open)
        self.stage.view.ruler_changed.connect(self._tick_ruler)
        self.stage.view.context_requested.connect(self._show_menu)
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

    def _link_changed(self, state: str, why: str) -> None:
        words = {
            "starting": self.tr("worker: starting"), "ready": self.tr("worker: ready"),
            "resting": self.tr("worker: resting"), "away": self.tr("worker: away"),
        }  # fmt: skip
        self.worker_label.setText(words[state])
        self.worker_label.setToolTip(why)

    def _lay_out(self) -> None:
        self.pages = QStackedWidget(self)
        self.pages.addWidget(self.welcome)
        self.pages.addWidget(self.stage)
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
        self.selection_label, self.engine_label, self.worker_label = QLabel(self), QLabel(self), QLabel(self)
        self.silence_label = QLabel(self)
        self.silence_label.setObjectName("warning")
        self.silence_label.hide()
        bar = self.statusBar()
        assert bar is not None
        bar.setSizeGripEnabled(False)
        for label, name in (
            (self.silence_label, self.tr("Sound device")), (self.selection_label, self.tr("Selection")),
            (self.engine_label, self.tr("Model")), (self.worker_label, self.tr("Worker")),
        ):  # fmt: skip
            label.setAccessibleName(name)
            label.setContentsMargins(10, 0, 10, 0)
            bar.addPermanentWidget(label)

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
        keys, first = self.stage.view.keys, self.actions_by_name["view.time"]
        for name in _VIEW_KEYS:
            menus["View"].insertAction(first, keys[name])
        menus["View"].insertSeparator(first)
        settings = self.actions_by_name["edit.settings"]
        for name in _EDIT_KEYS:
            menus["Edit"].insertAction(settings, keys[name])
        menus["Edit"].insertSeparator(settings)
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
        return [*self.actions_by_name.values(), *played, *self.stage.view.keys.values()]

    def _restore(self) -> None:
        settings = self.parts.settings
        self.resize(QSize(1280, 780))
        for key, call in (("geometry", self.restoreGeometry), ("state", self.restoreState)):
            if isinstance(kept := settings.value(key), QByteArray):
                call(kept)
        self.sounds.drafts.setChecked(settings.value("drafts", True, bool))
        self._show_ruler(str(settings.value("ruler", "time")))
        spectrogram = bool(settings.value("spectrogram", False, bool))
        self.stage.view.set_spectrogram(spectrogram)

    def _export(self) -> None:
        self._with_take(lambda take: export_take(self, self.model, self.parts.tasks, take, self.messages))

    def use_device(self, device: str) -> None:
        """Ask for what comes on this device."""
        self.model.amend(lambda workspace: replace(workspace, device=device))

    def _show_settings(self, page: str = "") -> None:
        show_settings(self, page)


def _paths(dropped: object) -> list[Path]:
    paths = getattr(dropped, "paths", dropped)
    return [Path(path) for path in paths]  # type: ignore[attr-defined]


def _copy(text: str) -> None:
    from PyQt6.QtGui import QGuiApplication

    clipboard = QGuiApplication.clipboard()
    if clipboard is not None:
        clipboard.setText(text)
