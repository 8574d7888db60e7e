"""From a file to files: the arrow streamed, with names, metadata and a receipt that reproduces it.

Memory does not grow with the file: windows are read as the engine wants them, the estimate lies in a temporary file,
and every block is written before the next one is rendered. Nothing appears under its final name until all of it is
there; a cancelled or failed job leaves nothing.
"""

import contextlib
import datetime
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, get_args

import numpy as np

from flowsep_plugin.audio.span import Span
from flowsep_plugin.audio.types import Floats
from flowsep_plugin.engine.base import RenderSettings, Request
from flowsep_plugin.engine.bundle import sha256
from flowsep_plugin.engine.estimate import Estimate
from flowsep_plugin.errors import MediaError, UsageError
from flowsep_plugin.media import (
    SUFFIXES,
    Format,
    MediaSource,
    StemWriter,
    open_media,
    open_writer,
    quantise24,
    stem_metadata,
)
from flowsep_plugin.media.atomic import AtomicFile
from flowsep_plugin.presence import regions
from flowsep_plugin.progress import Report, ignore
from flowsep_plugin.separate import Separator, decibels
from flowsep_plugin.version import __version__

FORMATS: tuple[Format, ...] = get_args(Format)
_LONGEST_NAME = 80
RECEIPT_FORMAT = 1


@dataclass(frozen=True, slots=True)
class FileRequest:
    """What to write where.

    out : folder (made where missing).     span : part of the file, in its own frames; None is all of it.
    overwrite : False gives new files a number where their names are taken.
    """

    out: Path
    format: Format = "wav24"
    span: Span | None = None
    rest: bool = True
    overwrite: bool = False

    def __post_init__(self) -> None:
        if self.format not in FORMATS:
            raise UsageError(f"format {self.format!r} is none of {', '.join(FORMATS)}")


@dataclass(frozen=True, slots=True)
class FileSeparation:
    """What was written: stems in the order of the queries, the rest (None where not wanted), the receipt."""

    stems: tuple[Path, ...]
    rest: Path | None
    receipt: Path
    record: Mapping[str, Any]
    presence: Floats
    presence_step_seconds: float

    @property
    def null_db(self) -> float:
        """Peak of clip minus stems minus rest as written, dB re full scale; -200 is exact."""
        return float(self.record["null_db"])


def separate_file(
    separator: Separator, path: Path, request: Request, files: FileRequest, report: Report = ignore,
    estimator: Callable[..., Estimate] | None = None,
) -> FileSeparation:  # fmt: skip
    """Take the request's sounds out of the file at `path` and write them beside each other.

    estimator : stands in for `separator.estimate`, e.g. to take a kept one; what it raises leaves nothing written.
    Raises MediaError for files that cannot be read or written, UsageError for a span outside the file, Cancelled.
    """
    clock = [time.monotonic()]
    with open_media(path) as source:
        span = _checked_span(files.span, source, path)
        _make_folder(files.out)
        with (estimator or separator.estimate)(source, 0, span, request, report) as estimate:
            clock.append(time.monotonic())
            with _all_or_none(_free_names(path, request, files)) as names:
                written = _write_audio(separator, source, span, estimate, request, files, names, report)
                clock.append(time.monotonic())
                heard = _Heard.of(estimate, span, len(request.queries))
                record = {
                    "format": RECEIPT_FORMAT,
                    "flowsep": __version__,
                    "made": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
                    "input": _input_record(path, source),
                    "span": {"start": span.start, "frames": span.frames},
                    "request": _request_record(request),
                    "write": {"format": files.format, "rest": files.rest},
                    "model": _model_record(separator),
                    "provider": separator.engine.provider,
                    "seconds": {
                        "separate": round(clock[1] - clock[0], 3),
                        "render": round(clock[2] - clock[1], 3),
                    },
                    "null_db": decibels(written.worst),
                    "stems": _stem_records(request, names, written, heard),
                    "rest": names.audio[-1].name if files.rest else None,
                }
                _write_text(names.receipt, json.dumps(record, indent=1, ensure_ascii=False) + "\n")
    wanted = len(request.queries)
    rest = names.audio[wanted] if files.rest else None
    return FileSeparation(names.audio[:wanted], rest, names.receipt, record, heard.presence, heard.step_seconds)


@dataclass(frozen=True, slots=True)
class _Written:
    """What went into the files: the peak of what does not null, and the peak of each file."""

    worst: float
    peaks: tuple[float, ...]


def _write_audio(
    separator: Separator, source: MediaSource, span: Span, estimate: Estimate, request: Request, files: FileRequest,
    names: "_Names", report: Report,
) -> _Written:  # fmt: skip
    """Render `span` block by block into the files of `names`."""
    step = None if files.format == "wav32f" else quantise24
    with contextlib.ExitStack() as stack:
        writers = [
            stack.enter_context(_writer(name, source, span, files, title))
            for name, title in zip(names.audio, (*request.queries, "rest"), strict=False)
        ]
        worst, peaks = 0.0, [0.0] * len(writers)
        wanted = len(request.queries)
        for block in separator.blocks(source, 0, span, estimate, request.render, wanted, report, step):
            rest = step(block.rest) if step else block.rest
            clip = source.read(block.start, block.start + rest.shape[-1]).astype(np.float64)
            worst = max(worst, float(np.abs(clip - block.stems.sum(axis=0, dtype=np.float64) - rest).max()))
            for index, (writer, part) in enumerate(zip(writers, (*block.stems, rest), strict=False)):
                writer.write(part)
                peaks[index] = max(peaks[index], float(np.abs(part).max()))
    return _Written(worst, tuple(peaks))


