"""Is this bundle whole, and do its graphs fit its card? What `flowsep-export verify` runs."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from flowsep_plugin.errors import BundleError
from flowsep_plugin.onnx_runtime import ort

from .bundle import CARD, FORMAT, check_card, opset, sha256
from .graphs import (
    AudiosepSizes,
    FlowsepSizes,
    GraphSpec,
    audiosep_graphs,
    component_graph,
    flowsep_graphs,
    listen_graph,
)
from .parity import check_axes, check_names, session

_OPSETS = range(18, 24)
_OPTIONAL = {"vocoder", "listen"}
_OPTIONAL_PORTS = {"step", "logvar", "odds", "presence"}


def verify(folder: Path) -> Iterator[str]:
    """Check one thing after the other and say so; raise BundleError at the first that is wrong."""
    card = read_card(folder)
    check_card(card)
    yield f"{CARD}: {card['name']} {card['version']}, family {card['family']}"
    yield from _check_files(folder, card)
    yield from _check_graphs(folder, card)


def read_card(folder: Path) -> dict[str, Any]:
    """The card as it stands. Raises BundleError where it is missing, no JSON, or of another format."""
    path = folder / CARD
    if not path.is_file():
        raise BundleError(f"{path} is not there; {folder} is no bundle")
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BundleError(f"{path} is no JSON: {error}; export the bundle again") from error
    if not isinstance(card, dict) or card.get("format") != FORMAT:
        raise BundleError(f"{path} has format {card.get('format') if isinstance(card, dict) else card!r}, not {FORMAT}")
    return card


def _check_files(folder: Path, card: Mapping[str, Any]) -> Iterator[str]:
    sums = {entry["file"]: entry["sha256"] for entry in card["graphs"].values()} | card["files"]
    for name in card["text"]["files"]:
        if name not in card["files"]:
            raise BundleError(f"{CARD}: text.files names {name}, files does not; export the bundle again")
    for name, wanted in sums.items():
        if not (folder / name).is_file():
            raise BundleError(f"{name} is missing; install the bundle again")
        if (found := sha256(folder / name)) != wanted:
            raise BundleError(
                f"{name} has sha256 {found[:12]}…, the card says {wanted[:12]}…; install the bundle again"
            )
        yield f"{name}: checksum"


def _check_graphs(folder: Path, card: Mapping[str, Any]) -> Iterator[str]:
    for name, wanted in specs(card).items():
        if name not in card["graphs"]:
            if name in _OPTIONAL:
                continue
            raise BundleError(f"{CARD} names no '{name}' graph; a {card['family']} bundle needs one")
        path = folder / card["graphs"][name]["file"]
        if (found := opset(path)) not in _OPSETS:
            raise BundleError(f"{path.name} has opset {found}, allowed are {_OPSETS.start} to {_OPSETS.stop - 1}")
        run = session(path)
        spec = as_found(run, wanted)
        check_names(run, spec, path.name)
        check_axes(run, spec, path.name)
        for output in run.run(None, spec.dummies()):
            if not np.isfinite(output).all():
                raise BundleError(f"{path.name} gives numbers that are not finite; export it again from sound weights")
        yield f"{path.name}: names, axes, a run"


def as_found(run: ort.InferenceSession, spec: GraphSpec) -> GraphSpec:
    """The spec with the optional ports that this graph has and without those that it lacks."""
    names = {value.name for value in (*run.get_inputs(), *run.get_outputs())}
    keep = [
        tuple(p for p in ports if p.name not in _OPTIONAL_PORTS or p.name in names)
        for ports in (spec.inputs, spec.outputs)
    ]
    return GraphSpec(spec.name, *keep, spec.tolerance, spec.example, spec.other)


def specs(card: Mapping[str, Any]) -> dict[str, GraphSpec]:
    """The graphs that a bundle with this card has, optional ports included."""
    if card["family"] == "audiosep":
        return audiosep_graphs(
            AudiosepSizes(bins=card["stft"]["bins"], condition=card["text"]["width"], vocabulary=100)
        )
    mel, latent, flow = card["mel"], card["latent"], card["flow"]
    sizes = FlowsepSizes(
        channels=latent["channels"],
        rows=mel["bands"] // latent["band_stride"],
        bands=mel["bands"],
        time_stride=latent["time_stride"],
        generations=flow["generations"],
        text_width=card["text"]["width"],
        vocabulary=100,
        hop=mel["hop"],
    )
    optional = {"listen": listen_graph()}
    if "components" in card:
        optional["components"] = component_graph(sizes, card["components"]["count"])
    return {**flowsep_graphs(sizes, logvar=True, mask_logits=True), **optional}
