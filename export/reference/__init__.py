"""What a comparison with reference arrays is made of: the arrays, one measured check, and a table of them."""

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
from numpy.typing import NDArray
from torch import nn

from flowsep_plugin.errors import BundleError

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


class Arrays(dict[str, Array]):
    """The arrays of one file; one that is not there is an error that names both."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with path.open("rb") as file, np.load(file) as z:
                super().__init__(z)
        except (OSError, EOFError, ValueError, zipfile.BadZipFile) as error:
            raise BundleError(f"{path} cannot be read: {error}; fetch the reference arrays again") from error

    def __missing__(self, key: str) -> Array:
        raise BundleError(f"{self.path} has no array '{key}'; is it of another version of the reference?")


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

    def path(self, name: str) -> Path:
        """Where the arrays called `name` lie."""
        return self.folder / f"{name}.npz"

    def arrays(self, name: str) -> Arrays:
        """All arrays of one file. Raises BundleError where it is not there or cannot be read."""
        if not self.path(name).is_file():
            raise BundleError(
                f"{self.path(name)} is not there; --reference wants the folder that holds the .npz files of this salt"
            )
        return Arrays(self.path(name))

    def require(self, stages: dict[str, tuple[str, ...]]) -> None:
        """Raise BundleError unless every file of `stages` is there: it says which are not, and what runs without them.

        stages : the names of the files that each stage reads.
        """
        lost = sorted({self.path(name).name for names in stages.values() for name in names if not self.has(name)})
        if not lost:
            return
        whole = [stage for stage, names in stages.items() if all(map(self.has, names))]
        way = "can run with what is there: " + " ".join(f"--stage {stage}" for stage in whole)
        raise BundleError(
            f"{self.folder} lacks {', '.join(lost)}; --reference wants the folder that holds the .npz files of this "
            f"salt, {way if whole else 'none of the stages can run'}"
        )

    def has(self, name: str) -> bool:
        """Whether the file of this name is there."""
        return self.path(name).is_file()

    def graph(self, spec: ExportSpec, make: Callable[[], nn.Module]) -> Path:
        """The network's graph: exported once and kept until the end."""
        path = Path(self._scratch.name) / f"{spec.name}.onnx"
        if not path.exists():
            export(make(), spec, path)
        return path

    def runs(self, module: nn.Module, spec: ExportSpec) -> Iterator[tuple[str, Run]]:
        """The network in torch, then its graph in ONNX Runtime, each as a function from arrays to arrays."""
        yield "torch", run_module(module)
        yield "ort", run_graph(self.graph(spec, lambda: module), spec)

    def check(self, name: str, runtime: str, got: Array, z: Mapping[str, Array], key: str, limit: float) -> Check:
        """Compare with array `key` of `z`, whole or strided as it is stored, by relative L2."""
        return Check(name, runtime, relative_error(*stored(got, z, key)), limit)


@dataclass(frozen=True, slots=True)
class Stage:
    """One part of a comparison: the `files` that it reads, and its checks."""

    files: tuple[str, ...]
    checks: Callable[[Any], Iterator[Check]]


def number_tokenizer(path: Path, vocabulary: int, pad: str, pad_id: int) -> Path:
    """Write a `tokenizer.json` for which the text "i7 i9" is the ids 7 and 9; `numbered` makes such texts."""
    from tokenizers import Tokenizer, models, pre_tokenizers

    words = {pad if n == pad_id else f"i{n}": n for n in range(vocabulary)}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token=pad))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.save(str(path))
    return path


def numbered(ids: Iterable[int]) -> str:
    """The text that `number_tokenizer` reads as `ids`."""
    return " ".join(f"i{n}" for n in ids)


def stored(got: Array, z: Mapping[str, Array], key: str) -> tuple[Array, Array]:
    """`got` and array `key` in the form that `z` holds. Raises BundleError where their shapes differ."""
    if key in z:
        wanted, shape = z[key], z[key].shape
    else:
        wanted, shape = z[f"{key}/strided"], tuple(int(size) for size in z[f"{key}/shape"])
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


def run_graph(path: Path, spec: ExportSpec, threads: int = 0) -> Run:
    """A graph on arrays, inputs in the spec's order."""
    opened = session(path, threads)
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
