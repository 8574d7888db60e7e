"""The graphs of a bundle, each declared once: names, types and axes of its inputs and outputs.

A family declares its graphs as a function of its sizes. Bundles are checked against that here; the exporter names and
shapes its graphs by it, and makes dummy inputs of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Axis = int | str
"""A fixed size, or the name of one that varies; "4*columns" is four times the axis `columns`."""

Values = Literal["normal", "mel", "unit", "ids", "mask"]
"""Content of an array: any numbers, log-mel magnitudes, numbers in 0..1, token ids, or 1 and 0."""


@dataclass(frozen=True, slots=True)
class Port:
    """An input or output of a graph. `optional`: a bundle's graph may lack it."""

    name: str
    axes: tuple[Axis, ...]
    dtype: Literal["float32", "int64"] = "float32"
    values: Values = "normal"
    optional: bool = False

    @property
    def onnx_type(self) -> str:
        """The type as ONNX Runtime spells it, e.g. "tensor(float)"."""
        return "tensor(float)" if self.dtype == "float32" else f"tensor({self.dtype})"


@dataclass(frozen=True, slots=True)
class GraphSpec:
    """One graph; its ports in the order in which an exported graph has them. `optional`: a bundle may lack it."""

    name: str
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    optional: bool = False

    def ports(self) -> Iterator[Port]:
        """Yield the inputs, then the outputs, in order."""
        yield from self.inputs
        yield from self.outputs


TOKENS = (
    Port("input_ids", ("batch", "tokens"), "int64", "ids"),
    Port("attention_mask", ("batch", "tokens"), "int64", "mask"),
)
"""Inputs of every family's `text` graph."""
