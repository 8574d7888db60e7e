"""The jobs to submit or cancel so that results match the workspace. Pure; called after every change.

desired (takes, their settings) ─┐
                                 ├─► Submit | Cancel
actual (results, pending jobs)  ─┘
"""

from dataclasses import dataclass, replace
from typing import TypeAlias

from flowsep_plugin.render_settings import RenderSettings

from .documents import shown_takes
from .results import Results, StemFiles, TakeResult, error_of
from .texts import translate
from .workspace import Take, Workspace


@dataclass(frozen=True, slots=True)
class Submit:
    """Submit a job for the stems of `take` with `render`. `is_final`: into the folder for stems, else the panel's."""

    take: Take
    render: RenderSettings
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
    fresh = [action for take in takes if (action := _submit(take, results.get(take.id, TakeResult()), visible))]
    return (*stale, *fresh)


def _submit(take: Take, result: TakeResult, visible: set[str]) -> Submit | None:
    if result.pending is not None or error_of(result, take.render) is not None:
        return None
    if result.files is None:
        return Submit(take, take.render, is_final=not take.draft)
    if take.id in visible and result.files.render != take.render:
        return Submit(take, take.render, is_final=False)
    return None


def missing_finals(workspace: Workspace, results: Results) -> tuple[Submit, ...]:
    """Return jobs for takes whose newest stems exist in the panel's own folder only: their final stems.

    Earlier final stems are overwritten, unless they were placed, dragged or exported.
    """
    missing = []
    for take in workspace.takes:
        result = results.get(take.id, TakeResult())
        if result.files is None or result.files.render != take.render or has_finals(take, result):
            continue
        if result.pending is None and error_of(result, take.render) is None:
            own = result.final_files is not None and not result.handed_out
            missing.append(Submit(take, take.render, is_final=True, overwrite=own))
    return tuple(missing)


def has_finals(take: Take, result: TakeResult) -> bool:
    """Return whether the final stems of `take` are written with its current settings."""
    return result.final_files is not None and result.final_files.render == take.render


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
