"""What storing weights smaller costs, measured on the pocket bundles."""

from pathlib import Path

import numpy as np
import pytest
from flowsep_export.precision import HEADER, TimedGraph, rows


@pytest.fixture(scope="module")
def table():
    bundle = Path(__file__).parents[1] / "pocket" / "single"  # stored in float32, without a vocoder
    return list(rows(bundle, steps=2, columns=8))


def test_every_graph_has_a_row_at_every_precision(table):
    assert [(row.graph, row.precision) for row in table[:12]] == [
        (f"`{graph}`", precision)
        for graph in ("text", "encode", "velocity", "decode")
        for precision in ("float32", "float16", "int8")
    ]


def test_float32_costs_nothing_and_int8_more_than_float16(table):
    for graph in ("`text`", "`velocity`", "`decode`"):
        exact, half, eighth = (float(row.error) for row in table if row.graph == graph)
        assert exact == 0
        assert half < eighth


def test_the_chain_ends_in_a_distance_of_log_mels(table):
    ends = [row for row in table if row.graph.startswith("end to end")]
    assert [row.precision for row in ends] == ["float32", "float16", "int8"]
    exact, half, eighth = (float(row.error.removesuffix(" dB")) for row in ends)
    assert exact == 0
    assert half <= eighth < 20


def test_smaller_storage_is_smaller(table):
    sizes = [row.megabytes for row in table if row.graph == "`velocity`"]
    assert sizes == sorted(sizes, reverse=True)


def test_a_row_has_a_column_for_every_heading(table):
    assert str(table[0]).count("|") == HEADER.splitlines()[0].count("|")


def test_a_runner_counts_its_runs(single):
    run = TimedGraph(single / "decode.onnx")
    for _ in range(3):
        run(latent=np.zeros((1, 8, 4, 32), np.float32), unknown=np.zeros(1, np.float32))
    assert run.runs == 3
