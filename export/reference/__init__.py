"""The parts of a comparison with reference arrays: the arrays, networks and graphs to compare, checks."""

import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from flowsep_export.graphs import ExportSpec
from flowsep_export.parity import relative_error, run_torch, session
from flowsep_export.to_onnx import export
from torch import nn

from flowsep_plugin.audio.types import Floats
from flowsep_plugin.errors import BundleError

ArrayFunction = Callable[..., list[Floats]]
"""A network or a graph: inputs in order, then outputs in order."""

_FOLDER = "the reference folder must hold the .npz files of this salt"


@dataclass(frozen=True, slots=True)
class Check:
    """One comparison in one runtime: the error that was measured, and its limit."""

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


class ReferenceArrays(dict[str, Floats]):
    """The arrays of one file by name; a missing one raises a BundleError that names file and array."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with path.open("rb") as file, np.load(file) as z:
                super().__init__(z)
        except (OSError, EOFError, ValueError, zipfile.BadZipFile) as error:
            raise BundleError(f"{path} cannot be read: {error}; fetch the reference arrays again") from error

    def __missing__(self, key: str) -> Floats:
        raise BundleError(f"{self.path} has no array '{key}'; is it of another version of the reference?")


@dataclass
class Reference:
    """The `.npz` files of `folder` under `salt`; a context manager that keeps exported graphs until its end."""

    folder: Path
    salt: str
    _scratch: tempfile.TemporaryDirectory[str] = field(default_factory=tempfile.TemporaryDirectory, repr=False)

    def __enter__(self) -> "Reference":
        return self

    def __exit__(self, *_: object) -> None:
        self._scratch.cleanup()

    def path(self, name: str) -> Path:
        """Return the path of the file with the arrays called `name`."""
        return self.folder / f"{name}.npz"

    def arrays(self, name: str) -> ReferenceArrays:
        """Return all arrays of one file. Raises BundleError where it does not exist or cannot be read."""
        if not self.path(name).is_file():
            raise BundleError(f"{self.path(name)} does not exist; {_FOLDER}")
        return ReferenceArrays(self.path(name))

    def require(self, stages: dict[str, tuple[str, ...]]) -> None:
        """Raise BundleError, with the missing files and the stages that run without them, unless all files exist.

        stages : the names of the files that each stage reads.
        """
        missing = sorted({self.path(name).name for names in stages.values() for name in names if not self.has(name)})
        if not missing:
            return
        complete = [stage for stage, names in stages.items() if all(map(self.has, names))]
        way = f"stages that can run: {', '.join(complete)}" if complete else "none of the stages can run"
        raise BundleError(f"{self.folder} lacks {', '.join(missing)}; {_FOLDER}; {way}")

    def has(self, name: str) -> bool:
        """Whether the file of this name exists."""
        return self.path(name).is_file()

    def graph(self, spec: ExportSpec, make: Callable[[], nn.Module]) -> Path:
        """Return the path of the network's graph, which is exported once and kept until the end."""
        path = Path(self._scratch.name) / f"{spec.name}.onnx"
        if not path.exists():
            export(make(), spec, path)
        return path

    def runs(self, module: nn.Module, spec: ExportSpec) -> Iterator[tuple[str, ArrayFunction]]:
        """Yield the network in torch, then its graph in ONNX Runtime, each as a function from arrays to arrays."""
        yield "torch", run_module(module)
        yield "ort", run_graph(self.graph(spec, lambda: module), spec)

    def check(self, name: str, runtime: str, result: Floats, z: Mapping[str, Floats], key: str, limit: float) -> Check:
        """Compare `result` (batch, …) with array `key` of `z`, whole or strided as it is stored, by relative L2."""
        return Check(name, runtime, relative_error(*as_stored(result, z, key)), limit)


@dataclass(frozen=True, slots=True)
class ParityStage:
    """One part of a comparison: the `files` that it reads, and its checks."""

    files: tuple[str, ...]
    checks: Callable[[Any], Iterator[Check]]


def number_tokenizer(path: Path, vocabulary: int, pad: str, pad_id: int) -> Path:
    """Write a `tokenizer.json` that turns the text "i7 i9" into the ids 7 and 9; `numbered` writes such texts."""
    from tokenizers import Tokenizer, models, pre_tokenizers

    words = {pad if n == pad_id else f"i{n}": n for n in range(vocabulary)}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token=pad))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.save(str(path))
    return path


def numbered(ids: Iterable[int]) -> str:
    """Return the text that `number_tokenizer` turns into `ids`."""
    return " ".join(f"i{n}" for n in ids)


def as_stored(result: Floats, z: Mapping[str, Floats], key: str) -> tuple[Floats, Floats]:
    """Return `result` (batch, …) and array `key` of `z` in the form that `z` has it: whole, or as (every n-th number,).

    Raises BundleError where their shapes differ.
    """
    if key in z:
        reference, shape = z[key], z[key].shape
    else:
        reference, shape = z[f"{key}/strided"], tuple(int(size) for size in z[f"{key}/shape"])
    if result.shape != shape:
        raise BundleError(
            f"'{key}' is {list(shape)} in the reference and {list(result.shape)} here; is it of another version?"
        )
    return (result, reference) if key in z else (result.reshape(-1)[:: int(z[f"{key}/stride"])], reference)


def run_module(module: nn.Module) -> ArrayFunction:
    """Return a torch module as a function from arrays to arrays."""
    return lambda *arrays: [
        o.numpy() for o in run_torch(module, tuple(torch.from_numpy(a) for a in contiguous(arrays)))
    ]


def run_graph(path: Path, spec: ExportSpec, threads: int = 0) -> ArrayFunction:
    """Return a graph as a function from arrays, in the order of the spec's inputs, to arrays."""
    graph = session(path, threads)
    return lambda *arrays: graph.run(
        None, {port.name: array for port, array in zip(spec.inputs, contiguous(arrays), strict=True)}
    )


def contiguous(arrays: Iterable[Floats]) -> list[Floats]:
    """Return the arrays (batch, …) in the contiguous layout that both runtimes need."""
    return [np.ascontiguousarray(array) for array in arrays]


def euler(run: ArrayFunction, start: Floats, mixture: Floats, text: Floats, mask: Floats, steps: int) -> Floats:
    """Integrate as the published sampler does, in uniform steps from noise at 0 to data at 1; latents (B, C, T, F).

    start, mixture : (B, C, T, F).     text : (B, L, D).     mask : (B, L).
    """
    times, x = np.linspace(0.0, 1.0, steps + 1, dtype=np.float32), start
    for time, later in pairwise(times):
        x = x + (later - time) * run(x, mixture, np.full(len(x), time, np.float32), text, mask)[0]
    return x


def worst(checks: Iterable[Check]) -> Check:
    """Return the check that is nearest to its limit, or furthest past it."""
    return max(checks, key=lambda check: check.share)
