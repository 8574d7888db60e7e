"""The headless host: read a session, separate clips of it exactly as they are trimmed, place the stems.

read_session ─► choose ─► parts ─► Runner (worker queue or this process) ─► place_stems ─► save_session
"""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from flowsep_plugin.audio.span import Span
from flowsep_plugin.engine.base import Request
from flowsep_plugin.errors import SessionError, UsageError
from flowsep_plugin.files import FileRequest
from flowsep_plugin.jobs.batch.run import Runner
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
from flowsep_plugin.timeline.media import probe_media
from flowsep_plugin.timeline.names import file_name
from flowsep_plugin.timeline.presence_export import PresenceRegion, presence_regions

_EMBEDDED = ".flowsep-embedded"


@dataclass(frozen=True, slots=True)
class SessionRequest:
    """What to take out of which clips.

    clips, tracks : ids or names; both empty means all clips.     within : only this part of the timeline.
    handle_seconds : more of the source on both sides of each stem.     regions : mark where each sound is.
    takes : place stems as takes of their clips, not on tracks; such a clip cannot be muted.
    """

    request: Request
    clips: tuple[str, ...] = ()
    tracks: tuple[str, ...] = ()
    within: Span | None = None
    handle_seconds: int = 0
    format: Format = "wav24"
    residual: bool = True
    mute_source: bool = False
    regions: bool = False
    model: str = "default"
    device: str = "auto"
    takes: bool = False

    def __post_init__(self) -> None:
        if self.takes and self.mute_source:
            raise UsageError("a take cannot be muted without its clip; leave one of --takes and --mute-source away")


@dataclass(frozen=True, slots=True)
class ClipExcerpt:
    """One clip's work: `covers` is what is read of its media."""

    clip: ClipRef
    path: Path
    covers: Span


@dataclass(frozen=True, slots=True)
class SessionSeparation:
    """The timeline with its stems, not saved yet; `regions` by sound; `skipped`: clip names and reasons."""

    timeline: Timeline
    files: tuple[Path, ...]
    regions: Mapping[str, tuple[PresenceRegion, ...]] = field(default_factory=dict)
    skipped: tuple[tuple[str, str], ...] = ()


def choose_clips(timeline: Timeline, asked: SessionRequest) -> list[ClipRef]:
    """Return the clips that are meant, in the timeline's order. Raises UsageError where a name is nowhere."""
    for kind, names, known in (
        ("clip", asked.clips, {name for _, clip in timeline.clips() for name in (clip.id, clip.name)}),
        ("track", asked.tracks, {name for track in timeline.tracks for name in (track.id, track.name)}),
    ):
        if missing := [name for name in names if name not in known]:
            raise UsageError(f"{timeline.name}: there is no {kind} {missing[0]!r}; `flowsep session … list` shows them")
    found = []
    for track, clip in timeline.clips():
        is_meant = not (asked.clips or asked.tracks) or bool({clip.id, clip.name} & {*asked.clips})
        is_meant = is_meant or bool({track.id, track.name} & {*asked.tracks})
        if is_meant and (asked.within is None or clip.place.intersect(asked.within).frames):
            found.append(clip)
    if not found:
        raise UsageError(f"{timeline.name}: no clip lies there; `flowsep session … list` shows what there is")
    return found


def separate_session(timeline: Timeline, path: Path, asked: SessionRequest, runner: Runner) -> SessionSeparation:
    """Separate the chosen clips and place their stems; the session file is not touched.

    Raises UsageError where none of them can be separated, and the first job's error where one failed.
    """
    clips = choose_clips(timeline, asked)
    skipped = tuple((clip.name, reason) for clip in clips if (reason := clip.why_not()) is not None)
    usable = [clip for clip in clips if clip.why_not() is None]
    if not usable:
        raise UsageError(f"{timeline.name}: clip {skipped[0][0]!r} {skipped[0][1]}")
    folder = by_suffix(path).media_folder(path)
    with _reachable(usable, path, folder) as paths:
        parts = [_part(clip, paths[clip.id], asked) for clip in usable]
        results = _results([_spec(part, folder, asked) for part in parts], runner)
    done = zip(parts, results, strict=True)
    stems = [stem for part, result in done for stem in _placements(part, result, folder, asked)]
    made = _placed(timeline, stems, asked)
    regions = _regions(parts, results, asked)
    if asked.regions:
        made = replace(made, markers=(*made.markers, *(found.marker for every in regions.values() for found in every)))
    return SessionSeparation(made, tuple(stem.media.path for stem in stems), regions, skipped)


