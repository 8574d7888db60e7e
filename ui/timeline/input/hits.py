"""What lies under the mouse."""

from dataclasses import dataclass
from typing import Final

from flowsep_ui.timeline.layout import STRIP, Row
from flowsep_ui.timeline.scene import Lane, SceneClip, Selection, Spot
from flowsep_ui.timeline.sound.regions import region_at
from flowsep_ui.timeline.viewport import Viewport

from flowsep_plugin.audio.span import Span

from .gestures import Edge

REACH: Final = 6
"""Pixels beside an edge that still take hold of it."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One place of the canvas: `frame` in time, and what is there."""

    spot: Spot
    frame: int
    row: Row | None = None
    clip: SceneClip | None = None
    lane: Lane | None = None
    region: Span | None = None
    edge: Edge | None = None


def edge_under(view: Viewport, selection: Selection | None, x: float, reach: int = REACH) -> Edge | None:
    """The selection's edge within `reach` of `x`; the nearer one."""
    if selection is None:
        return None
    span = selection.span
    start, stop = abs(view.x_of(span.start) - x), abs(view.x_of(span.stop) - x)
    if min(start, stop) > reach:
        return None
    return "start" if start < stop else "stop"


def region_under(row: Row, frame: int, y: float) -> Span | None:
    """The region in the presence strip at the foot of a lane's row; `y` from the top of the scene."""
    if row.lane is None or y < row.bottom - min(STRIP, row.height // 3):
        return None
    return region_at(row.lane, frame)
