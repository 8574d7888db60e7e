"""Steps of the key commands: next ruler line, edge, row, clip or region."""

from bisect import bisect_left, bisect_right
from itertools import pairwise
from typing import Literal

from flowsep_ui.timeline.model import TimelineModel
from flowsep_ui.timeline.scene import Lane, SceneClip, Selection
from flowsep_ui.timeline.sound.regions import lane_regions

from flowsep_plugin.audio.span import Span

from .gestures import within

Direction = Literal[-1, 1]


def step_frame(model: TimelineModel, frame: int, direction: Direction) -> int:
    """Return the frame one ruler line before or after `frame`; one pixel where the ruler has no lines."""
    lines = [tick.frame for tick in model.ticks]
    gap = min((b - a for a, b in pairwise(lines) if b > a), default=model.view.frames_per_pixel)
    return within(model.scene, [frame + direction * max(1, round(gap))])[0]


def edge_frame(model: TimelineModel, frame: int, direction: Direction) -> int:
    """Return the next clip edge, marker or region edge; the end of the scene where there is none."""
    targets = model.index.targets
    place = bisect_right(targets, frame) if direction > 0 else bisect_left(targets, frame) - 1
    return targets[min(len(targets) - 1, max(0, place))]


def extend_selection(model: TimelineModel, towards: int) -> None:
    """Move the selection's edge that is at the playhead to `towards`; without one, select from the playhead."""
    here = model.playhead
    span = model.selection.span if model.selection else Span(here, 0, model.scene.rate)
    fixed = span.start if here == span.stop else span.stop if here == span.start else here
    first, stop = sorted((fixed, towards))
    tracks = model.selection.track_ids if model.selection else _own_track(model)
    span = Span(first, stop - first, model.scene.rate)
    model.set_selection(Selection(span, None, tracks) if span.frames else None)


def next_row(model: TimelineModel, direction: Direction) -> str | None:
    """Return the id of the row above or below the picked one, scrolled into view; None where there are no rows."""
    rows = model.index.layout.rows
    if not rows:
        return None
    ids = [row.id for row in rows]
    place = ids.index(model.row_id) + direction if model.row_id in ids else 0
    row = rows[min(len(rows) - 1, max(0, place))]
    if row.top < model.top:
        model.set_top(row.top)
    elif row.bottom > model.top + model.height:
        model.set_top(row.bottom - model.height)
    return row.id


def next_clip(model: TimelineModel, direction: Direction) -> SceneClip | None:
    """Return the clip after or before the selected one (else the playhead) on the track of the picked row."""
    row = model.index.layout.row_of(model.row_id) if model.row_id else None
    row = row or (model.index.layout.rows[0] if model.index.layout.rows else None)
    if row is None:
        return None
    clips = sorted(row.track.clips, key=lambda clip: clip.place.start)
    ids = [clip.id for clip in clips]
    if model.selection and model.selection.clip_id in ids:
        place = ids.index(model.selection.clip_id) + direction
        return clips[place] if 0 <= place < len(clips) else None
    if direction > 0:
        return next((clip for clip in clips if clip.place.stop > model.playhead), None)
    return next((clip for clip in reversed(clips) if clip.place.start < model.playhead), None)


def next_region(model: TimelineModel, direction: Direction) -> tuple[str, Span] | None:
    """Return a lane's id and its region after or before the playhead; None where there is none.

    It is the picked lane, else the first lane of the picked track, else the first of all.
    """
    lane = _picked_lane(model)
    if lane is None:
        return None
    spans = lane_regions(lane)
    if direction > 0:
        region = next((span for span in spans if span.start > model.playhead), None)
    else:
        region = next((span for span in reversed(spans) if span.start < model.playhead), None)
    return region and (lane.id, region)


def _picked_lane(model: TimelineModel) -> Lane | None:
    row = model.index.layout.row_of(model.row_id) if model.row_id else None
    if row is not None and row.lane is not None:
        return row.lane
    tracks = model.scene.tracks if row is None else (row.track,)
    return next((lane for track in tracks for lane in track.lanes if lane_regions(lane)), None)


def clip_selection(model: TimelineModel, clip: SceneClip) -> Selection:
    """Return the selection of a whole clip."""
    track = next(t for t in model.scene.tracks if any(c.id == clip.id for c in t.clips))
    return Selection(clip.place, clip.id, (track.id,))


def _own_track(model: TimelineModel) -> tuple[str, ...]:
    row = model.index.layout.row_of(model.row_id) if model.row_id else None
    return (row.track.id,) if row else ()
