"""Checkpoints back out of a bundle's graphs, so that training can go on from what was shipped.

Weights are those of the graphs, to the precision at which they are stored. Which of a graph's constants holds which
weight is found out by a twin: the same network with other weights in it, exported the same way, where every constant
can be told by its values. Weights that training has not moved from zero are not in the graph: it must be a trained one.
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
from flowsep_training.config import Config, build
from flowsep_training.loops.flow import make_network
from flowsep_training.loops.run import plain
from torch import Tensor, nn

from flowsep_plugin.engine.flowsep.graphs import FlowSepSizes
from flowsep_plugin.errors import BundleError

ENCODE, VELOCITY, DECODE, COMPONENTS = "encode.onnx", "velocity.onnx", "decode.onnx", "components.onnx"
PREFIX = "vae."


def recover_vae(bundle: Path, checkpoint: Path) -> MelVAE:
    """Write the autoencoder of `bundle` as a checkpoint that `load_vae` reads. Raises BundleError where parts lack."""
    found = {**stored_arrays(bundle / ENCODE), **stored_arrays(bundle / DECODE)}
    sizes = {
        f"{part}_{what}": value
        for part in ("encoder", "decoder")
        for what, value in (
            ("width", len(found.get(f"{PREFIX}{part}.row", ()))),
            ("blocks", sum(n.startswith(f"{PREFIX}{part}.blocks") and n.endswith("conv1.bias") for n in found)),
        )
    }
    if not all(sizes.values()):
        raise BundleError(f"{bundle.name}: its graphs hold no autoencoder of ours; was it made by this trainer?")
    vae = MelVAE(MelVAEConfig(**sizes))
    specs = flowsep_graphs(FlowSepSizes())
    state = {
        **recovered(Encode(vae), specs["encode"], bundle / ENCODE),
        **recovered(Decode(vae), specs["decode"], bundle / DECODE),
    }
    return _kept(vae, {n.removeprefix(PREFIX): v for n, v in state.items()}, bundle, checkpoint, {"network": sizes})


def recover_flow(bundle: Path, config: Config, checkpoint: Path) -> nn.Module:
    """Write the separator of `bundle`, which was trained by `config`, as a checkpoint to start a run from.

    Raises BundleError where the graph is not one of such a network.
    """
    net = make_network(config.network, config.architecture)
    sizes = FlowSepSizes(generations=net.config.generations, text_width=net.config.text_width)
    spec = flowsep_graphs(sizes, step=config.flow_loss.shortcut > 0, mask_logits=True)["velocity"]
    state = recovered(net, spec, bundle / VELOCITY)
    return _kept(net, state, bundle, checkpoint, plain(asdict(config)))


def recover_components(bundle: Path, config: Config, checkpoint: Path) -> nn.Module:
    """Write the component separator of `bundle`, trained by `config`, as a checkpoint to start a run from.

    Raises BundleError where the graph is not one of such a network.
    """
    net = ComponentNet(build(ComponentConfig, config.network))
    spec = flowsep_graphs(FlowSepSizes(components=net.sizes.components))["components"]
    state = recovered(net, spec, bundle / COMPONENTS)
    return _kept(net, state, bundle, checkpoint, plain(asdict(config)))


def recovered(module: nn.Module, spec: ExportSpec, graph: Path) -> dict[str, Tensor]:
    """Weights by their names in `module`, out of a graph that was exported from such a module by the same exporter."""
    twin = _marked(module)
    with TemporaryDirectory() as scratch:
        path = Path(scratch) / graph.name
        onnx.save(to_onnx(faster(twin), spec), path)
        places = stored_arrays(path)
    names = {key: (name, value.shape) for name, value in twin.state_dict().items() for key in _keys(value)}
    stored, found = stored_arrays(graph), {}
    for place, marked in places.items():
        name, shape = names.get(_key(marked), ("", ()))
        if not name:
            continue
        value = stored.get(place)
        if value is None or value.shape != marked.shape:
            raise BundleError(f"{graph}: no constant {place!r} of shape {marked.shape}, where {name} would be")
        is_turned = value.ndim == 2 and _key(marked) != _key(twin.state_dict()[name].numpy())
        found[name] = torch.tensor(value.T if is_turned else value).reshape(shape)
    return found


def _marked(module: nn.Module) -> nn.Module:
    """The same network, every weight drawn at random: no two tensors are alike."""
    twin = copy.deepcopy(module)
    generator = torch.Generator().manual_seed(1)
    for value in twin.state_dict().values():
        value.copy_(0.5 + torch.rand(value.shape, generator=generator))
    return twin.eval().requires_grad_(False)


def _keys(value: Tensor) -> list[bytes]:
    """How a weight may lie in a graph: as it is, or turned."""
    array = value.numpy()
    return [_key(array), _key(array.T)] if array.ndim == 2 else [_key(array)]


def _key(array: np.ndarray) -> bytes:
    return np.ascontiguousarray(array, np.float32).tobytes()


def _kept(module: nn.Module, state: dict[str, Tensor], bundle: Path, checkpoint: Path, config: dict) -> nn.Module:
    if missing := sorted(module.state_dict().keys() - state.keys()):
        raise BundleError(f"{bundle.name}: its graphs hold no {missing[0]}; was it made by this trainer?")
    module.load_state_dict(state)
    checkpoint.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"average": module.state_dict(), "config": config}, checkpoint)
    return module.eval()
