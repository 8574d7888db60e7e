"""Handlers of the actions on an open session: missing media, frame rate, check, markers; and the ways out of errors."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from flowsep_ui.dialogs.check import CheckDialog
from flowsep_ui.panels.messages import MessageAction
from flowsep_ui.studio.document_content import DocumentContent
from flowsep_ui.studio.documents import with_frame_rate, with_media_folder
from flowsep_ui.studio.lanes import StudioLane, lanes_of
from flowsep_ui.studio.markers import front_markers, timeline_with, with_lane_regions, write_markers
from flowsep_ui.studio.texts import setting_of
from flowsep_ui.studio.workspace import Document
from flowsep_ui.ways_out import WAYS_OUT, button_text, way_out
from PyQt6.QtCore import QObject
from PyQt6.QtWidgets import QFileDialog, QInputDialog

from flowsep_plugin.timeline.check import SessionCheck, check_session
from flowsep_plugin.timeline.media_finder import MediaFinder

if TYPE_CHECKING:
    from flowsep_ui.window import MainWindow

_FRAME_RATES = ("23.976", "24", "25", "29.97", "29.97df", "30", "50", "59.94", "60")


class SessionActions(QObject):
    """Handlers of the rows "file.media", "file.frame_rate", "file.check", "file.markers" and "sounds.mark"."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._window, self._model = window, window.model

    def slots(self) -> dict[str, Callable[..., object]]:
        """Return the handler of every action by name."""
        return {
            "file.media": self.find_media, "file.frame_rate": self.choose_frame_rate, "file.check": self.check,
            "file.markers": self.export_markers, "sounds.mark": self.mark_sound,
        }  # fmt: skip

    def allowed(self) -> dict[str, bool]:
        """Return whether each of the actions applies now."""
        content, session = self._model.front, self._session() is not None
        has_markers = content is not None and bool(content.timeline.markers or front_markers(self._model.workspace))
        return {
            "file.media": session, "file.frame_rate": session and content is not None and self._is_open(content),
            "file.check": session and content is not None, "file.markers": has_markers,
            "sounds.mark": bool(self.sound_lanes()),
        }  # fmt: skip

    def warn(self, why: str | None) -> None:
        """Show an error with a button for its way out, where there is one; None shows nothing."""
        if why:
            self._window.messages.warn(why, self.ways_out(why))

    def ways_out(self, why: str) -> list[MessageAction]:
        """Return the buttons that help with an error."""
        way = way_out(why)
        return [] if way is None else [(button_text(way), partial(self.take_way_out, setting_of(why) or ""))]

    def take_way_out(self, setting: str) -> None:
        """Open what helps with an error about `setting`; takes that lacked a folder are written once one is chosen."""
        way, before = WAYS_OUT[setting], self._model.workspace.out
        if way.page:
            self._window.handlers.settings(way.page)
        else:
            self._window.actions_by_name[way.action].trigger()
        if self._model.workspace.out != before:
            for take in self._model.workspace.takes:
                result = self._model.result(take.id)
                if result.error is not None and result.setting == "out":
                    self._window.separation.try_again(take.id)

    def find_media(self, folder: Path | None = None) -> None:
        """Look for the session's missing media in `folder`, from now on; None lets the user choose it."""
        document = self._session()
        if document is None:
            return
        if folder is None:
            title, start = self.tr("Folder with the missing media"), str(document.paths[0].parent)
            name = QFileDialog.getExistingDirectory(self._window, title, start)
            if not name:
                return
            folder = Path(name)
        place = folder.absolute()
        self._model.do(self.tr("Find media"), lambda workspace: with_media_folder(workspace, document.id, place))

    def choose_frame_rate(self, rate: str | None = None) -> None:
        """Read the session at a frame rate that its file does not state; None lets the user choose it."""
        document, content = self._session(), self._model.front
        if document is None:
            return
        if rate is None:
            likely = [] if content is None else [str(one) for one in content.timeline.possible_rates]
            choices = list(dict.fromkeys((*likely, *_FRAME_RATES)))
            current = choices.index(document.frame_rate) if document.frame_rate in choices else 0
            title, text = self.tr("Frame rate"), self.tr("Frames a second of {0}").format(document.name)
            rate, accepted = QInputDialog.getItem(self._window, title, text, choices, current, True)
            if not accepted:
                return
        number = rate
        self._model.do(self.tr("Frame rate"), lambda workspace: with_frame_rate(workspace, document.id, number))

    def check(self) -> None:
        """Check the session in the background, then list what was noticed."""
        content = self._model.front
        if content is None or content.timeline.document is None:
            return
        timeline, finder = content.timeline, content.finder or MediaFinder()
        self._window.parts.tasks.run(lambda: check_session(timeline, finder), self._show_check, self.warn)

    def export_markers(self, path: Path | None = None) -> None:
        """Write the markers of the document in front to `path`; None lets the user choose it."""
        content = self._model.front
        if content is None:
            return
        if path is None:
            filters = ";;".join((
                self.tr("Audacity labels ({0})").format("*.txt"), self.tr("Table ({0})").format("*.csv"),
                self.tr("MIDI file with tempo map ({0})").format("*.mid"),
            ))  # fmt: skip
            start = str(content.out.parent / f"{content.timeline.name}.txt")
            name, selected_filter = QFileDialog.getSaveFileName(self._window, self.tr("Export markers"), start, filters)
            if not name:
                return
            path = _with_suffix(Path(name), selected_filter)
        target, timeline = path, timeline_with(content.timeline, front_markers(self._model.workspace))
        text = self.tr("{0} markers in {1}.").format(len(timeline.markers), target)
        self._window.parts.tasks.run(
            lambda: write_markers(target, timeline.markers, timeline),
            lambda _: self._window.messages.tell(text),
            self.warn,
        )

    def sound_lanes(self) -> list[StudioLane]:
        """Return the lanes of the document in front that have stems, without residuals and drafts."""
        lanes = lanes_of(self._model.workspace, self._model.front, self._model.results)
        return [lane for of_track in lanes.values() for lane in of_track if lane.kind == "stem"]

    def mark_sound(self, lane: str | None = None) -> None:
        """Add a region wherever the sound of a lane was found; None lets the user choose among several sounds."""
        lanes = self.sound_lanes()
        if lane is None and len(lanes) > 1:
            titles = [one.title for one in lanes]
            title, accepted = QInputDialog.getItem(
                self._window, self.tr("Markers from a sound"), self.tr("Sound"), titles, 0, False
            )
            if not accepted:
                return
            lane = lanes[titles.index(title)].id
        for one in lanes:
            if lane in (None, one.id):
                self._model.do(self.tr("Markers from a sound"), partial(with_lane_regions, lane=one))
                return

    def _show_check(self, result: SessionCheck) -> None:
        dialog = CheckDialog(result, self._window)
        dialog.find_requested.connect(self.find_media)
        dialog.open()

    def _session(self) -> Document | None:
        front = self._model.workspace.front
        return front if front is not None and front.kind == "session" else None

    def _is_open(self, content: DocumentContent) -> bool:
        document = self._session()
        return bool(content.timeline.possible_rates) or (document is not None and document.frame_rate is not None)


def _with_suffix(path: Path, selected_filter: str) -> Path:
    """Return `path` with the suffix of a filter, such as "Table (*.csv)", where it has none."""
    return path if path.suffix else path.with_suffix(selected_filter.rpartition("*")[2].rstrip(")") or ".txt")