def plan_timeline(timeline: Timeline, path: Path, asked: SessionRequest) -> Timeline:
    """Return what the timeline would be, with files that are not there yet; for a dry run."""
    folder, stems = by_suffix(path).media_folder(path), []
    for clip in choose_clips(timeline, asked):
        if clip.why_not() is None and clip.media is not None:
            part = _part(clip, clip.media.path, asked)
            for title in (*asked.request.queries, *(["rest"] if asked.residual else [])):
                name = f"{clip.media.path.stem} [{file_name(title)}]{SUFFIXES[asked.format]}"
                media = Media(folder / name, part.covers.rate, clip.media.channels, part.covers.frames)
                stems.append(StemPlacement(clip.id, title, media, part.covers, asked.within))
    return _placed(timeline, stems, asked)


def rehearse(timeline: Timeline, path: Path, target: Path, asked: SessionRequest, *, embed: bool = False) -> None:
    """Save to nowhere, with stems that are not there yet: what `target` cannot take is refused before any work."""
    made = plan_timeline(timeline, path, asked)
    if asked.regions:
        made = replace(made, markers=(*made.markers, Marker("a sound", Span(0, 1, made.rate))))
    dry_run(made, target, embed=embed, diff=False, stems=asked.format)


def _placed(timeline: Timeline, stems: Sequence[StemPlacement], asked: SessionRequest) -> Timeline:
    return place_takes(timeline, stems) if asked.takes else place_stems(timeline, stems, mute_source=asked.mute_source)


@contextmanager
def _reachable(clips: Sequence[ClipRef], session: Path, folder: Path) -> Iterator[dict[str, Path]]:
    """Paths of the clips' sounds; embedded ones are copied out for as long as they are needed."""
    embedded = folder / _EMBEDDED
    extract = by_suffix(session).extract
    paths: dict[str, Path] = {}
    copied: dict[str, Path] = {}
    try:
        for clip in clips:
            assert clip.media is not None
            member = clip.media.member
            if member is None:
                paths[clip.id] = clip.media.path
                continue
            if extract is None:
                raise SessionError(f"{session.name}: embedded sound {member} cannot be read")
            if member not in copied:
                directory = embedded / str(len(copied))
                directory.mkdir(parents=True, exist_ok=True)
                copied[member] = extract(session, clip.media, directory)
            paths[clip.id] = copied[member]
        yield paths
    finally:
        shutil.rmtree(embedded, ignore_errors=True)


def _part(clip: ClipRef, path: Path, asked: SessionRequest) -> ClipExcerpt:
    cut = (clip if asked.within is None else clip.trimmed(asked.within)).cut
    media = probe_media(path)
    length = media.frames if media.rate == cut.rate else None
    least = 1 if asked.takes else 0  # an item that loops its takes must not come to the end of one
    covers = with_handles(cut, max(least, asked.handle_seconds * cut.rate), length)
    if length is not None:
        covers = covers.intersect(Span(0, length, cut.rate))
    return ClipExcerpt(clip, path, covers)


def _spec(part: ClipExcerpt, folder: Path, asked: SessionRequest) -> JobSpec:
    files = FileRequest(folder.absolute(), asked.format, part.covers, asked.residual)
    return JobSpec(part.path.absolute(), asked.request, files, asked.model, asked.device)


def _results(specs: Sequence[JobSpec], runner: Runner) -> list[Mapping[str, Any]]:
    """Every job's result. The one seam to whoever does the work."""
    found: dict[int, Mapping[str, Any]] = {}
    for index, ended in runner.run(specs):
        if isinstance(ended, JobError):
            raise replace(ended, message=f"{specs[index].input.name}: {ended.message}").exception()
        found[index] = ended
    return [found[index] for index in range(len(specs))]


def _placements(
    part: ClipExcerpt, result: Mapping[str, Any], folder: Path, asked: SessionRequest
) -> Iterator[StemPlacement]:
    residual = [("rest", result["rest"])] if asked.residual and result.get("rest") else []
    for title, name in (*zip(asked.request.queries, result["stems"], strict=True), *residual):
        media = probe_media(folder / Path(name).name)  # the worker says real paths, without the links in ours
        yield StemPlacement(part.clip.id, title, media, part.covers, asked.within)


def _regions(
    parts: Sequence[ClipExcerpt], results: Sequence[Mapping[str, Any]], asked: SessionRequest
) -> dict[str, tuple[PresenceRegion, ...]]:
    found: dict[str, tuple[PresenceRegion, ...]] = {title: () for title in asked.request.queries}
    for part, result in zip(parts, results, strict=True):
        clip = part.clip if asked.within is None else part.clip.trimmed(asked.within)
        for stem in result["record"]["stems"]:
            found[stem["query"]] += presence_regions(clip, stem["query"], stem["present"])
    return {title: tuple(sorted(marks, key=lambda mark: mark.span.start)) for title, marks in found.items()}
