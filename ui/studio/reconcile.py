"""The jobs to submit or cancel so that results match the workspace. Pure; called after every change.

desired (takes, their settings) ─┐
                                 ├─► Submit | Cancel
actual (results, pending jobs)  ─┘
"""

import re
from dataclasses import dataclass, replace
from typing import TypeAlias

from .documents import shown_takes
from .lanes import track_lane_id
from .results import Results, StemFiles, StemSettings, TakeResult, has_stopped
from .texts import translate
from .workspace import Take, Workspace

_NUMBERED = re.compile(r"\] \(\d+\)$")


@dataclass(frozen=True, slots=True)
class Submit:
    """Submit a job for the stems of `take` with `settings`. `is_final`: into the folder for stems, else the panel's."""

    take: Take
    settings: StemSettings
    is_final: bool
    overwrite: bool = False


@dataclass(frozen=True, slots=True)
class Cancel:
    """Cancel job `job` of take `take`, which no longer exists."""

    take: str
    job: str


JobAction: TypeAlias = Submit | Cancel


def reconcile(workspace: Workspace, results: Results) -> tuple[JobAction, ...]:
    """Return the jobs to cancel and submit now. A take has one job at a time; new settings wait until it ends."""
    draft = workspace.draft
    takes = (*workspace.takes, *([draft] if draft is not None else []))
    ids = {take.id for take in takes}
    stale = [
        Cancel(name, result.pending.job)
        for name, result in results.items()
        if name not in ids and result.pending is not None and result.pending.job is not None
    ]
    visible = set(shown_takes(workspace))
    fresh = [
        action
        for take in takes
        if (action := _submit(take, stem_settings(workspace, take), results.get(take.id, TakeResult()), visible))
    ]
    return (*stale, *fresh)


def stem_settings(workspace: Workspace, take: Take) -> StemSettings:
    """Return what the stems of `take` are to be written with; a sound that the user forces by its lane is written."""
    forced = tuple(query.text for query in take.stem_queries if _is_forced(workspace, take, query.text))
    return StemSettings(tuple(query.render for query in take.stem_queries), forced)


def _is_forced(workspace: Workspace, take: Take, text: str) -> bool:
    if take.track:
        return track_lane_id(take.document, take.track, text, draft=take.draft) in workspace.forced
    sound = track_lane_id("", "", text, draft=take.draft)  # a take of before has no track: any track counts
    return any(lane.startswith(f"{take.document}\n") and lane.endswith(sound[1:]) for lane in workspace.forced)


def _submit(take: Take, settings: StemSettings, result: TakeResult, visible: set[str]) -> Submit | None:
    if result.pending is not None or has_stopped(result, settings):
        return None
    if result.files is None:
        return Submit(take, settings, is_final=not take.draft)
    if take.id in visible and result.files.settings != settings:
        return Submit(take, settings, is_final=False)
    return None


def missing_finals(workspace: Workspace, results: Results) -> tuple[Submit, ...]:
    """Return jobs for takes whose newest stems exist in the panel's own folder only: their final stems.

    Earlier final stems are overwritten, unless they were placed, dragged or exported, or have a number in their names:
    a job that overwrites writes the names without one, which are another take's.
    """
    missing = []
    for take in workspace.takes:
        result, settings = results.get(take.id, TakeResult()), stem_settings(workspace, take)
        if result.files is None or result.files.settings != settings or _are_final(settings, result):
            continue
        if result.pending is None and not has_stopped(result, settings):
            own = result.final_files is not None and not result.handed_out and not _is_numbered(result.final_files)
            missing.append(Submit(take, settings, is_final=True, overwrite=own))
    return tuple(missing)


def _is_numbered(files: StemFiles) -> bool:
    """Return whether the names end in a number such as " (2)", because another take had them without one."""
    return any(_NUMBERED.search(path.stem) for path in files.paths)


def has_finals(workspace: Workspace, take: Take, result: TakeResult) -> bool:
    """Return whether the final stems of `take` are written with its current settings."""
    return _are_final(stem_settings(workspace, take), result)


def _are_final(settings: StemSettings, result: TakeResult) -> bool:
    return result.final_files is not None and result.final_files.settings == settings


def stale_stems(workspace: Workspace, take: Take, result: TakeResult) -> tuple[bool, ...]:
    """Return per stem whether its file was rendered with other settings than the current ones; last the residual.

    A lane whose stem is stale is drawn so at once, until the new render is there.
    """
    settings = stem_settings(workspace, take)
    if result.files is None or result.files.settings == settings:
        return (False,) * (len(settings.render) + 1)
    rendered = result.files.settings.render
    own = [index >= len(rendered) or rendered[index] != render for index, render in enumerate(settings.render)]
    return (*own, True)


def restore_results(results: Results) -> dict[str, TakeResult]:
    """Return saved results after a restart, without files that no longer exist.

    A take whose final stems were removed gets an error; a render that was in the panel's own folder is made again.
    """
    return {name: _restore_result(result) for name, result in results.items()}


def _restore_result(result: TakeResult) -> TakeResult:
    finals, files = result.final_files, result.files
    if finals is not None and not _exist(finals):
        error = translate("Studio", "its files no longer exist; “Try again” writes them again")
        return replace(result, files=None, final_files=None, error=error)
    if files is not None and not _exist(files):
        return replace(result, files=finals)
    return result


def _exist(files: StemFiles) -> bool:
    return all(path.is_file() for path in files.paths)
