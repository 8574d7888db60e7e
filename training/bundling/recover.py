"""Recovery of checkpoints from a bundle's graphs, so that training can continue from a shipped model.

Weights have the precision at which the graphs store them. A twin tells which constant is which weight: the same network
with random weights, exported the same way, in which every constant has values of its own. The exporter drops weights
that training has not moved from zero, so the graph must be that of a trained network.
"""

import copy
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
import torch
from flowsep_export.flowsep.graphs import flowsep_graphs
from flowsep_export.graphs import ExportSpec
from flowsep_export.networks.components import ComponentConfig, ComponentNet
from flowsep_export.networks.melvae import Decode, Encode, MelVAE, MelVAEConfig
from flowsep_export.storage import stored_arrays
from flowsep_export.to_onnx import faster, to_onnx
from flowsep_training.config import TrainingConfig, build
from flowsep_training.loops.flow import make_network
from flowsep_training.loops.run import plain
from torch import Tensor, nn

from flowsep_plugin.engine.flowsep.graphs import FlowSepSizes
from flowsep_plugin.errors import BundleError

ENCODE, VELOCITY, DECODE, COMPONENTS = "encode.onnx", "velocity.onnx", "decode.onnx", "components.onnx"
PREFIX = "vae."


def recover_vae(bundle: Path, checkpoint: Path) -> MelVAE:
    """Write the autoencoder of `bundle` as a checkpoint for `load_vae`; return it.

    Raises BundleError where the graphs have no such network.
    """
    constants = {**stored_arrays(bundle / ENCODE), **stored_arrays(bundle / DECODE)}
    sizes = {
        f"{part}_{what}": value
        for part in ("encoder", "decoder")
        for what, value in (
            ("width", len(constants.get(f"{PREFIX}{part}.row", ()))),
            ("blocks", sum(n.startswith(f"{PREFIX}{part}.blocks") and n.endswith("conv1.bias") for n in constants)),
        )
    }
    if not all(sizes.values()):
        raise BundleError(
            f"{bundle.name}: no autoencoder of this trainer in its graphs; take a bundle that it exported"
        )
    vae = MelVAE(MelVAEConfig(**sizes))
    specs = flowsep_graphs(FlowSepSizes())
    state = {
        **recovered(Encode(vae), specs["encode"], bundle / ENCODE),
        **recovered(Decode(vae), specs["decode"], bundle / DECODE),
    }
    return _save(vae, {n.removeprefix(PREFIX): v for n, v in state.items()}, bundle, checkpoint, {"network": sizes})


def recover_flow(bundle: Path, config: TrainingConfig, checkpoint: Path) -> nn.Module:
    """Write the text-conditioned separator of `bundle`, trained with `config`, as a checkpoint for `start`; return it.

    Raises BundleError where the graph is not one of such a network.
    """
    net = make_network(config.network, config.architecture)
    sizes = FlowSepSizes(generations=net.config.generations, text_width=net.config.text_width)
    spec = flowsep_graphs(sizes, step=config.flow_loss.shortcut > 0, mask_logits=True)["velocity"]
    state = recovered(net, spec, bundle / VELOCITY)
    return _save(net, state, bundle, checkpoint, plain(asdict(config)))


def recover_components(bundle: Path, config: TrainingConfig, checkpoint: Path) -> nn.Module:
    """Write the component separator of `bundle`, trained with `config`, as a checkpoint for `start`; return it.

    Raises BundleError where the graph is not one of such a network.
    """
    net = ComponentNet(build(ComponentConfig, config.network))
    spec = flowsep_graphs(FlowSepSizes(components=net.sizes.components))["components"]
    state = recovered(net, spec, bundle / COMPONENTS)
    return _save(net, state, bundle, checkpoint, plain(asdict(config)))


def recovered(module: nn.Module, spec: ExportSpec, graph: Path) -> dict[str, Tensor]:
    """Return the weights of a `graph` exported from a module like `module`, by name and in the same shape.

    Raises BundleError where a constant is missing or has another shape.
    """
    twin = _marked(module)
    with TemporaryDirectory() as scratch:
        path = Path(scratch) / graph.name
        onnx.save(to_onnx(faster(twin), spec), path)
        places = stored_arrays(path)
    names = {key: (name, value.shape) for name, value in twin.state_dict().items() for key in _keys(value)}
    stored, weights = stored_arrays(graph), {}
    for place, mark in places.items():
        name, shape = names.get(_key(mark), ("", ()))
        if not name:
            continue
        value = stored.get(place)
        if value is None or value.shape != mark.shape:
            raise BundleError(f"{graph}: no constant {place!r} of shape {mark.shape}, which would be the weight {name}")
        is_transposed = value.ndim == 2 and _key(mark) != _key(twin.state_dict()[name].numpy())
        weights[name] = torch.tensor(value.T if is_transposed else value).reshape(shape)
    return weights


def _marked(module: nn.Module) -> nn.Module:
    """Return a copy of the network with random weights, no two tensors alike."""
    twin = copy.deepcopy(module)
    generator = torch.Generator().manual_seed(1)
    for value in twin.state_dict().values():
        value.copy_(0.5 + torch.rand(value.shape, generator=generator))
    return twin.eval().requires_grad_(False)


def _keys(value: Tensor) -> list[bytes]:
    """Return the keys by which a weight may occur in a graph: as it is, or transposed."""
    array = value.numpy()
    return [_key(array), _key(array.T)] if array.ndim == 2 else [_key(array)]


def _key(array: np.ndarray) -> bytes:
    return np.ascontiguousarray(array, np.float32).tobytes()


def _save(module: nn.Module, state: dict[str, Tensor], bundle: Path, checkpoint: Path, config: dict) -> nn.Module:
    if missing := sorted(module.state_dict().keys() - state.keys()):
        raise BundleError(
            f"{bundle.name}: no weight {missing[0]} in its graphs; take a bundle that this trainer exported"
        )
    module.load_state_dict(state)
    checkpoint.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"average": module.state_dict(), "config": config}, checkpoint)
    return module.eval()
