"""The object under the mouse: clip, lane, region, selection edge."""

from dataclasses import dataclass
from typing import Final

from flowsep_ui.timeline.layout import STRIP, Row
from flowsep_ui.timeline.scene import Lane, LanePart, SceneClip, Selection, Spot
from flowsep_ui.timeline.sound.regions import region_at
from flowsep_ui.timeline.viewport import Viewport

from flowsep_plugin.audio.span import Span

from .gestures import Edge

REACH: Final = 6
"""Distance in pixels from which an edge can be dragged."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A point of the canvas: its frame, and the objects there."""

    spot: Spot
    frame: int
    row: Row | None = None
    clip: SceneClip | None = None
    lane: Lane | None = None
    part: LanePart | None = None
    region: Span | None = None
    edge: Edge | None = None


def edge_under(view: Viewport, selection: Selection | None, x: float, reach: int = REACH) -> Edge | None:
    """Return the selection's edge within `reach` pixels of `x`, the nearer one; None where there is none."""
    if selection is None:
        return None
    span = selection.span
    start, stop = abs(view.x_of(span.start) - x), abs(view.x_of(span.stop) - x)
    if min(start, stop) > reach:
        return None
    return "start" if start < stop else "stop"


def region_under(row: Row, frame: int, y: float) -> Span | None:
    """Return the region at `frame` where `y` (from the top of the scene) is in the presence strip of a lane."""
    if row.lane is None or y < row.bottom - min(STRIP, row.height // 3):
        return None
    return region_at(row.lane, frame)
