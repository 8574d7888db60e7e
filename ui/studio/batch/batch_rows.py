"""The table of a batch: a row for every sound of every clip, one row for a clip without results."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from flowsep_ui.studio.texts import translate

from .batch_clips import BatchClip

Answer: TypeAlias = Literal["found", "unsure", "absent", ""]
"""Whether a sound is there: found, may be there, not found; "" while that is unknown."""


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A row: the `sound` of a `clip`, or all its sounds where it has no results.

    answer : about the sound, "" while unknown.     level_db : of the stem relative to the clip.     null_db : of clip
    minus stems and residual, dBFS.
    """

    clip: BatchClip
    sound: str
    answer: Answer = ""
    level_db: float | None = None
    null_db: float | None = None


def batch_rows(clips: Iterable[BatchClip]) -> tuple[BatchRow, ...]:
    """Return the rows of all clips, in their order."""
    return tuple(row for clip in clips for row in _rows(clip))


def answer_text(answer: Answer) -> str:
    """Return the answer in the user's language."""
    return {
        "found": translate("Batch", "found"), "unsure": translate("Batch", "may be there"),
        "absent": translate("Batch", "not found"), "": "",
    }[answer]  # fmt: skip


def report_rows(clips: Iterable[BatchClip]) -> Iterator[Mapping[str, Any]]:
    """Yield the rows of a batch report; clips without results have one with their state."""
    for clip in clips:
        if clip.rows:
            yield from clip.rows
        else:
            yield {"input": clip.name, "state": clip.state, "error": clip.error}


def _rows(clip: BatchClip) -> Iterator[BatchRow]:
    if clip.state != "done" or not clip.rows:
        yield BatchRow(clip, ", ".join(query.text for query in clip.take.stem_queries))
        return
    for row in clip.rows:
        answer: Answer = "absent" if not row["found"] else "unsure" if row.get("unsure") else "found"
        yield BatchRow(clip, str(row["query"]), answer, row["share_db"], row["null_db"])
