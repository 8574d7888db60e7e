"""Placing stems in a session: preview, write, and restore from the backup.

takes + results ─► plan_placement ─► preview_placement | place ─► PlacementResult ─► restore_session
"""

import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from flowsep_plugin.checksum import sha256
from flowsep_plugin.errors import SessionError, UsageError
from flowsep_plugin.timeline import ClipRef, SaveResult, Timeline, dry_run, place_all, save_session
from flowsep_plugin.timeline.gain_render import plan_for, render_for

from .document_content import DocumentContent
from .lanes import all_lanes, lanes_of
from .markers import front_markers, lane_regions, timeline_with
from .prints import publish_print
from .results import Results, TakeResult
from .sessions.placed_stems import PlacementChoice, WideStems, placed_stems, stem_placements
from .texts import translate
from .workspace import Take, Workspace

__all__ = [
    "PlacementChoice",
    "PlacementPlan",
    "PlacementResult",
    "new_session_path",
    "place",
    "placeable_takes",
    "plan_placement",
    "preview_placement",
    "restore_session",
]


@dataclass(frozen=True, slots=True)
class PlacementPlan:
    """A planned placement: `timeline` with the stems on it.

    embed : the sound of new clips goes into the file.     colours : media path -> number of the lane's colour, None for
    a residual.     unpublished : path of a print in the session -> where it is now.
    """

    timeline: Timeline
    embed: bool = False
    colours: Mapping[Path, int | None] = field(default_factory=dict)
    unpublished: Mapping[Path, Path] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PlacementResult:
    """A written session, with all that undoing needs.

    backup : copy of the session before; None for a new one.     digest : of the written file.     words : the changes.
    """

    path: Path
    backup: Path | None
    digest: str
    words: tuple[str, ...]


def placeable_takes(workspace: Workspace, results: Results) -> tuple[Take, ...]:
    """Return the takes of the document in front that are shown under their clips and have stems."""
    current = set(workspace.current.values())
    return tuple(
        take
        for take in workspace.takes
        if take.document == workspace.front_id
        and take.id in current
        and results.get(take.id, TakeResult()).files is not None
    )


def plan_placement(
    workspace: Workspace,
    content: DocumentContent,
    results: Results,
    choice: PlacementChoice,
    *,
    wide: Mapping[str, WideStems] = MappingProxyType({}),
    prints: Mapping[Path, Path] = MappingProxyType({}),
) -> PlacementPlan:
    """Return the timeline with the chosen stems on it.

    wide : take id -> its stems with handles.     prints : dry file -> its print through effects.
    Raises UsageError where there are no stems, or where they are not written with the current settings yet.
    """
    placed = placed_stems(workspace, content, results, choice, wide)
    if not placed:
        raise UsageError(_nothing_to_place(workspace, content, results, choice))
    stems = stem_placements(placed, choice, prints)
    timeline = place_all(content.timeline, stems.stems, takes=choice.as_takes, mute_source=choice.mute_source)
    timeline = _with_muted(timeline, stems.dry)
    if choice.regions:
        lanes = all_lanes(lanes_of(workspace, content, results))
        placed_lanes = [lane for lane in lanes if any(stem.take.id in choice.takes for stem in lane.stems)]
        timeline = timeline_with(timeline, (region for lane in placed_lanes for region in lane_regions(lane)))
    if choice.markers:
        timeline = timeline_with(timeline, front_markers(workspace))
    return PlacementPlan(timeline, choice.embed, stems.colours, stems.unpublished)


def preview_placement(plan: PlacementPlan, path: Path) -> SaveResult:
    """Return what `place` would change. Raises as `dry_run` does."""
    return dry_run(plan_for(plan.timeline, path)[0], path, embed=plan.embed)


def place(plan: PlacementPlan, path: Path) -> PlacementResult:
    """Write the session and return what undoing needs. Inverse: `restore_session`.

    Prints through effects are put beside their dry stems first. Gain curves that the session's format cannot hold are
    rendered into files next to the stems.

    Raises the errors of `save_session`, and UsageError where nothing changed: undoing that would remove an old session.
    """
    existed = path.exists()
    saved = save_session(render_for(_published(plan), path), path, embed=plan.embed)
    if existed and saved.backup is None:
        raise UsageError(translate("Studio", "Nothing to place: {0} already holds these stems.").format(path.name))
    return PlacementResult(path=saved.path, backup=saved.backup, digest=sha256(saved.path), words=saved.summary)


def restore_session(result: PlacementResult) -> None:
    """Replace the session by its backup, or remove a session that was new; stem files stay.

    Raises SessionError where the session was saved again since, so that no later work is lost, or cannot be written.
    """
    path, backup = result.path, result.backup
    try:
        if sha256(path) != result.digest:
            text = translate("Studio", "{0} was saved after the stems were placed, so it is left alone.")
            if backup is not None:
                text += " " + translate("Studio", "The state before is in {1}.")
            raise SessionError(text.format(path.name, backup and backup.name))
        if backup is None:
            path.unlink()
            return
        temporary = path.with_name(f".flowsep-{os.getpid()}{path.suffix}")
        shutil.copy2(backup, temporary)
        os.replace(temporary, path)
    except OSError as error:
        text = translate("Studio", "{0} cannot be restored ({1}); the backup is {2}.")
        raise SessionError(text.format(path.name, error.strerror, backup)) from error


def new_session_path(content: DocumentContent, suffix: str = ".rpp") -> Path:
    """Return an unused path for a new session with the stems of audio files: "NAME stems", numbered from 2."""
    folder = content.out.parent
    name, number = f"{content.timeline.name} stems", 1
    while (path := folder / f"{name}{'' if number == 1 else f' {number}'}{suffix}").exists():
        number += 1
    return path


def _nothing_to_place(workspace: Workspace, content: DocumentContent, results: Results, choice: PlacementChoice) -> str:
    lanes = all_lanes(lanes_of(workspace, content, results))
    if any(lane.is_placed and any(stem.take.id in choice.takes for stem in lane.stems) for lane in lanes):
        return translate("Studio", "The session has these stems already.")
    return translate("Studio", "No stems to place: separate a clip first.")


def _published(plan: PlacementPlan) -> Timeline:
    """Return the timeline after its prints were put where it expects them, with the names that they got there."""
    places = {place: publish_print(path, place.parent) for place, path in plan.unpublished.items()}

    def with_place(clip: ClipRef) -> ClipRef:
        clip = replace(clip, takes=tuple(map(with_place, clip.takes)))
        place = None if clip.media is None else places.get(clip.media.path)
        return clip if clip.media is None or place is None else replace(clip, media=replace(clip.media, path=place))

    return _with_clips(plan.timeline, with_place) if places else plan.timeline


def _with_muted(timeline: Timeline, paths: frozenset[Path]) -> Timeline:
    """Return the timeline with the new clips that play one of `paths` muted."""

    def muted(clip: ClipRef) -> ClipRef:
        is_dry = clip.like is not None and clip.media is not None and clip.media.path in paths
        return replace(clip, muted=True) if is_dry else clip

    return _with_clips(timeline, muted) if paths else timeline


def _with_clips(timeline: Timeline, change: Callable[[ClipRef], ClipRef]) -> Timeline:
    tracks = (replace(track, clips=tuple(map(change, track.clips))) for track in timeline.tracks)
    return replace(timeline, tracks=tuple(tracks))
