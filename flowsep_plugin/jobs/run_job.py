"""Runs one job in a folder of its own, from which `store.publish` moves the files to their final names."""

import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from flowsep_plugin.audio.clip import Source
from flowsep_plugin.audio.span import Span
from flowsep_plugin.audio.types import Floats
from flowsep_plugin.engine.base import Engine, Request
from flowsep_plugin.engine.estimate import Estimate
from flowsep_plugin.files import FileSeparation, separate_file
from flowsep_plugin.jobs.store.cache import EstimateCache
from flowsep_plugin.media.loudness import integrated_lufs
from flowsep_plugin.presence import regions
from flowsep_plugin.progress import ProgressCallback, ignore
from flowsep_plugin.separate import FinishedWindows, Separator

from .spec import JobSpec

_POINTS = 400
"""Most points of a presence curve in a summary."""

PresenceCallback = Callable[[dict[str, Any]], None]
"""Called with the presence of every query once it is known, before anything is rendered."""


class _NothingFoundError(Exception):
    """No query is in the clip, and the job asks to write nothing then."""


def ignore_presence(presence: dict[str, Any]) -> None:
    """Do nothing with `presence`: the default callback."""


def run_job(
    separator: Separator, spec: JobSpec, into: Path, report: ProgressCallback = ignore,
    on_presence: PresenceCallback = ignore_presence, cache: EstimateCache | None = None, key: str = "",
) -> dict[str, Any]:  # fmt: skip
    """Separate as `spec` says, writing to the empty folder `into` instead of the spec's own.

    on_presence : called with the estimate's `presence_summary`, and the labels nearest to the queries where the model
    has any.     cache, key : where estimates are read and stored.
    Returns plain values: `written` (file names in `into`: stems, then residual, then receipt), `found`, `presence`,
    `record` (the receipt's content), `loudness`, `kept` (whether the estimate came from the cache), `seconds`.
    Raises as `separate_file` does; the folder's content is then worthless.
    """
    started_s = time.monotonic()
    facts: dict[str, Any] = {"kept": False}

    def estimate(source: Source, origin: int, span: Span, request: Request, progress: ProgressCallback) -> Estimate:
        result = cache.load(key) if cache is not None else None
        facts["kept"] = result is not None
        if result is None:
            result = _stored(
                lambda finished: separator.estimate(source, origin, span, request, progress, finished), cache, key
            )
        presence = presence_summary(result, span, len(spec.request.queries))
        facts["presence"] = presence = presence | _labels(separator.engine, spec.request.queries)
        on_presence(presence)
        if spec.skip_absent and not any(presence["found"]):
            result.close()
            raise _NothingFoundError
        return result

    files = replace(spec.files, out=into, overwrite=False)
    separation: FileSeparation | None = None
    audio: list[Path | None] = []
    paths: list[Path] = []
    with contextlib.suppress(_NothingFoundError):
        separation = separate_file(separator, spec.input, spec.request, files, report, estimate)
        facts["presence"] = {**facts["presence"], **_audible_part(separation)}
        audio = [*separation.stems, *([separation.residual] if separation.residual else [])]
        paths = [*filter(None, audio), separation.receipt]
        if spec.skip_absent and not any(facts["presence"]["found"]):
            separation, audio, paths = None, [], _deleted(paths)
    return {
        "written": [path.name for path in paths],
        "found": any(facts["presence"]["found"]),
        "presence": facts["presence"],
        "record": {} if separation is None else dict(separation.record),
        "loudness": [path and integrated_lufs(path) for path in audio] if spec.loudness else None,
        "kept": facts["kept"],
        "provider": separator.engine.provider,
        "seconds": round(time.monotonic() - started_s, 3),
    }


def _stored(compute: Callable[[FinishedWindows | None], Estimate], cache: EstimateCache | None, key: str) -> Estimate:
    """Return a new estimate, stored in the cache; windows that a killed process has done are not computed again."""
    if cache is None:
        return compute(None)
    finished = cache.finished_windows(key)
    try:
        result = compute(finished)
        cache.save(key, result)
    finally:  # a process that is killed does not come here
        finished.remove()
    return result


def presence_summary(estimate: Estimate, span: Span, count: int) -> dict[str, Any]:
    """Return the presence of the first `count` queries over `span` as plain values, in at most 400 points each.

    values : per query, a number 0..1 every `step_seconds` from `first_seconds` on: where its sound is heard, once the
    stems are rendered.     possible : where it may be; as `values`.
    found, unsure : per query, whether it is found, and whether only "may be there".     share_db : its energy share.
    """
    inside = estimate.frames_of(span)
    presence = estimate.presence()[:count, inside]
    is_found = [bool(regions(row)) for row in presence]
    step = estimate.grid.hop / estimate.grid.rate
    return {
        "queries": list(estimate.queries[:count]),
        "found": is_found,
        "unsure": [here and unsure for here, unsure in zip(is_found, estimate.unsure(span), strict=False)],
        "share_db": estimate.overall_db(span)[:count],
        "first_seconds": round((estimate.first + inside.start) * step, 4),
        "step_seconds": round(step * _stride(presence), 6),
        "values": _points(presence),
        "possible": _points(presence),
    }


def _labels(engine: Engine, queries: Sequence[str]) -> dict[str, Any]:
    """Return the model's labels nearest to each query, and whether it is far from all; {} for a model without them."""
    nearest = engine.nearest_labels(queries)
    return {"labels": [list(one.labels) for one in nearest], "far": [one.is_far for one in nearest]} if nearest else {}


def _audible_part(separation: FileSeparation) -> dict[str, Any]:
    """Return what of `presence_summary` changes once the stems are rendered: what cannot be heard is not there."""
    stems = separation.record["stems"]
    return {name: [stem[name] for stem in stems] for name in ("found", "unsure")} | {
        "values": _points(separation.presence)
    }


def _deleted(paths: Sequence[Path]) -> list[Path]:
    """Delete the files, and return those that are left: none."""
    for path in paths:
        path.unlink()
    return []


def _points(presence: Floats) -> list[list[float]]:
    """Return the highest presence of every `_stride` frames of each query."""
    every = _stride(presence)
    return [[round(float(row[at : at + every].max()), 2) for at in range(0, len(row), every)] for row in presence]


def _stride(presence: Floats) -> int:
    frames: int = presence.shape[-1]
    return max(1, -(-frames // _POINTS))
