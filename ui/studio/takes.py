"""From what is selected and asked to takes, and from takes to jobs.

workspace + opened ─► targets ─► takes ─► JobSpec
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from flowsep_plugin.audio.span import Span
from flowsep_plugin.engine.base import Request
from flowsep_plugin.errors import UsageError
from flowsep_plugin.files import FileRequest
from flowsep_plugin.jobs.spec import JobSpec
from flowsep_plugin.media import Format
from flowsep_plugin.render_settings import RenderSettings
from flowsep_plugin.timeline import ClipRef
from flowsep_plugin.timeline.media import probe_media

from .document_content import DocumentContent
from .queries import asked, with_query
from .workspace import Document, Take, Workspace, WorkspaceSelection, clip_key, with_history

DRAFT_SECONDS = 20
"""A draft listens to so much at most: the start of what is selected, or what lies around the playhead."""


@dataclass(frozen=True, slots=True)
class ClipPart:
    """A clip, or the part of it that is meant (`within`, at the document's rate)."""

    clip: ClipRef
    within: Span | None


def selected_parts(content: DocumentContent, selected: WorkspaceSelection | None) -> tuple[ClipPart, ...]:
    """What is meant: the selected clip or what the range touches; where nothing is selected, the only clip there is.

    Raises UsageError, with what to do, where that is nothing or cannot be separated.
    """
    clips = [(track, clip) for track, clip in content.timeline.clips()]
    if selected is None:
        if len(clips) != 1:
            raise UsageError("Select a clip, or drag over a part of one: that is what will be listened to.")
        found = [ClipPart(clips[0][1], None)]
    else:
        found = [
            ClipPart(clip, _part(clip, selected.span))
            for track, clip in clips
            if _is_meant(track.id, clip, selected) and clip.place.intersect(selected.span).frames
        ]
    if not found:
        raise UsageError("The selection touches no clip; drag over a part of one.")
    usable = [target for target in found if target.clip.why_not() is None and target.clip.id in content.sounds]
    if not usable:
        clip = found[0].clip
        raise UsageError(f"{clip.name}: {clip.why_not() or 'its sound cannot be read'}")
    return tuple(usable)


def _is_meant(track: str, clip: ClipRef, selected: WorkspaceSelection) -> bool:
    if selected.clip is not None:
        return clip.id == selected.clip
    return not selected.tracks or track in selected.tracks


def _part(clip: ClipRef, span: Span) -> Span | None:
    within = clip.place.intersect(span)
    return None if within == clip.place else within


def draft_part(target: ClipPart, playhead: int | None = None) -> ClipPart:
    """The target, no longer than a draft; around `playhead` (a frame of the document) where that lies inside."""
    place = target.clip.place if target.within is None else target.within
    most = DRAFT_SECONDS * place.rate
    if place.frames <= most:
        return target
    start = place.start
    if playhead is not None and place.start <= playhead < place.stop:
        start = max(place.start, min(playhead - most // 4, place.stop - most))
    return replace(target, within=Span(start, most, place.rate))


def covers(target: ClipPart, sound: Path) -> Span:
    """The part of the file that is read, at the file's rate."""
    cut = (target.clip if target.within is None else target.clip.trimmed(target.within)).cut
    media = probe_media(sound)
    if media.frames is not None and media.rate == cut.rate:
        cut = cut.intersect(Span(0, media.frames, cut.rate))
    return cut


def with_takes(workspace: Workspace, content: DocumentContent, chosen: Iterable[ClipPart]) -> Workspace:
    """A new final take of each target, shown under its clip; seeds count up within a clip for the same sounds."""
    front = _front(workspace)
    wanted, negative = asked(workspace.sounds)
    if not wanted:
        raise UsageError("Type a sound first, e.g. “a dog barking”.")
    for target in chosen:
        sound = content.sounds[target.clip.id]
        number = 1 + max((take.number for take in workspace.takes_of(front.id, target.clip.id)), default=0)
        take = Take(
            id="", number=number, document=front.id, clip=target.clip.id, input=sound,
            covers=covers(target, sound), within=target.within, sounds=(*wanted, *negative),
            render=workspace.render, model=workspace.model, device=workspace.device,
        )  # fmt: skip
        take = _named(replace(take, seed=_next_seed(workspace, take)))
        current = {**workspace.current, clip_key(front.id, target.clip.id): take.id}
        workspace = replace(workspace, takes=(*workspace.takes, take), current=current)
    return with_history(replace(workspace, draft=None), tuple(sound.text for sound in wanted))


def with_another_take(workspace: Workspace, take: Take) -> Workspace:
    """The same question with the next seed, as a take beside it."""
    number = 1 + max((other.number for other in workspace.takes_of(take.document, take.clip)), default=0)
    new = _named(replace(take, number=number, seed=_next_seed(workspace, take), render=workspace.render))
    current = {**workspace.current, clip_key(take.document, take.clip): new.id}
    return replace(workspace, takes=(*workspace.takes, new), current=current, draft=None)


def with_current_take(workspace: Workspace, take: Take) -> Workspace:
    """Show another take under its clip, and what it asks."""
    current = {**workspace.current, clip_key(take.document, take.clip): take.id}
    return replace(workspace, current=current, draft=None, render=take.render)


def without_take(workspace: Workspace, name: str) -> Workspace:
    """Take one off; its files stay where they are. The one before it is shown then."""
    gone = workspace.take(name)
    if gone is None or gone.draft:
        return replace(workspace, draft=None) if gone is not None else workspace
    takes = tuple(take for take in workspace.takes if take.id != name)
    workspace = replace(workspace, takes=takes)
    key = clip_key(gone.document, gone.clip)
    if workspace.current.get(key) != name:
        return workspace
    left = workspace.takes_of(gone.document, gone.clip)
    current = {clip: take for clip, take in workspace.current.items() if clip != key}
    return replace(workspace, current={**current, key: left[-1].id} if left else current)


def draft_take(
    workspace: Workspace, content: DocumentContent, target: ClipPart, typed: str, *, negative: bool, name: str
) -> Take:
    """A draft of what is asked, with what is being typed."""
    front = _front(workspace)
    wanted, keep_out = asked(with_query(workspace.sounds, typed, negative=negative))
    if not wanted:
        raise UsageError("Type a sound to take out first; then what has to stay.")
    sound = content.sounds[target.clip.id]
    return Take(
        id=name, number=0, document=front.id, clip=target.clip.id, input=sound, covers=covers(target, sound),
        within=target.within, sounds=(*wanted, *keep_out), draft=True, render=workspace.render,
        model=workspace.model, device=workspace.device,
    )  # fmt: skip


def job_spec(
    take: Take, out: Path, render: RenderSettings, *, overwrite: bool = False, format: Format = "wav24"
) -> JobSpec:
    """The job of a take."""
    request = Request(
        [sound.text for sound in take.queries],
        [sound.text for sound in take.sounds if sound.negative],
        draft=take.draft, seed=take.seed, render=render,
    )  # fmt: skip
    files = FileRequest(out, format, take.covers, residual=True, overwrite=overwrite)
    return JobSpec(take.input.absolute(), request, files, take.model, take.device, cpu_fallback=True)


def timeline_span(take: Take, clip: ClipRef) -> Span:
    """Where a take's stems lie, at the document's rate."""
    return clip.place if take.within is None else clip.place.intersect(take.within)


def timeline_span_of_seconds(take: Take, clip: ClipRef, start: float, stop: float) -> Span:
    """Where a stretch of the file, in seconds, lies on the timeline; cut to what the take covers."""
    place, cover = timeline_span(take, clip), take.covers
    first, last = (round(second * cover.rate) - cover.start for second in (start, stop))
    if clip.reverse:
        first, last = cover.frames - last, cover.frames - first
    low, high = (round(frame * place.rate / (cover.rate * clip.play_rate)) for frame in (first, last))
    return Span(place.start + low, max(0, high - low), place.rate).intersect(place)


def _front(workspace: Workspace) -> Document:
    if workspace.front is None:
        raise UsageError("Open an audio file or a session first.")
    return workspace.front


def _next_seed(workspace: Workspace, take: Take) -> int:
    texts = [(sound.text.casefold(), sound.negative) for sound in take.sounds]
    same = [
        other.seed
        for other in workspace.takes_of(take.document, take.clip)
        if [(sound.text.casefold(), sound.negative) for sound in other.sounds] == texts and other.covers == take.covers
    ]
    return 1 + max(same) if same else 0


def _named(take: Take) -> Take:
    """The take under the name of its content: whoever asks the same again finds what is known of it."""
    content = (take.document, take.clip, str(take.input), take.covers, take.within, take.seed, take.model, take.device,
               [(sound.text, sound.negative) for sound in take.sounds])  # fmt: skip
    return replace(take, id="t" + hashlib.sha256(repr(content).encode("utf-8", "surrogateescape")).hexdigest()[:12])
