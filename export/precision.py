"""What storing weights smaller costs: error against float32, size and speed, a graph at a time."""

import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import onnx

from .graphs import GraphSpec
from .parity import relative_error, session
from .storage import Precision, stored_as
from .to_onnx import save
from .verify import as_found, read_card, specs

_RUNS = 3


@dataclass(frozen=True, slots=True)
class Row:
    """One graph at one precision; `error` is relative L2 against the graph as it was given."""

    graph: str
    precision: Precision
    megabytes: float
    error: float
    cpu_seconds: float
    load_seconds: float

    def __str__(self) -> str:
        return (
            f"| `{self.graph}` | {self.precision} | {self.megabytes:.1f} | {self.error:.1e} "
            f"| {self.cpu_seconds:.2f} | {self.load_seconds:.1f} |"
        )


HEADER = "| graph | stored as | MB | relative error | CPU s a run | s to load |\n|---|---|---|---|---|---|"


def rows(bundle: Path) -> Iterator[Row]:
    """All graphs of a float32 bundle at all precisions, on dummies of the spec's example sizes."""
    card = read_card(bundle)
    for name, spec in specs(card).items():
        if name in card["graphs"]:
            yield from graph_rows(spec, bundle / card["graphs"][name]["file"])


def graph_rows(
    spec: GraphSpec, path: Path, precisions: tuple[Precision, ...] = ("float32", "float16", "int8")
) -> Iterator[Row]:
    """One graph at every precision."""
    model = onnx.load(path)
    with tempfile.TemporaryDirectory() as scratch:
        wanted = None
        for precision in precisions:
            files = save(stored_as(model, precision), Path(scratch) / f"{precision}.onnx")
            started = time.perf_counter()
            run = session(files[0])
            loaded = time.perf_counter() - started
            feeds = as_found(run, spec).dummies()
            outputs = run.run(None, feeds)
            wanted = wanted or outputs
            started_cpu = time.process_time()
            for _ in range(_RUNS):
                run.run(None, feeds)
            cpu = (time.process_time() - started_cpu) / _RUNS
            error = max(relative_error(a, b) for a, b in zip(outputs, wanted, strict=True))
            size = sum(file.stat().st_size for file in files) / 1e6
            yield Row(spec.name, precision, size, error, cpu, loaded)
