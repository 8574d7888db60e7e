"""Separation of a file into files, block by block.

Memory does not grow with the file: windows are read as the engine needs them, the estimate is in a temporary file, and
every block is written before the next one is rendered. Files get their final names when all are complete; a cancelled
or failed job leaves none.
"""

import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from flowsep_plugin.audio.clip import Source
from flowsep_plugin.audio.span import Span
from flowsep_plugin.audio.types import Floats
from flowsep_plugin.engine.base import Request
from flowsep_plugin.engine.estimate import Estimate
from flowsep_plugin.errors import UsageError
from flowsep_plugin.media import (
    ChannelSelection,
    MediaSource,
    StemWriter,
    open_media,
    open_writer,
    quantise24,
    stem_metadata,
    with_channels,
)
from flowsep_plugin.progress import ProgressCallback, ignore
from flowsep_plugin.separate import Separator

from . import receipt
from .receipt import PresenceSummary, WriteResult
from .request import FileRequest
from .stem_paths import StemPaths, all_or_none, free_stem_paths, make_folder


@dataclass(frozen=True, slots=True)
class FileSeparation:
    """Paths of the stems in the order of the queries, of the rest (None if not written) and of the receipt.

    record : the receipt's content.     presence : `(queries, frames)`, 0..1, every `presence_step_seconds`.
    """

    stems: tuple[Path, ...]
    residual: Path | None
    receipt: Path
    record: Mapping[str, Any]
    presence: Floats
    presence_step_seconds: float

    @property
    def null_db(self) -> float:
        """Peak of clip minus stems minus rest as written, in dBFS; -200 means exactly 0."""
        return float(self.record["null_db"])


def separate_file(
    separator: Separator, path: Path, request: Request, files: FileRequest, report: ProgressCallback = ignore,
    estimator: Callable[..., Estimate] | None = None,
) -> FileSeparation:  # fmt: skip
    """Separate the request's sounds from the file at `path` and write stems, rest and receipt to `files.out`.

    estimator : replaces `separator.estimate`, for example by one that reads a cache.
    Raises MediaError for files that cannot be read or written, UsageError for a span or a channel outside the file,
    Cancelled where `report` raises it; no files are left then.
    """
    clock = [time.monotonic()]
    with open_media(path) as whole:
        source = with_channels(whole, files.channels)
        span = _checked_span(files.span, source, path)
        make_folder(files.out)
        with (estimator or separator.estimate)(source, 0, span, request, report) as estimate:
            clock.append(time.monotonic())
            with all_or_none(free_stem_paths(path, request, files)) as stem_paths:
                output = _write_audio(separator, source, span, estimate, request, files, stem_paths, report)
                clock.append(time.monotonic())
                presence = PresenceSummary.of(estimate, span, len(request.queries))
                record = receipt.describe(path, whole, span, request, files, separator, stem_paths, output, presence)
                record["seconds"] = {
                    "separate": round(clock[1] - clock[0], 3),
                    "render": round(clock[2] - clock[1], 3),
                }
                receipt.write(stem_paths.receipt, record)
    query_count = len(request.queries)
    residual = stem_paths.audio[query_count] if files.residual else None
    return FileSeparation(
        stem_paths.audio[:query_count], residual, stem_paths.receipt, record, presence.presence, presence.step_seconds
    )


def _write_audio(
    separator: Separator, source: MediaSource | ChannelSelection, span: Span, estimate: Estimate, request: Request,
    files: FileRequest, stem_paths: StemPaths, report: ProgressCallback,
) -> WriteResult:  # fmt: skip
    """Render `span` block by block into the files of `stem_paths`; returns their peaks."""
    quantise = None if files.format == "wav32f" else quantise24
    with contextlib.ExitStack() as stack:
        writers = [
            stack.enter_context(_writer(name, source, span, files, title))
            for name, title in zip(stem_paths.audio, (*request.queries, "rest"), strict=False)
        ]
        null_peak, peaks = 0.0, [0.0] * len(writers)
        query_count = len(request.queries)
        for block in separator.blocks(
            source, 0, span, estimate, request.render, stem_count=query_count, progress=report, quantise=quantise
        ):
            residual = quantise(block.residual) if quantise else block.residual
            clip = source.read(block.start, block.start + residual.shape[-1]).astype(np.float64)
            null_peak = max(null_peak, float(np.abs(clip - block.stems.sum(axis=0, dtype=np.float64) - residual).max()))
            for index, (writer, part) in enumerate(zip(writers, (*block.stems, residual), strict=False)):
                writer.write(part)
                peaks[index] = max(peaks[index], float(np.abs(part).max()))
    return WriteResult(null_peak, tuple(peaks))


def _writer(
    name: Path, source: MediaSource | ChannelSelection, span: Span, files: FileRequest, title: str
) -> StemWriter:
    bext, ixml = stem_metadata(source.info, span.start, f"{source.info.path.name} [{title}]")
    return open_writer(
        name, source.rate, source.channels, span.frames, files.format, bext=bext, ixml=ixml,
        channel_mask=source.info.channel_mask,
    )  # fmt: skip


def _checked_span(span: Span | None, source: Source, path: Path) -> Span:
    whole = Span(0, source.frames, source.rate)
    if span is None:
        return whole
    inside = span.at(source.rate).intersect(whole)
    if inside.frames == 0:
        raise UsageError(
            f"{path.name} lasts {whole.seconds:.3f} s; "
            f"the span {span.start / span.rate:.3f}..{span.stop / span.rate:.3f} s is outside it"
        )
    return inside
