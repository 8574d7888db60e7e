"""The state of lanes and their stems in words: chips, notes, whether newer settings are awaited."""

from collections.abc import Iterable

from flowsep_ui.timeline.scene import Chip, PartState

from .lanes import LaneStem, StudioLane
from .reconcile import stale_stems, stem_settings
from .results import error_of
from .texts import percent, translate
from .words.presence_texts import not_found_text
from .workspace import Workspace


def part_state(workspace: Workspace, stem: LaneStem) -> PartState:
    """Return the state of a stem: "missing", "pending" without a file, "stale" with one of older settings, "ready"."""
    if stem.is_missing:
        return "missing"
    if stem.path is None:
        return "pending"
    stale = stale_stems(workspace, stem.take, stem.result)
    return "stale" if stale[-1 if stem.index is None else stem.index] else "ready"


def lane_chip(workspace: Workspace, lane: StudioLane) -> Chip | None:
    """Return the chip of a lane: why it is not finished, the worst first; None where all of it is."""
    stems = [stem for stem in lane.stems if not stem.is_missing]
    if any(_error(workspace, stem) is not None for stem in stems):
        return Chip(translate("Studio", "failed"), "warning")
    unfinished = [stem for stem in stems if part_state(workspace, stem) != "ready"]
    if unfinished and all(stem.result.cancelled and stem.result.pending is None for stem in unfinished):
        return Chip(translate("Studio", "cancelled"))
    if lane.kind == "draft":
        return Chip(translate("Studio", "draft"), "busy" if unfinished else "plain")
    if not unfinished:
        return None
    shares = [stem.result.done for stem in unfinished if stem.result.done is not None]
    if shares:
        return Chip(percent(sum(shares) / len(unfinished)), "busy")
    is_stale = all(part_state(workspace, stem) == "stale" for stem in unfinished)
    return Chip(translate("Studio", "updating") if is_stale else translate("Studio", "waiting"), "busy")


def stem_note(workspace: Workspace, stem: LaneStem) -> str:
    """Return why a stem is not there: the error of its job, or that its sound was not found; "" where it is."""
    return missing_text([stem]) if stem.is_missing else _error(workspace, stem) or ""


def missing_text(stems: Iterable[LaneStem]) -> str:
    """Return where a sound was not found: in the selection that was listened to, or in the whole clip."""
    return not_found_text(stem.take for stem in stems)


def _error(workspace: Workspace, stem: LaneStem) -> str | None:
    return None if stem.result.pending is not None else error_of(stem.result, stem_settings(workspace, stem.take))
