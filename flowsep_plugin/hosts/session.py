"""The headless host: read a session, separate its clips exactly as they are trimmed, place the stems.

read_session ─► choose_clips ─► excerpts ─► Runner (worker queue or this process) ─► place_stems ─► save_session
"""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from flowsep_plugin.audio.span import Span
from flowsep_plugin.effects.runner import EffectRunner
from flowsep_plugin.effects.stems import WET_MARK
from flowsep_plugin.errors import SessionError, UsageError
from flowsep_plugin.files import FileRequest
from flowsep_plugin.jobs.batch.run import BatchRunner
from flowsep_plugin.jobs.job import JobError
from flowsep_plugin.jobs.spec import JobSpec
from flowsep_plugin.media import SUFFIXES
from flowsep_plugin.timeline import (
    ClipRef,
    Marker,
    Media,
    StemPlacement,
    Timeline,
    by_suffix,
    dry_run,
    place_all,
    with_handles,
)
from flowsep_plugin.timeline.check import differences_line, gain_line, quoted
from flowsep_plugin.timeline.exports.presence_export import PresenceRegion, presence_regions
from flowsep_plugin.timeline.gain_render import plan_for, render_for
from flowsep_plugin.timeline.media import probe_media
from flowsep_plugin.timeline.names import file_name

from .clip_choice import choose_clips, skipped_clips
from .session_hints import hints_of_clip, with_marker_hints
from .session_request import SessionRequest

_EMBEDDED = ".flowsep-embedded"
_MOST_NAMES = 4

__all__ = [
    "ClipExcerpt",
    "SessionRequest",
    "SessionSeparation",
    "choose_clips",
    "plan_timeline",
    "rehearse",
    "separate_session",
    "skipped_clips",
    "stems_note",
    "usable_clips",
]


@dataclass(frozen=True, slots=True)
class ClipExcerpt:
    """The part of a clip's media that is separated: `span` of the file at `path` as it is read, at its rate.

    media : what is read at `path`.
    """

    clip: ClipRef
    path: Path
    span: Span
    media: Media

    @property
    def covers(self) -> Span:
        """The part in frames of the media, from which the session counts."""
        return self.media.media_span(self.span)


