"""Keeps the player on the document in front: what is played of it, what is listened to, and the playhead."""

from dataclasses import replace

from flowsep_ui.audition import Player
from flowsep_ui.studio.playing.program import (
    LaneChoice,
    focus_of,
    lane_choices,
    program_inputs,
    program_of,
    why_not_playable,
)
from flowsep_ui.studio.workspace import Workspace
from flowsep_ui.studio_model import StudioModel
from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from flowsep_plugin.audition import LANES, ORIGINAL, PlaybackProgram, chosen_lane, lane_choice

_SOON_MS = 30


class PlaybackController(QObject):
    """Loads the document in front whenever it or its lanes change, without a stop, and keeps a playhead for each.

    playhead_moved : seconds of the document.     choices_changed : tuple of LaneChoice, in the order of the view.
    reason_changed : why nothing can be played; "" where something can.
    """

    playhead_moved = pyqtSignal(float)
    choices_changed = pyqtSignal(tuple)
    reason_changed = pyqtSignal(str)

    def __init__(self, model: StudioModel, player: Player, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model, self._player = model, player
        self._program: PlaybackProgram | None = None
        self._inputs: tuple[object, ...] = ()
        self._choices: tuple[LaneChoice, ...] = ()
        self._playheads: dict[str, float] = {}
        self._separated: set[str] = set()
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_SOON_MS)
        self._soon.timeout.connect(self.follow)
        model.workspace_changed.connect(self._workspace_changed)
        model.result_changed.connect(self._result_changed)
        model.document_read.connect(lambda document: self.follow())
        player.position_changed.connect(self._moved)

    @property
    def playhead(self) -> float:
        """Position in seconds of the document."""
        return self._playheads.get(self._front, 0.0)

    @property
    def choices(self) -> tuple[LaneChoice, ...]:
        """The lanes that can be listened to alone, in the order of the view."""
        return self._choices

    @property
    def reason(self) -> str:
        """Why nothing can be played; "" where something can."""
        return "" if self._program is not None else why_not_playable(self._model.workspace, self._model.front)

    def frame(self) -> int | None:
        """Return the playhead as a frame of the document; None while no document is read."""
        content = self._model.front
        return None if content is None else round(self.playhead * content.timeline.rate)

    def seek(self, seconds: float) -> None:
        """Move the playhead to `seconds` of the document; playback continues there."""
        self._playheads[self._front] = max(0.0, seconds)
        if self._program is not None and self._program.id == self._front:
            self._player.seek(self.playhead)
        self.playhead_moved.emit(self.playhead)

    def loop_of(self) -> tuple[float, float] | None:
        """Return start and stop of the selection, a selected clip too, in seconds; None where nothing is selected."""
        selected = self._model.workspace.selected
        if selected is None or not selected.span.frames:
            return None
        span = selected.span
        return span.start / span.rate, span.stop / span.rate

    def part_of(self) -> tuple[float, float] | None:
        """Return start and stop of the selected range in seconds; None where none, or a whole clip, is selected.

        A click on a clip selects it and moves the playhead: play then begins at the playhead.
        """
        selected, content = self._model.workspace.selected, self._model.front
        if selected is None or content is None:
            return None
        clips = {clip.id: clip.place for _, clip in content.timeline.clips()}
        return None if clips.get(selected.clip or "") == selected.span else self.loop_of()

    def listen_to_lane(self, lane: str) -> None:
        """Listen to another lane alone, where one is listened to alone; else change nothing."""
        if chosen_lane(self._player.choice) is not None and any(c.choice == lane_choice(lane) for c in self._choices):
            self._player.listen(lane_choice(lane))

    def follow(self) -> None:
        """Load the document in front with its lanes, if that is not what the player has."""
        self._soon.stop()
        workspace, content, results = self._model.workspace, self._model.front, self._model.results
        inputs = program_inputs(workspace, content, results)
        if inputs != self._inputs:
            self._inputs = inputs
            self._load(program_of(workspace, content, results))
            self._show_choices(lane_choices(workspace, content, results))
            self.reason_changed.emit(self.reason)
        elif self._program is not None and self._program.focus != focus_of(workspace, content):
            self._load(replace(self._program, focus=focus_of(workspace, content)))
        self._player.set_mixes(workspace.mixes)

    @property
    def _front(self) -> str:
        return self._model.workspace.front_id or ""

    def _load(self, program: PlaybackProgram | None) -> None:
        """Play `program` from now on: also where it is the same, as stems may be written again under their names."""
        was, self._program = self._program, program
        if program is None:
            self._player.unload()
            return
        self._player.load(program)
        if was is None or was.id != program.id:
            self._player.seek(self.playhead)

    def _show_choices(self, choices: tuple[LaneChoice, ...]) -> None:
        if choices != self._choices:
            self._choices = choices
            self.choices_changed.emit(choices)

    def _workspace_changed(self, before: Workspace, after: Workspace) -> None:
        if before.mixes != after.mixes:
            self._player.set_mixes(after.mixes)
            self._player.listen(LANES)
        if before.front_id != after.front_id:
            self.follow()
            self.playhead_moved.emit(self.playhead)
        elif not self._soon.isActive():
            self._soon.start()

    def _result_changed(self, name: str) -> None:
        take = self._model.workspace.take(name)
        if take is not None and not take.draft and self._model.result(name).files is not None:
            if take.document not in self._separated and self._player.choice == ORIGINAL:
                self._player.listen(LANES)
            self._separated.add(take.document)
        if not self._soon.isActive():
            self._soon.start()

    def _moved(self, seconds: float) -> None:
        if self._program is not None and self._program.id == self._front:
            self._playheads[self._front] = seconds
            self.playhead_moved.emit(seconds)
