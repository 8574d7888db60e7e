"""From scores and runs of classes to the sounds that a person would name: none twice, none in general terms."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from flowsep_plugin.audio import yamnet
from flowsep_plugin.audio.span import Span
from flowsep_plugin.audio.types import Doubles, Floats

from .captions import ClassCaption
from .events import ClassRuns, Run
from .patches import PATCH_HOP
from .results import HeardSound
from .scores import chance

_SPECIFIC = 1.0
"""A more general class is dropped where a more specific one's log-odds are at most this much lower."""

_VERY_SPECIFIC, _MANY = 3.0, 8
"""The same for classes with at least `_MANY` more specific ones ("Animal", "Vehicle"), which say next to nothing."""

_RIVAL, _UNLIKE = 4.0, 0.4
"""A class loses up to `_RIVAL` to one that is shown, by the cosine of their sentence vectors above `_UNLIKE`.
Of mixtures of two recordings, 4 % more have both among the first five than without."""

_QUIETEST_DB = -120.0


def choose_classes(
    captions: Sequence[ClassCaption], scores: Doubles, likeness: Floats, *, least: float, count: int | None
) -> list[int]:
    """Return indices of the classes to show, the highest score first.

    captions : of C classes.     scores : (C,) log-odds.     likeness : (C, C), cosines of their sentence vectors.
    least : lower ones are not shown.     count : at most.
    No class is chosen together with one that is more general or more specific, and none that is not listed. What is
    like a chosen class needs more evidence: "a gunshot" stands for "a cap gun" and "artillery fire", too.
    """
    general = more_general(tuple(captions))
    listed = np.array([caption.is_listed for caption in captions])
    below = np.where(general & listed[:, None], scores[:, None], -np.inf).max(axis=0)
    margin = np.where((general & listed[:, None]).sum(axis=0) >= _MANY, _VERY_SPECIFIC, _SPECIFIC)
    left = np.where(listed & ~(below > scores - margin), scores, -np.inf)
    selection: list[int] = []
    while len(selection) != count and (best := int(np.argmax(left))) not in selection and left[best] >= least:
        if not np.isfinite(left[best]):
            break
        selection.append(best)
        left = left - _RIVAL * np.maximum(likeness[best] - _UNLIKE, 0) / (1 - _UNLIKE)
        left[general[best] | general[:, best]] = -np.inf
        left[best] = -np.inf
    return sorted(selection, key=lambda index: -scores[index])


@lru_cache(maxsize=4)
def more_general(captions: tuple[ClassCaption, ...]) -> np.ndarray:
    """Return (C, C) bool: whether class j is more general than class i."""
    places = {caption.class_name: place for place, caption in enumerate(captions)}
    general = np.zeros((len(captions), len(captions)), bool)
    for place, caption in enumerate(captions):
        general[place, [places[name] for name in caption.more_general if name in places]] = True
    general.flags.writeable = False
    return general


def heard_sound(caption: ClassCaption, runs: ClassRuns, clip: Span) -> HeardSound:
    """Return the sound of a class whose runs lie in `clip`, a span of the timeline at the source's rate."""
    spans = _joined([patch_span(run, clip) for run in runs.runs])
    patches = sum(run.stop - run.start for run in runs.runs)
    energy = sum(run.energy for run in runs.runs)
    level = 10 * np.log10(max(energy / max(1, patches), 10 ** (_QUIETEST_DB / 10)))
    return HeardSound(
        caption=caption.caption, chip=caption.chip, class_name=caption.class_name, spans=spans, level_db=float(level),
        sure=chance(runs.score),
    )  # fmt: skip


def patch_span(run: Run, clip: Span) -> Span:
    """Return the middle halves of a run's patches at the clip's rate, inside the clip."""
    start = run.start * PATCH_HOP + PATCH_HOP // 2
    return Span(start, (run.stop - run.start) * PATCH_HOP, yamnet.RATE).at(clip.rate).intersect(clip)


def _joined(spans: Sequence[Span]) -> tuple[Span, ...]:
    """Return spans in order without empty ones; those that touch or overlap by rounding are one."""
    joined: list[Span] = []
    for span in spans:
        if not span.frames:
            continue
        if joined and span.start <= joined[-1].stop:
            last = joined.pop()
            span = Span(last.start, max(last.stop, span.stop) - last.start, span.rate)
        joined.append(span)
    return tuple(joined)
