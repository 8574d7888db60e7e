"""The thread that has frames decoded: the one that is wanted now, and while playing those that follow."""

import threading
from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from PyQt6.QtCore import QObject, pyqtSignal

from flowsep_plugin.errors import MediaError
from flowsep_plugin.media.container.picture import PictureFile, PictureHost, PictureImage

from .cache import FrameCache

_MOST_AHEAD: Final = 30
_LEAST_AHEAD: Final = 3
_AHEAD_BYTES: Final = 24 << 20
"""Frames that are decoded beforehand: at most 30, and no more than this, but three of any size."""

_REMEMBERED: Final = 64
_STEPS_BACK: Final = 8
"""Frames before a jump back that are decoded too: stepping back goes on with them."""

_ROUNDING: Final = Fraction(1, 50_000)
"""Seconds by which a position may be before the frame that it means."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureWish:
    """A moment whose frame is to be shown.

    serial : counts jumps, files and sizes; frames of one serial follow each other.
    seconds : of the file's sound.     width, height : room in pixels.     ahead : seconds that are decoded beforehand.
    """

    serial: int
    file: PictureFile
    seconds: Fraction
    width: int
    height: int
    ahead: Fraction = Fraction(0)

    @property
    def key(self) -> Hashable:
        """File and size, which frames in the cache must share with this wish."""
        return (self.file, self.width, self.height)


@dataclass(frozen=True, slots=True)
class PictureShot:
    """The answer to a wish. image : the frame; None before the first one."""

    wish: PictureWish
    image: PictureImage | None


class PictureFeed(QObject):
    """Answers the newest wish; older ones that have not begun are dropped. `close` ends thread and process.

    arrived : a `PictureShot`.     failed : the wish, and why its file cannot be shown.
    """

    arrived = pyqtSignal(object)
    failed = pyqtSignal(object, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._changed = threading.Condition()
        self._wish: PictureWish | None = None
        self._is_closed = False
        self._host, self._cache = PictureHost(), FrameCache()
        self._serial = -1
        self._delivered: deque[Fraction] = deque(maxlen=_REMEMBERED)
        self._broken: dict[PictureFile, str] = {}
        self._last: tuple[Hashable, Fraction] | None = None
        self._thread: threading.Thread | None = None

    @property
    def pid(self) -> int | None:
        """Id of the decoder's process; None where none runs."""
        return self._host.pid

    def ask(self, wish: PictureWish) -> None:
        """Decode for `wish` as soon as the frame in work is ready; the thread starts with the first call."""
        with self._changed:
            if self._is_closed:
                return
            self._wish = wish
            self._changed.notify()
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, daemon=True, name="flowsep-picture")
            self._thread.start()

    def forget_failures(self) -> None:
        """Try files again that could not be shown, such as after they were copied once more."""
        with self._changed:
            self._broken.clear()

    def close(self) -> None:
        """End the thread and the decoder's process. Idempotent."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()
        self._host.kill()
        if self._thread is not None:
            self._thread.join()
        self._host.close()

    def _run(self) -> None:
        while (wish := self._next()) is not None:
            try:
                self._serve(wish)
            except MediaError as error:
                if not self._is_closed:
                    self._broken[wish.file] = str(error)
                    self.failed.emit(wish, str(error))

    def _next(self) -> PictureWish | None:
        with self._changed:
            while self._wish is None and not self._is_closed:
                self._changed.wait()
            wish, self._wish = self._wish, None
            return None if self._is_closed else wish

    def _serve(self, wish: PictureWish) -> None:
        if wish.file in self._broken:
            self.failed.emit(wish, self._broken[wish.file])
            return
        if wish.serial != self._serial:
            self._serial = wish.serial
            self._delivered.clear()
        seconds, until = wish.seconds, wish.seconds + wish.ahead
        size = 4 * wish.width * wish.height
        for _ in range(1 + max(_LEAST_AHEAD, min(_MOST_AHEAD, _AHEAD_BYTES // size))):
            image = self._image(wish, seconds)
            self._send(wish, image)
            if image is None or image.stop > until or image.stop <= seconds or self._wish is not None:
                return
            seconds = image.stop

    def _image(self, wish: PictureWish, seconds: Fraction) -> PictureImage | None:
        image = self._cache.at(wish.key, seconds + _ROUNDING)
        if image is not None:
            return image
        if not wish.ahead and self._last is not None and self._last[0] == wish.key and seconds < self._last[1]:
            self._decode_before(wish, seconds)
        return self._decoded(wish, seconds)

    def _decode_before(self, wish: PictureWish, seconds: Fraction) -> None:
        """Decode some frames before `seconds` into the cache: to get there, the decoder passes them anyway."""
        image = self._decoded(wish, seconds - Fraction(_STEPS_BACK, 30))
        for _ in range(2 * _STEPS_BACK):
            if image is None or image.stop > seconds or self._wish is not None:
                return
            image = self._decoded(wish, image.stop)

    def _decoded(self, wish: PictureWish, seconds: Fraction) -> PictureImage | None:
        image = self._host.image_at(wish.file, seconds, wish.width, wish.height)
        self._last = (wish.key, seconds)
        if image is not None:
            self._cache.add(wish.key, image)
        return image

    def _send(self, wish: PictureWish, image: PictureImage | None) -> None:
        if image is not None:
            if image.start in self._delivered:
                return
            self._delivered.append(image.start)
        self.arrived.emit(PictureShot(wish, image))
