"""`flowsep batch --find` and `--found`: a whole library is searched, or separated into what is heard in it."""

import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flowsep_plugin.cli.options import ModelOptions, option
from flowsep_plugin.cli.stopping import Stop, stoppable
from flowsep_plugin.cli.terminal import echo
from flowsep_plugin.cli.ways_out import message_of
from flowsep_plugin.errors import MediaError, UsageError
from flowsep_plugin.untrusted.printable import one_line

from .queries import heard_queries, with_heard
from .text import SURE_WORDS, places_text

if TYPE_CHECKING:
    from flowsep_plugin.jobs.batch.manifest import BatchItem
    from flowsep_plugin.listening import Listener, SearchResult

Find = Annotated[
    list[str] | None,
    option("--find", metavar="SOUND", help="Only report in which files this sound is heard, and when; repeatable."),
]  # fmt: skip
COLUMNS = ("input", "query", "state", "sure", "level_db", "seconds", "places", "error")
"""Columns of the report of `--find`; places are "start-stop" in seconds, separated by spaces."""


def find_in_library(
    source: Path, queries: Sequence[str], model: ModelOptions, report: Path | None, *, as_json: bool
) -> None:
    """Search every file of a folder or manifest; print what is found, write the report.

    Raises UsageError for queries that are far from every known sound, typer.Exit with the exit code of a failed file.
    """
    from flowsep_plugin.jobs.batch.report import check_report, write_rows
    from flowsep_plugin.listening import Listener

    if report is not None:
        check_report(report)
    items, rows, code = _items(source, queries[0]), [], 0
    with ExitStack() as stack:
        stop = stack.enter_context(stoppable(lambda line: echo(line, err=True)))
        listener = stack.enter_context(Listener.open(model.name, model.device))
        _check_near(listener, queries)
        for number, item in enumerate(items, start=1):
            stop.check()
            of_item, failure = _search(listener, item, queries, stop)
            code = max(code, failure)
            rows += of_item
            _print_searched(f"[{number}/{len(items)}]", item.name, of_item, as_json=as_json)
    if report is not None:
        write_rows(report, rows, COLUMNS)
    if as_json:
        echo(json.dumps({"event": "report", "rows": rows}))
    else:
        for query in queries:
            count = sum(row["query"] == query and row["state"] in SURE_WORDS for row in rows)
            echo(f"{query}: heard in {count} of {len(items)} files")
    if code:
        raise typer.Exit(code)


def items_with_heard(
    items: "Sequence[BatchItem]", count: int, model: ModelOptions, stop: Stop
) -> "tuple[list[BatchItem], list[dict[str, Any]]]":
    """Return the items with the first `count` heard sounds as queries, and report rows of those with none."""
    from flowsep_plugin.jobs.job import JobError
    from flowsep_plugin.listening import Listener

    queried, silent = [], []
    with Listener.open(model.name, model.device) as listener:
        for number, item in enumerate(items, start=1):
            stop.check()
            if item.spec is None:
                queried.append(item)
                continue
            files = item.spec.files
            try:
                queries = heard_queries(listener, item.spec.input, count, lambda progress: stop.check(),
                                        span=files.span, stream=files.stream, channels=files.channels)  # fmt: skip
                queried.append(replace(item, spec=replace(item.spec, request=with_heard(item.spec.request, queries))))
            except UsageError as error:
                echo(f"[{number}/{len(items)}] left out: {message_of(error)}", err=True)
                silent.append({"input": item.name, "state": "nothing heard"})
            except MediaError as error:
                queried.append(replace(item, spec=None, error=JobError.of(error)))
    return queried, silent


def _items(source: Path, query: str) -> "list[BatchItem]":
    """Return an item for every file of a folder or row of a manifest. Raises UsageError where there is none."""
    from flowsep_plugin.engine.base import Request
    from flowsep_plugin.files import FileRequest
    from flowsep_plugin.jobs.batch.manifest import folder_items, manifest_items
    from flowsep_plugin.jobs.spec import JobSpec

    nowhere = source.expanduser().absolute() / ".flowsep-writes-nothing"
    template = JobSpec(source, Request(query), FileRequest(nowhere))
    items = manifest_items(source, template) if source.suffix.lower() == ".csv" else folder_items(source, template)
    if not items:
        raise UsageError(f"{source}: contains no audio files; name another folder")
    return items


def _check_near(listener: "Listener", queries: Sequence[str]) -> None:
    for query, labels in zip(queries, listener.nearest_labels(queries), strict=True):
        if labels.is_far:
            raise UsageError(
                f"{query!r} is far from every sound that the listener knows; the nearest are "
                f"{', '.join(labels.labels)}; describe it in other English words",
                setting="find",
            )


def _search(
    listener: "Listener", item: "BatchItem", queries: Sequence[str], stop: Stop
) -> tuple[list[dict[str, Any]], int]:
    """Return a row for every query in one file, or one that says why it failed, and the exit code."""
    from flowsep_plugin.listening.part import SourcePart
    from flowsep_plugin.media import open_media

    row: dict[str, Any] = dict.fromkeys(COLUMNS) | {"input": item.name}
    if item.spec is None:
        assert item.error is not None
        return [row | {"state": "failed", "error": item.error.message}], item.error.exit_code
    try:
        with open_media(item.spec.input, stream=item.spec.files.stream) as source:
            span = item.spec.files.span
            part: Any = source if span is None else SourcePart(source, span)
            results = listener.find(part, queries, progress=lambda progress: stop.check())
    except (MediaError, UsageError) as error:
        return [row | {"state": "failed", "error": message_of(error)}], error.exit_code
    return [row | _cells(each) for each in results], 0


def _cells(result: "SearchResult") -> dict[str, Any]:
    if result.sound is None:
        return {"query": result.query, "state": "not found"}
    sound = result.sound
    places = " ".join(f"{span.start / span.rate:.2f}-{span.stop / span.rate:.2f}" for span in sound.spans)
    return {
        "query": result.query, "state": sound.certainty, "sure": round(sound.sure, 3),
        "level_db": round(sound.level_db, 1), "seconds": round(sound.seconds, 2), "places": places,
    }  # fmt: skip


def _print_searched(head: str, name: str, rows: Sequence[Mapping[str, Any]], *, as_json: bool) -> None:
    if as_json:
        echo(json.dumps({"event": "searched", "file": name, "found": [row for row in rows if row["places"]],
                         "error": rows[0]["error"]}))  # fmt: skip
        return
    for row in rows:
        if row["error"]:
            echo(f"{head} {one_line(name)}: {row['error']}", err=True)
        elif row["places"]:
            spans = [tuple(map(float, place.split("-"))) for place in row["places"].split()]
            words = f"{row['query']}, {SURE_WORDS[row['state']]}, {row['level_db']:.1f} dBFS"
            echo(f"{head} {one_line(name)}: {words}, {places_text([(first, last) for first, last in spans])}")
