"""The program of a document: its tracks as they are, the clips without stems, and its lanes, as voices of one session.

workspace + content + results ─► lanes_of ─► program_of ─► Player.load
                                     └─► lane_choices ─► the choices in the transport bar
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from flowsep_ui.studio.document_content import DocumentContent
from flowsep_ui.studio.focus import focused_clip
from flowsep_ui.studio.lanes import LaneStem, StudioLane, all_lanes, lanes_of, track_key
from flowsep_ui.studio.results import Results
from flowsep_ui.studio.texts import translate
from flowsep_ui.studio.workspace import Take, Workspace

from flowsep_plugin.audio.span import Span
from flowsep_plugin.audition import PlacedPiece, PlaybackProgram, VoiceSpec, difference, lane_choice
from flowsep_plugin.timeline import ClipRef, Track
from flowsep_plugin.timeline.media import media_read


@dataclass(frozen=True, slots=True)
class LaneChoice:
    """A lane that can be listened to alone.

    title : the query, with the track where several tracks have it.     colour : number of the query's; None: residual.
    is_ready : whether it has a file to play.
    """

    choice: str
    title: str
    colour: int | None
    is_draft: bool
    is_ready: bool


def program_of(workspace: Workspace, content: DocumentContent | None, results: Results) -> PlaybackProgram | None:
    """Return what is played of the document in front; None while none is read, or where nothing of it can sound."""
    if content is None or workspace.front_id is None:
        return None
    lanes = lanes_of(workspace, content, results)
    voices = tuple(
        voice
        for track in content.timeline.tracks
        for voice in _track_voices(workspace.front_id, track, content.audio_files, lanes.get(track.id, ()))
    )
    if not any(voice.pieces for voice in voices):
        return None
    return PlaybackProgram(
        id=workspace.front_id,
        rate=content.timeline.rate,
        frames=content.frames,
        voices=voices,
        focus=focus_of(workspace, content),
    )


def lane_choices(workspace: Workspace, content: DocumentContent | None, results: Results) -> tuple[LaneChoice, ...]:
    """Return the lanes that can be listened to alone, in the order of the view; those without a sound are left out."""
    if content is None:
        return ()
    names = {track.id: track.name for track in content.timeline.tracks}
    lanes = [lane for lane in all_lanes(lanes_of(workspace, content, results)) if _is_lane(lane)]
    shared = Counter((lane.title.casefold(), lane.kind) for lane in lanes)
    return tuple(
        LaneChoice(
            choice=lane_choice(lane.id),
            title=lane.title
            if shared[lane.title.casefold(), lane.kind] == 1
            else f"{lane.title} · {names[lane.track]}",
            colour=lane.colour,
            is_draft=lane.kind == "draft",
            is_ready=any(stem.result.files is not None for stem in lane.stems),
        )
        for lane in lanes
    )


def program_inputs(workspace: Workspace, content: DocumentContent | None, results: Results) -> tuple[object, ...]:
    """Return all that program and choices are made from, except the focus: where it is the same, so are they."""
    decisions = (workspace.front_id, workspace.takes, workspace.current, workspace.draft, workspace.chains)
    facts = tuple(
        (name, result.files, result.final_files, result.presence and result.presence.found)
        for name, result in results.items()
    )
    return (content, *decisions, workspace.forced, facts)


def why_not_playable(workspace: Workspace, content: DocumentContent | None) -> str:
    """Return why nothing of the document in front can be played, for people."""
    if workspace.front_id is None:
        return translate("Studio", "Nothing is open: open a session or an audio file to play it.")
    if content is None:
        return translate("Studio", "The document is still being read, or it cannot be read.")
    clips = list(content.timeline.clips())
    if not clips:
        return translate("Studio", "There are no clips to play.")
    reasons = (clip.why_not() or track.why_silent(clip) for track, clip in clips)
    reason = next((reason for reason in reasons if reason is not None), "")
    return translate("Studio", "No clip can be played; {0}: {1}").format(clips[0][1].name, reason)


def focus_of(workspace: Workspace, content: DocumentContent | None) -> Span | None:
    """Return the frames over which loudness is compared: the selection, else the focused clip."""
    if workspace.selected is not None:
        return workspace.selected.span
    clip = focused_clip(workspace, content)
    return None if clip is None else clip.place


def _track_voices(
    document: str, track: Track, files: Mapping[str, Path], lanes: Collection[StudioLane]
) -> Iterator[VoiceSpec]:
    key = track_key(document, track.id)
    audible = {clip.id for clip in track.clips if track.why_silent(clip) is None and _is_playable(clip, files)}
    whole = {clip.id: clip_piece(clip, files[clip.id]) for clip in track.clips if clip.id in audible}
    placed = {stem.clip.id for lane in lanes if lane.is_placed for stem in lane.stems}
    takes = {stem.clip.id: stem.take for lane in lanes if lane.kind != "draft" for stem in lane.stems if _sounds(stem)}
    takes = {clip: take for clip, take in takes.items() if clip in audible and clip not in placed}
    if not takes:
        yield VoiceSpec(name=key, kind="track", track=key, pieces=tuple(whole.values()))
    else:
        plain = [part for name, piece in whole.items() for part in _without(piece, takes.get(name))]
        yield VoiceSpec(name=key, kind="original", track=key, pieces=tuple(whole.values()))
        yield VoiceSpec(name=f"{key}\nplain", kind="plain", track=key, pieces=tuple(plain))
    for lane in lanes:
        if _is_lane(lane):
            yield from _lane_voices(key, lane, audible - placed, files)


def _lane_voices(
    track: str, lane: StudioLane, audible: Collection[str], files: Mapping[str, Path]
) -> Iterator[VoiceSpec]:
    """Yield the voice of a lane, and another one of its stems that are not part of the mix.

    These are stems of clips that the session does not play, and of clips some of whose stems are on other tracks: there
    the session plays the clip and those tracks.
    """
    stems = [stem for stem in lane.stems if _sounds(stem)]
    mixed = tuple(piece for stem in stems if stem.clip.id in audible for piece in _stem_pieces(stem, files))
    others = tuple(piece for stem in stems if stem.clip.id not in audible for piece in _stem_pieces(stem, files))
    kind = "draft" if lane.kind == "draft" else "lane"
    yield VoiceSpec(name=lane.id, kind=kind, track=track, lane=lane.id, pieces=mixed, chain=lane.chain)
    if others:
        name = f"{lane.id}\nsilent"
        yield VoiceSpec(name=name, kind="silent", track=track, lane=lane.id, pieces=others, chain=lane.chain)


def clip_piece(clip: ClipRef, path: Path) -> PlacedPiece:
    """Return a clip of a session as a piece; `path` is the file of its sound."""
    cut = media_read(clip.media, path).file_span(clip.cut)
    return PlacedPiece(
        path=path, place=clip.place, cut=cut, gain=clip.gain, fade_in=clip.fade_in, fade_out=clip.fade_out,
        gain_curve=clip.gain_curve, play_rate=clip.play_rate, reverse=clip.reverse, channels=clip.channels,
        stream=None if clip.media is None else clip.media.stream,
    )  # fmt: skip


def stem_piece(stem: LaneStem, path: Path) -> PlacedPiece:
    """Return a stem as a piece: it sounds where its clip plays what the take covers, with the clip's gain and fades."""
    covers = stem.take.covers
    source = clip_piece(stem.clip, stem.take.input)
    return replace(
        source,
        path=path,
        cut=Span(source.cut.start - covers.start, source.cut.frames, covers.rate),
        window=Span(0, covers.frames, covers.rate),
        channels=_channels(stem.clip, stem.take),
        stream=None,
    )


