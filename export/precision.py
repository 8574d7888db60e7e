"""Measure what storing weights in fewer bits costs: error against float32, size, speed; by graph and end to end.

Every graph is fed the float32 outputs of the graphs before it (its own error), then their outputs at the same precision
(the error end to end, as a distance of log-mels). One graph is open at a time.
"""

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx

from flowsep_plugin.audio.types import Floats
from flowsep_plugin.engine.card import CARD
from flowsep_plugin.engine.families import load_card

from .exporters import exporter_of
from .parity import as_feeds, relative_error, session
from .storage import Precision, stored_as
from .to_onnx import save

ChainArrays = dict[str, Floats]
"""Inputs of a chain and what its graphs computed from them, by name."""

PRECISIONS: tuple[Precision, ...] = ("float32", "float16", "int8")
_DB = 20 / np.log(10)


@dataclass(frozen=True, slots=True)
class PrecisionRow:
    """One graph, or the whole chain, at one precision. `error` has its unit; `cpu_seconds` are those of one run."""

    graph: str
    precision: Precision
    megabytes: float
    error: str
    cpu_seconds: float
    load_seconds: float

    def __str__(self) -> str:
        return (
            f"| {self.graph} | {self.precision} | {self.megabytes:.1f} | {self.error} "
            f"| {self.cpu_seconds:.2f} | {self.load_seconds:.1f} |"
        )


HEADER = "| graph | stored as | MB | error against float32 | CPU s a run | s to load |\n|---|---|---|---|---|---|"


class TimedGraph:
    """An open graph that counts its runs and keeps the CPU seconds of the quickest."""

    def __init__(self, path: Path) -> None:
        start = time.perf_counter()
        self._session = session(path)
        self.load_seconds = time.perf_counter() - start
        self._inputs = {port.name for port in self._session.get_inputs()}
        self.runs, self.cpu_seconds = 0, float("inf")

    def __call__(self, **inputs: Floats) -> Floats:
        """Run on those inputs (batch, …) that the graph has; return its first output (batch, …)."""
        feeds = as_feeds({name: array for name, array in inputs.items() if name in self._inputs})
        start = time.process_time()
        out = self._session.run(None, feeds)[0]
        self.runs, self.cpu_seconds = self.runs + 1, min(self.cpu_seconds, time.process_time() - start)
        return np.asarray(out)


GraphCall = Callable[[TimedGraph, ChainArrays], Floats]
"""Runs one graph on the arrays so far."""


@dataclass(frozen=True, slots=True)
class GraphChain:
    """A family's graphs in order of use.

    start : arrays that the first of them take.
    links : for every graph, the name of its result, and how it is run.
    ends : what is compared end to end: its name in a table, which array, and its log-mel.
    """

    start: ChainArrays
    links: Mapping[str, tuple[str, GraphCall]]
    ends: Mapping[str, tuple[str, Callable[[Floats], Floats]]]


def rows(bundle: Path, steps: int = 4, columns: int = 64) -> Iterator[PrecisionRow]:
    """Yield a row for every graph of a float32 bundle at every precision, then for the whole chain.

    steps, columns : of the flow, and of the latent that goes through it. Raises BundleError for a damaged card.
    """
    card = load_card(bundle / CARD)
    chain = exporter_of(card.family).chain(card, steps, columns)
    arrays: dict[Precision, ChainArrays] = {precision: dict(chain.start) for precision in PRECISIONS}
    totals = {precision: np.zeros(3) for precision in PRECISIONS}
    for name, (result, link) in chain.links.items():
        if name in card.graphs:
            for row, runs in _graph_rows(name, bundle / card.graphs[name].file, result, link, arrays):
                totals[row.precision] += (row.megabytes, row.cpu_seconds * runs, row.load_seconds)
                yield row
    for label, (result, log_mel) in chain.ends.items():
        for precision in PRECISIONS if result in arrays["float32"] else ():
            distance = log_mel(arrays[precision][result]) - log_mel(arrays["float32"][result])
            error = f"{float(np.sqrt(np.square(_DB * distance).mean())):.2f} dB"
            yield PrecisionRow(label, precision, totals[precision][0], error, *totals[precision][1:])


def _graph_rows(
    name: str, path: Path, result: str, link: GraphCall, arrays: dict[Precision, ChainArrays]
) -> Iterator[tuple[PrecisionRow, int]]:
    """Yield rows of one graph, with how often the chain runs it; writes its `result` into `arrays`."""
    model, exact = onnx.load(path), dict(arrays["float32"])
    with tempfile.TemporaryDirectory() as scratch:
        for precision in PRECISIONS:
            files = save(stored_as(model, precision), Path(scratch) / f"{precision}.onnx")
            run = TimedGraph(files[0])
            alone = link(run, exact)
            cpu, count = run.cpu_seconds, run.runs
            arrays[precision][result] = alone if precision == "float32" else link(run, arrays[precision])
            error = f"{relative_error(alone, arrays['float32'][result]):.1e}"
            size = sum(file.stat().st_size for file in files) / 1e6
            yield PrecisionRow(f"`{name}`", precision, size, error, cpu, run.load_seconds), count
            del run
            for file in files:
                file.unlink()
