"""A batch as a whole: its clips by key, how far it is, and how long the rest takes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flowsep_ui.studio.queue import clock
from flowsep_ui.studio.texts import translate

from .batch_clips import OPEN_STATES, BatchClip


@dataclass(frozen=True, slots=True)
class BatchSummary:
    """How far a batch is. `done`: of the started clips, with those that `failed`.     fraction : 0..1, by length.

    eta_seconds : time left; None until a clip is done.
    """

    done: int
    total: int
    failed: int
    fraction: float
    eta_seconds: float | None = None

    @property
    def is_running(self) -> bool:
        """Whether some of the clips have not ended."""
        return self.done < self.total


def with_clips(batch: Mapping[str, BatchClip], clips: Iterable[BatchClip]) -> dict[str, BatchClip]:
    """Return the batch with new clips after its own; clips that it has already stay as they are."""
    return dict(batch) | {clip.key: clip for clip in clips if clip.key not in batch}


def summary_of(clips: Iterable[BatchClip]) -> BatchSummary:
    """Return how far the started clips are, at the pace of those that were separated; repeated ones do not count."""
    started = [clip for clip in clips if clip.state != "new"]
    open_clips = [clip for clip in started if clip.state in OPEN_STATES]
    total = sum(clip.seconds for clip in started)
    left = sum(clip.seconds * (1 - (clip.done or 0.0)) for clip in open_clips)
    timed = [clip for clip in started if clip.run_seconds]
    worked = sum(clip.seconds for clip in timed)
    pace = sum(clip.run_seconds or 0.0 for clip in timed) / worked if worked else None
    return BatchSummary(
        done=len(started) - len(open_clips),
        total=len(started),
        failed=sum(clip.state == "failed" for clip in started),
        fraction=1 - left / total if total else 0.0,
        eta_seconds=None if pace is None or not open_clips else pace * left,
    )


def summary_text(summary: BatchSummary) -> str:
    """Return "12 of 40 · 3 failed · 4:10 left"."""
    parts = [translate("Batch", "{0} of {1}").format(summary.done, summary.total)]
    if summary.failed:
        parts.append(translate("Batch", "{0} failed").format(summary.failed))
    if summary.eta_seconds is not None:
        parts.append(translate("Batch", "{0} left").format(clock(summary.eta_seconds)))
    return " · ".join(parts)
