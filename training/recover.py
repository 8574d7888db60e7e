"""The autoencoder's checkpoint back out of a bundle's graphs, so that a separator can be trained for it.

Weights are those of the graphs, to the precision at which they are stored. Parameters keep their names in a graph; the
gains of the norms are folded into nameless constants, which come in the order of the norms.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import torch
from flowsep_export.networks.melvae import MelVAE, MelVAEConfig
from onnx import numpy_helper
from torch import Tensor

from flowsep_plugin.errors import BundleError

GRAPHS = {"encoder": "encode.onnx", "decoder": "decode.onnx"}
PREFIX, HALF = "vae.", "_f16"


def recover_vae(bundle: Path, checkpoint: Path) -> MelVAE:
    """Write the autoencoder of `bundle` as a checkpoint that `load_vae` reads. Raises BundleError where parts lack."""
    found = {name: value for part in GRAPHS for name, value in _weights(bundle, part)}
    sizes = {
        f"{part}_{what}": value
        for part in GRAPHS
        for what, value in (
            ("width", len(found.get(f"{part}.row", ()))),
            ("blocks", sum(name.startswith(f"{part}.blocks") and name.endswith("conv1.bias") for name in found)),
        )
    }
    vae = MelVAE(MelVAEConfig(**sizes))
    if missing := sorted(vae.state_dict().keys() - found.keys()):
        raise BundleError(f"{bundle.name}: its graphs hold no {missing[0]}; was it made by this trainer?")
    vae.load_state_dict(found)
    checkpoint.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"average": vae.state_dict(), "config": {"network": sizes}}, checkpoint)
    return vae.eval()


def _weights(bundle: Path, part: str) -> Iterator[tuple[str, Tensor]]:
    graph = onnx.load(bundle / GRAPHS[part]).graph
    values = {value.name: numpy_helper.to_array(value) for value in graph.initializer}
    for name, value in values.items():
        if name.startswith(PREFIX):
            yield name.removeprefix(PREFIX).removesuffix(HALF), torch.tensor(value.astype(np.float32))
    blocks = sum(name.startswith(f"{PREFIX}{part}.blocks") and name.endswith("conv1.bias") for name in values)
    norms = [f"{part}.blocks.{block}.norm{norm}.gain" for block in range(blocks) for norm in (1, 2)]
    gains = sorted((name for name in values if name.startswith("view")), key=_place)
    for name, gain in zip([*norms, f"{part}.norm.gain"], gains, strict=True):
        yield name, torch.tensor(values[gain].reshape(-1))


def _place(name: str) -> int:
    """Where `view`, `view_1`, … stand in their order."""
    return int(name.rpartition("_")[2]) if "_" in name else 0
