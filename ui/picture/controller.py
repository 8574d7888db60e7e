"""Keeps the picture on the player: its position is the clock, the picture follows, late frames are dropped."""

import math
from fractions import Fraction
from typing import Final

from flowsep_ui.audition import Player
from flowsep_ui.controllers.playback import PlaybackController
from flowsep_ui.studio.playing.picture import ClipPicture, clip_pictures, picture_at
from flowsep_ui.studio_model import StudioModel
from PyQt6 import sip
from PyQt6.QtCore import QObject, Qt, QTimer, pyqtSignal

from flowsep_plugin.media.container.picture import PictureImage

from .canvas import PictureCanvas
from .feed import PictureFeed, PictureShot, PictureWish

_AHEAD: Final = Fraction(1, 2)
_JUMP: Final = Fraction(1, 2)
_ROUNDING: Final = Fraction(1, 50_000)
_RESIZE_MS: Final = 60
_MOST_READY: Final = 40


class PictureController(QObject):
    """Shows the picture of the document in front on its canvases, at the position of `player`.

    Frames are decoded only while a canvas is visible, at the size of the largest one.
    picture_changed : the `ClipPicture` that is shown from now on, or None.     frame_shown : a `PictureImage`.
    """

    picture_changed = pyqtSignal(object)
    frame_shown = pyqtSignal(object)

    def __init__(
        self, model: StudioModel, playback: PlaybackController, player: Player, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._model, self._playback, self._player = model, playback, player
        self.feed = PictureFeed(self)
        self._canvases: list[PictureCanvas] = []
        self._room = (0, 0)
        self._pictures: tuple[ClipPicture, ...] = ()
        self._picture: ClipPicture | None = None
        self._ready: list[PictureImage] = []
        self._current: PictureImage | None = None
        self._serial, self._visible_serial, self._seconds = 0, 0, Fraction(0)
        self._snaps = False
        self._due = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._due.timeout.connect(self.follow)
        self._resized = QTimer(self, singleShot=True, interval=_RESIZE_MS)
        self._resized.timeout.connect(self._fit)
        self._connect()

    @property
    def frame(self) -> PictureImage | None:
        """The frame that is shown; None where none is."""
        return self._current

    @property
    def picture(self) -> ClipPicture | None:
        """The clip whose picture is shown; None where none is."""
        return self._picture

    def add_canvas(self, canvas: PictureCanvas) -> None:
        """Show the picture on `canvas` too, while that is visible."""
        self._canvases.append(canvas)
        canvas.room_changed.connect(self._resized.start)
        canvas.destroyed.connect(self._forget_canvases)
        self._show_on(canvas)

    def _forget_canvases(self) -> None:
        """Drop canvases that are destroyed. A method: Qt calls none of a controller that has gone, but lambdas."""
        self._canvases = [canvas for canvas in self._canvases if not sip.isdeleted(canvas)]

    def step(self, by: int) -> None:
        """Stop, and move the playhead to the next frame of the picture, or with -1 to the one before."""
        picture, frame = self._picture, self._current
        if picture is None or frame is None:
            return
        if self._player.state == "playing":
            self._player.pause()
        forward = (by > 0) != picture.clip.reverse
        if forward:
            self._playback.seek(picture.document_seconds(frame.stop))
            return
        self._snaps = True  # the frame before begins where it says once it is decoded
        self._playback.seek(picture.document_seconds(frame.start - 50 * _ROUNDING))

    def close(self) -> None:
        """End the feed and its process. Idempotent."""
        self._due.stop()
        self._resized.stop()
        self.feed.close()

    def follow(self) -> None:
        """Show the frame of this moment, if it is decoded, and have it and those after it decoded otherwise."""
        if self._room == (0, 0):
            return
        is_playing = self._player.state == "playing"
        seconds = self._player.position_now() if is_playing else self._playback.playhead
        picture = picture_at(self._pictures, seconds)
        if picture is None:
            self._blank(self._hint())
            self._change_picture(None)
            return
        moment = picture.file_seconds(seconds)
        self._note_jump(picture, moment)
        self._show_ready(moment + _ROUNDING)
        self._ask(picture, moment, is_playing and not picture.clip.reverse)
        if is_playing and self._current is not None and self._current.stop > moment:
            self._due.start(max(1, math.ceil(1000 * float((self._current.stop - moment) / picture.clip.play_rate))))

    def _note_jump(self, picture: ClipPicture, moment: Fraction) -> None:
        """Begin a new row of frames where `moment` does not follow the one before."""
        was, before = self._picture, self._seconds
        self._seconds = moment
        self._change_picture(picture)
        if was is None or was.file != picture.file or not 0 <= moment - before < _JUMP:
            self._serial += 1
            self._ready.clear()
        if was is None or was.file != picture.file:
            self._blank("")

    def _change_picture(self, picture: ClipPicture | None) -> None:
        if picture != self._picture:
            self._picture = picture
            self.picture_changed.emit(picture)

    def _show_ready(self, moment: Fraction) -> None:
        """Show the newest decoded frame that has started, and drop those before it."""
        started = [image for image in self._ready if image.start <= moment]
        if started:
            self._ready = [image for image in self._ready if image.start > moment]
            self._show(started[-1])

    def _ask(self, picture: ClipPicture, moment: Fraction, is_playing: bool) -> None:
        frame = self._current
        is_covered = frame is not None and frame.start <= moment + _ROUNDING < frame.stop
        ahead = self._ready[-1].stop if self._ready else frame.stop if is_covered and frame is not None else moment
        if is_covered and (not is_playing or ahead >= moment + _AHEAD / 2):
            return
        width, height = self._room
        self.feed.ask(
            PictureWish(
                serial=self._serial, file=picture.file, seconds=moment, width=width, height=height,
                ahead=_AHEAD if is_playing else Fraction(0),
            )
        )  # fmt: skip

    def _arrive(self, shot: PictureShot) -> None:
        wish, picture = shot.wish, self._picture
        if picture is None or wish.file != picture.file or (wish.width, wish.height) != self._room:
            return
        if self._player.state == "playing":
            if shot.image is None:
                self._blank(self.tr("The picture begins later"))
            elif wish.serial == self._serial:
                self._ready = sorted((*self._ready, shot.image), key=lambda image: image.start)[-_MOST_READY:]
                self.follow()
        elif wish.serial >= self._visible_serial:
            self._show_still(shot)

    def _show_still(self, shot: PictureShot) -> None:
        """Show a frame while nothing plays: also one of a moment that the mouse has left already."""
        self._visible_serial = shot.wish.serial
        if shot.image is None:
            self._blank(self.tr("The picture begins later"))
            return
        self._show(shot.image)
        if self._snaps and shot.wish.serial == self._serial and self._picture is not None:
            self._snaps = False
            self._playback.seek(self._picture.document_seconds(shot.image.start))

    def _show(self, image: PictureImage) -> None:
        self._current = image
        for canvas in self._canvases:
            canvas.show_frame(image)
        self.frame_shown.emit(image)

    def _blank(self, text: str) -> None:
        self._current = None
        for canvas in self._canvases:
            if canvas.frame is not None or canvas.text != text:
                canvas.show_text(text)

    def _show_on(self, canvas: PictureCanvas) -> None:
        if self._current is not None:
            canvas.show_frame(self._current)
        else:
            canvas.show_text(self._hint())

    def _hint(self) -> str:
        if self._pictures:
            return self.tr("No picture here: no clip of a video lies at the playhead")
        return self.tr(
            "Open a video, or a session whose clips are from videos, to see its picture in step with the sound"
        )

    def _fit(self) -> None:
        """Decode for the largest visible canvas from now on."""
        rooms = [canvas.room for canvas in self._canvases if canvas.isVisible()]
        room = (max(width for width, _ in rooms), max(height for _, height in rooms)) if rooms else (0, 0)
        if room != self._room:
            self._room = room
            self._serial += 1
            self._ready.clear()
            before, self._current = self._current, None  # another size: decode it again
            self.follow()
            self._current = self._current or before

    def _reread(self) -> None:
        self._pictures = clip_pictures(self._model.workspace, self._model.front)
        self.follow()

    def _fail(self, wish: PictureWish, why: str) -> None:
        if self._picture is not None and wish.file == self._picture.file:
            self._blank(why)

    def _connect(self) -> None:
        self.feed.arrived.connect(self._arrive)
        self.feed.failed.connect(self._fail)
        self._model.workspace_changed.connect(lambda before, after: self._reread())
        self._model.document_read.connect(lambda document: self.feed.forget_failures())
        self._model.document_read.connect(lambda document: self._reread())
        self._playback.playhead_moved.connect(lambda seconds: self.follow())
        self._player.state_changed.connect(lambda state: self.follow())
