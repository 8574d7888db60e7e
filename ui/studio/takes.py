"""Takes: made from the selection and the queries, and turned into jobs.

workspace + content ─► selected_parts ─► takes ─► JobSpec
"""

import hashlib
from collections.abc import Container, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from flowsep_plugin.audio.span import Span
from flowsep_plugin.engine.base import Request
from flowsep_plugin.errors import UsageError
from flowsep_plugin.files import FileRequest
from flowsep_plugin.jobs.spec import JobSpec
from flowsep_plugin.media import Format
from flowsep_plugin.timeline import ClipRef
from flowsep_plugin.timeline.check import differences_line
from flowsep_plugin.timeline.media import media_read, probe_media

from .document_content import DocumentContent
from .queries import settings_by_text, split_by_role, with_query, with_settings
from .results import StemSettings
from .texts import translate
from .workspace import Document, Take, Workspace, WorkspaceSelection, clip_key, with_history

DRAFT_SECONDS = 20
"""Longest draft, in seconds: the start of the selection, or the part around the playhead."""


@dataclass(frozen=True, slots=True)
class ClipPart:
    """A clip, or the part `within` of it, at the document's rate."""

    clip: ClipRef
    within: Span | None


def selected_parts(content: DocumentContent, selected: WorkspaceSelection | None) -> tuple[ClipPart, ...]:
    """Return the selected clip, or the parts of clips in the selected range; without a selection, the only clip.

    Clips of a range that the session does not play are left out, where it plays others.
    Raises UsageError, with a way out, where there is none or where none can be separated.
    """
    clips = list(content.timeline.clips())
    if selected is None:
        if len(clips) != 1:
            raise UsageError(translate("Studio", "Select the clip to separate, or drag over a part of one."))
        parts = [(clips[0][0], ClipPart(clips[0][1], None))]
    else:
        parts = [
            (track, ClipPart(clip, _part(clip, selected.span)))
            for track, clip in clips
            if _is_selected(track.id, clip, selected) and clip.place.intersect(selected.span).frames
        ]
    if not parts:
        raise UsageError(translate("Studio", "The selection contains no clip; drag over a part of one."))
    usable = [
        (track, part) for track, part in parts if part.clip.why_not() is None and part.clip.id in content.audio_files
    ]
    if not usable:
        clip = parts[0][1].clip
        raise UsageError(f"{clip.name}: {clip.why_not() or translate('Studio', 'its audio cannot be read')}")
    audible = tuple(part for track, part in usable if track.why_silent(part.clip) is None)
    return audible or tuple(part for _, part in usable)


def _is_selected(track: str, clip: ClipRef, selected: WorkspaceSelection) -> bool:
    if selected.clip is not None:
        return clip.id == selected.clip
    return not selected.tracks or track in selected.tracks


def _part(clip: ClipRef, span: Span) -> Span | None:
    within = clip.place.intersect(span)
    return None if within == clip.place else within


