"""Is the graph the network? Names, shapes and values, each failing with an error of its own.

ParityError (a BundleError)
├── NamesDiffer     inputs or outputs are not called as the spec says
├── ShapesDiffer    ranks, fixed axes or results have other sizes
└── ValuesDiffer    the numbers are too far apart
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from flowsep_plugin.engine.graph_spec import Port
from flowsep_plugin.errors import BundleError
from flowsep_plugin.onnx_runtime import ort

from .graphs import ExportSpec

_EXPORT_AGAIN = "export it again, and if it stays, compare the network with its specification"


class ParityError(BundleError):
    """A graph is not the network that it was made from."""


class NamesDiffer(ParityError):
    """Inputs or outputs are called otherwise."""


class ShapesDiffer(ParityError):
    """Ranks, fixed axes or results have other sizes."""


class ValuesDiffer(ParityError):
    """The numbers are too far apart."""


def session(path: Path, threads: int = 0) -> ort.InferenceSession:
    """Open a graph on the CPU, without spinning threads."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def relative_error(got: NDArray[np.generic], wanted: NDArray[np.generic]) -> float:
    """||got - wanted|| / ||wanted||, in float64; infinite where a number is missing."""
    difference = np.linalg.norm(got.astype(np.float64).ravel() - wanted.astype(np.float64).ravel())
    error = float(difference / max(np.linalg.norm(wanted.astype(np.float64).ravel()), 1e-12))
    return error if np.isfinite(error) else float("inf")


def check_names(run: ort.InferenceSession, spec: ExportSpec, file: str) -> None:
    """Raise `NamesDiffer` unless inputs and outputs are the spec's, in its order."""
    for kind, values, ports in (
        ("inputs", run.get_inputs(), spec.inputs),
        ("outputs", run.get_outputs(), spec.outputs),
    ):
        got, wanted = [value.name for value in values], [port.name for port in ports]
        if got != wanted:
            raise NamesDiffer(f"{file}: its {kind} are {got}, '{spec.name}' has {wanted}; {_EXPORT_AGAIN}")


def check_axes(run: ort.InferenceSession, spec: ExportSpec, file: str) -> None:
    """Raise `ShapesDiffer` unless fixed axes are fixed at the spec's sizes and named ones are free."""
    for value, port in zip([*run.get_inputs(), *run.get_outputs()], [*spec.inputs, *spec.outputs], strict=True):
        if not _axes_agree(value.shape, port):
            raise ShapesDiffer(
                f"{file}: '{port.name}' is {value.shape}, the spec says {list(port.axes)}; {_EXPORT_AGAIN}"
            )


def _axes_agree(shape: Sequence[int | str | None], port: Port) -> bool:
    same_rank = len(shape) == len(port.axes)
    return same_rank and all(
        size == axis if isinstance(axis, int) else not isinstance(size, int)
        for size, axis in zip(shape, port.axes, strict=True)
    )


def check_values(
    got: Sequence[NDArray[np.generic]], wanted: Sequence[NDArray[np.generic]], spec: ExportSpec, file: str
) -> float:
    """Raise `ShapesDiffer` or `ValuesDiffer` unless every output agrees; return the worst relative error."""
    worst = 0.0
    for port, a, b in zip(spec.outputs, got, wanted, strict=True):
        if a.shape != b.shape:
            raise ShapesDiffer(
                f"{file}: '{port.name}' came out {a.shape}, the network gives {b.shape}; {_EXPORT_AGAIN}"
            )
        error = relative_error(a, b)
        if error > spec.tolerance:
            raise ValuesDiffer(
                f"{file}: '{port.name}' is off by {error:.2e} (relative L2), allowed are {spec.tolerance:.0e}; "
                f"{_EXPORT_AGAIN}"
            )
        worst = max(worst, error)
    return worst


def check_parity(module: nn.Module, path: Path, spec: ExportSpec, tolerance: float | None = None) -> float:
    """Compare the graph at `path` with `module` at two sets of sizes; return the worst relative error."""
    spec = spec if tolerance is None else replace(spec, tolerance=tolerance)
    run = session(path)
    check_names(run, spec, path.name)
    check_axes(run, spec, path.name)
    worst = 0.0
    for seed, sizes in enumerate(s for s in (spec.example, spec.other) if s):
        inputs = spec.dummies(sizes, seed)
        wanted = [out.numpy() for out in run_torch(module, tuple(torch.from_numpy(x) for x in inputs.values()))]
        worst = max(worst, check_values(run.run(None, as_feeds(inputs)), wanted, spec, path.name))
    return worst


def as_feeds(inputs: Mapping[str, NDArray[np.generic]]) -> dict[str, NDArray[np.generic]]:
    """Contiguous arrays by input name."""
    return {name: np.ascontiguousarray(array) for name, array in inputs.items()}


def run_torch(module: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """The module's outputs, always as a tuple."""
    with torch.no_grad():
        out = module(*inputs)
    return out if isinstance(out, tuple) else (out,)
