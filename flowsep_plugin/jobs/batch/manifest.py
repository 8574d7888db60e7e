"""The items of a batch: every audio file of a folder, or the rows of a CSV manifest.

A manifest has a header. `path` and `query` are required, the rest is optional. "|" separates several queries, and, in
the columns of render settings and of hints, the values of each:

    path,query,negative,here,not_here,out,stream,start_seconds,seconds,seed,steps,mode,strength,reduce_db,gate
    yard.wav,a dog barking|rain,,1.5-2 7-7.5|,0-1|,,,,,,,,,,
"""

import csv
import io
import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from flowsep_plugin.audio.span import Span
from flowsep_plugin.engine.base import Request
from flowsep_plugin.errors import FlowsepError, MediaError, UsageError
from flowsep_plugin.jobs.job import JobError
from flowsep_plugin.jobs.spec import JobSpec
from flowsep_plugin.media import probe
from flowsep_plugin.media.container import container_suffixes
from flowsep_plugin.queries import Hints
from flowsep_plugin.render_settings import RENDER_SETTINGS, RenderSettings
from flowsep_plugin.untrusted.regular_file import is_folder, read_regular
from flowsep_plugin.untrusted.shortened import shortened

AUDIO_SUFFIXES = frozenset(
    ".wav .wave .bwf .rf64 .w64 .aif .aiff .aifc .flac .ogg .oga .opus .mp3 .caf .au .snd".split()
)  # fmt: skip
_OF_REQUEST = ("seed", "steps")
_MOST_SECONDS = 1e9
_MOST_DIGITS = 18
_OF_RENDER = {setting.name: setting.type for setting in RENDER_SETTINGS}
_HINTS = ("here", "not_here")
_NANOSECONDS = 1_000_000_000
_COLUMNS = (
    "path",
    "query",
    "negative",
    *_HINTS,
    "out",
    "stream",
    "start_seconds",
    "seconds",
    *_OF_REQUEST,
    *_OF_RENDER,
)


@dataclass(frozen=True, slots=True)
class BatchItem:
    """One file of a batch: its `name` in the report, and its `spec`, or the `error` that keeps it from having one."""

    name: str
    spec: JobSpec | None
    error: JobError | None = None


def folder_items(folder: Path, template: JobSpec) -> list[BatchItem]:
    """Return an item for every audio file under `folder`, sorted by path, with the settings of `template`.

    Stems go to the same place below the template's output folder. Hidden files and folders and the output folder itself
    are skipped. Raises UsageError where the folder does not exist.
    """
    folder = folder.expanduser().absolute()
    if not is_folder(folder):
        raise UsageError(f"the folder {folder} does not exist; name a folder, or a manifest that ends in .csv")
    out = template.files.out.expanduser().absolute()
    return [
        BatchItem(str(path.relative_to(folder)), spec_for(template, path, out / path.relative_to(folder).parent))
        for path in sorted(audio_files(folder, out))
    ]


def spec_for(template: JobSpec, path: Path, out: Path) -> JobSpec:
    """Return `template` for the file at `path` and the output folder `out`."""
    return replace(template, input=path, files=replace(template.files, out=out))


def audio_files(folder: Path, excluded: Path) -> Iterator[Path]:
    """Yield the audio files under `folder`, by suffix, that are neither hidden nor below `excluded`."""
    suffixes = AUDIO_SUFFIXES | container_suffixes()
    for place, folders, files in os.walk(folder):
        here = Path(place)
        folders[:] = [name for name in folders if not name.startswith(".") and here / name != excluded]
        for name in files:
            path = here / name
            if path.suffix.lower() in suffixes and not name.startswith(".") and here != excluded:
                yield path


def manifest_items(manifest: Path, template: JobSpec, *, needs_query: bool = False) -> list[BatchItem]:
    """Return an item for every row of a CSV manifest; empty cells take the value of `template`.

    Paths are relative to the manifest's folder. An invalid row becomes an item with an error.
    needs_query : every row must have a query of its own.
    Raises MediaError where the file cannot be read, UsageError where its header is wrong.
    """
    try:
        text = read_regular(manifest).decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
    except (OSError, ValueError, csv.Error) as error:
        raise MediaError(f"{manifest} cannot be read as CSV ({error}); save it as UTF-8 text") from error
    if not rows:
        raise UsageError(f"{manifest} has no rows; its first line must name the columns: {', '.join(_COLUMNS)}")
    unknown = [name for name in rows[0] if name is not None and name not in _COLUMNS]
    if "path" not in rows[0] or unknown:
        raise UsageError(
            f"{manifest}: "
            + (f"unknown column {unknown[0]!r}" if unknown else "the column 'path' is missing")
            + f"; columns are {', '.join(_COLUMNS)}"
        )
    if needs_query and "query" not in rows[0]:
        raise UsageError(
            f"{manifest}: the column 'query' is missing; add it, or name a query for all rows", setting="queries"
        )
    folder = manifest.expanduser().absolute().parent
    return [_item(number, row, folder, template, needs_query) for number, row in enumerate(rows, 2)]


