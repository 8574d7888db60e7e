"""What the window's actions do: a dialog, a question to the studio, a call of one of its parts."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from flowsep_ui.dialogs.place import PlaceDialog
from flowsep_ui.studio.documents import AUDIO_SUFFIXES, without_document
from flowsep_ui.studio.focus import focused_take
from flowsep_ui.studio.placement import placeable_takes
from flowsep_ui.studio.workspace import Take
from flowsep_ui.timeline import RULERS, ContextRequest
from PyQt6.QtCore import QObject, QPoint, Qt, QUrl
from PyQt6.QtGui import QDesktopServices, QGuiApplication
from PyQt6.QtWidgets import QFileDialog, QMenu, QMessageBox

from flowsep_plugin.timeline import session_suffixes
from flowsep_plugin.version import __version__

from .stem_export import drag_lane, drag_take, export_take
from .window_settings import show_settings

if TYPE_CHECKING:
    from flowsep_ui.window import MainWindow

_CONTEXT = ("sounds.type", "sounds.separate", "sounds.another", "file.place", "file.export", "file.reveal")


class WindowActions(QObject):
    """Slots of the table in `actions`, on the parts of a window."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._window = window
        self._model, self._separation = window.model, window.separation

    def slots(self) -> dict[str, Callable[..., None]]:
        """A slot for every action."""
        window, stack, stage = self._window, self._model.undo_stack, self._window.document_view
        return {
            "file.open": self.open, "file.example": self.open_example, "file.close": self.close_front,
            "file.place": self.place, "file.export": self.export, "file.reveal": self.reveal,
            "file.folder": self.choose_folder, "file.quit": lambda: (window.close(), None)[1],
            "edit.undo": stack.undo, "edit.redo": stack.redo, "edit.settings": partial(self.settings, ""),
            "edit.shortcuts": partial(self.settings, "shortcuts"), "edit.midi": partial(self.settings, "midi"),
            "sounds.type": self.type, "sounds.draft": self._separation.draft_now,
            "sounds.separate": window.sounds.separate_now, "sounds.another": self.another,
            "sounds.previous": partial(stage.step_take, -1), "sounds.next": partial(stage.step_take, 1),
            "sounds.again": self.try_again, "sounds.preset": window.sounds.save_preset,
            "view.full": self.full_screen, **{f"view.{mode}": partial(self._rule, mode) for mode in RULERS},
            "help.first": self.first_steps, "help.models": partial(self.settings, "models"), "help.about": self.about,
        }  # fmt: skip

    def open(self) -> None:
        """Ask for files and sessions."""
        audio, sessions = (" ".join(f"*{s}" for s in known) for known in (AUDIO_SUFFIXES, session_suffixes()))
        kinds = ";;".join((
            self.tr("Audio and sessions (%1)").replace("%1", f"{audio} {sessions}"),
            self.tr("Audio (%1)").replace("%1", audio), self.tr("Sessions (%1)").replace("%1", sessions),
        ))  # fmt: skip
        settings = self._window.parts.settings
        folder = str(settings.value("folder", str(Path.home())))
        names, _ = QFileDialog.getOpenFileNames(self._window, self.tr("Open"), folder, kinds)
        if names:
            settings.setValue("folder", str(Path(names[0]).parent))
            self._window.open_paths([Path(name) for name in names])

    def open_example(self) -> None:
        """The bundled clip, and the field to type in."""
        clip = self._window.parts.directory.own_example()
        if clip is not None:
            self._window.open_paths([clip])
            self._window.sounds.focus_line()

    def close_front(self) -> None:
        """Close what is in front."""
        shown = self._model.workspace.shown
        if shown is not None:
            self._model.do(self.tr("Close"), lambda workspace: without_document(workspace, shown))

    def type(self) -> None:
        """Go to the field, wherever its dock is."""
        self._window.sounds_dock.show()
        self._window.sounds_dock.raise_()
        self._window.sounds.focus_line()

    def another(self) -> None:
        """Another take of the one that is meant."""
        self._with_take(self._separation.another)

    def try_again(self) -> None:
        """Ask once more for the one that is meant."""
        self._with_take(lambda take: self._separation.try_again(take.id))

    def export(self) -> None:
        """Ask how, and write the one that is meant."""
        window = self._window
        self._with_take(lambda take: export_take(window, self._model, window.parts.tasks, take, window.messages))

    def reveal(self) -> None:
        """Open the folder of the one that is meant."""

        def show(take: Take) -> None:
            kept = self._model.result(take.id).kept
            if kept is None:
                self._warn(self.tr("The stems are still being written."))
            else:
                QDesktopServices.openUrl(QUrl.fromLocalFile(str(kept.paths[0].parent)))

        self._with_take(show)

    def choose_folder(self) -> None:
        """Ask where finals go; no answer is beside the clip or session again."""
        now, front = self._model.workspace.out, self._model.front
        begin = str(now or (front.out.parent if front is not None else Path.home()))
        name = QFileDialog.getExistingDirectory(self._window, self.tr("Where finals are written"), begin)
        self._model.do(self.tr("Stem folder"), lambda workspace: replace(workspace, out=Path(name) if name else None))

    def place(self) -> None:
        """Show what placing would change."""
        window = self._window
        if not placeable_takes(self._model.workspace, self._model.results):
            self._warn(self.tr("There are no stems to place yet: type a sound and press Ctrl+Enter."))
            return
        dialog = PlaceDialog(self._model, self._separation, window.placement, window.parts.tasks, window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def settings(self, page: str = "") -> None:
        """Open the settings at a page."""
        show_settings(self._window, page)

    def show_ruler(self, mode: str) -> None:
        """Count in this."""
        mode = mode if mode in RULERS else RULERS[0]
        self._window.document_view.view.set_ruler(mode)
        self.tick_ruler(mode)

    def tick_ruler(self, mode: str) -> None:
        """Follow the view."""
        for other in RULERS:
            self._window.actions_by_name[f"view.{other}"].setChecked(other == mode)

    def full_screen(self, on: bool) -> None:
        """All of the screen, or a window."""
        self._window.showFullScreen() if on else self._window.showNormal()

    def first_steps(self) -> None:
        """Show the first page."""
        self._window.pages.setCurrentWidget(self._window.welcome)

    def about(self) -> None:
        """Say what this is."""
        QMessageBox.about(self._window, self.tr("About FlowSep"), self.tr(
            "<b>FlowSep %1</b><p>Text-queried sound separation for timelines.<br>GPL-3.0-or-later. "
            "Models have their own licences: Help, Models…").replace("%1", __version__))  # fmt: skip

    def drag_lane(self, lane: str) -> None:
        """A lane is being dragged out."""
        self._warn(drag_lane(self._window.document_view.view, self._model, self._separation, lane))

    def drag_take(self, take: str) -> None:
        """A take is being dragged out."""
        self._warn(drag_take(self._window.sounds.takes, self._model, self._separation, take))

    def show_menu(self, asked: ContextRequest) -> None:
        """The menu under the mouse."""
        menu, keys = QMenu(self._window), self._window.document_view.view.keys
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addActions([self._window.actions_by_name[name] for name in _CONTEXT])
        menu.addSeparator()
        lane = ("toggle_solo", "toggle_mute") if asked.spot == "lane" else ()
        menu.addActions([keys[name] for name in (*lane, "zoom_to_selection", "zoom_to_all", "toggle_spectrogram")])
        menu.popup(QPoint(asked.x, asked.y))

    def _rule(self, mode: str, on: bool) -> None:
        self.show_ruler(mode)

    def _with_take(self, call: Callable[[Take], object]) -> None:
        take = focused_take(self._model.workspace, self._model.front)
        if take is None or take.draft:
            self._warn(self.tr("There are no stems yet: type a sound and press Ctrl+Enter."))
        else:
            call(take)

    def _warn(self, why: str | None) -> None:
        if why:
            self._window.messages.warn(why)


def copy_text(text: str) -> None:
    """Put text on the clipboard."""
    clipboard = QGuiApplication.clipboard()
    if clipboard is not None:
        clipboard.setText(text)