@dataclass(frozen=True, slots=True)
class SessionSeparation:
    """The timeline with its stems, not saved yet.

    regions : by query.     skipped : names of clips and why.     notes : names of clips and remarks of their receipts,
    without differences.     absent : queries that are not found, and the names of the clips in which they are not.
    """

    timeline: Timeline
    files: tuple[Path, ...]
    regions: Mapping[str, tuple[PresenceRegion, ...]] = field(default_factory=dict)
    skipped: tuple[tuple[str, str], ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    absent: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def absent_line(self) -> str | None:
        """One line that says which sounds were not found in which clips; None where all were."""
        parts = [f"{query!r} in {quoted(clips, _MOST_NAMES)}" for query, clips in self.absent.items()]
        return f"not found, so not placed: {'; '.join(parts)}" if parts else None


def separate_session(
    timeline: Timeline, path: Path, options: SessionRequest, runner: BatchRunner, *, target: Path | None = None
) -> SessionSeparation:
    """Separate the selected clips and place their stems; the session file at `path` is not touched.

    Hints of `options.request` are on the session's timeline; its markers add theirs, see `with_marker_hints`.
    target : the session that will be saved, `path` where None. Gain curves that its format cannot hold are rendered
    into a second file of each stem.
    Raises UsageError where none of them can be separated, and the first job's error where one failed.
    """
    usable = usable_clips(timeline, options)
    options = replace(options, request=with_marker_hints(options.request, timeline))
    folder = by_suffix(path).media_folder(path)
    with audio_files(usable, path, folder) as paths:
        excerpts = [_excerpt(clip, paths[clip.id], options) for clip in usable]
        part = _part(timeline, options.within)
        specs = [_spec(part, excerpt, folder, options) for excerpt in excerpts]
        results = _results(specs, runner if options.post is None else EffectRunner(runner, options.post))
    pairs = zip(excerpts, results, strict=True)
    stems = [stem for excerpt, result in pairs for stem in _placements(excerpt, result, folder, options)]
    placed = _place(timeline, stems, options)
    placed = render_for(placed, target or path)
    regions = _regions(excerpts, results, options)
    if options.regions:
        markers = (region.marker for of_query in regions.values() for region in of_query)
        placed = replace(placed, markers=(*placed.markers, *markers))
    files = tuple(stem.media.path for stem in stems)
    notes = tuple(
        (excerpt.clip.name, note)
        for excerpt, spec, result in zip(excerpts, specs, results, strict=True)
        for note in result["record"].get("notes", ())
        if note not in spec.files.notes
    )
    skipped = skipped_clips(timeline, options)
    return SessionSeparation(placed, files, regions, skipped, notes, _absent(excerpts, results, options))


def usable_clips(timeline: Timeline, options: SessionRequest) -> list[ClipRef]:
    """Return the clips that `separate_session` separates. Raises UsageError where there are none."""
    clips = choose_clips(timeline, options)
    usable = [clip for clip in clips if clip.why_not() is None]
    if not usable:
        reason = f"{timeline.name}: clip {clips[0].name!r} {clips[0].why_not()}"
        media = clips[0].media
        if clips[0].obstacle is None and media is not None and media.member is None and not media.is_online:
            raise UsageError(f"{reason}; put it back, or name the folder that it is in", setting="media")
        raise UsageError(reason)
    return usable


def stems_note(
    timeline: Timeline, clips: Sequence[ClipRef], target: Path | None, hint: str = "", within: Span | None = None
) -> str | None:
    """Return one line that says what the stems of `clips` do not have, and what is rendered into them, if anything.

    target : the session that is saved, None for a stem set.     hint : where the line is not long enough for all.
    within : the part of the timeline that is separated; fades that it cuts are named too.
    """
    ids, timeline = [clip.id for clip in clips], _part(timeline, within)
    renders = target is None or not by_suffix(target).capabilities.gain_curves
    lines = (differences_line(timeline, ids, hint), gain_line(timeline, ids) if renders else None)
    return "; ".join(filter(None, lines)) or None


def _part(timeline: Timeline, within: Span | None) -> Timeline:
    """Return the timeline with its clips trimmed to `within`."""
    if within is None:
        return timeline
    tracks = (replace(t, clips=tuple(clip.trimmed(within) for clip in t.clips)) for t in timeline.tracks)
    return replace(timeline, tracks=tuple(tracks))


def plan_timeline(timeline: Timeline, path: Path, options: SessionRequest, *, target: Path | None = None) -> Timeline:
    """Return the timeline as `separate_session` returns it, with stem files that do not exist yet; for a dry run."""
    folder, stems = by_suffix(path).media_folder(path), []
    for clip in choose_clips(timeline, options):
        if clip.why_not() is None and clip.media is not None:
            excerpt = _excerpt(clip, clip.media.path, options)
            span = excerpt.span
            width = clip.media.channels if clip.channels is None else len(clip.channels)
            for title in options.stem_titles:
                mark = WET_MARK if options.post is not None and title in options.request.queries else ""
                name = f"{clip.media.path.stem} [{file_name(title)}]{mark}{SUFFIXES[options.format]}"
                media = Media(folder / name, rate=span.rate, channels=width, frames=span.frames)
                stems.append(_placement(clip, title, media, excerpt.covers, options))
    return plan_for(_place(timeline, stems, options), target or path)[0]


def rehearse(timeline: Timeline, path: Path, target: Path, options: SessionRequest, *, embed: bool = False) -> None:
    """Run a dry save of the planned timeline to `target`, so that its errors come before any work.

    Raises SessionError or UsageError for whatever `target` cannot hold.
    """
    plan = plan_timeline(timeline, path, options, target=target)
    if options.regions:
        plan = replace(plan, markers=(*plan.markers, Marker("a sound", Span(0, 1, plan.rate))))
    dry_run(plan, target, embed=embed, diff=False, stems=options.format)


def _place(timeline: Timeline, stems: Sequence[StemPlacement], options: SessionRequest) -> Timeline:
    return place_all(timeline, stems, takes=options.takes, mute_source=options.mute_source)


@contextmanager
def audio_files(clips: Sequence[ClipRef], session: Path, folder: Path) -> Iterator[dict[str, Path]]:
    """Yield the audio file of every clip by clip id; embedded audio is extracted for the duration of the context.

    Raises SessionError where embedded audio cannot be read.
    """
    embedded = folder / _EMBEDDED
    extract = by_suffix(session).extract
    paths: dict[str, Path] = {}
    extracted: dict[str, Path] = {}
    try:
        for clip in clips:
            assert clip.media is not None
            member = clip.media.member
            if member is None:
                paths[clip.id] = clip.media.path
                continue
            if extract is None:
                raise SessionError(f"{session.name}: embedded audio {member} cannot be read; link the file instead")
            if member not in extracted:
                directory = embedded / str(len(extracted))
                directory.mkdir(parents=True, exist_ok=True)
                extracted[member] = extract(session, clip.media, directory)
            paths[clip.id] = extracted[member]
        yield paths
    finally:
        shutil.rmtree(embedded, ignore_errors=True)


def _excerpt(clip: ClipRef, path: Path, options: SessionRequest) -> ClipExcerpt:
    cut = (clip if options.within is None else clip.trimmed(options.within)).cut
    media = probe_media(path)
    length = media.file_frames if media.rate == cut.rate else None
    least = 1 if options.takes else 0  # an item that loops its takes must not reach the end of one
    span = with_handles(media.file_span(cut), max(least, options.handle_seconds * cut.rate), length)
    if length is not None:
        span = span.intersect(Span(0, length, cut.rate))
    return ClipExcerpt(clip, path, span, media)


def _spec(part: Timeline, excerpt: ClipExcerpt, folder: Path, options: SessionRequest) -> JobSpec:
    note = differences_line(part, [excerpt.clip.id])
    media = excerpt.clip.media
    files = FileRequest(
        folder.absolute(),
        format=options.format,
        keep_format=options.keep_format,
        span=excerpt.span,
        residual=options.residual,
        channels=excerpt.clip.channels,
        absent=options.absent,
        stream=None if media is None or media.member is not None else media.stream,
        notes=() if note is None else (note,),
    )
    return JobSpec(
        input=excerpt.path.absolute(),
        request=hints_of_clip(options.request, excerpt.clip),
        files=files,
        model=options.model,
        device=options.device,
    )


def _results(specs: Sequence[JobSpec], runner: BatchRunner) -> list[Mapping[str, Any]]:
    """Run the jobs and return their results in order. The one seam to the worker; raises the first job's error."""
    results: dict[int, Mapping[str, Any]] = {}
    for index, result in runner.run(specs):
        if isinstance(result, JobError):
            raise replace(result, message=f"{specs[index].input.name}: {result.message}").exception()
        results[index] = result
    return [results[index] for index in range(len(specs))]


def _placements(
    excerpt: ClipExcerpt, result: Mapping[str, Any], folder: Path, options: SessionRequest
) -> Iterator[StemPlacement]:
    """Yield the clip's stems that were written, then its rest; nothing where none of its sounds is found."""
    names = result.get("wet", result["stems"])
    stems = [(title, name) for title, name in zip(options.request.queries, names, strict=True) if name]
    residual = [("rest", result["rest"])] if stems and options.residual and result.get("rest") else []
    for title, name in (*stems, *residual):
        media = probe_media(folder / Path(name).name)  # the worker resolves links in paths, the session keeps them
        yield _placement(excerpt.clip, title, media, excerpt.covers, options)


def _placement(clip: ClipRef, title: str, media: Media, covers: Span, options: SessionRequest) -> StemPlacement:
    return StemPlacement(clip.id, title, media, covers, within=options.within, channels=clip.channels)


def _absent(
    excerpts: Sequence[ClipExcerpt], results: Sequence[Mapping[str, Any]], options: SessionRequest
) -> dict[str, tuple[str, ...]]:
    """Return the queries without a stem in some clip, and the names of those clips."""
    names = {
        query: tuple(
            excerpt.clip.name
            for excerpt, result in zip(excerpts, results, strict=True)
            if result["stems"][index] is None
        )
        for index, query in enumerate(options.request.queries)
    }
    return {query: clips for query, clips in names.items() if clips}


def _regions(
    excerpts: Sequence[ClipExcerpt], results: Sequence[Mapping[str, Any]], options: SessionRequest
) -> dict[str, tuple[PresenceRegion, ...]]:
    """Return where each query is present, by query, in order of time."""
    regions: dict[str, tuple[PresenceRegion, ...]] = {query: () for query in options.request.queries}
    for excerpt, result in zip(excerpts, results, strict=True):
        clip = excerpt.clip if options.within is None else excerpt.clip.trimmed(options.within)
        lead = (excerpt.covers.start - excerpt.span.start) / excerpt.span.rate
        for stem in result["record"]["stems"]:
            places = [[start + lead, stop + lead, *peak] for start, stop, *peak in stem["present"]]
            regions[stem["query"]] += presence_regions(clip, stem["query"], places)
    return {query: tuple(sorted(of_query, key=lambda region: region.span.start)) for query, of_query in regions.items()}