@dataclass(frozen=True, slots=True)
class _Heard:
    """What the model found in the span: presence `(queries, frames)` every `step_seconds` from `first_seconds` on."""

    presence: Floats
    first_seconds: float
    step_seconds: float
    shares_db: tuple[float, ...]

    @classmethod
    def of(cls, estimate: Estimate, span: Span, wanted: int) -> "_Heard":
        step, inside = estimate.grid.hop / estimate.grid.rate, estimate.frames_of(span)
        first = (estimate.first + inside.start) * step
        return cls(estimate.presence()[:wanted, inside], first, step, tuple(estimate.overall_db(span)[:wanted]))

    def seconds(self, frame: int) -> float:
        """Place of a presence frame in the file."""
        return round(self.first_seconds + frame * self.step_seconds, 3)


def read_receipt(path: Path) -> tuple[Path, Request, FileRequest, Mapping[str, Any]]:
    """Input, request and files of a receipt, so that it can be done again; `files.out` is the receipt's folder.

    Raises MediaError where the receipt is damaged, or its input is gone or has changed.
    """
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if record["format"] != RECEIPT_FORMAT:
            raise ValueError(f"format {record['format']}, this flowsep reads {RECEIPT_FORMAT}")
        given = dict(record["request"])
        request = Request(**{**given, "render": RenderSettings(**given["render"])})
        media, span = record["input"], record["span"]
        files = FileRequest(
            path.parent,
            record["write"]["format"],
            Span(span["start"], span["frames"], media["rate"]),
            record["write"]["rest"],
        )
        source = Path(media["path"])
        wanted = str(media["sha256"])
    except FileNotFoundError:
        raise MediaError(f"{path}: no such receipt") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MediaError(f"{path}: is no receipt of flowsep ({error!r})") from error
    if not source.is_file():
        beside = path.parent / source.name
        if not beside.is_file():
            raise MediaError(f"{source}: the receipt's input is gone; put it back, or beside the receipt")
        source = beside
    if sha256(source) != wanted:
        raise MediaError(f"{source}: has changed since the receipt was written; its stems cannot be made again from it")
    return source, request, files, record


def safe_name(text: str) -> str:
    """`text` as part of a file name on every system: no separators, no reserved signs, at most 80 characters."""
    name = re.sub(r'[\x00-\x1f\x7f<>:"/\\|?*]+', "_", text).strip(" .")
    return name[:_LONGEST_NAME].rstrip(" .") or "_"


@dataclass(frozen=True, slots=True)
class _Names:
    audio: tuple[Path, ...]
    receipt: Path


@contextlib.contextmanager
def _all_or_none(names: _Names) -> Iterator[_Names]:
    """Take away what was new under `names` where not all of it came to be: a full disk at the last file, a Ctrl-C."""
    new = [name for name in (*names.audio, names.receipt) if not name.exists()]
    try:
        yield names
    except BaseException:
        for name in new:
            name.unlink(missing_ok=True)
        raise


def _make_folder(folder: Path) -> None:
    """Make the output folder before any work is done for it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MediaError(
            f"{folder}: the folder cannot be made ({error.strerror}); choose another with --out"
        ) from error


def _free_names(path: Path, request: Request, files: FileRequest) -> _Names:
    """Names beside each other; the same number on all of them where one of them is taken."""
    titles = [*request.queries, *(["rest"] if files.rest else [])]
    labels: list[str] = []
    for title in titles:
        label, number = safe_name(title), 2
        while label.casefold() in (taken.casefold() for taken in labels):
            label, number = f"{safe_name(title)[: _LONGEST_NAME - 4]} {number}", number + 1
        labels.append(label)
    for number in range(1, 10_000):
        mark = "" if number == 1 else f" ({number})"
        audio = tuple(files.out / f"{path.stem} [{label}]{mark}{SUFFIXES[files.format]}" for label in labels)
        receipt = files.out / f"{path.stem} [{labels[0]}]{mark}.json"
        if path.resolve() in (name.resolve() for name in audio):
            continue
        if files.overwrite or not any(name.exists() for name in (*audio, receipt)):
            return _Names(audio, receipt)
    raise MediaError(f"{files.out}: full of stems of {path.name}; choose another folder with --out")


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


def _write_text(path: Path, text: str) -> None:
    data = text.encode()
    file = AtomicFile(path, len(data))
    try:
        file.file.write(data)
        file.commit()
    finally:
        file.discard()


def _request_record(request: Request) -> dict[str, Any]:
    return asdict(replace(request, queries=list(request.queries), negative=list(request.negative)))


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


def _stem_records(request: Request, names: _Names, written: _Written, heard: _Heard) -> list[dict[str, Any]]:
    records = []
    for index, query in enumerate(request.queries):
        found = regions(heard.presence[index])
        records.append(
            {
                "query": query,
                "file": names.audio[index].name,
                "found": bool(found),
                "share_db": heard.shares_db[index],
                "peak_db": decibels(written.peaks[index]),
                "present": [[heard.seconds(region.start), heard.seconds(region.stop), region.peak] for region in found],
            }
        )
    return records
