"""The report of a batch, as JSON or CSV: a row for every query of every file."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from flowsep_plugin.errors import UsageError
from flowsep_plugin.media.atomic import write_atomic, write_json_atomic

from .run import Outcome

COLUMNS = ("input", "query", "state", "found", "unsure", "presence", "share_db", "stem_lufs", "rest_lufs", "null_db",
           "seconds", "stem", "rest", "receipt", "error", "wet", "clip_lufs",
          "stem_lra", "rest_lra", "clip_lra", "stem_true_peak_dbtp", "rest_true_peak_dbtp", "clip_true_peak_dbtp",
          "stem_max_momentary_lufs", "rest_max_momentary_lufs", "clip_max_momentary_lufs",
          "stem_max_short_term_lufs", "rest_max_short_term_lufs", "clip_max_short_term_lufs",
          "understood_as")  # fmt: skip

_LOUDNESS = {"lufs": "integrated_lufs", "lra": "range_lu", "true_peak_dbtp": "true_peak_dbtp",
             "max_momentary_lufs": "max_momentary_lufs", "max_short_term_lufs": "max_short_term_lufs"}  # fmt: skip
"""Ending of a column -> its entry in the loudness of a stem, the rest or the clip."""


def rows(outcomes: Sequence[Outcome]) -> Iterator[dict[str, Any]]:
    """Yield a row for every query of every item, in order; one row for an item that failed.

    unsure : whether the query only "may be there".     presence : mean over the clip, 0..1.
    stem_lufs, rest_lufs, clip_lufs : integrated loudness, LUFS, None below -70; *_lra, *_true_peak_dbtp, *_max_… : as
    in `audio.loudness.Loudness`, None in results of versions that did not measure them.
    wet : the stem with effects, if any.     understood_as : the English text that the model got for a query in another
    language.
    """
    for outcome in outcomes:
        row: dict[str, Any] = dict.fromkeys(COLUMNS) | {"input": outcome.item.name}
        if outcome.result is None:
            error = outcome.error
            yield row | {"state": "failed", "error": None if error is None else error.message}
            continue
        result, presence = outcome.result, outcome.result["presence"]
        loudness, wet = result.get("loudness") or [], result.get("wet") or []
        count, understood = len(presence["queries"]), presence.get("understood_as") or []
        for index, query in enumerate(presence["queries"]):
            values = presence["values"][index]
            yield row | {
                "query": query,
                "state": "absent" if outcome.is_absent else "done",
                "found": presence["found"][index],
                "unsure": presence["unsure"][index],
                "presence": round(sum(values) / max(1, len(values)), 3),
                "share_db": presence["share_db"][index],
                "stem_lufs": loudness[index] if index < len(loudness) else None,
                "rest_lufs": loudness[count] if count < len(loudness) else None,
                "null_db": result["record"].get("null_db"),
                "seconds": result["seconds"],
                "stem": result["stems"][index] if result["stems"] else None,
                "wet": wet[index] if index < len(wet) else None,
                "rest": result["rest"],
                "receipt": result["receipt"],
                "understood_as": understood[index]["caption"] if any(understood[index : index + 1]) else None,
                **_loudness_columns(result, index, count),
            }


def _loudness_columns(result: Mapping[str, Any], index: int, count: int) -> dict[str, Any]:
    """Return the columns of the loudness of stem `index`, of the rest, which follows `count` stems, and of the clip."""
    details = result.get("loudness_details") or []
    parts = {
        "stem": details[index] if index < len(details) else None,
        "rest": details[count] if count < len(details) else None,
        "clip": result.get("clip_loudness"),
    }
    return {
        f"{part}_{ending}": loudness[name]
        for part, loudness in parts.items()
        if loudness
        for ending, name in _LOUDNESS.items()
    }


def write_report(path: Path, outcomes: Sequence[Outcome]) -> None:
    """Write the report to `path`, over an existing file, whole or not at all; the suffix chooses CSV or JSON.

    Raises UsageError for another suffix, MediaError where the file cannot be written.
    """
    write_rows(path, list(rows(outcomes)))


def check_report(path: Path) -> None:
    """Raise UsageError unless the name of a report ends in .csv or .json."""
    if path.suffix.lower() not in (".csv", ".json"):
        raise UsageError(f"{path}: the name of a report must end in .csv or .json")


def write_rows(path: Path, rows: Sequence[Mapping[str, Any]], columns: Sequence[str] = COLUMNS) -> None:
    """Write rows of a report, whose keys are in `columns`, to `path`; the suffix chooses CSV or JSON.

    Raises UsageError for another suffix, MediaError where the file cannot be written.
    """
    check_report(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix.lower() == ".csv":
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, columns)
        writer.writeheader()
        writer.writerows(rows)
        write_atomic(path, text.getvalue().encode("utf-8", "backslashreplace"))
    else:
        write_json_atomic(path, {"format": 1, "rows": [dict(row) for row in rows]})
