"""Stems into a session: what would change, the doing, and the taking back from the backup.

takes + results ─► planned ─► dry_run (preview) | save_session (place) ─► Placed ─► take_back
"""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from flowsep_plugin.checksum import sha256
from flowsep_plugin.errors import SessionError, UsageError
from flowsep_plugin.timeline import Marker, SaveResult, StemPlacement, Timeline, place_stems, save_session
from flowsep_plugin.timeline.media import probe_media
from flowsep_plugin.timeline.names import clean

from .document_content import DocumentContent
from .reconcile import is_kept
from .results import Results, TakeResult
from .takes import timeline_span_of_seconds
from .workspace import Take, Workspace


@dataclass(frozen=True, slots=True)
class PlacementChoice:
    """What is placed: of which takes, with the rest or without; `regions` mark where each sound is."""

    takes: tuple[str, ...]
    residual: bool = True
    mute_source: bool = False
    regions: bool = False


@dataclass(frozen=True, slots=True)
class PlacementResult:
    """What was done, enough to take it back: `digest` is the session's as it was written."""

    path: Path
    backup: Path | None
    digest: str
    words: tuple[str, ...]


def placeable_takes(workspace: Workspace, results: Results) -> tuple[Take, ...]:
    """Takes of the document in front that are shown under their clips and have stems."""
    current = set(workspace.current.values())
    return tuple(
        take
        for take in workspace.takes
        if take.document == workspace.shown
        and take.id in current
        and results.get(take.id, TakeResult()).files is not None
    )


def plan_placement(
    workspace: Workspace, content: DocumentContent, results: Results, choice: PlacementChoice
) -> Timeline:
    """The timeline with the chosen stems on it. Raises UsageError where they are not written yet, or there are none."""
    takes = [take for take in placeable_takes(workspace, results) if take.id in choice.takes]
    if not takes:
        raise UsageError("No stems to place: separate a clip first.")
    stems = [stem for take in takes for stem in _placements(take, results[take.id], choice)]
    made = place_stems(content.timeline, stems, mute_source=choice.mute_source)
    if choice.regions:
        marks = [mark for take in takes for mark in _regions(take, content, results[take.id])]
        made = replace(made, markers=(*made.markers, *marks))
    return made


def place(timeline: Timeline, path: Path) -> PlacementResult:
    """Write the session; see `save_session`, whose errors it raises. Inverse: `take_back`.

    Raises UsageError where nothing is new: taking that back must not remove a session that was there.
    """
    was_there = path.exists()
    saved: SaveResult = save_session(timeline, path)
    if was_there and saved.backup is None:
        raise UsageError(f"Nothing is new; {path.name} is as it was.")
    return PlacementResult(saved.path, saved.backup, sha256(saved.path), saved.words)


def take_back(placed: PlacementResult) -> None:
    """Put the backup in the session's place, or remove a session that was new; stems stay where they are.

    Raises SessionError where the session was saved by somebody since: their work is not thrown away.
    """
    path, backup = placed.path, placed.backup
    try:
        if sha256(path) != placed.digest:
            raise SessionError(
                f"{path.name} has been saved since the stems were placed and is left alone; "
                f"what was before lies in {backup.name if backup else 'no backup'}"
            )
        if backup is None:
            path.unlink()
            return
        temporary = path.with_name(f".flowsep-{os.getpid()}{path.suffix}")
        shutil.copy2(backup, temporary)
        os.replace(temporary, path)
    except OSError as error:
        raise SessionError(f"{path.name} cannot be put back ({error.strerror}); the backup is {backup}") from error


def new_session_path(content: DocumentContent, suffix: str = ".rpp") -> Path:
    """A free name for a session of files that have none."""
    folder = content.out.parent
    name, number = f"{content.timeline.name} stems", 1
    while (path := folder / f"{name}{'' if number == 1 else f' {number}'}{suffix}").exists():
        number += 1
    return path


def _placements(take: Take, result: TakeResult, choice: PlacementChoice) -> Sequence[StemPlacement]:
    files = result.kept
    if files is None or not is_kept(take, result):
        raise UsageError("The stems are still being written with the newest settings; this takes a moment.")
    titled = [(sound.text, path) for sound, path in zip(take.queries, files.stems, strict=False)]
    if choice.residual and files.residual is not None:
        titled.append(("rest", files.residual))
    return [StemPlacement(take.clip, title, probe_media(path), take.covers, take.within) for title, path in titled]


def _regions(take: Take, content: DocumentContent, result: TakeResult) -> Sequence[Marker]:
    clip = content.timeline.find(take.clip)[1]
    found = []
    for sound, places in zip(take.queries, result.regions, strict=False):
        for start, stop in places:
            span = timeline_span_of_seconds(take, clip, start, stop)
            if span.frames:
                found.append(Marker(clean(sound.text), span))
    return sorted(found, key=lambda mark: mark.span.start)
