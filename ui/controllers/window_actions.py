"""The handlers of the window's actions: each opens a dialog or calls the model, a controller or a panel."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from flowsep_ui.dialogs.place import PlaceDialog
from flowsep_ui.panels.effects import EffectsPanel
from flowsep_ui.studio.documents import AUDIO_SUFFIXES, without_document, without_file
from flowsep_ui.studio.focus import focused_clip, focused_take
from flowsep_ui.studio.placement import placeable_takes
from flowsep_ui.studio.workspace import Take
from flowsep_ui.timeline import RULERS, ContextRequest
from PyQt6.QtCore import QObject, QPoint, Qt, QUrl
from PyQt6.QtGui import QDesktopServices, QGuiApplication
from PyQt6.QtWidgets import QFileDialog, QMenu, QMessageBox

from flowsep_plugin.media.container import CONTAINER_SUFFIXES
from flowsep_plugin.timeline import session_suffixes
from flowsep_plugin.untrusted.isolated import start_helper
from flowsep_plugin.version import __version__

from .drag_out import DragOut
from .export_run import ExportRun
from .sessions.session_actions import SessionActions
from .stem_export import StemExport
from .videos.video_actions import VideoActions
from .window_settings import show_settings

if TYPE_CHECKING:
    from flowsep_ui.window import MainWindow

_CONTEXT = (
    "sounds.type",
    "sounds.separate",
    "sounds.another",
    "file.place",
    "file.export",
    "file.copy",
    "file.reveal",
    "file.stream",
    "file.remove",
)


class WindowActions(QObject):
    """Handlers for every row of `actions.ACTIONS`."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._window = window
        self._model, self._separation = window.model, window.separation
        self.session = SessionActions(window)
        self.video = VideoActions(window)
        self.drag_out = DragOut(window.model, window.separation, window.effects.prints)

    def slots(self) -> dict[str, Callable[..., object]]:
        """Return the handler of every action by name."""
        window, stack, view = self._window, self._model.undo_stack, self._window.document_view
        return {
            "file.open": self.open, "file.example": self.open_example, "file.close": self.close_front,
            "file.remove": self.remove_file,
            "file.place": self.place, "file.export": self.export, "file.reveal": self.reveal,
            "file.folder": self.choose_folder, "file.quit": window.close,
            "edit.undo": stack.undo, "edit.redo": stack.redo, "edit.settings": partial(self.settings, ""),
            "edit.shortcuts": partial(self.settings, "shortcuts"), "edit.midi": partial(self.settings, "midi"),
            "sounds.type": self.type_sound, "sounds.draft": self._separation.draft_now,
            "sounds.separate": window.sounds.separate_now, "sounds.another": self.add_take,
            "sounds.cancel": window.job_line.cancel_active,
            "sounds.previous": partial(view.step_take, -1), "sounds.next": partial(view.step_take, 1),
            "sounds.again": self.try_again, "sounds.preset": window.sounds.save_preset,
            "view.placed": view.show_placed, "view.full": self.full_screen,
            **{f"view.{mode}": partial(self._set_ruler, mode) for mode in RULERS},
            "help.first": self.show_welcome, "help.models": partial(self.settings, "models"), "help.about": self.about,
            **self.session.slots(), **self.video.slots(),
        }  # fmt: skip

    def open(self) -> None:
        """Let the user choose audio files and sessions, and open them."""
        start_helper("flowsep_plugin.timeline.formats.isolation")  # which reads the session, should it be one
        audio, videos, sessions = (
            " ".join(f"*{end}" for end in suffixes)
            for suffixes in (AUDIO_SUFFIXES, sorted(CONTAINER_SUFFIXES), session_suffixes())
        )
        filters = ";;".join((
            self.tr("Audio, videos and sessions ({0})").format(f"{audio} {videos} {sessions}"),
            self.tr("Audio ({0})").format(audio), self.tr("Videos and phone recordings ({0})").format(videos),
            self.tr("Sessions ({0})").format(sessions),
        ))  # fmt: skip
        settings = self._window.parts.settings
        folder = str(settings.value("folder", str(Path.home())))
        names, _ = QFileDialog.getOpenFileNames(self._window, self.tr("Open"), folder, filters)
        if names:
            settings.setValue("folder", str(Path(names[0]).parent))
            self._window.open_paths([Path(name) for name in names])

    def open_example(self) -> None:
        """Open the bundled example clip and focus the text field."""
        clip = self._window.parts.directory.own_example()
        if clip is not None:
            self._window.open_paths([clip])
            self._window.sounds.focus_line()

    def close_front(self) -> None:
        """Close the document in front."""
        front_id = self._model.workspace.front_id
        if front_id is not None:
            self._model.do(self.tr("Close"), lambda workspace: without_document(workspace, front_id))

    def remove_file(self) -> None:
        """Remove the audio file of the focused clip from the document in front."""
        front, content = self._model.workspace.front, self._model.front
        clip = focused_clip(self._model.workspace, content)
        path = None if clip is None or content is None else content.audio_files.get(clip.id)
        if front is None or front.kind != "files" or path is None:
            self._warn(self.tr("Select the audio file to remove; a session is closed as a whole."))
            return
        text = self.tr("Remove {0}").format(path.name)
        self._model.do(text, lambda workspace: without_file(workspace, front.id, path))

    def type_sound(self) -> None:
        """Show the panel of sounds and focus its text field."""
        dock = self._window.docks["sounds"]
        dock.show()
        dock.raise_()
        self._window.sounds.focus_line()

    def add_take(self) -> None:
        """Add a take like the focused one, with the next seed."""
        self._with_take(self._separation.add_take)

    def try_again(self) -> None:
        """Separate the focused take once more after a failure."""
        self._with_take(lambda take: self._separation.try_again(take.id))

    def export(self) -> None:
        """Open the export dialog for the focused take."""
        window = self._window
        export = StemExport(self._model, window.parts.tasks, window.effects.prints, window.messages)
        self._with_take(lambda take: export.open(window, take))

    def reveal(self) -> None:
        """Open the folder of the focused take's stems."""

        def show(take: Take) -> None:
            files = self._model.result(take.id).final_files
            if files is None:
                self._warn(self.tr("The stems are still being written; try again in a moment."))
            else:
                QDesktopServices.openUrl(QUrl.fromLocalFile(str(files.paths[0].parent)))

        self._with_take(show)

    def choose_folder(self) -> None:
        """Let the user choose the folder for stems; cancelling returns to the one next to the clip or session."""
        current, front = self._model.workspace.out, self._model.front
        start = str(current or (front.out.parent if front is not None else Path.home()))
        name = QFileDialog.getExistingDirectory(self._window, self.tr("Folder for stems"), start)
        self._model.do(self.tr("Stem folder"), lambda workspace: replace(workspace, out=Path(name) if name else None))

    def place(self) -> None:
        """Open the dialog that previews and places the stems in the session."""
        window = self._window
        if not placeable_takes(self._model.workspace, self._model.results):
            self._warn(self.tr("There are no stems to place yet: type a sound and press Ctrl+Enter."))
            return
        dialog = PlaceDialog(
            self._model, self._separation, window.placement, window.parts.tasks, window,
            ruler=window.document_view.view.model.ruler,
        )  # fmt: skip
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def settings(self, page: str = "") -> None:
        """Open the settings at `page`, one of `window_settings.PAGES`."""
        show_settings(self._window, page)

    def show_ruler(self, mode: str) -> None:
        """Show the ruler `mode`, one of RULERS; another value shows the first."""
        mode = mode if mode in RULERS else RULERS[0]
        self._window.document_view.view.set_ruler(mode)
        self.tick_ruler(mode)

    def tick_ruler(self, mode: str) -> None:
        """Check the menu entry of the ruler `mode`."""
        for other in RULERS:
            self._window.actions_by_name[f"view.{other}"].setChecked(other == mode)

    def full_screen(self, on: bool) -> None:
        """Show the window on the whole screen, or as a window again."""
        self._window.showFullScreen() if on else self._window.showNormal()

    def show_welcome(self) -> None:
        """Show the welcome page with the first steps."""
        self._window.welcome.back.setVisible(bool(self._model.workspace.documents))
        self._window.first_page.show(self._window.welcome)

    def about(self) -> None:
        """Show name, version and licence."""
        QMessageBox.about(self._window, self.tr("About FlowSep"), self.tr(
            "<b>FlowSep {0}</b><p>Text-queried sound separation for timelines.<br>GPL-3.0-or-later. "
            "Models have their own licences: Help, Models…").format(__version__))  # fmt: skip

    def drag_lane(self, lane: str) -> None:
        """Drag the stem of a lane out of the window."""
        self._warn(self.drag_out.drag_lane(self._window.document_view.view, lane))

    def show_effects(self, lane: str) -> None:
        """Show the panel of effects with the effects of a lane."""
        dock = self._window.docks["effects"]
        dock.show()
        dock.raise_()
        self._effects_panel.show_lane(lane)

    def follow_row(self, row: str) -> None:
        """Show the effects of the row that was picked in the timeline, in the panel of effects."""
        self._effects_panel.follow_row(row)

    def stop_exports(self) -> None:
        """Cancel the exports that run; their unfinished files are removed."""
        for run in self._window.findChildren(ExportRun):
            run.cancel()
        self.video.stop_copies()

    @property
    def _effects_panel(self) -> EffectsPanel:
        panel = self._window.docks["effects"].widget()
        assert isinstance(panel, EffectsPanel)
        return panel

    def drag_take(self, take: str) -> None:
        """Drag all stems of a take out of the window."""
        self._warn(self.drag_out.drag_take(self._window.sounds.takes, take))

    def show_menu(self, request: ContextRequest) -> None:
        """Show the context menu of the timeline at the request's position."""
        menu, keys = QMenu(self._window), self._window.document_view.view.keys
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addActions([self._window.actions_by_name[name] for name in _CONTEXT])
        menu.addSeparator()
        lane = ("toggle_solo", "toggle_mute") if request.spot in ("lane", "track") else ()
        menu.addActions([keys[name] for name in (*lane, "zoom_to_selection", "zoom_to_all", "toggle_spectrogram")])
        if request.lane_id in {one.id for one in self.session.sound_lanes()}:
            menu.addSeparator()
            menu.addAction(self.tr("Markers from this sound"), partial(self.session.mark_sound, request.lane_id))
        menu.popup(QPoint(request.x, request.y))

    def _set_ruler(self, mode: str, on: bool) -> None:
        self.show_ruler(mode)

    def _with_take(self, call: Callable[[Take], object]) -> None:
        take = focused_take(self._model.workspace, self._model.front)
        if take is None or take.draft:
            self._warn(self.tr("There are no stems yet: type a sound and press Ctrl+Enter."))
        else:
            call(take)

    def _warn(self, why: str | None) -> None:
        self.session.warn(why)


def copy_text(text: str) -> None:
    """Copy `text` to the clipboard."""
    clipboard = QGuiApplication.clipboard()
    if clipboard is not None:
        clipboard.setText(text)
