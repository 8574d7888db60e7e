"""Handlers of the actions on videos: which sound is played, the picture, and copies with other sound."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from flowsep_ui.dialogs.streams import StreamDialog
from flowsep_ui.dialogs.video_copy import VideoCopyDialog
from flowsep_ui.panels.picture import PicturePanel
from flowsep_ui.studio.documents import with_streams
from flowsep_ui.studio.focus import focused_take
from flowsep_ui.studio.sessions.video_copy import VideoCopy, copy_of, new_copy_path, tracks_of
from flowsep_ui.studio.workspace import Document, Take
from PyQt6.QtCore import QObject, Qt, QUrl
from PyQt6.QtGui import QDesktopServices

from .copy_run import CopyRun

if TYPE_CHECKING:
    from flowsep_ui.window import MainWindow


class VideoActions(QObject):
    """Handlers of the rows "file.stream", "file.copy" and "picture.…"; asks once for the sound stream of a new file."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._window, self._model = window, window.model
        self.dialog: StreamDialog | None = None
        self._offered: set[tuple[str, Path]] = set()
        window.model.document_read.connect(self._ask_once)

    def slots(self) -> dict[str, Callable[..., object]]:
        """Return the handler of every action by name."""
        picture = self._window.picture
        return {
            "file.stream": self.choose_streams, "file.copy": self.copy_video,
            "picture.before": partial(picture.step, -1), "picture.after": partial(picture.step, 1),
            "picture.full": self.show_full_picture,
        }  # fmt: skip

    def allowed(self) -> dict[str, bool]:
        """Return whether each of the actions applies now."""
        content, front = self._model.front, self._model.workspace.front
        has_picture = content is not None and bool(content.pictures)
        several = content is not None and front is not None and front.kind == "files" and bool(content.streams)
        return {
            "file.stream": several, "file.copy": self._copied_take() is not None,
            "picture.before": has_picture, "picture.after": has_picture,
            "picture.full": has_picture,
        }  # fmt: skip

    def choose_streams(self) -> None:
        """Let the user choose the sound streams of the videos in the document in front."""
        front, content = self._model.workspace.front, self._model.front
        if front is not None and content is not None and content.streams:
            self._open_dialog(front, tuple(content.streams), is_first=False)

    def copy_video(self) -> None:
        """Ask what is put into a copy of the focused clip's video, and write that in the background."""
        window, take = self._window, self._copied_take()
        if take is None:
            return
        tracks = tracks_of(take, self._model.result(take.id))
        content = self._model.front
        folder = take.input.parent if content is None else content.out.parent
        dialog = VideoCopyDialog(take.input, tracks, new_copy_path(take.input, folder), window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(
            lambda: self.write_copy(copy_of(take, dialog.tracks, dialog.target, replaces=dialog.replaces))
        )
        dialog.open()

    def write_copy(self, order: VideoCopy) -> CopyRun:
        """Write a copy in the background; the message bar tells the result."""
        run = CopyRun(order, self._window.parts.tasks, self._window)
        run.finished.connect(self._report_copy)
        run.failed.connect(self._window.messages.warn)
        run.start()
        return run

    def stop_copies(self) -> None:
        """Cancel the copies that are being written; their unfinished files are removed."""
        for run in self._window.findChildren(CopyRun):
            run.cancel()

    def show_full_picture(self) -> None:
        """Show the picture on the whole screen."""
        panel = self._window.docks["picture"].widget()
        assert isinstance(panel, PicturePanel)
        panel.show_full_screen()

    def _copied_take(self) -> Take | None:
        """Return the focused take, if it is of a video and its stems are written; else None."""
        content = self._model.front
        take = focused_take(self._model.workspace, content)
        if take is None or content is None or take.draft or take.input not in content.pictures:
            return None
        return take if tracks_of(take, self._model.result(take.id)) else None

    def _report_copy(self, path: Path) -> None:
        show = partial(QDesktopServices.openUrl, QUrl.fromLocalFile(str(path.parent)))
        self._window.messages.tell(self.tr("Written: {0}").format(path.name), [(self.tr("Show in its folder"), show)])

    def _ask_once(self, name: str) -> None:
        """Ask for the streams of videos that were opened just now."""
        document, content = self._model.workspace.document(name), self._model.content(name)
        if document is None or document.kind != "files" or content is None or self.dialog is not None:
            return
        paths = [path for path in content.streams if str(path) not in document.streams]
        new = tuple(path for path in paths if (name, path) not in self._offered)
        if new:
            self._open_dialog(document, new, is_first=True)

    def _open_dialog(self, document: Document, paths: tuple[Path, ...], *, is_first: bool) -> None:
        content = self._model.content(document.id)
        if content is None or self.dialog is not None:
            return
        streams = {path: content.streams[path] for path in paths}
        self._offered |= {(document.id, path) for path in paths}
        selection = {path: document.streams[str(path)] for path in paths if str(path) in document.streams}
        dialog = self.dialog = StreamDialog(streams, selection, self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        unchanged = dialog.choices
        dialog.accepted.connect(lambda: self._choose(document.id, dialog.choices, unchanged))
        if is_first:  # what is not changed is decided too: it is not asked again
            dialog.rejected.connect(lambda: self._choose(document.id, unchanged, unchanged))
        dialog.finished.connect(self._forget_dialog)
        dialog.open()

    def _choose(self, document: str, choices: dict[Path, str], unchanged: dict[Path, str]) -> None:
        """Play and separate other streams from now on, as an undo step; where nothing changes, without one."""
        if choices == unchanged:
            self._model.amend(lambda workspace: with_streams(workspace, document, choices))
        else:
            self._model.do(self.tr("Sound stream"), lambda workspace: with_streams(workspace, document, choices))

    def _forget_dialog(self) -> None:
        self.dialog = None
        front = self._model.workspace.front_id
        if front is not None:
            self._ask_once(front)
