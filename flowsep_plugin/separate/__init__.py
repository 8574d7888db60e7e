"""Separation of clips in memory: audio and queries in, stems and residual out.

    source ─► windows ─► engine ─► Estimate ─► Renderer ─► stems, residual
             prepare     flow      stitched    blocks

`Separator.separate` runs both passes, `estimate` and `render`, on a clip; `flowsep_plugin.files.separate_file` streams
them from file to files.
"""

from .finished_windows import FinishedWindows
from .separation import Separation, decibels
from .separator import Separator, presence_of, stem_peaks_of

__all__ = ["FinishedWindows", "Separation", "Separator", "decibels", "presence_of", "stem_peaks_of"]
