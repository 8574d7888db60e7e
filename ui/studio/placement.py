"""Placing stems in a session: preview, write, and restore from the backup.

takes + results ─► plan_placement ─► dry_run (preview) | place ─► PlacementResult ─► restore_session
"""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from flowsep_plugin.checksum import sha256
from flowsep_plugin.errors import SessionError, UsageError
from flowsep_plugin.timeline import (
    Marker,
    SaveResult,
    StemPlacement,
    Timeline,
    dry_run,
    place_stems,
    save_session,
)
from flowsep_plugin.timeline.gain_render import plan_for, render_for
from flowsep_plugin.timeline.media import probe_media
from flowsep_plugin.timeline.names import clean

from .document_content import DocumentContent
from .reconcile import has_finals
from .results import Results, TakeResult
from .takes import timeline_span_of_seconds
from .texts import translate
from .workspace import Take, Workspace


@dataclass(frozen=True, slots=True)
class PlacementChoice:
    """The takes to place by id; whether with the residual, with muted source clips, with markers of found regions."""

    takes: tuple[str, ...]
    residual: bool = True
    mute_source: bool = False
    regions: bool = False


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
    workspace: Workspace, content: DocumentContent, results: Results, choice: PlacementChoice
) -> Timeline:
    """Return the timeline with the chosen stems on it.

    Raises UsageError where there are no stems, or where they are not written with the current settings yet.
    """
    takes = [take for take in placeable_takes(workspace, results) if take.id in choice.takes]
    if not takes:
        raise UsageError(translate("Studio", "No stems to place: separate a clip first."))
    stems = [stem for take in takes for stem in _placements(workspace, take, results[take.id], choice)]
    timeline = place_stems(content.timeline, stems, mute_source=choice.mute_source)
    if choice.regions:
        markers = [marker for take in takes for marker in _regions(take, content, results[take.id])]
        timeline = replace(timeline, markers=(*timeline.markers, *markers))
    return timeline


def preview_placement(timeline: Timeline, path: Path) -> SaveResult:
    """Return what `place` would change. Raises as `dry_run` does."""
    return dry_run(plan_for(timeline, path)[0], path)


def place(timeline: Timeline, path: Path) -> PlacementResult:
    """Write the session and return what undoing needs. Inverse: `restore_session`.

    Gain curves that its format cannot hold are rendered into files next to the stems.

    Raises the errors of `save_session`, and UsageError where nothing changed: undoing that would remove an old session.
    """
    existed = path.exists()
    saved = save_session(render_for(timeline, path), path)
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


def _placements(
    workspace: Workspace, take: Take, result: TakeResult, choice: PlacementChoice
) -> Sequence[StemPlacement]:
    files = result.final_files
    if files is None or not has_finals(workspace, take, result):
        text = translate("Studio", "The stems are still being written with the newest settings; try again in a moment.")
        raise UsageError(text)
    rows = zip(take.stem_queries, files.stems, strict=False)
    stems = [(query.text, path) for query, path in rows if path is not None]
    if choice.residual and files.residual is not None:
        stems.append(("rest", files.residual))
    return [
        StemPlacement(
            source=take.clip,
            name=name,
            media=probe_media(path),
            covers=take.covers,
            within=take.within,
            channels=take.channels,
        )
        for name, path in stems
    ]


def _regions(take: Take, content: DocumentContent, result: TakeResult) -> Sequence[Marker]:
    clip = content.timeline.find(take.clip)[1]
    markers = []
    for query, regions in zip(take.stem_queries, result.regions, strict=False):
        for start, stop in regions:
            span = timeline_span_of_seconds(take, clip, start, stop)
            if span.frames:
                markers.append(Marker(clean(query.text), span))
    return sorted(markers, key=lambda marker: marker.span.start)
