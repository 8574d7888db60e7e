"""Conversion for the timeline view: Workspace + DocumentContent + Results ─► Scene; selections both ways.

Lanes are those of `lanes_of`; their state is that of their stems.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from flowsep_ui.timeline.scene import Lane, LanePart, MarkerView, Scene, SceneClip, SceneTrack, Selection
from flowsep_ui.timeline.sound.results import sound_key

from flowsep_plugin.timeline import ClipRef, Track
from flowsep_plugin.timeline.media import media_read

from .document_content import DocumentContent
from .lane_states import lane_chip, missing_text, part_state, stem_note
from .lanes import LaneStem, StudioLane, all_lanes, dry_stem, final_file, has_solo, is_audible, lanes_of, track_mix
from .markers import front_markers
from .results import Presence, Results
from .takes import first_frame, timeline_span_of_seconds
from .workspace import Take, Workspace, WorkspaceSelection

EMPTY = Scene("", 48_000, 0)
_TAIL = 16
"""A sixteenth of the length stays empty after the last clip, as a place to drop files."""

_EMPTY_SECONDS = 60
"""Length of the ruler of a session without clips."""


def scene_of(
    workspace: Workspace,
    content: DocumentContent | None,
    results: Results,
    colours: Sequence[str] = (),
    residual: str = "",
    *,
    placed: bool = False,
) -> Scene:
    """Return the scene of the document in front; EMPTY while none is read.

    colours : "#rrggbb" of lanes by number.     residual : that of the residual's lane. Empty: the view's own colours.
    placed : whether lanes are shown whose stems are on tracks of the document, too.
    """
    if content is None or workspace.front_id is None:
        return EMPTY
    timeline = content.timeline
    lanes = lanes_of(workspace, content, results)
    palette = _Palette(colours, residual)
    placed_colours = _placed_colours(lanes, palette)
    make = _Maker(workspace, content, lanes, has_solo(workspace, lanes), palette, placed_colours, placed)
    frames = content.frames or _EMPTY_SECONDS * timeline.rate
    return Scene(
        name=timeline.name,
        rate=timeline.rate,
        frames=frames + frames // _TAIL,
        tracks=tuple(make.track(track) for track in timeline.tracks),
        markers=_markers(workspace, content),
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


def _markers(workspace: Workspace, content: DocumentContent) -> tuple[MarkerView, ...]:
    """Return the markers of the document, and those of the panel that are not written into it yet."""
    in_file = content.timeline.markers
    own = (marker for marker in front_markers(workspace) if marker not in in_file)
    return (
        *(MarkerView(marker.name, marker.span) for marker in in_file),
        *(MarkerView(marker.name, marker.span, is_own=True) for marker in own),
    )


@dataclass(frozen=True, slots=True)
class _Palette:
    colours: Sequence[str]
    residual: str

    def of(self, number: int | None) -> str:
        if number is None:
            return self.residual
        return self.colours[number % len(self.colours)] if self.colours else ""


def _placed_colours(lanes: Mapping[str, tuple[StudioLane, ...]], palette: _Palette) -> dict[Path, str]:
    """Return the colours of the stems that are clips of the document, by their files."""
    placed = (lane for lane in all_lanes(lanes) if lane.is_placed)
    files = ((final_file(stem), palette.of(lane.colour)) for lane in placed for stem in lane.stems)
    return {path: colour for path, colour in files if path is not None}


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes the tracks of one scene."""

    workspace: Workspace
    content: DocumentContent
    lanes: Mapping[str, tuple[StudioLane, ...]]
    any_solo: bool
    palette: _Palette
    placed_colours: Mapping[Path, str]
    placed: bool

    def track(self, track: Track) -> SceneTrack:
        mix = track_mix(self.workspace, track.id)
        lanes = (lane for lane in self.lanes.get(track.id, ()) if self.placed or not lane.is_placed)
        return SceneTrack(
            id=track.id,
            name=track.name,
            clips=tuple(self.clip(track, clip) for clip in track.clips),
            lanes=tuple(self.lane(lane) for lane in lanes),
            mix=mix,
            is_audible=is_audible(mix, mix, any_solo=self.any_solo),
        )

    def clip(self, track: Track, clip: ClipRef) -> SceneClip:
        colour = ""
        if self.placed_colours and clip.media is not None:
            colour = self.placed_colours.get(dry_stem(clip.media.path), "")
        return _clip(track, clip, self.content, colour)

    def lane(self, lane: StudioLane) -> Lane:
        return Lane(
            id=lane.id,
            title=lane.title,
            kind=lane.kind,
            colour=self.palette.of(lane.colour),
            parts=tuple(_part(self.workspace, stem) for stem in sorted(lane.stems, key=lambda stem: stem.place)),
            mix=lane.mix,
            chip=lane_chip(self.workspace, lane),
            is_audible=is_audible(lane.mix, track_mix(self.workspace, lane.track), any_solo=self.any_solo),
            missing=missing_text(lane.stems) if lane.is_missing else "",
            effects=None if lane.kind == "draft" else len(lane.chain.active.slots),
        )


def _part(workspace: Workspace, stem: LaneStem) -> LanePart:
    index, result = stem.index, stem.result
    regions = () if index is None or index >= len(result.regions) else result.regions[index]
    spans = (timeline_span_of_seconds(stem.take, stem.clip, start, stop) for start, stop in regions)
    return LanePart(
        path=stem.path,
        place=stem.place,
        first=first_frame(stem.take, stem.clip),
        presence=() if index is None else curve(result.presence, index, stem.take),
        regions=tuple(span for span in spans if span.frames),
        state=part_state(workspace, stem),
        note=stem_note(workspace, stem),
        play_rate=stem.clip.play_rate,
        reverse=stem.clip.reverse,
    )


def _clip(track: Track, clip: ClipRef, content: DocumentContent, colour: str) -> SceneClip:
    path = content.audio_files.get(clip.id)
    return SceneClip(
        id=clip.id,
        name=clip.name,
        path=sound_key(path, None if clip.media is None else clip.media.stream),
        place=clip.place,
        cut=clip.cut if path is None else media_read(clip.media, path).file_span(clip.cut),
        gain=clip.gain,
        fades=(clip.fade_in, clip.fade_out),
        colour=colour,
        why_not=clip.why_not(),
        play_rate=clip.play_rate,
        reverse=clip.reverse,
        muted=track.why_silent(clip) is not None,
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
