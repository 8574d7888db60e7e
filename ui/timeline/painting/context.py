"""The values that all painting functions of the view share."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final, Self

from flowsep_ui.contrast import BLACK, WHITE, Rgb, mixed
from flowsep_ui.timeline.sound.store import SoundStore
from flowsep_ui.timeline.viewport import Viewport
from PyQt6.QtCore import QRect
from PyQt6.QtGui import QFont

from .colours import Colours
from .raster import Pixels, colour_table

_DARK = ((0.0, (8, 9, 14)), (0.25, (34, 24, 84)), (0.5, (140, 36, 110)), (0.72, (236, 96, 58)), (0.9, (255, 200, 96)),
         (1.0, (255, 250, 220)))  # fmt: skip
_LIGHT = ((0.0, (252, 252, 250)), (0.25, (205, 222, 240)), (0.5, (110, 150, 214)), (0.72, (92, 62, 156)),
          (0.9, (70, 12, 70)), (1.0, (20, 0, 16)))  # fmt: skip

HEAT: Final[dict[bool, Pixels]] = {
    True: colour_table(_DARK, 0.12, 0.92),
    False: colour_table(_LIGHT, 0.12, 0.92),
}
"""Colours (256,) of a spectrogram on dark (True) and light ground, for bytes of its tiles, quiet to loud."""


@lru_cache(maxsize=64)
def tinted_heat(hue: Rgb, *, is_dark: bool) -> Pixels:
    """Return colours (256,) of a lane's spectrogram: from the theme's ground over `hue` to white or black."""
    ground, end = (_DARK[0][1], WHITE) if is_dark else (_LIGHT[0][1], BLACK)
    stops = ((0.0, ground), (0.3, mixed(ground, hue, 0.35)), (0.66, hue), (1.0, mixed(hue, end, 0.85)))
    return colour_table(stops, 0.12, 0.92)


@dataclass
class PaintBudget:
    """Limits the time of one picture: sounds after it are postponed to the next, but one is always painted.

    until : of `time.perf_counter`.     postpone : called with the area of a skipped sound.
    """

    until: float = float("inf")
    postpone: Callable[[QRect], None] = lambda area: None
    _count: int = 0

    @property
    def has_time(self) -> bool:
        """Whether one more sound may be painted."""
        return not self._count or time.perf_counter() <= self.until

    def allows(self, area: QRect) -> bool:
        """Return whether to paint a sound in `area` now; else postpone it."""
        if not self.has_time:
            self.postpone(QRect(area))
            return False
        self._count += 1
        return True


@dataclass(frozen=True)
class PaintContext:
    """Viewport, sounds, colours and settings of one picture.

    amplitude : factor of the height of waveforms.     dpr : device pixels per pixel.
    zooms_lanes : whether the waveforms of quiet lanes are magnified.
    heat : colours (256,) of spectrograms; None for those of the theme.
    """

    view: Viewport
    store: SoundStore
    colours: Colours
    font: QFont
    spectrogram: bool
    amplitude: float
    dpr: float
    zooms_lanes: bool = True
    heat: Pixels | None = None
    budget: PaintBudget = field(default_factory=PaintBudget)

    def magnified(self, factor: float) -> Self:
        """Return the context with waveforms taller by `factor`."""
        return self if factor == 1 else replace(self, amplitude=self.amplitude * factor)

    @property
    def spectrum_table(self) -> Pixels:
        """The colours (256,) of spectrograms: `heat`, or those of the theme."""
        return HEAT[self.colours.is_dark] if self.heat is None else self.heat
