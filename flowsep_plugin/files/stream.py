"""The arrow streamed from a file to files.

Memory does not grow with the file: windows are read as the engine wants them, the estimate lies in a temporary file,
and every block is written before the next one is rendered. Nothing appears under its final name until all of it is
there; a cancelled or failed job leaves nothing.
"""

import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from flowsep_plugin.audio.span import Span
from flowsep_plugin.audio.types import Floats
from flowsep_plugin.engine.base import Request
from flowsep_plugin.engine.estimate import Estimate
from flowsep_plugin.errors import UsageError
from flowsep_plugin.media import MediaSource, StemWriter, open_media, open_writer, quantise24, stem_metadata
from flowsep_plugin.progress import ProgressCallback, ignore
from flowsep_plugin.separate import Separator

from . import receipt
from .receipt import PresenceSummary, WriteResult
from .request import FileRequest
from .stem_paths import StemPaths, all_or_none, free_stem_paths, make_folder


@dataclass(frozen=True, slots=True)
class FileSeparation:
    """What was written: stems in the order of the queries, the rest (None where not wanted), the receipt."""

    stems: tuple[Path, ...]
    residual: Path | None
    receipt: Path
    record: Mapping[str, Any]
    presence: Floats
    presence_step_seconds: float

    @property
    def null_db(self) -> float:
        """Peak of clip minus stems minus rest as written, dB re full scale; -200 is exact."""
        return float(self.record["null_db"])


def separate_file(
    separator: Separator, path: Path, request: Request, files: FileRequest, report: ProgressCallback = ignore,
    estimator: Callable[..., Estimate] | None = None,
) -> FileSeparation:  # fmt: skip
    """Take the request's sounds out of the file at `path` and write them beside each other.

    estimator : stands in for `separator.estimate`, e.g. to take a kept one; what it raises leaves nothing written.
    Raises MediaError for files that cannot be read or written, UsageError for a span outside the file, Cancelled.
    """
    clock = [time.monotonic()]
    with open_media(path) as source:
        span = _checked_span(files.span, source, path)
        make_folder(files.out)
        with (estimator or separator.estimate)(source, 0, span, request, report) as estimate:
            clock.append(time.monotonic())
            with all_or_none(free_stem_paths(path, request, files)) as stem_paths:
                written = _write_audio(separator, source, span, estimate, request, files, stem_paths, report)
                clock.append(time.monotonic())
                heard = PresenceSummary.of(estimate, span, len(request.queries))
                record = receipt.describe(path, source, span, request, files, separator, stem_paths, written, heard)
                record["seconds"] = {
                    "separate": round(clock[1] - clock[0], 3),
                    "render": round(clock[2] - clock[1], 3),
                }
                receipt.write(stem_paths.receipt, record)
    query_count = len(request.queries)
    residual = stem_paths.audio[query_count] if files.residual else None
    return FileSeparation(
        stem_paths.audio[:query_count], residual, stem_paths.receipt, record, heard.presence, heard.step_seconds
    )


def _write_audio(
    separator: Separator, source: MediaSource, span: Span, estimate: Estimate, request: Request, files: FileRequest,
    stem_paths: StemPaths, report: ProgressCallback,
) -> WriteResult:  # fmt: skip
    """Render `span` block by block into the files of `names`."""
    step = None if files.format == "wav32f" else quantise24
    with contextlib.ExitStack() as stack:
        writers = [
            stack.enter_context(_writer(name, source, span, files, title))
            for name, title in zip(stem_paths.audio, (*request.queries, "rest"), strict=False)
        ]
        worst, peaks = 0.0, [0.0] * len(writers)
        query_count = len(request.queries)
        for block in separator.blocks(source, 0, span, estimate, request.render, query_count, report, step):
            residual = step(block.residual) if step else block.residual
            clip = source.read(block.start, block.start + residual.shape[-1]).astype(np.float64)
            worst = max(worst, float(np.abs(clip - block.stems.sum(axis=0, dtype=np.float64) - residual).max()))
            for index, (writer, part) in enumerate(zip(writers, (*block.stems, residual), strict=False)):
                writer.write(part)
                peaks[index] = max(peaks[index], float(np.abs(part).max()))
    return WriteResult(worst, tuple(peaks))


def _writer(name: Path, source: MediaSource, span: Span, files: FileRequest, title: str) -> StemWriter:
    bext, ixml = stem_metadata(source.info, span.start, f"{source.info.path.name} [{title}]")
    return open_writer(name, source.rate, source.channels, span.frames, files.format, bext=bext, ixml=ixml)


def _checked_span(span: Span | None, source: MediaSource, path: Path) -> Span:
    whole = Span(0, source.frames, source.rate)
    if span is None:
        return whole
    inside = span.at(source.rate).intersect(whole)
    if inside.frames == 0:
        raise UsageError(
            f"{path.name} lasts {whole.seconds:.3f} s; "
            f"nothing of it lies at {span.start / span.rate:.3f}..{span.stop / span.rate:.3f} s"
        )
    return inside
