"""One `GraphSpec` a graph: its names, axes, dummies and tolerance. Export, parity and the bundle all read these.

An axis is a number or a name; `"4*columns"` is a named axis times a number. Named axes are dynamic in the ONNX graph.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Axis = int | str
Fill = Literal["normal", "mel", "unit", "ids", "mask"]


@dataclass(frozen=True, slots=True)
class Port:
    """One input or output: `axes` as above; `fill` says what a dummy holds."""

    name: str
    axes: tuple[Axis, ...]
    dtype: Literal["float32", "int64"] = "float32"
    fill: Fill = "normal"
    below: int = 0  # ids lie in [0, below)

    def shape(self, sizes: Mapping[str, int]) -> tuple[int, ...]:
        """The shape where the named axes have these `sizes`."""
        return tuple(axis if isinstance(axis, int) else _size(axis, sizes) for axis in self.axes)

    def dummy(self, sizes: Mapping[str, int], rng: np.random.Generator) -> NDArray[np.generic]:
        """Values like the ones that the graph will meet."""
        shape = self.shape(sizes)
        if self.fill == "ids":
            return rng.integers(0, self.below, shape)
        if self.fill == "mask":
            lengths = rng.integers(1, shape[-1] + 1, (*shape[:-1], 1))
            return (np.arange(shape[-1]) < lengths).astype(self.dtype)
        if self.fill == "unit":
            return rng.random(shape, np.float32)
        values = rng.standard_normal(shape, np.float32)
        return values * np.float32(2) - np.float32(5) if self.fill == "mel" else values


def _size(axis: str, sizes: Mapping[str, int]) -> int:
    factor, _, name = axis.rpartition("*")
    return int(factor or 1) * sizes[name]


@dataclass(frozen=True, slots=True)
class GraphSpec:
    """One graph. `tolerance` is the relative L2 error of each output that torch and ONNX Runtime may differ by."""

    name: str
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    tolerance: float = 1e-4
    example: Mapping[str, int] = field(default_factory=dict)
    other: Mapping[str, int] = field(default_factory=dict)

    def dummies(self, sizes: Mapping[str, int] | None = None, seed: int = 0) -> dict[str, NDArray[np.generic]]:
        """An array for every input, at the `example` sizes or the ones given."""
        rng = np.random.default_rng(seed)
        return {port.name: port.dummy(sizes or self.example, rng) for port in self.inputs}


@dataclass(frozen=True, slots=True)
class FlowsepSizes:
    """What the graphs of a `flowsep` bundle have to agree on; the meanings are those of the card."""

    channels: int = 8
    rows: int = 32
    bands: int = 128
    time_stride: int = 4
    generations: int = 2
    text_width: int = 384
    vocabulary: int = 30522
    hop: int = 441
    extra_samples: int = 0  # what a vocoder gives past frames * hop

    @property
    def latent(self) -> int:
        """Channels of the flowing latent."""
        return self.generations * self.channels


def flowsep_graphs(
    s: FlowsepSizes, logvar: bool = False, step: bool = True, mask_logits: bool = False
) -> dict[str, GraphSpec]:
    """The graphs of `docs/bundle-format.md`, family `flowsep`, by name.

    odds : the velocity graph also says the mask's log-odds and the target's presence, as our own networks do.
    """
    frames = f"{s.time_stride}*columns"
    latent = ("batch", s.latent, "columns", s.rows)
    code = ("batch", s.channels, "columns", s.rows)
    mel = Port("mel", ("batch", 1, frames, s.bands), fill="mel")
    example, other = {"batch": 2, "columns": 64, "tokens": 12}, {"batch": 1, "columns": 40, "tokens": 7}

    text = GraphSpec(
        "text",
        (
            Port("input_ids", ("batch", "tokens"), "int64", "ids", below=s.vocabulary),
            Port("attention_mask", ("batch", "tokens"), "int64", "mask"),
        ),
        (Port("states", ("batch", "tokens", s.text_width)),),
    )
    encode = GraphSpec("encode", (mel,), (Port("mean", code), *([Port("logvar", code)] if logvar else [])))
    velocity = GraphSpec(
        "velocity",
        (
            Port("latent", latent),
            Port("mixture", code),
            Port("time", ("batch",), fill="unit"),
            Port("text", ("batch", "tokens", s.text_width)),
            Port("text_mask", ("batch", "tokens"), fill="mask"),
            *([Port("step", ("batch",), fill="unit")] if step else []),
        ),
        (
            Port("velocity", latent),
            *(
                [Port("odds", ("batch", frames, s.bands)), Port("presence", ("batch", "columns"))]
                if mask_logits
                else []
            ),
        ),
    )
    decode = GraphSpec("decode", (Port("latent", code),), (mel,))
    vocoder = GraphSpec(
        "vocoder",
        (Port("mel", ("batch", s.bands, "columns"), fill="mel"),),
        (Port("waveform", ("batch", "samples")),),
    )
    graphs = (text, encode, velocity, decode, vocoder)
    return {g.name: GraphSpec(g.name, g.inputs, g.outputs, g.tolerance, example, other) for g in graphs}


def component_graph(s: FlowsepSizes, components: int) -> GraphSpec:
    """The optional graph `components` of a `flowsep` bundle: K mask logits for every mel value, whatever the text."""
    frames = f"{s.time_stride}*columns"
    return GraphSpec(
        "components",
        (
            Port("mixture", ("batch", s.channels, "columns", s.rows)),
            Port("mel", ("batch", 1, frames, s.bands), fill="mel"),
        ),
        (Port("logits", ("batch", components, frames, s.bands)),),
        example={"batch": 2, "columns": 64},
        other={"batch": 1, "columns": 40},
    )


@dataclass(frozen=True, slots=True)
class AudiosepSizes:
    """What the graphs of an `audiosep` bundle have to agree on."""

    bins: int = 1025
    condition: int = 512
    vocabulary: int = 50265


def audiosep_graphs(s: AudiosepSizes) -> dict[str, GraphSpec]:
    """The graphs of `docs/bundle-format.md`, family `audiosep`, by name."""
    text = GraphSpec(
        "text",
        (
            Port("input_ids", ("batch", "tokens"), "int64", "ids", below=s.vocabulary),
            Port("attention_mask", ("batch", "tokens"), "int64", "mask"),
        ),
        (Port("condition", ("batch", s.condition)),),
        example={"batch": 2, "tokens": 12},
        other={"batch": 1, "tokens": 7},
    )
    mask = GraphSpec(
        "mask",
        (
            Port("magnitude", ("batch", "frames", s.bins), fill="unit"),
            Port("condition", ("batch", s.condition)),
        ),
        (Port("mask", ("batch", 2, "frames", s.bins)),),
        example={"batch": 2, "frames": 70},
        other={"batch": 1, "frames": 33},
    )
    return {text.name: text, mask.name: mask}


CLASSES, PATCH_FRAMES, PATCH_BANDS, FEATURES = 521, 96, 64, 1024


def listen_graph() -> GraphSpec:
    """The optional graph `listen` of `docs/bundle-format.md`: YAMNet's patches to class logits and features."""
    return GraphSpec(
        "listen",
        (Port("patches", ("batch", 1, PATCH_FRAMES, PATCH_BANDS), fill="mel"),),
        (Port("logits", ("batch", CLASSES)), Port("embedding", ("batch", FEATURES))),
        example={"batch": 3},
        other={"batch": 1},
    )
