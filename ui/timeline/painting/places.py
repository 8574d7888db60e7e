"""Pixels of a span of time on the canvas."""

import numpy as np
from PyQt6.QtCore import QRect

from .context import PaintContext


def place_rect(context: PaintContext, start: int, stop: int, area: QRect) -> QRect:
    """Return the pixels from frame `start` to `stop`, one at least, as high as `area`; may exceed the view."""
    left = int(np.floor(context.view.x_of(start)))
    right = max(left + 1, int(np.floor(context.view.x_of(stop))))
    left, right = max(left, -32_000), min(right, 32_000)
    return QRect(left, area.top(), right - left, area.height())
