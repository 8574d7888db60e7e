"""Runs one job in a folder of its own, from which `store.publish` moves the files to their final names."""

import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from flowsep_plugin.audio.clip import Source
from flowsep_plugin.audio.span import Span
from flowsep_plugin.engine.base import Engine, Request
from flowsep_plugin.engine.estimate import Estimate
from flowsep_plugin.files import FileSeparation, separate_file
from flowsep_plugin.jobs.store.cache import EstimateCache
from flowsep_plugin.media import open_media
from flowsep_plugin.media.channel_selection import with_channels
from flowsep_plugin.media.loudness import file_loudness, measure_loudness
from flowsep_plugin.progress import ProgressCallback, ignore
from flowsep_plugin.separate import FinishedWindows, Separator

from .presence_summary import GrowingPresence, PresenceCallback, ignore_presence, points, presence_summary
from .spec import JobSpec


class _NothingFoundError(Exception):
    """No query is in the clip, and the job asks to write nothing then."""


def run_job(
    separator: Separator, spec: JobSpec, into: Path, report: ProgressCallback = ignore,
    on_presence: PresenceCallback = ignore_presence, cache: EstimateCache | None = None, key: str = "",
) -> dict[str, Any]:  # fmt: skip
    """Separate as `spec` says, writing to the empty folder `into` instead of the spec's own.

    on_presence : called with the presence so far while the estimate grows (`GrowingPresence`), then with its
    `presence_summary`; and with the labels nearest to the queries where the model has any, and what queries in other
    languages are understood as.
    cache, key : where estimates are read and stored.
    Returns plain values: `written` (file names in `into`: stems, residual, copy of the video, receipt), `found`,
    `presence`, `record` (the receipt's content), `kept` (whether the estimate came from the cache), `seconds`; and,
    where it is requested, `loudness` (LUFS of stems, then residual), `loudness_details` (`audio.loudness.Loudness` of
    the same), and `clip_loudness` (that of the separated part of the clip).
    Raises as `separate_file` does; the folder's content is then worthless.
    """
    started_s = time.monotonic()
    facts: dict[str, Any] = {"kept": False}

    def estimate(source: Source, origin: int, span: Span, request: Request, progress: ProgressCallback) -> Estimate:
        request.check_hints(Span(origin, source.frames, source.rate))  # a cached estimate was checked for other hints
        result = cache.load(key) if cache is not None else None
        result = None if result is None else result.with_hints(request.hints)
        facts["kept"] = result is not None
        labels, count = _about_queries(separator.engine, spec.request), len(spec.request.queries)
        if result is None:
            growing = GrowingPresence(on_presence, span, count, labels)
            result = _stored(
                lambda finished: separator.estimate(source, origin, span, request, progress, finished, growing),
                cache, key,
            )  # fmt: skip
        presence = presence_summary(result, span, count)
        facts["presence"] = presence = presence | labels
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
        paths = [*filter(None, [*audio, separation.video]), separation.receipt]
        if spec.skip_absent and not any(facts["presence"]["found"]):
            separation, audio, paths = None, [], _deleted(paths)
    return {
        "written": [path.name for path in paths],
        "found": any(facts["presence"]["found"]),
        "presence": facts["presence"],
        "record": {} if separation is None else dict(separation.record),
        **_loudness(spec, audio),
        "kept": facts["kept"],
        "provider": separator.engine.provider,
        "seconds": round(time.monotonic() - started_s, 3),
    }


def _loudness(spec: JobSpec, audio: Sequence[Path | None]) -> dict[str, Any]:
    """Return the loudness of stems, residual and clip for the result; None for files that were not written."""
    if not spec.loudness:
        return {"loudness": None}
    details = [path and asdict(file_loudness(path)) for path in audio]
    facts: dict[str, Any] = {
        "loudness": [one and one["integrated_lufs"] for one in details],
        "loudness_details": details,
    }
    if details:
        with open_media(spec.input, stream=spec.files.stream) as whole:
            source = with_channels(whole, spec.files.channels)
            facts["clip_loudness"] = asdict(measure_loudness(source, spec.files.span))
    return facts


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


def _about_queries(engine: Engine, request: Request) -> dict[str, Any]:
    """Return what is known of the queries without the clip.

    labels, far : the model's labels nearest to each, and whether it is far from all; absent for a model without labels.
    understood_as : per query, what it means in English, None for one that is encoded as it is; absent where all are.
    """
    count = len(request.queries)
    nearest = engine.nearest_labels(request.encoder_texts[:count])
    facts: dict[str, Any] = {}
    if nearest:
        facts = {"labels": [list(one.labels) for one in nearest], "far": [one.is_far for one in nearest]}
    understood = [request.understood(index) for index in range(count)]
    if any(understood):
        facts["understood_as"] = [one and one.as_json() for one in understood]
    return facts


def _audible_part(separation: FileSeparation) -> dict[str, Any]:
    """Return what of `presence_summary` changes once the stems are rendered: what cannot be heard is not there."""
    stems = separation.record["stems"]
    return {name: [stem[name] for stem in stems] for name in ("found", "unsure")} | {
        "values": points(separation.presence)
    }


def _deleted(paths: Sequence[Path]) -> list[Path]:
    """Delete the files, and return those that are left: none."""
    for path in paths:
        path.unlink()
    return []