def _item(number: int, row: dict[str, Any], folder: Path, template: JobSpec, needs_query: bool) -> BatchItem:
    name = row.get("path") or f"line {number}"
    try:
        if None in row:
            raise UsageError("the row has more cells than the header")
        cells = {key: value.strip() for key, value in row.items() if value and value.strip()}
        if needs_query and "query" not in cells:
            raise UsageError("the query is empty")
        return BatchItem(name, _spec(cells, folder, template))
    except (FlowsepError, ValueError, OverflowError, OSError, RuntimeError) as error:
        reason = error if isinstance(error, FlowsepError) else UsageError(str(error))
        return BatchItem(name, None, replace(JobError.of(reason), message=f"line {number}: {reason}"))


def _spec(row: dict[str, str], folder: Path, template: JobSpec) -> JobSpec:
    if "path" not in row:
        raise UsageError("the path is empty")
    for name in ("path", "out"):
        if "\0" in row.get(name, ""):
            raise UsageError(f"{name} is {shortened(row[name])}, which no file can have as its name")
    path = folder / Path(row["path"]).expanduser()
    queries = _texts(row["query"]) if "query" in row else template.request.queries
    render, stem_render = _render(row, queries, template.request)
    request: Request = replace(
        template.request,
        queries=queries,
        negative=_texts(row["negative"]) if "negative" in row else template.request.negative,
        render=render,
        stem_render=stem_render,
        hints=_hints(row, queries, template.request),
        **{name: _whole(name, row[name]) for name in _OF_REQUEST if name in row},  # type: ignore[arg-type]
    )
    out = template.files.out.expanduser().absolute() / row.get("out", "")
    if not out.resolve().is_relative_to(template.files.out.expanduser().resolve()):
        raise UsageError(f"out {row['out']!r} leads out of {template.files.out}")
    span, stream = template.files.span, row.get("stream", template.files.stream)
    if "start_seconds" in row or "seconds" in row:
        info = probe(path, stream=stream)
        start = round(_seconds("start_seconds", row.get("start_seconds", "0")) * info.rate)
        stop = start + round(_seconds("seconds", row["seconds"]) * info.rate) if "seconds" in row else info.frames
        span = Span(start, stop - start, info.rate)
    return replace(
        template, input=path, request=request, files=replace(template.files, out=out, span=span, stream=stream)
    )


def _hints(row: dict[str, str], queries: Sequence[str], template: Request) -> tuple[Hints | None, ...]:
    """Return the row's hints: for each query, ranges in seconds such as "1.5-2 7-7.5"."""
    cells = {name: row[name].split("|") for name in _HINTS if name in row}
    if not cells:
        return tuple(template.with_queries(queries).hints)
    for name, values in cells.items():
        if len(values) != len(queries):
            raise UsageError(f"{name} has {len(values)} values for {len(queries)} queries; give one for each")
    return tuple(
        Hints(**{name: [_range(name, part) for part in values[place].split()] for name, values in cells.items()})
        for place in range(len(queries))
    )


def _range(name: str, text: str) -> Span:
    """Return a range of time. Raises UsageError where it is not two numbers of seconds, the smaller one first."""
    first, _, last = text.partition("-")
    start, stop = (round(_seconds(name, one) * _NANOSECONDS) for one in (first, last))
    if stop <= start:
        raise UsageError(f"{name} is {shortened(text)}, must be a range of seconds such as 1.5-2")
    return Span(start, stop - start, _NANOSECONDS)


def _seconds(name: str, cell: str) -> float:
    """Return a time. Raises UsageError where it is not a number that a file's length can be compared with."""
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    if not abs(value) <= _MOST_SECONDS:
        raise UsageError(f"{name} is {shortened(cell)}, must be a number of seconds")
    return value


def _whole(name: str, cell: str) -> int:
    """Return a whole number. Raises UsageError for any other cell."""
    try:
        if len(cell) <= _MOST_DIGITS:
            return int(cell)
    except ValueError:
        pass
    raise UsageError(f"{name} is {shortened(cell)}, must be a whole number of at most {_MOST_DIGITS} digits")


def _render(
    row: dict[str, str], queries: Sequence[str], template: Request
) -> tuple[RenderSettings, tuple[RenderSettings | None, ...]]:
    """Return the row's `render` and `stem_render`; a cell has one value for all queries, or one for each."""
    cells = {name: row[name].split("|") for name in _OF_RENDER if name in row}
    for name, values in cells.items():
        if len(values) not in (1, len(queries)):
            raise UsageError(f"{name} has {len(values)} values for {len(queries)} queries; give one, or one for each")
    common: Any = {name: _OF_RENDER[name](values[0]) for name, values in cells.items() if len(values) == 1}
    render = replace(template.render, **common)
    of_template = template.with_queries(queries).stem_render
    stem_render: list[RenderSettings | None] = []
    for place in range(len(queries)):
        own: Any = {
            name: _OF_RENDER[name](values[place])
            for name, values in cells.items()
            if len(values) > 1 and values[place].strip()
        }
        typed = of_template[place] if of_template else None
        stem_render.append(replace(typed or render, **own) if own or typed else None)
    return render, tuple(stem_render)


def _texts(cell: str) -> tuple[str, ...]:
    return tuple(text.strip() for text in cell.split("|") if text.strip())
