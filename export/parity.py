"""Compare a graph with the network that it was exported from: names, shapes and values, each with an error of its own.

ParityError (a BundleError)
├── NamesDiffer     inputs or outputs have other names than the spec's
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
    """A graph does not equal the network that it was exported from."""


class NamesDiffer(ParityError):
    """Inputs or outputs have other names than the spec's."""


class ShapesDiffer(ParityError):
    """Ranks, fixed axes or results have other sizes."""


class ValuesDiffer(ParityError):
    """Outputs are further apart than the spec's tolerance."""


def session(path: Path, threads: int = 0) -> ort.InferenceSession:
    """Open the graph at `path` on the CPU, without spinning threads."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def relative_error(result: NDArray[np.generic], reference: NDArray[np.generic]) -> float:
    """Return ||result - reference|| / ||reference|| of arrays (n, …) in float64; infinite where a number is missing."""
    difference = np.linalg.norm(result.astype(np.float64).ravel() - reference.astype(np.float64).ravel())
    error = float(difference / max(np.linalg.norm(reference.astype(np.float64).ravel()), 1e-12))
    return error if np.isfinite(error) else float("inf")


def check_names(run: ort.InferenceSession, spec: ExportSpec, file: str) -> None:
    """Raise `NamesDiffer` unless inputs and outputs are the spec's, in its order."""
    for kind, values, ports in (
        ("inputs", run.get_inputs(), spec.inputs),
        ("outputs", run.get_outputs(), spec.outputs),
    ):
        names, declared = [value.name for value in values], [port.name for port in ports]
        if names != declared:
            raise NamesDiffer(f"{file}: its {kind} are {names}, '{spec.name}' has {declared}; {_EXPORT_AGAIN}")


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
    results: Sequence[NDArray[np.generic]], references: Sequence[NDArray[np.generic]], spec: ExportSpec, file: str
) -> float:
    """Return the worst relative error of outputs (batch, …) against the network's.

    Raises ShapesDiffer where a shape differs, ValuesDiffer where an error is above the tolerance.
    """
    worst = 0.0
    for port, result, reference in zip(spec.outputs, results, references, strict=True):
        if result.shape != reference.shape:
            raise ShapesDiffer(
                f"{file}: '{port.name}' has shape {result.shape}, the network's {reference.shape}; {_EXPORT_AGAIN}"
            )
        error = relative_error(result, reference)
        if error > spec.tolerance:
            raise ValuesDiffer(
                f"{file}: '{port.name}' is off by {error:.2e} (relative L2), must be below {spec.tolerance:.0e}; "
                f"{_EXPORT_AGAIN}"
            )
        worst = max(worst, error)
    return worst


def check_parity(module: nn.Module, path: Path, spec: ExportSpec, tolerance: float | None = None) -> float:
    """Compare the graph at `path` with `module` at two sets of sizes; return the worst relative error.

    Raises a ParityError where names, shapes or values differ.
    """
    spec = spec if tolerance is None else replace(spec, tolerance=tolerance)
    run = session(path)
    check_names(run, spec, path.name)
    check_axes(run, spec, path.name)
    worst = 0.0
    for seed, sizes in enumerate(s for s in (spec.example, spec.other) if s):
        inputs = spec.dummies(sizes, seed)
        references = [out.numpy() for out in run_torch(module, tuple(torch.from_numpy(x) for x in inputs.values()))]
        worst = max(worst, check_values(run.run(None, as_feeds(inputs)), references, spec, path.name))
    return worst


def as_feeds(inputs: Mapping[str, NDArray[np.generic]]) -> dict[str, NDArray[np.generic]]:
    """Return contiguous arrays (batch, …) by input name."""
    return {name: np.ascontiguousarray(array) for name, array in inputs.items()}


def run_torch(module: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """Return the module's outputs (batch, …) for inputs (batch, …), always as a tuple, without gradients."""
    with torch.no_grad():
        out = module(*inputs)
    return out if isinstance(out, tuple) else (out,)
