"""Drags that change the selection: from a frame under the mouse to a new selection."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol, TypeAlias

from flowsep_ui.timeline.layout import ClipIndex
from flowsep_ui.timeline.scene import Scene, Selection

from flowsep_plugin.audio.span import Span

Edge: TypeAlias = Literal["start", "stop"]


class Drag(Protocol):
    """A drag in progress; `track` is the number of the track under the mouse, None outside all tracks."""

    def to(self, frame: int, track: int | None) -> Selection | None:
        """Return the selection when the mouse is at `frame`; None where it is empty."""
        ...


@dataclass(frozen=True)
class RangeDrag:
    """Selects from frame `anchor`, where the mouse was pressed; over all tracks if `track` is None, as on the ruler."""

    scene: Scene
    indexes: Sequence[ClipIndex]
    anchor: int
    track: int | None

    def to(self, frame: int, track: int | None) -> Selection | None:
        """Return the range from the anchor to `frame`, from the anchor's track to `track`."""
        first, stop = sorted(within(self.scene, (self.anchor, frame)))
        if first == stop:
            return None
        span = Span(first, stop - first, self.scene.rate)
        if self.track is None:
            return Selection(span)
        low, high = sorted((self.track, self.track if track is None else track))
        ids = tuple(t.id for t in self.scene.tracks[low : high + 1])
        return Selection(span, self._clip_over(span) if low == high else None, ids)

    def _clip_over(self, span: Span) -> str | None:
        """Return the id of the clip that contains the whole range."""
        assert self.track is not None
        clips = self.indexes[self.track].between(span.start, span.stop)
        return next((c.id for c in clips if c.place.start <= span.start and span.stop <= c.place.stop), None)


@dataclass(frozen=True)
class EdgeDrag:
    """Moves one edge of a selection; beyond the other one they swap."""

    scene: Scene
    selection: Selection
    edge: Edge

    def to(self, frame: int, track: int | None) -> Selection | None:
        """Return the selection with the edge at `frame`."""
        span = self.selection.span
        fixed = span.stop if self.edge == "start" else span.start
        first, stop = sorted(within(self.scene, (fixed, frame)))
        return None if first == stop else replace(self.selection, span=Span(first, stop - first, span.rate))


@dataclass(frozen=True)
class MoveDrag:
    """Moves a whole selection within the scene; the mouse was pressed at frame `anchor`."""

    scene: Scene
    selection: Selection
    anchor: int

    def to(self, frame: int, track: int | None) -> Selection | None:
        """Return the selection moved as far as the mouse."""
        span = self.selection.span
        furthest = max(0, self.scene.frames - span.frames)
        start = min(furthest, max(0, span.start + frame - self.anchor))
        return replace(self.selection, span=Span(start, span.frames, span.rate))


def extended(scene: Scene, selection: Selection, frame: int) -> Selection:
    """Return `selection` with the edge that is nearer to `frame` moved there."""
    span = selection.span
    edge: Edge = "start" if abs(frame - span.start) < abs(frame - span.stop) else "stop"
    return EdgeDrag(scene, selection, edge).to(frame, None) or selection


def within(scene: Scene, frames: Sequence[int]) -> list[int]:
    """Return `frames` limited to the ends of the scene."""
    return [min(scene.frames, max(0, frame)) for frame in frames]
