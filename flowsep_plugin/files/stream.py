"""Separation of a file into files, block by block.

Memory does not grow with the file: windows are read as the engine needs them, the estimate is in a temporary file, and
every block is written before the next one is rendered. Files get their final names when all are complete; a cancelled
or failed job leaves none.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from flowsep_plugin.audio.clip import Source
from flowsep_plugin.audio.span import Span
from flowsep_plugin.audio.types import Floats
from flowsep_plugin.engine.base import Request
from flowsep_plugin.engine.estimate import Estimate
from flowsep_plugin.errors import UsageError
from flowsep_plugin.media import check_fits, open_media, passes_full_scale, stem_adm, with_channels
from flowsep_plugin.progress import OverallProgress, ProgressCallback, ignore
from flowsep_plugin.separate import Separator

from . import receipt
from .container_notes import announce_notes
from .receipt import PresenceSummary
from .request import FileRequest
from .stem_audio import ClippedError, Rendering, WriteResult, write_audio
from .stem_paths import StemPaths, all_or_none, free_stem_paths, make_folder
from .video_copy import check_copy, write_copy

Describe = Callable[[FileRequest, StemPaths, WriteResult], dict[str, Any]]
"""Returns the receipt of files that were written as a request says."""
AnnounceLine = Callable[[str], None]
"""Called with what a user should know before the work begins."""
Written = tuple[StemPaths, WriteResult, dict[str, Any]]
"""Paths of the files, what was measured on writing them, and the receipt's content."""


class SilentStemsError(Exception):
    """Stems that were written are silent, so that they are left out. `audible`: indices of the others."""

    def __init__(self, audible: tuple[int, ...]) -> None:
        super().__init__()
        self.audible = audible


@dataclass(frozen=True, slots=True)
class FileSeparation:
    """Paths of the stems in the order of the queries (None for one that is left out as its sound is not found), of the
    rest (None if not written), of the receipt, and of the copy of the video (None if there is none).

    record : the receipt's content.     presence : `(queries, frames)`, 0..1, every `presence_step_seconds`;
    0 where the stem cannot be heard.
    """

    stems: tuple[Path | None, ...]
    residual: Path | None
    receipt: Path
    record: Mapping[str, Any]
    presence: Floats
    presence_step_seconds: float
    video: Path | None = None

    @property
    def null_db(self) -> float:
        """Peak of clip minus stems minus rest as written, in dBFS; -200 means exactly 0."""
        return float(self.record["null_db"])


def separate_file(
    separator: Separator, path: Path, request: Request, files: FileRequest, report: ProgressCallback = ignore,
    estimator: Callable[..., Estimate] | None = None, announce: AnnounceLine = lambda line: None,
) -> FileSeparation:  # fmt: skip
    """Separate the request's sounds from the file at `path` and write stems, rest and receipt to `files.out`.

    estimator : replaces `separator.estimate`, for example by one that reads a cache.
    announce : called before the work where `files.keep_format` will clip the stems, or the file has several streams.
    Raises MediaError for files that cannot be read or written, UsageError for a span, a channel or a stream that
    it lacks, Cancelled where `report` raises it; no files are left then.
    """
    started_s, report = time.monotonic(), OverallProgress(report)
    with open_media(path, stream=files.stream) as whole:
        check_copy(whole.info, files, channels=len(files.channels or range(whole.channels)))
        announce_notes(whole.info, files.stream, announce)
        source = with_channels(whole, files.channels)
        span = _checked_span(files.span, source, path)
        make_folder(files.out)
        is_loud = files.format != "wav32f" and passes_full_scale(source, span)
        if is_loud and files.keep_format:
            announce(_will_clip(path, files))
        if not is_loud or files.keep_format:
            check_fits(files.format, channels=source.channels, rate=source.rate)
        with (estimator or separator.estimate)(source, 0, span, request, report) as estimate:
            estimated_s = time.monotonic()
            presence = PresenceSummary.of(estimate, span, request)
            rendering = Rendering(
                separator=separator, source=source, span=span, estimate=estimate, request=request, report=report,
                stems=presence.stems_to_write(request, files),
                is_loud=is_loud, adm=stem_adm(source, span),
            )  # fmt: skip

            def describe(own: FileRequest, stem_paths: StemPaths, output: WriteResult) -> dict[str, Any]:
                record = receipt.describe(whole, rendering, own, files.format, stem_paths, output, presence)
                separate_s, render_s = estimated_s - started_s, time.monotonic() - estimated_s
                return {**record, "seconds": {"separate": round(separate_s, 3), "render": round(render_s, 3)}}

            stem_paths, output, record = _write_fitting(rendering, files, presence, describe)
    curves = presence.audible(output).presence
    return FileSeparation(
        stem_paths.stems,
        stem_paths.residual,
        stem_paths.receipt,
        record,
        curves,
        presence.step_seconds,
        stem_paths.video if "video" in record else None,
    )


def _write_fitting(rendering: Rendering, files: FileRequest, presence: PresenceSummary, describe: Describe) -> Written:
    """Write all files: in 32-bit float where 24 bits would clip them, without stems that turn out to be silent."""
    as_float = replace(files, format="wav32f")
    files = as_float if rendering.is_loud and not files.keep_format else files
    while True:
        try:
            return _write_all(rendering, files, presence, describe)
        except ClippedError:
            files = as_float
        except SilentStemsError as error:
            rendering = replace(rendering, stems=error.audible)


def _write_all(rendering: Rendering, files: FileRequest, presence: PresenceSummary, describe: Describe) -> Written:
    """Write stems, residual and receipt, or none of them. Raises SilentStemsError, ClippedError."""
    path, request = rendering.source.info.path, rendering.request
    with all_or_none(free_stem_paths(path, request, files, rendering.stems)) as stem_paths:
        output = write_audio(rendering, files, stem_paths)
        audible = presence.audible(output).stems_to_write(request, files)
        if audible != rendering.stems:
            raise SilentStemsError(audible)
        video = write_copy(rendering, files, stem_paths)
        record = describe(files, stem_paths, output)
        record |= {} if video is None else {"video": video}
        receipt.write(stem_paths.receipt, record)
    return stem_paths, output, record


def _will_clip(path: Path, files: FileRequest) -> str:
    return (
        f"{path.name} passes full scale, which {files.format} clips: the files will not sum to it; "
        "choose wav32f, or no format, to have them as 32-bit float"
    )


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
