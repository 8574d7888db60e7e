"""Frames that were decoded before, for scrubbing and short loops: a bounded number of bytes."""

from collections import OrderedDict
from collections.abc import Hashable
from fractions import Fraction
from typing import Final

from flowsep_plugin.media.container.picture import PictureImage

MOST_BYTES: Final = 40 << 20
_LEAST_FRAMES: Final = 4


class FrameCache:
    """The frames used last, by file and size; at least four of them, else at most `most_bytes`."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes, self._bytes = most_bytes, 0
        self._frames: OrderedDict[tuple[Hashable, Fraction], PictureImage] = OrderedDict()

    def at(self, key: Hashable, seconds: Fraction) -> PictureImage | None:
        """Return the frame of `key` that is shown at `seconds`; None where that was not decoded, or was dropped."""
        for place, frame in self._frames.items():
            if place[0] == key and frame.start <= seconds < frame.stop:
                self._frames.move_to_end(place)
                return frame
        return None

    def add(self, key: Hashable, frame: PictureImage) -> None:
        """Keep a frame of `key`, and drop those that were not used for longest."""
        old = self._frames.pop((key, frame.start), None)
        self._bytes += len(frame.pixels) - (0 if old is None else len(old.pixels))
        self._frames[key, frame.start] = frame
        while self._bytes > self._most_bytes and len(self._frames) > _LEAST_FRAMES:
            self._bytes -= len(self._frames.popitem(last=False)[1].pixels)

    @property
    def bytes(self) -> int:
        """Memory that all frames take."""
        return self._bytes
