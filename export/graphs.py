"""Additions to a graph's declaration for its export: dummy inputs, their sizes, how far the runtimes may differ."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields

import numpy as np
from numpy.typing import NDArray

from flowsep_plugin.engine.graph_spec import GraphSpec, Port


@dataclass(frozen=True, slots=True)
class ExportSpec(GraphSpec):
    """A graph with the sizes of its named axes in two trials; `vocabulary` among them bounds token ids.

    tolerance : relative L2 error of each output that torch and ONNX Runtime may differ by.
    example : sizes to export with.     other : sizes to compare at once more, {} for none.
    """

    tolerance: float = 1e-4
    example: Mapping[str, int] = field(default_factory=dict)
    other: Mapping[str, int] = field(default_factory=dict)

    def dummies(self, sizes: Mapping[str, int] | None = None, seed: int = 0) -> dict[str, NDArray[np.generic]]:
        """Return an array for every input by name, of `shape(port, sizes)`, by default at the `example` sizes."""
        rng = np.random.default_rng(seed)
        return {port.name: dummy(port, sizes or self.example, rng) for port in self.inputs}


def export_spec(
    spec: GraphSpec, *, example: Mapping[str, int], other: Mapping[str, int], without: Collection[str] = ()
) -> ExportSpec:
    """Return `spec` with trial sizes; ports named in `without` are left out."""
    declared = {own.name: getattr(spec, own.name) for own in fields(GraphSpec)}
    inputs, outputs = (tuple(p for p in ports if p.name not in without) for ports in (spec.inputs, spec.outputs))
    return ExportSpec(**declared | {"inputs": inputs, "outputs": outputs, "example": example, "other": other})


def shape(port: Port, sizes: Mapping[str, int]) -> tuple[int, ...]:
    """Return the port's shape where the named axes have these `sizes`."""
    return tuple(axis if isinstance(axis, int) else _size(axis, sizes) for axis in port.axes)


def dummy(port: Port, sizes: Mapping[str, int], rng: np.random.Generator) -> NDArray[np.generic]:
    """Return an array like the ones that the port will meet, of `shape(port, sizes)`."""
    dimensions = shape(port, sizes)
    if port.values == "ids":
        return rng.integers(0, sizes["vocabulary"], dimensions)
    if port.values == "mask":
        lengths = rng.integers(1, dimensions[-1] + 1, (*dimensions[:-1], 1))
        return (np.arange(dimensions[-1]) < lengths).astype(port.dtype)
    if port.values == "unit":
        return rng.random(dimensions, np.float32)
    values = rng.standard_normal(dimensions, np.float32)
    return values * np.float32(2) - np.float32(5) if port.values == "mel" else values


def _size(axis: str, sizes: Mapping[str, int]) -> int:
    factor, _, name = axis.rpartition("*")
    return int(factor or 1) * sizes[name]
