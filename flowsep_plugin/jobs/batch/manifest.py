"""What a batch is made of: every audio file of a folder, or the rows of a CSV manifest.

A manifest has a header; `path` and `query` are needed (several queries are separated by "|"), the rest may be left out:

    path,query,negative,out,start_seconds,seconds,seed,steps,mode,strength,reduce_db,gate
"""

import csv
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from flowsep_plugin.audio.span import Span
from flowsep_plugin.engine.base import Request
from flowsep_plugin.errors import FlowsepError, MediaError, UsageError
from flowsep_plugin.jobs.job import JobError
from flowsep_plugin.jobs.spec import JobSpec
from flowsep_plugin.media import probe
from flowsep_plugin.render_settings import RENDER_SETTINGS

AUDIO_SUFFIXES = frozenset(
    ".wav .wave .bwf .rf64 .w64 .aif .aiff .aifc .flac .ogg .oga .opus .mp3 .caf .au .snd".split()
)  # fmt: skip
_OF_REQUEST = {"seed": int, "steps": int}
_OF_RENDER = {setting.name: setting.type for setting in RENDER_SETTINGS}
_COLUMNS = ("path", "query", "negative", "out", "start_seconds", "seconds", *_OF_REQUEST, *_OF_RENDER)


@dataclass(frozen=True, slots=True)
class BatchItem:
    """One file of a batch: `name` for the report; `spec`, or the `error` for which there is none."""

    name: str
    spec: JobSpec | None
    error: JobError | None = None


def folder_items(folder: Path, like: JobSpec) -> list[BatchItem]:
    """Every audio file under `folder`, sorted, asked for as `like` is, its stems in the same place under `like`'s out.

    Hidden files and folders and `like`'s own out are left out. Raises UsageError where there is no such folder.
    """
    folder = folder.expanduser().absolute()
    if not folder.is_dir():
        raise UsageError(f"{folder}: no such folder; name one, or a manifest that ends in .csv")
    out = like.files.out.expanduser().absolute()
    return [
        BatchItem(str(path.relative_to(folder)), spec_for(like, path, out / path.relative_to(folder).parent))
        for path in sorted(audio_files(folder, out))
    ]


def spec_for(like: JobSpec, path: Path, out: Path) -> JobSpec:
    """`like`, for the file at `path` and the folder `out`."""
    return replace(like, input=path, files=replace(like.files, out=out))


def audio_files(folder: Path, without: Path) -> Iterator[Path]:
    """Audio files under `folder` that are not hidden and not under `without`."""
    for place, folders, files in os.walk(folder):
        here = Path(place)
        folders[:] = [name for name in folders if not name.startswith(".") and here / name != without]
        for name in files:
            path = here / name
            if path.suffix.lower() in AUDIO_SUFFIXES and not name.startswith(".") and here != without:
                yield path


def manifest_items(manifest: Path, like: JobSpec, *, needs_query: bool = False) -> list[BatchItem]:
    """The rows of a CSV manifest; what a row leaves out is as in `like`. Relative paths start at the manifest.

    needs_query : every row must have a query of its own. A row that is wrong becomes an item with an error.
    Raises MediaError where the file cannot be read, UsageError where its header is wrong.
    """
    try:
        with manifest.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, ValueError, csv.Error) as error:
        raise MediaError(f"{manifest} cannot be read as CSV ({error}); save it as UTF-8 text") from error
    if not rows:
        raise UsageError(f"{manifest}: no rows; the first line names the columns: {', '.join(_COLUMNS)}")
    unknown = [name for name in rows[0] if name not in _COLUMNS]
    if "path" not in rows[0] or unknown:
        raise UsageError(
            f"{manifest}: "
            + (f"the column {unknown[0]!r} is not known" if unknown else "there is no column 'path'")
            + f"; there is {', '.join(_COLUMNS)}"
        )
    if needs_query and "query" not in rows[0]:
        raise UsageError(f"{manifest}: there is no column 'query'; add one, or say -q for all rows")
    folder = manifest.expanduser().absolute().parent
    return [_item(number, row, folder, like, needs_query) for number, row in enumerate(rows, 2)]


def _item(number: int, row: dict[str, Any], folder: Path, like: JobSpec, needs_query: bool) -> BatchItem:
    name = row.get("path") or f"line {number}"
    try:
        cells = {key: value.strip() for key, value in row.items() if value and value.strip()}
        if needs_query and "query" not in cells:
            raise UsageError("the query is empty")
        return BatchItem(name, _spec(cells, folder, like))
    except (FlowsepError, ValueError, AttributeError) as error:
        known = error if isinstance(error, FlowsepError) else UsageError(str(error))
        return BatchItem(name, None, replace(JobError.of(known), message=f"line {number}: {known}"))


def _spec(row: dict[str, str], folder: Path, like: JobSpec) -> JobSpec:
    if "path" not in row:
        raise UsageError("the path is empty")
    path = folder / Path(row["path"]).expanduser()
    sound: Any = {name: kind(row[name]) for name, kind in _OF_RENDER.items() if name in row}
    render = replace(like.request.render, **sound)
    request: Request = replace(
        like.request,
        queries=_texts(row["query"]) if "query" in row else like.request.queries,
        negative=_texts(row["negative"]) if "negative" in row else like.request.negative,
        render=render,
        **{name: kind(row[name]) for name, kind in _OF_REQUEST.items() if name in row},  # type: ignore[arg-type]
    )
    out = like.files.out.expanduser().absolute() / row.get("out", "")
    if not out.resolve().is_relative_to(like.files.out.expanduser().resolve()):
        raise UsageError(f"out {row['out']!r} leads out of {like.files.out}")
    span = like.files.span
    if "start_seconds" in row or "seconds" in row:
        info = probe(path)
        start = round(float(row.get("start_seconds", 0)) * info.rate)
        stop = start + round(float(row["seconds"]) * info.rate) if "seconds" in row else info.frames
        span = Span(start, stop - start, info.rate)
    return replace(like, input=path, request=request, files=replace(like.files, out=out, span=span))


def _texts(cell: str) -> tuple[str, ...]:
    return tuple(text.strip() for text in cell.split("|") if text.strip())
