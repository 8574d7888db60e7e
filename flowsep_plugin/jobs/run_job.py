"""One job, done: into a folder of its own, from which `publish` moves what was written to its final names."""

import contextlib
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from flowsep_plugin.audio.span import Span
from flowsep_plugin.engine.estimate import Estimate
from flowsep_plugin.files import FileSeparation, separate_file
from flowsep_plugin.jobs.store.cache import EstimateCache
from flowsep_plugin.media.loudness import integrated_lufs
from flowsep_plugin.presence import regions
from flowsep_plugin.progress import ProgressCallback, ignore
from flowsep_plugin.separate import Separator

from .spec import JobSpec

_POINTS = 400
"""A presence curve is told with at most so many points."""

PresenceCallback = Callable[[dict[str, Any]], None]
"""Called with the presence of every query once it is known, before anything is rendered."""


class _NothingThereError(Exception):
    """None of the sounds is in the clip, and the job is to skip then."""


def ignore_presence(presence: dict[str, Any]) -> None:
    """Tell nobody."""


def run_job(
    separator: Separator, spec: JobSpec, into: Path, report: ProgressCallback = ignore,
    heard: PresenceCallback = ignore_presence,
    cache: EstimateCache | None = None, key: str = "",
) -> dict[str, Any]:  # fmt: skip
    """Do `spec`, writing into the empty folder `into` instead of its own.

    Returns plain values: `written` (file names in `into`: stems, then rest, then receipt), `found`, `presence`,
    `record` (the receipt's content), `loudness`, `kept` (whether inference was skipped), `seconds`.
    Raises as `separate_file` does; the folder is then to be thrown away.
    """
    began = time.monotonic()
    told: dict[str, Any] = {"kept": False}

    def estimate(*asked: Any) -> Estimate:
        made = cache.load(key) if cache is not None else None
        told["kept"] = made is not None
        if made is None:
            made = separator.estimate(*asked)
            if cache is not None:
                cache.save(key, made)
        told["presence"] = presence = summary(made, asked[2], len(spec.request.queries))
        heard(presence)
        if spec.skip_absent and not any(presence["found"]):
            made.close()
            raise _NothingThereError
        return made

    files = replace(spec.files, out=into, overwrite=False)
    made: FileSeparation | None = None
    with contextlib.suppress(_NothingThereError):
        made = separate_file(separator, spec.input, spec.request, files, report, estimate)
    written = [] if made is None else [*made.stems, *([made.residual] if made.residual else []), made.receipt]
    loudness = [integrated_lufs(path) for path in written[:-1]] if spec.loudness else None
    return {
        "written": [path.name for path in written],
        "found": any(told["presence"]["found"]),
        "presence": told["presence"],
        "record": {} if made is None else dict(made.record),
        "loudness": loudness,
        "kept": told["kept"],
        "provider": separator.engine.provider,
        "seconds": round(time.monotonic() - began, 3),
    }


def summary(estimate: Estimate, span: Span, wanted: int) -> dict[str, Any]:
    """Presence over `span` in few points: `values` per query, `step_seconds` apart from `first_seconds` on.

    found, unsure : per query, whether it is there, and whether that is a "may be".
    """
    inside = estimate.frames_of(span)
    presence = estimate.presence()[:wanted, inside]
    found = [bool(regions(row)) for row in presence]
    every = max(1, -(-presence.shape[-1] // _POINTS))
    step = estimate.grid.hop / estimate.grid.rate
    return {
        "queries": list(estimate.queries[:wanted]),
        "found": found,
        "unsure": [there and unsure for there, unsure in zip(found, estimate.unsure(span), strict=False)],
        "share_db": estimate.overall_db(span)[:wanted],
        "first_seconds": round((estimate.first + inside.start) * step, 4),
        "step_seconds": round(step * every, 6),
        "values": [
            [round(float(row[at : at + every].max()), 2) for at in range(0, len(row), every)] for row in presence
        ],
    }
