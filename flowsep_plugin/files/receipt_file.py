"""Read a receipt: the declared entries of its JSON, checked before any of them is used."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from flowsep_plugin.audio.span import Span
from flowsep_plugin.checksum import sha256
from flowsep_plugin.declared import declared
from flowsep_plugin.engine.base import MAX_QUERIES, Request
from flowsep_plugin.errors import FlowsepError, MediaError
from flowsep_plugin.media import Format
from flowsep_plugin.untrusted.decoding import Origin, read_json
from flowsep_plugin.untrusted.printable import printable
from flowsep_plugin.untrusted.records import read

from .request import ABSENT_POLICIES, FORMATS, MUX_POLICIES, AbsentPolicy, FileRequest, MuxPolicy

RECEIPT_FORMAT = 1

_LONGEST = 1 << 53
_QUERIES = declared("texts", longest=MAX_QUERIES)

Repeated: TypeAlias = tuple[Path, Request, FileRequest, Mapping[str, Any]]
"""Input, request, file request and the receipt's record: enough to repeat a separation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _RequestEntries:
    """The types of a request's entries; `Request` checks their values."""

    queries: tuple[str, ...] = field(metadata=_QUERIES)
    negative: tuple[str, ...] = field(default=(), metadata=_QUERIES)
    steps: int | None = field(default=None, metadata=declared("flow steps", low=1, high=200))
    solver: str | None = field(default=None, metadata=declared("solver of the flow", longest=100))
    draft: bool = field(default=False, metadata=declared("as few steps as the model allows"))
    seed_count: int = field(default=1, metadata=declared("seeds", path="takes", low=1, high=16))
    render: Mapping[str, Any] = field(default_factory=dict, metadata=declared("render settings", longest=100))
    stem_render: tuple[Any, ...] = field(default=(), metadata=_QUERIES)
    hints: tuple[Any, ...] = field(default=(), metadata=_QUERIES)
    edits: tuple[Any, ...] = field(default=(), metadata=_QUERIES)
    understood_as: Mapping[str, Any] = field(
        default_factory=dict, metadata=declared("texts for the encoder, by query", longest=MAX_QUERIES)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _ReceiptEntries:
    """The entries of a receipt that repeating its separation needs."""

    version: int = field(metadata=declared("format of the receipt", path="format", low=1))
    source: Path = field(metadata=declared("the input", path="input.path", longest=10_000))
    digest: str = field(metadata=declared("its checksum", path="input.sha256", longest=64))
    rate: int = field(metadata=declared("its rate, Hz", path="input.rate", low=1, high=10**9))
    start: int = field(metadata=declared("first frame", path="span.start", low=-_LONGEST))
    frames: int = field(metadata=declared("number of frames", path="span.frames", low=0))
    format: Format = field(metadata=declared("format of the stems", path="write.format", choices=FORMATS))
    residual: bool = field(metadata=declared("whether there is a rest", path="write.rest"))
    channels: tuple[int, ...] | None = field(
        default=None, metadata=declared("channels", path="write.channels", low=0, high=10_000, longest=10_000)
    )
    absent: AbsentPolicy = field(
        default="write", metadata=declared("absent stems", path="write.absent", choices=ABSENT_POLICIES)
    )
    keep_absent: tuple[str, ...] = field(default=(), metadata=declared("queries", path="write.keep_absent"))
    stream: str | None = field(default=None, metadata=declared("sound stream", path="write.stream", longest=100))
    mux: MuxPolicy | None = field(
        default=None, metadata=declared("tracks of the video", path="write.mux", choices=MUX_POLICIES)
    )
    mux_replace: bool = field(
        default=False, metadata=declared("whether they replace the sound", path="write.mux_replace")
    )
    request: _RequestEntries = field(metadata=declared("the request"))
    notes: tuple[Any, ...] = field(default=(), metadata=declared("remarks, which may name files"))


def read_receipt(path: Path) -> Repeated:
    """Return (input, request, files, record) of a receipt, to repeat its separation; `files.out` is its folder.

    `files.keep_format` holds, so that the format is the one that was written; the encoder gets the texts of then.
    Raises MediaError where the receipt is damaged, or its input is missing or has changed.
    """
    origin = Origin(f"{printable(path)}: is not a flowsep receipt", MediaError, "name another file")
    try:
        record = read_json(path, origin)
    except FileNotFoundError:
        raise MediaError(f"{printable(path)}: no such receipt") from None
    entries = read(_ReceiptEntries, record, origin)
    if entries.version != RECEIPT_FORMAT:
        raise origin.failure(f"format {entries.version}, this flowsep reads {RECEIPT_FORMAT}")
    for name in ("stem_render", "hints"):
        if not all(one is None or isinstance(one, dict) for one in getattr(entries.request, name)):
            raise origin.failure(f"request.{name} must be a list of objects and nulls")
    try:
        request = Request.from_json(record["request"] | {"understood_as": _encoder_texts(entries.request)})
        files = _file_request(path.parent, entries)
    except KeyError as error:
        raise origin.failure(f"the request has the unknown key {error}") from error
    except (FlowsepError, ValueError, TypeError, AttributeError, OverflowError) as error:
        raise origin.failure(printable(error)) from error
    return _checked_source(path, entries), request, files, record


def _encoder_texts(request: _RequestEntries) -> dict[str, Any]:
    """Return what the encoder got for each query: the query itself where the receipt says nothing else."""
    return {query: request.understood_as.get(query, query) for query in (*request.queries, *request.negative)}


def _file_request(folder: Path, entries: _ReceiptEntries) -> FileRequest:
    """Return the request for files. Raises UsageError, ValueError where values do not fit each other."""
    if not all(isinstance(note, str) for note in entries.notes):
        raise ValueError("notes must be texts")
    return FileRequest(
        folder,
        entries.format,
        Span(entries.start, entries.frames, entries.rate),
        entries.residual,
        channels=entries.channels,
        notes=entries.notes,
        absent=entries.absent,
        keep_absent=entries.keep_absent,
        stream=entries.stream,
        mux=entries.mux,
        mux_replace=entries.mux_replace,
        keep_format=True,
    )


def _checked_source(path: Path, entries: _ReceiptEntries) -> Path:
    """Return the path of the receipt's input, or of a file of its name next to the receipt; raises MediaError."""
    for source in (entries.source, path.parent / entries.source.name):
        try:
            digest = sha256(source)
        except OSError:
            continue
        if digest != entries.digest:
            raise MediaError(
                f"{printable(source)}: has changed since the receipt was written; its stems cannot be reproduced"
            )
        return source
    raise MediaError(
        f"{printable(entries.source)}: the receipt's input is missing; put it back, or next to the receipt"
    )
