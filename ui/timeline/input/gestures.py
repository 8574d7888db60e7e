"""What dragging does to a selection; frames in, a new selection out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol, TypeAlias

from flowsep_ui.timeline.layout import ClipIndex
from flowsep_ui.timeline.scene import Scene, Selection

from flowsep_plugin.audio.span import Span

Edge: TypeAlias = Literal["start", "stop"]


class Drag(Protocol):
    """A drag that goes on; `track` is the number of the track under the mouse, None beside all."""

    def to(self, frame: int, track: int | None) -> Selection | None:
        """The selection when the mouse is at `frame`; None where it is empty."""
        ...


@dataclass(frozen=True)
class RangeDrag:
    """A new range from where the mouse went down: over tracks, or (`track` None, on the ruler) over all of them."""

    scene: Scene
    indexes: Sequence[ClipIndex]
    anchor: int
    track: int | None

    def to(self, frame: int, track: int | None) -> Selection | None:
        """From the anchor to `frame`, from the anchor's track to `track`."""
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
        """The clip that the whole range lies in."""
        assert self.track is not None
        clips = self.indexes[self.track].between(span.start, span.stop)
        return next((c.id for c in clips if c.place.start <= span.start and span.stop <= c.place.stop), None)


@dataclass(frozen=True)
class EdgeDrag:
    """One edge moves, the other stays; past it they swap."""

    scene: Scene
    selection: Selection
    edge: Edge

    def to(self, frame: int, track: int | None) -> Selection | None:
        """The edge at `frame`."""
        span = self.selection.span
        fixed = span.stop if self.edge == "start" else span.start
        first, stop = sorted(within(self.scene, (fixed, frame)))
        return None if first == stop else replace(self.selection, span=Span(first, stop - first, span.rate))


@dataclass(frozen=True)
class MoveDrag:
    """The whole selection moves, as far as the ends of the scene; it was taken hold of at frame `held`."""

    scene: Scene
    selection: Selection
    held: int

    def to(self, frame: int, track: int | None) -> Selection | None:
        """Moved by as much as the mouse."""
        span = self.selection.span
        furthest = max(0, self.scene.frames - span.frames)
        start = min(furthest, max(0, span.start + frame - self.held))
        return replace(self.selection, span=Span(start, span.frames, span.rate))


def extended(scene: Scene, selection: Selection, frame: int) -> Selection:
    """The edge that is nearer to `frame` moves there."""
    span = selection.span
    edge: Edge = "start" if abs(frame - span.start) < abs(frame - span.stop) else "stop"
    return EdgeDrag(scene, selection, edge).to(frame, None) or selection


def within(scene: Scene, frames: Sequence[int]) -> list[int]:
    """Frames, brought between the ends of the scene."""
    return [min(scene.frames, max(0, frame)) for frame in frames]
