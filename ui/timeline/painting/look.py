"""What every painter of the view has at hand."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

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
"""Colours of a spectrogram on dark (True) and light ground: bytes of `spectrogram_tiles`, quiet to loud."""


@dataclass
class Budget:
    """Time that one picture may take; sounds that come too late are left to the next, one at least is drawn.

    until : of `time.perf_counter`.     leave : told where a sound was left out.
    """

    until: float = float("inf")
    leave: Callable[[QRect], None] = lambda area: None
    _drawn: int = 0

    @property
    def is_left(self) -> bool:
        """Whether there is time for one more sound."""
        return not self._drawn or time.perf_counter() <= self.until

    def allows(self, area: QRect) -> bool:
        """Whether to draw a sound in `area` now; else it is late."""
        if not self.is_left:
            self.leave(QRect(area))
            return False
        self._drawn += 1
        return True


@dataclass(frozen=True)
class Look:
    """One picture's circumstances. `amplitude`: how much taller waveforms are drawn; `dpr`: device pixels a pixel."""

    view: Viewport
    store: SoundStore
    colours: Colours
    font: QFont
    spectrogram: bool
    amplitude: float
    dpr: float
    budget: Budget = field(default_factory=Budget)

    @property
    def heat(self) -> Pixels:
        """Colours of the spectrogram."""
        return HEAT[self.colours.is_dark]
