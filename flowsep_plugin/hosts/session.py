"""The headless host: read a session, separate its clips exactly as they are trimmed, place the stems.

read_session ─► choose_clips ─► excerpts ─► Runner (worker queue or this process) ─► place_stems ─► save_session
"""

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import KW_ONLY, dataclass, field, replace
from pathlib import Path
from typing import Any

from flowsep_plugin.audio.span import Span
from flowsep_plugin.engine.base import Request
from flowsep_plugin.errors import SessionError, UsageError
from flowsep_plugin.files import FileRequest
from flowsep_plugin.jobs.batch.run import BatchRunner
from flowsep_plugin.jobs.job import JobError
from flowsep_plugin.jobs.spec import JobSpec
from flowsep_plugin.media import SUFFIXES, Format
from flowsep_plugin.timeline import (
    ClipRef,
    Marker,
    Media,
    StemPlacement,
    Timeline,
    by_suffix,
    dry_run,
    place_stems,
    place_takes,
    with_handles,
)
from flowsep_plugin.timeline.exports.presence_export import PresenceRegion, presence_regions
from flowsep_plugin.timeline.media import probe_media
from flowsep_plugin.timeline.names import file_name

_EMBEDDED = ".flowsep-embedded"
_MOST_NAMES = 8


@dataclass(frozen=True, slots=True)
class SessionRequest:
    """Which clips of a session to separate, how, and where the stems go.

    clips, tracks : ids or names; both empty means all clips.     within : only this part of the timeline.
    handle_seconds : more of the source on both sides of each stem.     regions : mark where each sound is.
    keep_format : write `format` even where it clips the clip; see `FileRequest.keep_format`.
    takes : place stems as takes of their clips, not on tracks; such a clip cannot be muted.
    Raises UsageError where `takes` and `mute_source` are combined.
    """

    request: Request
    _: KW_ONLY
    clips: tuple[str, ...] = ()
    tracks: tuple[str, ...] = ()
    within: Span | None = None
    handle_seconds: int = 0
    format: Format = "wav24"
    keep_format: bool = False
    residual: bool = True
    mute_source: bool = False
    regions: bool = False
    model: str = "default"
    device: str = "auto"
    takes: bool = False

    def __post_init__(self) -> None:
        if self.takes and self.mute_source:
            raise UsageError(
                "stems as takes and a muted source cannot be combined: muting the clip would mute its takes; drop one",
                setting="mute_source",
            )

    @property
    def stem_titles(self) -> tuple[str, ...]:
        """Titles of the stems of one clip: the queries, then "rest" if it is placed."""
        return (*self.request.queries, *(["rest"] if self.residual else []))


@dataclass(frozen=True, slots=True)
class ClipExcerpt:
    """The part of a clip's media that is separated: `span` of the file at `path`, at its rate."""

    clip: ClipRef
    path: Path
    span: Span


@dataclass(frozen=True, slots=True)
class SessionSeparation:
    """The timeline with its stems, not saved yet.

    regions : by query.     skipped : names of clips and why.     notes : names of clips and remarks of their receipts.
    """

    timeline: Timeline
    files: tuple[Path, ...]
    regions: Mapping[str, tuple[PresenceRegion, ...]] = field(default_factory=dict)
    skipped: tuple[tuple[str, str], ...] = ()
    notes: tuple[tuple[str, str], ...] = ()


def choose_clips(timeline: Timeline, options: SessionRequest) -> list[ClipRef]:
    """Return the clips that `options` selects, in the timeline's order.

    Raises UsageError where a name is unknown, or no clip is selected.
    """
    _check_names(timeline, "clip", options.clips, [(clip.id, clip.name) for _, clip in timeline.clips()])
    _check_names(timeline, "track", options.tracks, [(track.id, track.name) for track in timeline.tracks])
    clips = []
    for track, clip in timeline.clips():
        is_selected = not (options.clips or options.tracks) or bool({clip.id, clip.name} & {*options.clips})
        is_selected = is_selected or bool({track.id, track.name} & {*options.tracks})
        if is_selected and (options.within is None or clip.place.intersect(options.within).frames):
            clips.append(clip)
    if not clips:
        raise UsageError(
            f"{timeline.name}: no clip is selected; {_existing('clip', (c.name for _, c in timeline.clips()))}"
        )
    return clips


def separate_session(timeline: Timeline, path: Path, options: SessionRequest, runner: BatchRunner) -> SessionSeparation:
    """Separate the selected clips and place their stems; the session file at `path` is not touched.

    Raises UsageError where none of them can be separated, and the first job's error where one failed.
    """
    clips = choose_clips(timeline, options)
    skipped = tuple((clip.name, reason) for clip in clips if (reason := clip.why_not()) is not None)
    usable = [clip for clip in clips if clip.why_not() is None]
    if not usable:
        raise UsageError(f"{timeline.name}: clip {skipped[0][0]!r} {skipped[0][1]}")
    folder = by_suffix(path).media_folder(path)
    with _audio_files(usable, path, folder) as paths:
        excerpts = [_excerpt(clip, paths[clip.id], options) for clip in usable]
        results = _results([_spec(excerpt, folder, options) for excerpt in excerpts], runner)
    pairs = zip(excerpts, results, strict=True)
    stems = [stem for excerpt, result in pairs for stem in _placements(excerpt, result, folder, options)]
    placed = _place(timeline, stems, options)
    regions = _regions(excerpts, results, options)
    if options.regions:
        markers = (region.marker for of_query in regions.values() for region in of_query)
        placed = replace(placed, markers=(*placed.markers, *markers))
    files = tuple(stem.media.path for stem in stems)
    notes = tuple(
        (excerpt.clip.name, note)
        for excerpt, result in zip(excerpts, results, strict=True)
        for note in result["record"].get("notes", ())
    )
    return SessionSeparation(timeline=placed, files=files, regions=regions, skipped=skipped, notes=notes)


