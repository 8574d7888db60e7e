"""Export torch modules to ONNX with the dynamo exporter, named and shaped by their `ExportSpec`."""

import logging
import warnings
from pathlib import Path

import onnx
import torch
from onnx_ir.passes.common import (
    CommonSubexpressionEliminationPass,
    IdentityEliminationPass,
    RemoveUnusedNodesPass,
)
from torch import nn

from flowsep_plugin.engine.graph_spec import Port
from flowsep_plugin.errors import BundleError

from .faster import faster
from .graphs import ExportSpec
from .parity import check_parity

OPSET = 20
_PORT = "port."  # while exporting: a buffer called like an output would make an invalid graph
_MANY_MODULES = 250
_LARGEST_FILE = 1_800_000_000  # protobuf ends at 2 GiB; past this, weights go to a file next to the graph


def to_onnx(module: nn.Module, spec: ExportSpec, rewrite: bool = True) -> onnx.ModelProto:
    """Export `module`, called with the spec's inputs in order; return the model without the exporter's traces.

    Raises BundleError where the model has functions, which only happens without the rewriter.

    rewrite : run the exporter's pattern rewriter; its time grows with the square of the nodes (a U-Net of 60 attention
    layers takes many minutes), and ONNX Runtime fuses the same patterns when it loads the graph.
    """
    inputs = tuple(torch.from_numpy(array) for array in spec.dummies().values())
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # it names every torchvision operator that is not there
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter deprecates itself on every call
        program = torch.onnx.export(
            module.eval(),
            inputs,
            dynamo=True,
            opset_version=OPSET,
            input_names=[_PORT + port.name for port in spec.inputs],
            output_names=[_PORT + port.name for port in spec.outputs],
            dynamic_shapes=tuple(dynamic_axes(port) for port in spec.inputs),
            verbose=False,
            optimize=rewrite,
        )
    if not rewrite:
        for tidy in (IdentityEliminationPass(), CommonSubexpressionEliminationPass(), RemoveUnusedNodesPass()):
            tidy(program.model)
    return tidied(program.model_proto, spec)


def dynamic_axes(port: Port) -> dict[int, object]:
    """Return the named axes of `port` as dynamic, for `torch.export`."""
    return {i: torch.export.Dim.DYNAMIC for i, axis in enumerate(port.axes) if isinstance(axis, str)}


def tidied(model: onnx.ModelProto, spec: ExportSpec) -> onnx.ModelProto:
    """Remove traces and stale shapes (they leak paths and stop quantisers), and name the axes by the spec.

    Raises BundleError where the model has functions.
    """
    graph = model.graph
    for holder in (model, graph, *graph.node, *graph.input, *graph.output, *graph.initializer):
        del holder.metadata_props[:]
        holder.doc_string = ""
    del graph.value_info[:]
    if model.functions:
        raise BundleError(f"'{spec.name}' was exported with functions; export it with the rewriter, which inlines them")
    rename_ports(graph, spec)
    for values, ports in ((graph.input, spec.inputs), (graph.output, spec.outputs)):
        for value, port in zip(values, ports, strict=True):
            name_axes(value, port)
    return model


def rename_ports(graph: onnx.GraphProto, spec: ExportSpec) -> None:
    """Give inputs and outputs the spec's names, and inner values of such a name another one."""
    names = [port.name for port in (*spec.inputs, *spec.outputs)]
    new = {name: f"{name}.inner" for name in names} | {_PORT + name: name for name in names}
    for node in graph.node:
        for values in (node.input, node.output):
            values[:] = [new.get(value, value) for value in values]
    for value in (*graph.input, *graph.output, *graph.initializer):
        value.name = new.get(value.name, value.name)


def name_axes(value: onnx.ValueInfoProto, port: Port) -> None:
    """Replace the exporter's axes of a port by the declared ones."""
    dims = value.type.tensor_type.shape.dim
    for dim, axis in zip(dims, port.axes, strict=True):
        if isinstance(axis, int):
            dim.dim_value = axis
        else:
            dim.dim_param = axis


def save(model: onnx.ModelProto, path: Path) -> list[Path]:
    """Write `model`, past 2 GB with its weights in `<name>.data`; return the files written, the graph first."""
    if sum(len(weight.raw_data) for weight in model.graph.initializer) < _LARGEST_FILE:
        path.write_bytes(model.SerializeToString(deterministic=True))
        return [path]
    data = path.with_name(path.name + ".data")
    data.unlink(missing_ok=True)
    onnx.save(model, path, save_as_external_data=True, location=data.name, size_threshold=1024)
    onnx.load_external_data_for_model(model, str(path.parent))  # saving took the weights out of `model`
    return [path, data]


def export(module: nn.Module, spec: ExportSpec, path: Path) -> onnx.ModelProto:
    """Export the faster form of `module` to `path`, compare the file with `module` itself, and return the model.

    Large networks are exported without the rewriter. Raises ParityError where graph and network differ.
    """
    model = to_onnx(faster(module), spec, rewrite=len(list(module.modules())) < _MANY_MODULES)
    save(model, path)
    check_parity(module, path, spec)
    return model
