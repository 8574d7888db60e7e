"""Conversion of time to pixels and back.

The timeline is a strip of whole pixel columns, column k holding frames `[k, k + 1) * frames_per_pixel`; a viewport
shows `width` of them from `left`. Columns do not move when the strip is scrolled, so a picture can be shifted
instead of painted again, and `frame_at(x_of(f))` is within half a pixel of `f`.
"""

from dataclasses import dataclass, replace
from typing import Final, Self

FINEST: Final = 1 / 64
"""Fewest frames per pixel: 64 pixels for one sample."""

MARGIN: Final = 12
"""Free pixels before frame 0 and on both sides of a fitted view."""


@dataclass(frozen=True, slots=True)
class Viewport:
    """The visible part of the scene.

    left : first visible column; may be a little before frame 0.     width : logical pixels.
    frames : length of the scene.
    """

    left: int
    frames_per_pixel: float
    width: int
    frames: int

    @classmethod
    def over(cls, frames: int, width: int) -> Self:
        """Return a view of a whole scene of `frames`."""
        return cls(0, 1.0, max(1, width), max(1, frames)).fitted(0, frames)

    def x_of(self, frame: float) -> float:
        """Return the start of `frame` in pixels from the left edge. Inverse: `frame_at`."""
        return frame / self.frames_per_pixel - self.left

    def frame_at(self, x: float) -> int:
        """Return the frame nearest to pixel `x`; may be outside the scene. Inverse: `x_of`."""
        return round((self.left + x) * self.frames_per_pixel)

    @property
    def visible(self) -> tuple[int, int]:
        """Half-open range of the frames in view, cut to the scene."""
        first = max(0, int(self.left * self.frames_per_pixel))
        stop = min(self.frames, -int(-(self.left + self.width) * self.frames_per_pixel // 1))
        return first, max(first, stop)

    @property
    def columns(self) -> int:
        """Width of the whole scene in columns."""
        return -int(-self.frames // self.frames_per_pixel)

    @property
    def coarsest(self) -> float:
        """Most frames per pixel: the scene fills half of the view."""
        return max(FINEST, 2 * self.frames / max(1, self.width))

    @property
    def furthest(self) -> int:
        """Largest `left`: the end of the scene is in the middle of the view."""
        return max(-MARGIN, self.columns - self.width // 2)

    def zoomed(self, factor: float, x: float) -> Self:
        """Return the view magnified by `factor`; the frame under pixel `x` stays there, as far as the ends allow."""
        fpp = min(self.coarsest, max(FINEST, self.frames_per_pixel / factor))
        under = (self.left + x) * self.frames_per_pixel
        return replace(self, frames_per_pixel=fpp, left=round(under / fpp - x)).bounded()

    def scrolled(self, pixels: int) -> Self:
        """Return the view moved by `pixels`, positive towards the end."""
        return self.moved_to(self.left + pixels)

    def moved_to(self, left: int) -> Self:
        """Return the view from column `left` on."""
        return replace(self, left=left).bounded()

    def fitted(self, first: int, stop: int) -> Self:
        """Return a view of frames `[first, stop)` with a margin on both sides."""
        room = max(1, self.width - 2 * MARGIN)
        fpp = min(self.coarsest, max(FINEST, max(1, stop - first) / room))
        middle = (first + stop) / 2 / fpp
        return replace(self, frames_per_pixel=fpp, left=round(middle - self.width / 2)).bounded()

    def revealed(self, frame: int) -> Self:
        """Return a view that contains `frame`: this one, or one with it at a fifth of the width."""
        if 0 <= self.x_of(frame) < self.width:
            return self
        return self.moved_to(int(frame / self.frames_per_pixel) - self.width // 5)

    def resized(self, width: int) -> Self:
        """Return the view with the same zoom and left edge in another width."""
        return replace(self, width=max(1, width)).bounded()

    def bounded(self) -> Self:
        """Return the view with zoom and place limited to the scene."""
        fpp = min(self.coarsest, max(FINEST, self.frames_per_pixel))
        here = replace(self, frames_per_pixel=fpp)
        return replace(here, left=min(here.furthest, max(-MARGIN, self.left)))
