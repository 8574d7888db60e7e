"""Time to pixels and back.

The timeline is a strip of whole pixel columns, column k holding frames `[k, k + 1) * frames_per_pixel`; a viewport
shows `width` of them from `left`. Columns do not move when the strip is scrolled, so what was drawn can be shifted
instead of drawn again, and `frame_at(x_of(f))` is within half a pixel of `f`.
"""

from dataclasses import dataclass, replace
from typing import Final, Self

FINEST: Final = 1 / 64
"""Frames a pixel: 64 pixels for one sample."""

MARGIN: Final = 12
"""Pixels that stay free before frame 0 and when everything is shown."""


@dataclass(frozen=True, slots=True)
class Viewport:
    """`frames`: length of the scene; `left` may lie a little before frame 0. Widths are in logical pixels."""

    left: int
    frames_per_pixel: float
    width: int
    frames: int

    @classmethod
    def over(cls, frames: int, width: int) -> Self:
        """See everything."""
        return cls(0, 1.0, max(1, width), max(1, frames)).fitted(0, frames)

    def x_of(self, frame: float) -> float:
        """Where `frame` starts, in pixels from the left edge. Inverse: `frame_at`."""
        return frame / self.frames_per_pixel - self.left

    def frame_at(self, x: float) -> int:
        """The frame nearest to pixel `x`; may lie outside the scene. Inverse: `x_of`."""
        return round((self.left + x) * self.frames_per_pixel)

    @property
    def visible(self) -> tuple[int, int]:
        """Half-open range of the frames in view, cut to the scene."""
        first = max(0, int(self.left * self.frames_per_pixel))
        stop = min(self.frames, -int(-(self.left + self.width) * self.frames_per_pixel // 1))
        return first, max(first, stop)

    @property
    def columns(self) -> int:
        """Width of the whole scene."""
        return -int(-self.frames // self.frames_per_pixel)

    @property
    def coarsest(self) -> float:
        """Frames a pixel when the scene takes half of the view."""
        return max(FINEST, 2 * self.frames / max(1, self.width))

    @property
    def furthest(self) -> int:
        """Largest `left`: the end of the scene in the middle of the view."""
        return max(-MARGIN, self.columns - self.width // 2)

    def zoomed(self, factor: float, x: float) -> Self:
        """`factor` > 1 comes closer; the frame under pixel `x` stays there, as far as the ends allow."""
        fpp = min(self.coarsest, max(FINEST, self.frames_per_pixel / factor))
        under = (self.left + x) * self.frames_per_pixel
        return replace(self, frames_per_pixel=fpp, left=round(under / fpp - x)).bounded()

    def scrolled(self, pixels: int) -> Self:
        """Move the view; positive goes later."""
        return self.moved_to(self.left + pixels)

    def moved_to(self, left: int) -> Self:
        """Show the strip from column `left`."""
        return replace(self, left=left).bounded()

    def fitted(self, first: int, stop: int) -> Self:
        """Show frames `[first, stop)` with a margin on both sides."""
        room = max(1, self.width - 2 * MARGIN)
        fpp = min(self.coarsest, max(FINEST, max(1, stop - first) / room))
        middle = (first + stop) / 2 / fpp
        return replace(self, frames_per_pixel=fpp, left=round(middle - self.width / 2)).bounded()

    def revealed(self, frame: int) -> Self:
        """Scroll as far as needed for `frame` to be in view; then it stands at a fifth of the width."""
        if 0 <= self.x_of(frame) < self.width:
            return self
        return self.moved_to(int(frame / self.frames_per_pixel) - self.width // 5)

    def resized(self, width: int) -> Self:
        """The same zoom and left edge in another width."""
        return replace(self, width=max(1, width)).bounded()

    def bounded(self) -> Self:
        """Keep zoom and place where there is something to see."""
        fpp = min(self.coarsest, max(FINEST, self.frames_per_pixel))
        here = replace(self, frames_per_pixel=fpp)
        return replace(here, left=min(here.furthest, max(-MARGIN, self.left)))
