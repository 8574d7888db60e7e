"""The receipt beside every stem: what was asked, of which file, with which model, what was found; and back again."""

import datetime
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flowsep_plugin.audio.span import Span
from flowsep_plugin.audio.types import Floats
from flowsep_plugin.checksum import sha256
from flowsep_plugin.engine.base import REQUEST_FIELDS, Request
from flowsep_plugin.engine.estimate import Estimate
from flowsep_plugin.errors import MediaError
from flowsep_plugin.media import MediaSource
from flowsep_plugin.media.atomic import write_json_atomic
from flowsep_plugin.presence import regions
from flowsep_plugin.render_settings import RenderSettings
from flowsep_plugin.separate import Separator, decibels
from flowsep_plugin.version import __version__

from .request import FileRequest
from .stem_paths import StemPaths

RECEIPT_FORMAT = 1


@dataclass(frozen=True, slots=True)
class WriteResult:
    """What went into the files: the peak of what does not null, and the peak of each file."""

    worst: float
    peaks: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class PresenceSummary:
    """What the model found in the span: presence `(queries, frames)` every `step_seconds` from `first_seconds` on.

    shares_db, unsure : for each query, its share of the energy and whether it is there perhaps only.
    """

    presence: Floats
    first_seconds: float
    step_seconds: float
    shares_db: tuple[float, ...]
    unsure: tuple[bool, ...]

    @classmethod
    def of(cls, estimate: Estimate, span: Span, query_count: int) -> "PresenceSummary":
        """What `estimate` says of its first `wanted` texts in `span`."""
        step, inside = estimate.grid.hop / estimate.grid.rate, estimate.frames_of(span)
        first = (estimate.first + inside.start) * step
        shares, unsure = estimate.overall_db(span)[:query_count], estimate.unsure(span)[:query_count]
        return cls(estimate.presence()[:query_count, inside], first, step, tuple(shares), tuple(unsure))

    def seconds(self, frame: int) -> float:
        """Place of a presence frame in the file."""
        return round(self.first_seconds + frame * self.step_seconds, 3)


def describe(
    path: Path, source: MediaSource, span: Span, request: Request, files: FileRequest, separator: Separator,
    stem_paths: StemPaths, written: WriteResult, heard: PresenceSummary,
) -> dict[str, Any]:  # fmt: skip
    """Everything a receipt holds but the time it took."""
    return {
        "format": RECEIPT_FORMAT,
        "flowsep": __version__,
        "made": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "input": _input_record(path, source),
        "span": {"start": span.start, "frames": span.frames},
        "request": request.as_json(),
        "write": {"format": files.format, "rest": files.residual},
        "model": _model_record(separator),
        "provider": separator.engine.provider,
        "null_db": decibels(written.worst),
        "stems": _stem_records(request, stem_paths, written, heard),
        "rest": stem_paths.audio[-1].name if files.residual else None,
    }


def read_receipt(path: Path) -> tuple[Path, Request, FileRequest, Mapping[str, Any]]:
    """Input, request and files of a receipt, so that it can be done again; `files.out` is the receipt's folder.

    Raises MediaError where the receipt is damaged, or its input is gone or has changed.
    """
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if record["format"] != RECEIPT_FORMAT:
            raise ValueError(f"format {record['format']}, this flowsep reads {RECEIPT_FORMAT}")
        settings = {REQUEST_FIELDS[name]: value for name, value in record["request"].items()}
        request = Request(**{**settings, "render": RenderSettings(**settings["render"])})
        media, span = record["input"], record["span"]
        files = FileRequest(
            path.parent,
            record["write"]["format"],
            Span(span["start"], span["frames"], media["rate"]),
            record["write"]["rest"],
        )
        source = Path(media["path"])
        query_count = str(media["sha256"])
    except FileNotFoundError:
        raise MediaError(f"{path}: no such receipt") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MediaError(f"{path}: is no receipt of flowsep ({error!r})") from error
    if not source.is_file():
        beside = path.parent / source.name
        if not beside.is_file():
            raise MediaError(f"{source}: the receipt's input is gone; put it back, or beside the receipt")
        source = beside
    if sha256(source) != query_count:
        raise MediaError(f"{source}: has changed since the receipt was written; its stems cannot be made again from it")
    return source, request, files, record


def write(path: Path, record: Mapping[str, Any]) -> None:
    """Put a receipt on disk, whole. Inverse: `read_receipt`."""
    write_json_atomic(path, record, ensure_ascii=False)


def _model_record(separator: Separator) -> dict[str, Any]:
    card, bundle = separator.engine.card, getattr(separator.engine, "bundle", None)
    return {
        "name": card.name,
        "version": card.version,
        "licence": card.licence,
        "sha256": bundle.digest if bundle else None,
        "folder": str(bundle.folder.resolve()) if bundle else None,
    }


def _input_record(path: Path, source: MediaSource) -> dict[str, Any]:
    shape = {"rate": source.rate, "channels": source.channels, "frames": source.frames}
    return {"path": str(path.resolve()), "sha256": sha256(path), **shape}


def _stem_records(
    request: Request, stem_paths: StemPaths, written: WriteResult, heard: PresenceSummary
) -> list[dict[str, Any]]:
    records = []
    for index, query in enumerate(request.queries):
        found = regions(heard.presence[index])
        records.append(
            {
                "query": query,
                "file": stem_paths.audio[index].name,
                "found": bool(found),
                "unsure": bool(found) and heard.unsure[index],
                "share_db": heard.shares_db[index],
                "peak_db": decibels(written.peaks[index]),
                "present": [[heard.seconds(region.start), heard.seconds(region.stop), region.peak] for region in found],
            }
        )
    return records