def _stem_pieces(stem: LaneStem, files: Mapping[str, Path]) -> Iterable[PlacedPiece]:
    """Return the pieces of a stem; of a residual without a file, those of the clip minus its stems."""
    if stem.path is not None:
        return (stem_piece(stem, stem.path),)
    stem_files = stem.result.files
    if stem.index is not None or stem_files is None or stem.clip.id not in files:
        return ()
    covered = replace(clip_piece(stem.clip, files[stem.clip.id]), window=stem.take.covers)
    return difference(covered, [stem_piece(stem, path) for path in stem_files.stems if path is not None])


def _without(piece: PlacedPiece, take: Take | None) -> tuple[PlacedPiece, ...]:
    """Return the parts of a clip's piece that no stem of `take` covers; all of it without a take."""
    if take is None:
        return (piece,)
    cut, covers = piece.cut, take.covers
    before = Span(cut.start, max(0, min(cut.stop, covers.start) - cut.start), cut.rate)
    first = max(cut.start, covers.stop)
    after = Span(first, max(0, cut.stop - first), cut.rate)
    return tuple(replace(piece, window=window) for window in (before, after) if window.frames)


def _is_lane(lane: StudioLane) -> bool:
    """Whether a lane can be heard here: its sound was found, and no other track plays its stems."""
    return not lane.is_missing and not lane.is_placed


def _sounds(stem: LaneStem) -> bool:
    """Whether the stem's take has files that fit the clip as it is now."""
    return stem.result.files is not None and stem.take.covers.rate == stem.clip.cut.rate


def _is_playable(clip: ClipRef, files: Mapping[str, Path]) -> bool:
    return clip.obstacle is None and clip.id in files and clip.cut.frames > 0 and clip.place.frames > 0


def _channels(clip: ClipRef, take: Take) -> tuple[int, ...] | None:
    """Return the channels of a stem's file that sound as those of the clip's media do."""
    if take.channels is None:
        return clip.channels
    if clip.channels is None or clip.channels == take.channels or not set(clip.channels) <= set(take.channels):
        return None
    return tuple(take.channels.index(channel) for channel in clip.channels)
