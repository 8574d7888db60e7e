"""The stems that a placement writes into a session: from the lanes, with handles and prints of effects.

lanes_of ─► placed_stems: one row per stem with its file ─► stem_placements ─► timeline
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from flowsep_ui.studio.document_content import DocumentContent, media_of_file
from flowsep_ui.studio.lanes import LaneStem, StudioLane, all_lanes, lanes_of
from flowsep_ui.studio.prints import LanePrint
from flowsep_ui.studio.reconcile import has_finals, stem_settings
from flowsep_ui.studio.results import Results, StemFiles, TakeResult
from flowsep_ui.studio.takes import job_spec
from flowsep_ui.studio.texts import translate
from flowsep_ui.studio.workspace import Take, Workspace

from flowsep_plugin.audio.span import Span
from flowsep_plugin.errors import UsageError
from flowsep_plugin.jobs.spec import JobSpec
from flowsep_plugin.timeline import StemPlacement, with_handles
from flowsep_plugin.timeline.media import Media, media_read, probe_media
from flowsep_plugin.timeline.names import clean

DRY_MARK = " dry"


@dataclass(frozen=True, slots=True)
class PlacementChoice:
    """The takes to place by id, and how.

    as_takes : as takes of their clips instead of tracks; then no source is muted.
    handle_seconds : more of the source on both sides of each stem.     embed : the sound goes into the session file.
    residual : with the residual.     dry : with the dry stem, muted, beside one that was printed through effects.
    regions : with markers where sounds were found.     markers : with the panel's own markers.
    """

    takes: tuple[str, ...]
    residual: bool = True
    mute_source: bool = False
    regions: bool = False
    as_takes: bool = False
    handle_seconds: float = 0.0
    embed: bool = False
    dry: bool = True
    markers: bool = True


@dataclass(frozen=True, slots=True)
class WideStems:
    """Stems of a take with handles: `files`, and the span of its input that they cover, at its rate."""

    files: StemFiles
    covers: Span


@dataclass(frozen=True, slots=True)
class PlacedStem:
    """A stem to place. `path`: its dry file, which covers `covers` of the take's input.

    print : its print through effects, where its lane has some.
    """

    lane: StudioLane
    stem: LaneStem
    path: Path
    covers: Span
    print: LanePrint | None = None

    @property
    def name(self) -> str:
        """The name of the stem in the session: its sound, or "rest"."""
        return "rest" if self.lane.kind == "rest" else self.lane.title


@dataclass(frozen=True, slots=True)
class StemPlacements:
    """Stems as the timeline takes them. `dry`: files of those to be muted.

    colours : media path -> number of the lane's colour, None for a residual.
    unpublished : path of a print in the session -> where it is now.
    """

    stems: tuple[StemPlacement, ...]
    dry: frozenset[Path] = frozenset()
    colours: Mapping[Path, int | None] = field(default_factory=dict)
    unpublished: Mapping[Path, Path] = field(default_factory=dict)


def placed_stems(
    workspace: Workspace,
    content: DocumentContent,
    results: Results,
    choice: PlacementChoice,
    wide: Mapping[str, WideStems],
) -> tuple[PlacedStem, ...]:
    """Return the stems to place, lane by lane, without those that the session has; sounds not found have none.

    wide : take id -> its stems with handles, where the choice needs them.
    Raises UsageError where a file is not written with the current settings yet.
    """
    lanes = all_lanes(lanes_of(workspace, content, results))
    audible = [
        lane
        for lane in lanes
        if not lane.is_placed and (lane.kind == "stem" or (lane.kind == "rest" and choice.residual))
    ]
    return tuple(
        placed
        for lane in audible
        for stem in lane.stems
        if stem.take.id in choice.takes and (placed := _placed(workspace, lane, stem, choice, wide)) is not None
    )


def stem_placements(
    placed: tuple[PlacedStem, ...], choice: PlacementChoice, prints: Mapping[Path, Path]
) -> StemPlacements:
    """Return the stems as the timeline takes them. `prints`: dry file -> its print through effects.

    Raises UsageError where a print is not written yet.
    """
    stems: list[StemPlacement] = []
    colours: dict[Path, int | None] = {}
    unpublished: dict[Path, Path] = {}
    dry: set[Path] = set()
    for one in placed:
        name = clean(one.name)
        if one.print is not None:
            stems.append(_wet(one, name, prints, unpublished))
            colours[stems[-1].media.path] = one.lane.colour
            name = f"{name}{DRY_MARK}"
            dry.add(one.path)
        if one.print is None or choice.dry:
            stems.append(_placement(one, name, probe_media(one.path)))
            colours[one.path] = one.lane.colour
    return StemPlacements(tuple(stems), frozenset(dry), colours, unpublished)


def handle_jobs(
    workspace: Workspace, content: DocumentContent, results: Results, choice: PlacementChoice
) -> dict[str, JobSpec]:
    """Return the jobs that write the chosen takes with handles, by take id; none where no handles are needed.

    Takes of a clip always have a frame more, so that an item that loops them does not reach the end of one.
    """
    jobs = {}
    for take in (take for take in workspace.takes if take.id in choice.takes):
        covers = wide_span(take, choice)
        files = results.get(take.id, TakeResult()).final_files
        if covers != take.covers and files is not None and files.paths:
            wide = replace(take, covers=covers)
            jobs[take.id] = job_spec(wide, files.paths[0].parent, stem_settings(workspace, take))
    return jobs


def wide_span(take: Take, choice: PlacementChoice) -> Span:
    """Return the span of a take's input that its stems have to cover."""
    covers, media = take.covers, media_of_file(take.input, take.stream)
    frames = max(int(choice.as_takes), round(choice.handle_seconds * covers.rate))
    length = media.file_frames if media.rate == covers.rate else None
    span = with_handles(covers, frames, length)
    return span if length is None else span.intersect(Span(0, length, covers.rate))


