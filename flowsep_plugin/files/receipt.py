"""Receipts: JSON files next to stems with input, request, model and results; each can repeat its separation."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from flowsep_plugin.audio.span import Span
from flowsep_plugin.audio.types import Floats
from flowsep_plugin.checksum import sha256
from flowsep_plugin.engine.base import Request
from flowsep_plugin.engine.estimate import Estimate
from flowsep_plugin.media import Format, MediaSource
from flowsep_plugin.media.atomic import write_json_atomic
from flowsep_plugin.presence import regions
from flowsep_plugin.separate import Separator, decibels, presence_of
from flowsep_plugin.version import __version__

from .container_notes import container_notes
from .receipt_file import RECEIPT_FORMAT
from .request import FileRequest
from .stem_audio import Rendering, WriteResult
from .stem_paths import StemPaths


@dataclass(frozen=True, slots=True)
class PresenceSummary:
    """Presence of the queries in a span: `(queries, frames)`, 0..1, every `step_seconds` from `first_seconds` on.

    shares_db : each query's share of the clip's energy, in dB.     unsure : True where a found query only may be there.
    """

    presence: Floats
    first_seconds: float
    step_seconds: float
    shares_db: tuple[float, ...]
    unsure: tuple[bool, ...]

    @classmethod
    def of(cls, estimate: Estimate, span: Span, request: Request) -> "PresenceSummary":
        """Return the presence of the queries of `request` in `span`."""
        count = len(request.queries)
        step, inside = estimate.grid.hop / estimate.grid.rate, estimate.frames_of(span)
        first = (estimate.first + inside.start) * step
        shares, unsure = estimate.overall_db(span)[:count], estimate.unsure(span)[:count]
        return cls(presence_of(estimate, span, request), first, step, tuple(shares), tuple(unsure))

    def audible(self, output: WriteResult) -> "PresenceSummary":
        """Return the presence without the places where the written stem cannot be heard."""
        return replace(self, presence=output.stem_peaks.audible(self.presence))

    def places(self, index: int) -> list[list[float]]:
        """Return [start, stop, highest presence] of each region of a query; times in seconds of the file."""
        return [[self.seconds(one.start), self.seconds(one.stop), one.peak] for one in regions(self.presence[index])]

    def stems_to_write(self, request: Request, files: FileRequest) -> tuple[int, ...]:
        """Return the indices of the queries whose stems `files` writes: those that are found, and those it keeps."""
        return tuple(
            index for index, query in enumerate(request.queries) if files.keeps(query) or regions(self.presence[index])
        )

    def seconds(self, frame: int) -> float:
        """Return the place of a presence frame in the file, in seconds."""
        return round(self.first_seconds + frame * self.step_seconds, 3)


def describe(
    whole: MediaSource, rendering: Rendering, files: FileRequest, requested: Format, stem_paths: StemPaths,
    output: WriteResult, presence: PresenceSummary,
) -> dict[str, Any]:  # fmt: skip
    """Return the content of a receipt, except `seconds`.

    presence : of the estimate, before the stems were rendered.
    whole : the input with all its channels.     files : as written, which may be in another format than `requested`.
    """
    request, separator = rendering.request, rendering.separator
    notes = _notes(rendering, files, requested, output)
    return {
        "format": RECEIPT_FORMAT,
        "flowsep": __version__,
        "made": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "input": _input_record(whole),
        "span": {"start": rendering.span.start, "frames": rendering.span.frames},
        "request": request.as_json(),
        "write": _write_record(files, requested),
        "model": _model_record(separator),
        "provider": separator.engine.provider,
        "null_db": decibels(output.null_peak),
        "stems": _stem_records(request, stem_paths, output, presence),
        "rest": None if stem_paths.residual is None else stem_paths.residual.name,
        **({"notes": notes} if notes else {}),
    }


def write(path: Path, record: Mapping[str, Any]) -> None:
    """Write a receipt atomically; `read_receipt` reads it. Raises MediaError where the disk is full or read-only."""
    write_json_atomic(path, record, ensure_ascii=False, setting="out")


def _write_record(files: FileRequest, requested: Format) -> dict[str, Any]:
    channels: dict[str, Any] = {} if files.channels is None else {"channels": list(files.channels)}
    other = {} if files.format == requested else {"requested": requested}
    absent: dict[str, Any] = {} if files.absent == "write" else {"absent": files.absent}
    if files.stream is not None:
        channels["stream"] = files.stream
    if files.mux is not None:
        channels |= {"mux": files.mux, "mux_replace": files.mux_replace}
    if files.keep_absent:
        absent["keep_absent"] = list(files.keep_absent)
    return {"format": files.format, **other, "rest": files.residual, **channels, **absent}


def _notes(rendering: Rendering, files: FileRequest, requested: Format, output: WriteResult) -> list[str]:
    """Return the remarks of `files`, and what is to be said of ADM metadata and of full scale."""
    info = rendering.source.info
    notes = [*files.notes, *container_notes(info, files.stream), *([rendering.adm.loss] if rendering.adm.loss else [])]
    if files.format != requested:
        notes.append(f"the audio passes full scale, where {requested} would clip: the files are 32-bit float")
    if output.is_clipped or (rendering.is_loud and files.format != "wav32f"):
        miss = f" and miss the clip by {decibels(output.null_peak):.1f} dBFS" if output.is_clipped else ""
        notes.append(
            f"the audio passes full scale, where {files.format} clips: its files are clipped{miss}; choose wav32f"
        )
    return list(dict.fromkeys(notes))


def _model_record(separator: Separator) -> dict[str, Any]:
    card, bundle = separator.engine.card, getattr(separator.engine, "bundle", None)
    return {
        "name": card.name,
        "version": card.version,
        "licence": card.licence,
        "sha256": bundle.digest if bundle else None,
        "folder": str(bundle.folder.resolve()) if bundle else None,
    }


def _input_record(source: MediaSource) -> dict[str, Any]:
    path, shape = source.info.path, {"rate": source.rate, "channels": source.channels, "frames": source.frames}
    stream = {} if source.info.stream is None else {"stream": source.info.stream.index + 1}
    return {"path": str(path.resolve()), "sha256": sha256(path), **shape, **stream}


def _stem_records(
    request: Request, stem_paths: StemPaths, output: WriteResult, presence: PresenceSummary
) -> list[dict[str, Any]]:
    audible, peaks, records = presence.audible(output), iter(output.peaks), []
    for index, (query, path) in enumerate(zip(request.queries, stem_paths.stems, strict=True)):
        places, understood = audible.places(index), request.understood(index)
        records.append(
            {
                "query": query,
                "file": None if path is None else path.name,
                "found": bool(places),
                "unsure": bool(places) and presence.unsure[index],
                "share_db": presence.shares_db[index],
                "peak_db": None if path is None else decibels(next(peaks)),
                "present": places,
                "possible": presence.places(index),
                **({} if understood is None else {"understood_as": understood.as_json()}),
            }
        )
    return records