def plan_timeline(timeline: Timeline, path: Path, options: SessionRequest) -> Timeline:
    """Return the timeline as it would become, with stem files that do not exist yet; for a dry run."""
    folder, stems = by_suffix(path).media_folder(path), []
    for clip in choose_clips(timeline, options):
        if clip.why_not() is None and clip.media is not None:
            span = _excerpt(clip, clip.media.path, options).span
            for title in options.stem_titles:
                name = f"{clip.media.path.stem} [{file_name(title)}]{SUFFIXES[options.format]}"
                media = Media(folder / name, rate=span.rate, channels=clip.media.channels, frames=span.frames)
                stems.append(StemPlacement(clip.id, title, media, covers=span, within=options.within))
    return _place(timeline, stems, options)


def rehearse(timeline: Timeline, path: Path, target: Path, options: SessionRequest, *, embed: bool = False) -> None:
    """Run a dry save of the planned timeline to `target`, so that its errors come before any work.

    Raises SessionError or UsageError for whatever `target` cannot hold.
    """
    plan = plan_timeline(timeline, path, options)
    if options.regions:
        plan = replace(plan, markers=(*plan.markers, Marker("a sound", Span(0, 1, plan.rate))))
    dry_run(plan, target, embed=embed, diff=False, stems=options.format)


def _check_names(timeline: Timeline, kind: str, names: Sequence[str], existing: Sequence[tuple[str, str]]) -> None:
    """Raise UsageError for the first of `names` that is neither id nor name in `existing` (id, name) pairs."""
    accepted = {word for pair in existing for word in pair}
    for name in names:
        if name not in accepted:
            raise UsageError(
                f"{timeline.name} has no {kind} {name!r}; {_existing(kind, (name for _, name in existing))}"
            )


def _existing(kind: str, names: Iterable[str]) -> str:
    unique = list(dict.fromkeys(names))
    more = ", …" if len(unique) > _MOST_NAMES else ""
    return f"{kind}s: {', '.join(map(repr, unique[:_MOST_NAMES]))}{more}" if unique else f"it has no {kind}s"


def _place(timeline: Timeline, stems: Sequence[StemPlacement], options: SessionRequest) -> Timeline:
    if options.takes:
        return place_takes(timeline, stems)
    return place_stems(timeline, stems, mute_source=options.mute_source)


@contextmanager
def _audio_files(clips: Sequence[ClipRef], session: Path, folder: Path) -> Iterator[dict[str, Path]]:
    """Yield the audio file of every clip by clip id; embedded audio is extracted for the duration of the context."""
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
    length = media.frames if media.rate == cut.rate else None
    least = 1 if options.takes else 0  # an item that loops its takes must not reach the end of one
    span = with_handles(cut, max(least, options.handle_seconds * cut.rate), length)
    if length is not None:
        span = span.intersect(Span(0, length, cut.rate))
    return ClipExcerpt(clip, path, span)


def _spec(excerpt: ClipExcerpt, folder: Path, options: SessionRequest) -> JobSpec:
    return JobSpec(
        input=excerpt.path.absolute(),
        request=options.request,
        files=FileRequest(
            folder.absolute(),
            format=options.format,
            keep_format=options.keep_format,
            span=excerpt.span,
            residual=options.residual,
        ),
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
    residual = [("rest", result["rest"])] if options.residual and result.get("rest") else []
    for title, name in (*zip(options.request.queries, result["stems"], strict=True), *residual):
        media = probe_media(folder / Path(name).name)  # the worker resolves links in paths, the session keeps them
        yield StemPlacement(excerpt.clip.id, title, media, covers=excerpt.span, within=options.within)


def _regions(
    excerpts: Sequence[ClipExcerpt], results: Sequence[Mapping[str, Any]], options: SessionRequest
) -> dict[str, tuple[PresenceRegion, ...]]:
    """Return where each query is present, by query, in order of time."""
    regions: dict[str, tuple[PresenceRegion, ...]] = {query: () for query in options.request.queries}
    for excerpt, result in zip(excerpts, results, strict=True):
        clip = excerpt.clip if options.within is None else excerpt.clip.trimmed(options.within)
        for stem in result["record"]["stems"]:
            regions[stem["query"]] += presence_regions(clip, stem["query"], stem["present"])
    return {query: tuple(sorted(of_query, key=lambda region: region.span.start)) for query, of_query in regions.items()}