def _placed(
    workspace: Workspace, lane: StudioLane, stem: LaneStem, choice: PlacementChoice, wide: Mapping[str, WideStems]
) -> PlacedStem | None:
    if stem.is_missing:
        return None
    covers = wide_span(stem.take, choice)
    files: StemFiles | None = None
    if covers != stem.take.covers:
        files = wide[stem.take.id].files if stem.take.id in wide and wide[stem.take.id].covers == covers else None
    elif has_finals(workspace, stem.take, stem.result):
        files = stem.result.final_files
    if files is None:
        text = translate("Studio", "The stems are still being written with the newest settings; try again in a moment.")
        raise UsageError(text)
    path = _file(files, stem.index)
    if path is None:
        return None
    return PlacedStem(lane, stem, path, covers, LanePrint(lane.id, path, lane.chain) if lane.chain else None)


def _file(files: StemFiles, index: int | None) -> Path | None:
    if index is None:
        return files.residual
    return files.stems[index] if index < len(files.stems) else None


def _wet(one: PlacedStem, name: str, prints: Mapping[Path, Path], unpublished: dict[Path, Path]) -> StemPlacement:
    assert one.print is not None
    path = prints.get(one.path)
    if path is None:
        text = translate("Studio", "The effects of “{0}” are still being printed; try again in a moment.")
        raise UsageError(text.format(one.name))
    place = one.path.parent / path.name
    unpublished[place] = path
    return _placement(one, name, replace(probe_media(path), path=place))


def _placement(one: PlacedStem, name: str, media: Media) -> StemPlacement:
    take = one.stem.take
    return StemPlacement(
        source=take.clip,
        name=name,
        media=media,
        covers=media_read(one.stem.clip.media, take.input).media_span(one.covers),
        within=take.within,
        channels=take.channels,
    )


def prints_of(placed: tuple[PlacedStem, ...]) -> Iterator[LanePrint]:
    """Yield the prints that the stems need."""
    return (one.print for one in placed if one.print is not None)


def wide_stems(workspace: Workspace, take: Take, covers: Span, plain: Mapping[str, Any]) -> WideStems:
    """Return the stems that a job of `handle_jobs` wrote; `plain` is `Job.result`."""
    residual = plain.get("rest")
    stems = tuple(None if stem is None else Path(stem) for stem in plain["stems"])
    settings = stem_settings(workspace, take)
    return WideStems(StemFiles(settings, stems, None if residual is None else Path(residual)), covers)
