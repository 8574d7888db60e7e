"""What has to be asked of the worker, so that what is known catches up with what is wanted. Pure; called often.

wanted (takes, their settings) ─┐
                                ├─► Submit | Cancel
known (results, pending jobs)  ─┘
"""

from dataclasses import dataclass, replace
from typing import TypeAlias

from flowsep_plugin.render_settings import RenderSettings

from .documents import shown_takes
from .results import Results, StemFiles, TakeResult, error_of
from .workspace import Take, Workspace


@dataclass(frozen=True, slots=True)
class Submit:
    """Make the stems of `take` with `render`; `kept` says that they go where the user wants finals."""

    take: Take
    render: RenderSettings
    kept: bool
    overwrite: bool = False


@dataclass(frozen=True, slots=True)
class Cancel:
    """Nobody wants job `job` of take `take` any more."""

    take: str
    job: str


JobAction: TypeAlias = Submit | Cancel


def reconcile(workspace: Workspace, results: Results) -> tuple[JobAction, ...]:
    """What to ask now. A take has one job at a time; a new setting waits for the one before and then replaces it."""
    draft = workspace.draft
    takes = (*workspace.takes, *([draft] if draft is not None else []))
    known = {take.id for take in takes}
    stale = [
        Cancel(name, result.pending.job)
        for name, result in results.items()
        if name not in known and result.pending is not None and result.pending.job is not None
    ]
    shown = set(shown_takes(workspace))
    fresh = [order for take in takes if (order := _order(take, results.get(take.id, TakeResult()), shown)) is not None]
    return (*stale, *fresh)


def _order(take: Take, result: TakeResult, shown: set[str]) -> Submit | None:
    if result.pending is not None or error_of(result, take.render) is not None:
        return None
    if result.files is None:
        return Submit(take, take.render, kept=not take.draft)
    if take.id in shown and result.files.render != take.render:
        return Submit(take, take.render, kept=False)
    return None


def missing_finals(workspace: Workspace, results: Results) -> tuple[Submit, ...]:
    """Takes whose newest stems lie in the panel's own folder only: to be written where finals go, once at rest.

    Files of the panel's own that nobody was handed are written over; else new ones come beside them.
    """
    found = []
    for take in workspace.takes:
        result = results.get(take.id, TakeResult())
        if result.files is None or result.files.render != take.render or is_kept(take, result):
            continue
        if result.pending is None and error_of(result, take.render) is None:
            own = result.kept is not None and not result.handed_out
            found.append(Submit(take, take.render, kept=True, overwrite=own))
    return tuple(found)


def is_kept(take: Take, result: TakeResult) -> bool:
    """Whether what the take asks for lies where the user finds it."""
    return result.kept is not None and result.kept.render == take.render


def restore_results(results: Results) -> dict[str, TakeResult]:
    """Results as they were saved, after a restart: files that are gone are said to be, or made again.

    Finals that somebody removed stay removed, with the reason; what lay in the panel's own folder is made anew.
    """
    return {name: _restore_result(result) for name, result in results.items()}


def _restore_result(result: TakeResult) -> TakeResult:
    kept, files = result.kept, result.files
    if kept is not None and not _are_there(kept):
        error = "its files are gone from where they were written; “Try again” makes them anew"
        return replace(result, files=None, kept=None, error=error)
    if files is not None and not _are_there(files):
        return replace(result, files=kept)
    return result


def _are_there(files: StemFiles) -> bool:
    return all(path.is_file() for path in files.paths)
