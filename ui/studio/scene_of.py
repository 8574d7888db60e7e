"""Conversion for the timeline view: Workspace + DocumentContent + Results ─► Scene; selections and mixes both ways."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from flowsep_ui.timeline.scene import Lane, MarkerView, Scene, SceneClip, SceneTrack, Selection

from flowsep_plugin.audition import LaneMix
from flowsep_plugin.timeline import ClipRef, Track

from .document_content import DocumentContent
from .reconcile import stem_settings
from .results import Presence, Results, StemSettings, TakeResult, error_of
from .takes import timeline_span, timeline_span_of_seconds
from .texts import translate
from .workspace import Take, Workspace, WorkspaceSelection, lane_id

EMPTY = Scene("", 48_000, 0)
_TAIL = 16
"""A sixteenth of the length stays empty after the last clip, as a place to drop files."""


def scene_of(
    workspace: Workspace,
    content: DocumentContent | None,
    results: Results,
    colours: Sequence[str] = (),
    residual: str = "",
) -> Scene:
    """Return the scene of the document in front; EMPTY while none is read.

    colours : "#rrggbb" of lanes by number.     residual : that of the residual's lane. Empty: the view's own colours.
    """
    if content is None or workspace.front_id is None:
        return EMPTY
    timeline = content.timeline
    paint = _Paint(colours, residual)
    return Scene(
        name=timeline.name,
        rate=timeline.rate,
        frames=content.frames + content.frames // _TAIL,
        tracks=tuple(_track(workspace, track, content, results, paint) for track in timeline.tracks),
        markers=tuple(MarkerView(marker.name, marker.span) for marker in timeline.markers),
        tempo=timeline.tempo,
        frame_rate=timeline.frame_rate,
        origin=timeline.origin,
    )


def selection_of(selected: WorkspaceSelection | None) -> Selection | None:
    """Return the selection for the view. Inverse: `selected_of`."""
    return None if selected is None else Selection(selected.span, selected.clip, selected.tracks)


def selected_of(selection: Selection | None) -> WorkspaceSelection | None:
    """Return the view's selection for the workspace; None for an empty range. Inverse: `selection_of`."""
    if selection is None or not selection.span.frames:
        return None
    return WorkspaceSelection(selection.span, selection.clip_id, selection.track_ids)


@dataclass(frozen=True, slots=True)
class _Paint:
    lanes: Sequence[str]
    residual: str

    def of(self, number: int) -> str:
        return self.lanes[number % len(self.lanes)] if self.lanes else ""


def _track(workspace: Workspace, track: Track, content: DocumentContent, results: Results, paint: _Paint) -> SceneTrack:
    lanes = tuple(lane for clip in track.clips for lane in _lanes(workspace, clip, results, paint))
    return SceneTrack(track.id, track.name, tuple(_clip(track, clip, content) for clip in track.clips), lanes)


def _clip(track: Track, clip: ClipRef, content: DocumentContent) -> SceneClip:
    return SceneClip(
        id=clip.id,
        name=clip.name,
        path=content.audio_files.get(clip.id),
        place=clip.place,
        cut=clip.cut,
        gain=clip.gain,
        fades=(clip.fade_in, clip.fade_out),
        why_not=clip.why_not(),
        play_rate=clip.play_rate,
        reverse=clip.reverse,
        muted=track.why_silent(clip) is not None,
    )


def _lanes(workspace: Workspace, clip: ClipRef, results: Results, paint: _Paint) -> list[Lane]:
    front, draft = workspace.front_id, workspace.draft
    take = None if front is None else workspace.current_take(front, clip.id)
    drafts = [draft] if draft is not None and (draft.document, draft.clip) == (front, clip.id) else []
    takes = [*([take] if take is not None else []), *drafts]
    return [lane for take in takes for lane in _lanes_of_take(workspace, take, clip, results, paint)]


def _lanes_of_take(workspace: Workspace, take: Take, clip: ClipRef, results: Results, paint: _Paint) -> list[Lane]:
    result = results.get(take.id, TakeResult())
    stems = [
        replace(
            _lane(workspace, take, clip, index),
            **_stem(workspace, take, clip, result, index),
            colour=paint.of(query.colour),
        )
        for index, query in enumerate(take.stem_queries)
    ]
    path = None if result.files is None else result.files.residual
    residual = replace(
        _lane(workspace, take, clip, None), title=translate("Studio", "Rest"), colour=paint.residual, path=path
    )
    return [*stems, residual]


def _stem(workspace: Workspace, take: Take, clip: ClipRef, result: TakeResult, index: int) -> dict[str, Any]:
    files = result.files
    regions = result.regions[index] if index < len(result.regions) else ()
    spans = (timeline_span_of_seconds(take, clip, start, stop) for start, stop in regions)
    return {
        "title": take.stem_queries[index].text,
        "path": files.stems[index] if files is not None and index < len(files.stems) else None,
        "presence": curve(result.presence, index, take),
        "regions": tuple(span for span in spans if span.frames),
        "note": note(take, result, index, stem_settings(workspace, take)),
    }


def _lane(workspace: Workspace, take: Take, clip: ClipRef, index: int | None) -> Lane:
    """Return the lane of stem `index` of a take, None for the residual, without title, colour and content."""
    name = lane_id(take.id, index)
    return Lane(
        id=name,
        title="",
        kind="rest" if index is None else "stem",
        colour="",
        path=None,
        place=timeline_span(take, clip),
        state=workspace.mixes.get(name, LaneMix()),
    )


def curve(presence: Presence | None, index: int, take: Take) -> tuple[float, ...]:
    """Return the presence of query `index`, 0..1, over the span that the take covers; empty while unknown."""
    if presence is None or index >= len(presence.values):
        return ()
    start, stop = take.covers.start / take.covers.rate, take.covers.stop / take.covers.rate
    first, step = presence.first_seconds, presence.step_seconds
    row = presence.values[index]
    low = max(0, int((start - first) / step))
    return row[low : max(low + 1, round((stop - first) / step))]


def note(take: Take, result: TakeResult, index: int, settings: StemSettings) -> str:
    """Return the note next to a stem's name: draft, failed, progress, not found."""
    notes = [translate("Studio", "draft")] if take.draft else []
    if result.pending is None and error_of(result, settings) is not None:
        return " · ".join([*notes, translate("Studio", "failed")])
    if result.files is None:
        notes.append(translate("Studio", "waiting") if result.done is None else f"{result.done:.0%}")
    if result.presence is not None and index < len(result.presence.found) and not result.presence.found[index]:
        notes.append(translate("Studio", "not found in this clip"))
    return " · ".join(notes)
