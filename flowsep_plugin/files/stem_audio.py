"""The audio of stem files: rendered and written block by block, in a format that holds it."""

import contextlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from flowsep_plugin.audio.span import Span
from flowsep_plugin.engine.base import Request
from flowsep_plugin.engine.estimate import Estimate
from flowsep_plugin.media import (
    BITS,
    ChannelSelection,
    MediaSource,
    StemAdm,
    StemWriter,
    open_writer,
    quantise24,
    stem_metadata,
)
from flowsep_plugin.presence import StemPeaks
from flowsep_plugin.progress import ProgressCallback, ignore
from flowsep_plugin.separate import Separator, stem_peaks_of

from .request import FileRequest
from .stem_paths import StemPaths

_CLIPPED_PEAK: Final = 1e-6
"""Least null of clipped files; rounding to 24 bits alone leaves at most 2^-24, 6e-8."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """Input of the second pass: `span` of `source`, its estimate, and the request that it was made for.

    stems : indices of the queries whose stems are written; the others stay in the rest.
    is_loud : whether `span` passes full scale.     adm : the stems' ADM metadata.
    """

    separator: Separator
    source: MediaSource | ChannelSelection
    span: Span
    estimate: Estimate
    request: Request
    stems: tuple[int, ...]
    report: ProgressCallback = ignore
    is_loud: bool = False
    adm: StemAdm = field(default_factory=StemAdm)


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteResult:
    """Peaks of the written audio: `null_peak` of clip minus stems minus rest, `peaks` of each file; 1 is full scale.

    stem_peaks : of each query's stem over time; 0 for one that is left out.
    is_clipped : whether the files miss the clip because their format does not pass full scale.
    """

    null_peak: float
    peaks: tuple[float, ...]
    stem_peaks: StemPeaks
    is_clipped: bool = False


class ClippedError(Exception):
    """The files that were written are clipped, and another format may be taken instead."""


def write_audio(rendering: Rendering, files: FileRequest, stem_paths: StemPaths) -> WriteResult:
    """Render block by block into the files of `stem_paths`; returns their peaks.

    Raises ClippedError where they do not sum to the clip, unless `files.keep_format`, and what writers raise.
    """
    source, span, request = rendering.source, rendering.span, rendering.request
    quantise = None if files.format == "wav32f" else quantise24
    titles = (*(request.queries[index] for index in rendering.stems), "rest")
    with contextlib.ExitStack() as stack:
        writers = [
            stack.enter_context(_writer(name, rendering, files, title))
            for name, title in zip(stem_paths.audio, titles, strict=False)
        ]
        null_peak, peaks = 0.0, [0.0] * len(writers)
        stem_peaks = stem_peaks_of(rendering.estimate, span, len(request.queries))
        for block in rendering.separator.blocks(
            source, 0, span, rendering.estimate, request, stems=rendering.stems, progress=rendering.report,
            quantise=quantise,
        ):  # fmt: skip
            residual = quantise(block.residual) if quantise else block.residual
            clip = source.read(block.start, block.start + residual.shape[-1]).astype(np.float64)
            null_peak = max(null_peak, float(np.abs(clip - block.stems.sum(axis=0, dtype=np.float64) - residual).max()))
            if quantise and null_peak > _CLIPPED_PEAK and not files.keep_format:
                raise ClippedError
            stem_peaks.add(block.start, block.stems, rendering.stems)
            for index, (writer, part) in enumerate(zip(writers, (*block.stems, residual), strict=False)):
                writer.write(part)
                peaks[index] = max(peaks[index], float(np.abs(part).max()))
    is_clipped = quantise is not None and null_peak > _CLIPPED_PEAK
    return WriteResult(null_peak=null_peak, peaks=tuple(peaks), stem_peaks=stem_peaks, is_clipped=is_clipped)


def _writer(name: Path, rendering: Rendering, files: FileRequest, title: str) -> StemWriter:
    source, span = rendering.source, rendering.span
    description, bits = f"{source.info.path.name} [{title}]", BITS[files.format]
    bext, ixml = stem_metadata(source.info, span.start, description, bits=bits)
    return open_writer(
        name, source.rate, source.channels, span.frames, files.format, bext=bext, ixml=ixml,
        channel_mask=source.info.stem_mask, tail=rendering.adm.chunks,
    )  # fmt: skip
