"""Results as Markdown for people and as JSON for programs."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from .run import METRICS, SILENT_DB, EvaluationRow
from .statistics import Mean

_TITLES = {
    "sdr": "SDR",
    "sdr_improvement": "SDRi",
    "si_sdr": "SI-SDR",
    "si_sdr_improvement": "SI-SDRi",
    "log_spectral_distance": "LSD",
    "leak_db": "level re mix",
    "si_sir": "SI-SIR",
    "si_sar": "SI-SAR",
}


def markdown(
    rows: Sequence[EvaluationRow], about: Mapping[str, Any], *, absent: bool = False, by_label: bool = True
) -> str:
    """Return a page with `about`, the table of rows, and a table of SDRi by label.

    absent : the targets are absent, so levels replace SDR, which has no meaning.     by_label : write the second table.
    """
    page = [f"{name}: {value}  " for name, value in about.items()]
    page += ["", "dB; mean with 95 % confidence interval (bootstrap)", ""]
    names = ("leak_db",) if absent else METRICS
    extras = _extras(rows, absent=absent)
    page += _table(
        ["row", *(_TITLES[name] for name in names), *extras],
        [
            [row.name, *(_spelled(row.mean(name)) for name in names), *(cells[index] for cells in extras.values())]
            for index, row in enumerate(rows)
        ],
    )
    if by_label and not absent:
        labels = sorted(rows[0].labels("sdr"))
        columns = [row.labels("sdr_improvement") for row in rows]
        page += ["", "SDRi by label", ""]
        page += _table(
            ["label", "trials", *(row.name for row in rows)],
            [
                [label, str(columns[0][label].count), *(f"{column[label].value:.2f}" for column in columns)]
                for label in labels
            ],
        )
    return "\n".join(page) + "\n"


def as_json(rows: Sequence[EvaluationRow], about: Mapping[str, Any]) -> dict[str, Any]:
    """Return the same results and the scores of every trial, as plain values for `json.dumps`."""
    return {
        "about": dict(about),
        "rows": [
            {
                "name": row.name,
                "mean": {name: asdict(row.mean(name)) for name in METRICS},
                "worse_than_mixture": row.worse,
                "silent": row.silent,
                "frechet": row.frechet,
                "clap": asdict(row.clap) if row.clap else None,
                "labels": {label: asdict(mean) for label, mean in row.labels("sdr_improvement").items()},
                "trials": [
                    {"name": one.trial.name, "query": one.trial.query, "label": one.trial.label,
                     "source": one.trial.source.name, "noise": one.trial.noise.name, "snr_db": one.trial.snr_db,
                     **asdict(one.score), "clap": one.clap}
                    for one in row.measured
                ],
            }
            for row in rows
        ],
    }  # fmt: skip


def _extras(rows: Sequence[EvaluationRow], *, absent: bool) -> dict[str, list[str]]:
    """Return the columns that depend on the measurement: title -> one cell for each row."""
    columns: dict[str, list[str]] = {}
    if absent:
        columns[f"under {SILENT_DB:.0f} dB"] = [f"{row.silent:.0%}" for row in rows]
    else:
        columns["worse than mixture"] = [f"{row.worse:.0%}" for row in rows]
    if any(row.frechet is not None for row in rows):
        columns["Fréchet"] = ["" if row.frechet is None else f"{row.frechet:.3f}" for row in rows]
    if any(row.clap is not None for row in rows):
        columns["CLAPScore"] = ["" if row.clap is None else _spelled(row.clap, digits=3) for row in rows]
    return columns


def _table(head: list[str], body: list[list[str]]) -> list[str]:
    """Return a Markdown table with aligned columns, readable in a terminal too."""
    cells = [[cell.replace("|", "\\|") for cell in line] for line in (head, *body)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(head))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |"
             for line in cells]  # fmt: skip
    return [lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]]


def _spelled(mean: Mean, digits: int = 2) -> str:
    return f"{mean.value:.{digits}f} ({mean.low:.{digits}f}..{mean.high:.{digits}f})"