def draft_part(part: ClipPart, playhead: int | None = None) -> ClipPart:
    """Return at most DRAFT_SECONDS of `part`: around `playhead`, a frame of the document, if inside, else its start."""
    span = part.clip.place if part.within is None else part.within
    longest = DRAFT_SECONDS * span.rate
    if span.frames <= longest:
        return part
    start = span.start
    if playhead is not None and span.start <= playhead < span.stop:
        start = max(span.start, min(playhead - longest // 4, span.stop - longest))
    return replace(part, within=Span(start, longest, span.rate))


def file_span(part: ClipPart, file: Path) -> Span:
    """Return the span of `file` that `part` plays, in frames of the file as it is read, at its rate."""
    span = _played(part.clip, part.within, file)
    media = probe_media(file) if _stream(part.clip) is None else media_read(part.clip.media, file)
    if media.file_frames is not None and media.rate == span.rate:
        span = span.intersect(Span(0, media.file_frames, span.rate))
    return span


def _played(clip: ClipRef, within: Span | None, file: Path) -> Span:
    """Return the frames of `file` that a clip plays `within` a span of the timeline, also where it has none."""
    return media_read(clip.media, file).file_span((clip if within is None else clip.trimmed(within)).cut)


def with_takes(workspace: Workspace, content: DocumentContent, parts: Iterable[ClipPart]) -> Workspace:
    """Return the workspace with a new take of every part, shown under its clip, and the queries in the history.

    Seeds of one clip and the same queries count up from 0. Raises UsageError where no query is on.
    """
    front = _front(workspace)
    queries, negative = split_by_role(workspace.queries)
    if not queries:
        raise UsageError(translate("Studio", "Type a sound first, e.g. “a dog barking”."))
    for part in parts:
        file = content.audio_files[part.clip.id]
        number = 1 + max((take.number for take in workspace.takes_of(front.id, part.clip.id)), default=0)
        take = Take(
            id="", number=number, document=front.id, clip=part.clip.id, input=file,
            covers=file_span(part, file), within=part.within, queries=(*queries, *negative),
            model=workspace.model, device=workspace.device, channels=part.clip.channels,
            notes=_notes(content, part.clip), track=_track_of(content, part.clip), stream=_stream(part.clip),
        )  # fmt: skip
        take = _with_id(replace(take, seed=_next_seed(workspace, take)))
        current = {**workspace.current, clip_key(front.id, part.clip.id): take.id}
        workspace = replace(workspace, takes=(*workspace.takes, take), current=current)
    return with_history(replace(workspace, draft=None), tuple(query.text for query in queries))


def with_another_take(workspace: Workspace, take: Take) -> Workspace:
    """Return the workspace with another take of the same clip and queries, with the next seed, shown under the clip.

    Queries that are still in the panel have their settings of now.
    """
    number = 1 + max((other.number for other in workspace.takes_of(take.document, take.clip)), default=0)
    queries = with_settings(take.queries, settings_by_text(workspace.queries))
    new = _with_id(replace(take, number=number, seed=_next_seed(workspace, take), queries=queries))
    current = {**workspace.current, clip_key(take.document, take.clip): new.id}
    return replace(workspace, takes=(*workspace.takes, new), current=current, draft=None)


def with_current_take(workspace: Workspace, take: Take) -> Workspace:
    """Return the workspace with `take` shown under its clip, and the render settings of its queries."""
    current = {**workspace.current, clip_key(take.document, take.clip): take.id}
    queries = with_settings(workspace.queries, settings_by_text(take.stem_queries))
    return replace(workspace, current=current, queries=queries)


def with_ready_take(workspace: Workspace, take: Take) -> Workspace:
    """Return the workspace with `take`, whose stems exist already, shown under its clip; it gets its number and id.

    It is the last take, unless the clip has an equal one, which is then shown.
    """
    number = 1 + max((other.number for other in workspace.takes_of(take.document, take.clip)), default=0)
    take = _with_id(replace(take, number=number))
    others = tuple(other for other in workspace.takes if other.id != take.id)
    current = {**workspace.current, clip_key(take.document, take.clip): take.id}
    existing = workspace.take(take.id)
    takes = (*others, take if existing is None else replace(take, number=existing.number))
    return replace(workspace, takes=takes, current=current, draft=None)


def with_take_before(workspace: Workspace, name: str, usable: Container[str]) -> Workspace:
    """Return the workspace with the last other take among `usable` shown in place of take `name`, or none.

    After a take was cancelled, its clip shows again what it showed before.
    """
    take = workspace.take(name)
    if take is None or workspace.current_take(take.document, take.clip) != take:
        return workspace
    others = [other for other in workspace.takes_of(take.document, take.clip) if other.id in usable and other != take]
    if others:
        return with_current_take(workspace, others[-1])
    key = clip_key(take.document, take.clip)
    return replace(workspace, current={clip: current for clip, current in workspace.current.items() if clip != key})


def without_take(workspace: Workspace, name: str) -> Workspace:
    """Return the workspace without take `name`; its files stay on disk, and the clip's last take is shown instead."""
    removed = workspace.take(name)
    if removed is None or removed.draft:
        return replace(workspace, draft=None) if removed is not None else workspace
    takes = tuple(take for take in workspace.takes if take.id != name)
    workspace = replace(workspace, takes=takes)
    key = clip_key(removed.document, removed.clip)
    if workspace.current.get(key) != name:
        return workspace
    others = workspace.takes_of(removed.document, removed.clip)
    if others:
        return with_current_take(workspace, others[-1])
    return replace(workspace, current={clip: take for clip, take in workspace.current.items() if clip != key})


def draft_take(
    workspace: Workspace, content: DocumentContent, part: ClipPart, typed: str, *, negative: bool, name: str
) -> Take:
    """Return a draft of `part` with the queries and the typed text; `name` is its id.

    Raises UsageError where no query would get a stem.
    """
    front = _front(workspace)
    queries, negatives = split_by_role(with_query(workspace.queries, typed, negative=negative))
    if not queries:
        raise UsageError(translate("Studio", "Type a sound to separate first, then what has to stay."))
    file = content.audio_files[part.clip.id]
    return Take(
        id=name, number=0, document=front.id, clip=part.clip.id, input=file, covers=file_span(part, file),
        within=part.within, queries=(*queries, *negatives), draft=True, model=workspace.model, device=workspace.device,
        channels=part.clip.channels, track=_track_of(content, part.clip), stream=_stream(part.clip),
    )  # fmt: skip


def job_spec(
    take: Take, out: Path, settings: StemSettings, *, overwrite: bool = False, format: Format = "wav24"
) -> JobSpec:
    """Return the job that makes the stems of `take` with `settings` in the folder `out`."""
    request = Request(
        [query.text for query in take.stem_queries],
        [query.text for query in take.queries if query.negative],
        draft=take.draft, seed=take.seed, **_render(settings),
    )  # fmt: skip
    files = FileRequest(
        out=out, format=format, span=take.covers, residual=True, overwrite=overwrite, channels=take.channels,
        notes=take.notes, absent="leave_out", keep_absent=settings.keep_absent, stream=take.stream,
    )  # fmt: skip
    return JobSpec(
        input=take.input.absolute(),
        request=request,
        files=files,
        model=take.model,
        device=take.device,
        cpu_fallback=True,
    )


def _render(settings: StemSettings) -> dict[str, Any]:
    """Return the render settings for a `Request`: those of the first stem for all, and those that differ by stem."""
    first, *others = settings.render
    if all(render == first for render in others):
        return {"render": first}
    return {"render": first, "stem_render": (None, *(None if render == first else render for render in others))}


def timeline_span(take: Take, clip: ClipRef) -> Span:
    """Return where a take's clip plays what its stems cover, at the document's rate."""
    place, played = _part_place(take, clip), _played(clip, take.within, take.input)
    if played == take.covers or played.rate != take.covers.rate or not played.intersect(take.covers).frames:
        return place
    low, high = take.covers.start - played.start, played.stop - take.covers.stop
    before, after = (high, low) if clip.reverse else (low, high)
    first, last = (_timeline_frames(max(0, frames), take, clip) for frames in (before, after))
    return Span(place.start + first, max(0, place.frames - first - last), place.rate)


def first_frame(take: Take, clip: ClipRef) -> int:
    """Return the frame of a take's stems at the start of `timeline_span`; of a reversed clip, the one after it."""
    played = _played(clip, take.within, take.input)
    if clip.reverse:
        return min(played.stop, take.covers.stop) - take.covers.start
    return max(0, played.start - take.covers.start)


def _part_place(take: Take, clip: ClipRef) -> Span:
    return clip.place if take.within is None else clip.place.intersect(take.within)


def _timeline_frames(frames: int, take: Take, clip: ClipRef) -> int:
    return round(frames * clip.place.rate / (take.covers.rate * clip.play_rate))


def timeline_span_of_seconds(take: Take, clip: ClipRef, start: float, stop: float) -> Span:
    """Return the timeline span of `start` to `stop`, in seconds of the file, cut to the span of the take."""
    place, played = _part_place(take, clip), _played(clip, take.within, take.input)
    first, last = (round(second * played.rate) - played.start for second in (start, stop))
    if clip.reverse:
        first, last = played.frames - last, played.frames - first
    low, high = (_timeline_frames(frame, take, clip) for frame in (first, last))
    return Span(place.start + low, max(0, high - low), place.rate).intersect(timeline_span(take, clip))


def _front(workspace: Workspace) -> Document:
    if workspace.front is None:
        raise UsageError(translate("Studio", "Open an audio file or a session first."))
    return workspace.front


def _track_of(content: DocumentContent, clip: ClipRef) -> str:
    return content.timeline.find(clip.id)[0].id


def _stream(clip: ClipRef) -> str | None:
    return None if clip.media is None else clip.media.stream


def _notes(content: DocumentContent, clip: ClipRef) -> tuple[str, ...]:
    line = differences_line(content.timeline, [clip.id])
    return () if line is None else (line,)


def _next_seed(workspace: Workspace, take: Take) -> int:
    queries = _queries_key(take)
    seeds = [
        other.seed
        for other in workspace.takes_of(take.document, take.clip)
        if _queries_key(other) == queries and (other.covers, other.channels) == (take.covers, take.channels)
    ]
    return 1 + max(seeds, default=-1)


def _queries_key(take: Take) -> list[tuple[str, bool]]:
    return [(query.text.casefold(), query.negative) for query in take.queries]


def _with_id(take: Take) -> Take:
    """Return the take with an id made from its content, so that an equal take after undo finds its result."""
    content = (take.document, take.clip, str(take.input), take.covers, take.within, take.seed, take.model, take.device,
               take.channels, [(query.text, query.negative) for query in take.queries])  # fmt: skip
    if take.stream is not None:  # takes of before keep their ids
        content = (*content, take.stream)  # type: ignore[assignment]
    return replace(take, id="t" + hashlib.sha256(repr(content).encode("utf-8", "surrogateescape")).hexdigest()[:12])
