"""Keeps the player on the focused clip: its audio, the stems of its take, its position on the timeline."""

from pathlib import Path

from flowsep_ui.audition import Player
from flowsep_ui.studio.focus import focused_clip, focused_draft, focused_take
from flowsep_ui.studio.lanes import track_lane_id
from flowsep_ui.studio.workspace import Take
from flowsep_ui.studio_model import StudioModel
from PyQt6.QtCore import QObject, pyqtSignal

from flowsep_plugin.audition import LaneMix, Piece
from flowsep_plugin.timeline import ClipRef


class PlaybackController(QObject):
    """Loads the focused clip and take, and keeps the clocks of document and player together.

    playhead_moved : seconds of the document.
    """

    playhead_moved = pyqtSignal(float)

    def __init__(self, model: StudioModel, player: Player, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model, self._player = model, player
        self._loaded: object = None
        self._clip: ClipRef | None = None
        self._take: Take | None = None
        self._seconds = 0.0
        model.workspace_changed.connect(lambda before, after: self.follow())
        model.result_changed.connect(lambda take: self.follow())
        model.document_read.connect(lambda document: self.follow())
        player.position_changed.connect(self._moved)

    @property
    def playhead(self) -> float:
        """Position in seconds of the document."""
        return self._seconds

    def frame(self) -> int | None:
        """Return the playhead as a frame of the document; None while no document is read."""
        content = self._model.front
        return None if content is None else round(self._seconds * content.timeline.rate)

    def seek(self, seconds: float) -> None:
        """Move the playhead to `seconds` of the document, and the player to the matching position in its clip."""
        self._seconds = max(0.0, seconds)
        if self._clip is not None:
            self._player.seek(max(0.0, self._in_clip(self._clip, seconds)))
        self.playhead_moved.emit(self._seconds)

    def loop_of(self) -> tuple[float, float] | None:
        """Return start and stop of the selection in seconds of the player's clip; None where nothing is selected."""
        selected, clip = self._model.workspace.selected, self._clip
        if selected is None or clip is None or selected.span == clip.place:
            return None
        span = selected.span
        part = clip.place.intersect(span)
        if not part.frames:
            return None
        return self._in_clip(clip, part.start / part.rate), self._in_clip(clip, part.stop / part.rate)

    def follow(self) -> None:
        """Load the focused clip and take if they are not loaded yet, and apply the mix of their lanes."""
        workspace, content = self._model.workspace, self._model.front
        clip = focused_clip(workspace, content)
        take = focused_take(workspace, content) or focused_draft(workspace, content)
        sound = None if clip is None or content is None else content.audio_files.get(clip.id)
        files = None if take is None else self._model.result(take.id).files
        self._clip, self._take = clip, take
        request = (clip, sound, take and take.id, files)
        if request != self._loaded:
            self._loaded = request
            if clip is None or sound is None:
                self._player.unload()
            else:
                self._load(clip, sound, take)
        self._mix()

    def _load(self, clip: ClipRef, sound: Path, take: Take | None) -> None:
        sources: dict[str, Path | Piece] = {"clip": Piece(sound, clip.cut.start, clip.channels)}
        files = None if take is None else self._model.result(take.id).files
        if take is not None and files is not None:
            first = clip.cut.start - take.covers.start
            for query, path in zip(take.stem_queries, files.stems, strict=False):
                if path is not None:
                    sources[f"stem:{query.text}"] = Piece(path, first)
            if files.residual is not None:
                sources["rest"] = Piece(files.residual, first)
        self._player.load(sources, clip.cut)

    def _mix(self) -> None:
        take, content = self._take, self._model.front
        if take is None or content is None:
            return
        mixes, track = self._model.workspace.mixes, content.timeline.find(take.clip)[0].id
        texts = [(f"stem:{query.text}", query.text) for query in take.stem_queries]
        lanes = [(name, track_lane_id(take.document, track, text, draft=take.draft)) for name, text in texts]
        for name, lane in (*lanes, ("rest", track_lane_id(take.document, track, None))):
            mix = mixes.get(lane, LaneMix())
            self._player.set_lane(name, gain_db=mix.gain_db, mute=mix.mute, solo=mix.solo)

    def _moved(self, seconds: float) -> None:
        if self._clip is not None:
            clip = self._clip
            self._seconds = clip.place.start / clip.place.rate + seconds / float(clip.play_rate)
            self.playhead_moved.emit(self._seconds)

    def _in_clip(self, clip: ClipRef, seconds: float) -> float:
        return (seconds - clip.place.start / clip.place.rate) * float(clip.play_rate)
