"""What a comparison with reference arrays is made of: the arrays, one measured check, and a table of them."""

import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from flowsep_plugin.errors import BundleError

from .graphs import GraphSpec
from .parity import relative_error, run_torch, session
from .to_onnx import export

Array = NDArray[Any]
Run = Callable[..., list[Array]]


@dataclass(frozen=True, slots=True)
class Check:
    """One comparison: what, in which runtime, how far off, how far it may be."""

    name: str
    runtime: str
    error: float
    limit: float

    @property
    def holds(self) -> bool:
        """Whether the error is within its limit."""
        return self.error <= self.limit

    @property
    def share(self) -> float:
        """The error as a share of its limit; the largest one is the worst check."""
        return self.error / self.limit

    def __str__(self) -> str:
        verdict = "ok" if self.holds else "TOO FAR"
        return f"{self.name:<34} {self.runtime:<6} {self.error:9.2e}  (limit {self.limit:.0e})  {verdict}"


@dataclass
class Reference:
    """The `.npz` files of `folder`, made under `salt`; exported graphs are kept until `close`."""

    folder: Path
    salt: str
    _scratch: tempfile.TemporaryDirectory[str] = field(default_factory=tempfile.TemporaryDirectory, repr=False)

    def __enter__(self) -> "Reference":
        return self

    def __exit__(self, *_: object) -> None:
        self._scratch.cleanup()

    def arrays(self, name: str) -> dict[str, Array]:
        """All arrays of one file. Raises BundleError where it is not there."""
        path = self.folder / f"{name}.npz"
        if not path.is_file():
            raise BundleError(
                f"{path} is not there; --reference wants the folder that holds the .npz files of this salt"
            )
        with np.load(path) as z:
            return dict(z)

    def runs(self, module: nn.Module, spec: GraphSpec) -> Iterator[tuple[str, Run]]:
        """The network in torch, then its graph in ONNX Runtime, each as a function from arrays to arrays."""
        yield "torch", run_module(module)
        path = Path(self._scratch.name) / f"{spec.name}.onnx"
        if not path.exists():
            export(module, spec, path)
        yield "ort", run_graph(path, spec)

    def check(self, name: str, runtime: str, got: Array, z: dict[str, Array], key: str, limit: float) -> Check:
        """Compare with array `key` of `z`, whole or strided as it is stored, by relative L2."""
        return Check(name, runtime, relative_error(*stored(got, z, key)), limit)


def stored(got: Array, z: dict[str, Array], key: str) -> tuple[Array, Array]:
    """`got` and array `key` in the form that `z` holds. Raises BundleError where their shapes differ."""
    if key in z:
        wanted, shape = z[key], z[key].shape
    else:
        wanted, shape = z[f"{key}/strided"], tuple(z[f"{key}/shape"])
    if got.shape != shape:
        raise BundleError(
            f"'{key}' is {list(shape)} in the reference, we made {list(got.shape)}; is it another version?"
        )
    return (got, wanted) if key in z else (got.reshape(-1)[:: int(z[f"{key}/stride"])], wanted)


def run_module(module: nn.Module) -> Run:
    """A torch module on arrays."""
    return lambda *arrays: [
        o.numpy() for o in run_torch(module, tuple(torch.from_numpy(a) for a in contiguous(arrays)))
    ]


def run_graph(path: Path, spec: GraphSpec) -> Run:
    """A graph on arrays, inputs in the spec's order."""
    opened = session(path)
    return lambda *arrays: opened.run(
        None, {port.name: array for port, array in zip(spec.inputs, contiguous(arrays), strict=True)}
    )


def contiguous(arrays: Iterable[Array]) -> list[Array]:
    """Arrays that both runtimes take."""
    return [np.ascontiguousarray(array) for array in arrays]


def euler(run: Run, start: Array, mixture: Array, text: Array, mask: Array, steps: int) -> Array:
    """The published sampler: uniform steps from noise at 0 to data at 1."""
    times, x = np.linspace(0.0, 1.0, steps + 1, dtype=np.float32), start
    for now, later in pairwise(times):
        x = x + (later - now) * run(x, mixture, np.full(len(x), now, np.float32), text, mask)[0]
    return x


def worst(checks: Iterable[Check]) -> Check:
    """The check that lies nearest to its limit, or furthest past it."""
    return max(checks, key=lambda check: check.share)
