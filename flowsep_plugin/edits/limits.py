"""Limits of the edits of a stem, checked before any work and, in JSON, before any memory."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from flowsep_plugin.errors import UsageError
from flowsep_plugin.untrusted.shortened import shortened

from .mask_edit import MaskEdit

MOST_EDITS: Final = 500
"""Edits of a stem at most."""

MOST_STEM_POINTS: Final = 50_000
"""Points of all edits of a stem at most."""


def check_edits(edits: Any) -> tuple[MaskEdit, ...]:
    """Return the edits of one stem as a tuple. Raises UsageError where they are no edits, or too many."""
    if isinstance(edits, (str, bytes, Mapping)) or not isinstance(edits, Sequence):
        raise UsageError(f"edits of a stem must be a list of MaskEdit; got {shortened(edits)}", setting="edits")
    _check_count(len(edits))
    wrong = next((edit for edit in edits if not isinstance(edit, MaskEdit)), None)
    if wrong is not None:
        raise UsageError(f"an edit of a stem must be a MaskEdit; got {shortened(wrong)}", setting="edits")
    _check_points(sum(edit.shape.point_count for edit in edits))
    return tuple(edits)


def check_stem_edits(edits: Any, count: int) -> tuple[tuple[MaskEdit, ...], ...]:
    """Return the edits of `count` stems, one tuple each; () where none has any.

    Raises UsageError where there are not `count` of them, unless there are none, and as `check_edits`.
    """
    if isinstance(edits, (str, bytes, Mapping)) or not isinstance(edits, Sequence):
        raise UsageError(f"edits must be a list with a list for each query; got {shortened(edits)}", setting="edits")
    if edits and len(edits) != count:
        raise UsageError(
            f"edits has {len(edits)} entries for {count} queries; give one for each query", setting="edits"
        )
    checked = tuple(check_edits(own) for own in edits)
    return checked if any(checked) else ()


def edits_from_json(records: Any) -> tuple[MaskEdit, ...]:
    """Return the edits of one stem in a list of JSON objects. Raises UsageError with what is wrong, or too much."""
    if not isinstance(records, (list, tuple)):
        raise UsageError(f"edits of a stem must be a list; got {shortened(records)}", setting="edits")
    _check_count(len(records))
    points = (record.get("points") for record in records if isinstance(record, Mapping))
    _check_points(sum(len(own) for own in points if isinstance(own, (list, tuple))))
    return check_edits([MaskEdit.from_json(record) for record in records])


def _check_count(count: int) -> None:
    if count > MOST_EDITS:
        raise UsageError(
            f"a stem has {count} edits, at most {MOST_EDITS} are allowed; undo some or draw larger shapes",
            setting="edits",
        )


def _check_points(count: int) -> None:
    if count > MOST_STEM_POINTS:
        raise UsageError(
            f"the edits of a stem have {count} points, at most {MOST_STEM_POINTS} are allowed; undo some or draw boxes",
            setting="edits",
        )
