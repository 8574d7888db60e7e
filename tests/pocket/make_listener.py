"""Make the stand-in listener: the `listen` graph's ports without its network, and its classes' files.

    python tests/pocket/make_listener.py [FOLDER]

Logit c and feature c are the mean over the patch's frames of mel band c % 64, so a test can compute them itself.
`tests/export/test_listener_export.py` repeats this and compares the files.
"""

import sys
from pathlib import Path

import numpy as np
import onnx
from flowsep_export.flowsep.graphs import listen_graph
from flowsep_export.to_onnx import OPSET, name_axes, save
from flowsep_training.bundling.listener import write_classes
from onnx import TensorProto, helper, numpy_helper

HERE = Path(__file__).parent / "listener"
CLASSES, BANDS, FEATURES = 521, 64, 1024
TEXT_WIDTH = 32


def graph() -> onnx.ModelProto:
    """Return the toy graph, with the ports of the real one."""
    spec = listen_graph()
    ports = [*spec.inputs, *spec.outputs]
    values = [
        helper.make_tensor_value_info(port.name, TensorProto.FLOAT, [None] * len(port.axes)) for port in ports
    ]  # fmt: skip
    for value, port in zip(values, ports, strict=True):
        name_axes(value, port)
    numbers = {"frames": [1, 2], "first": [0], "past": [CLASSES], "columns": [1]}
    nodes = [
        helper.make_node("ReduceMean", ["patches", "frames"], ["bands"], keepdims=0),
        helper.make_node("Concat", ["bands"] * (FEATURES // BANDS), ["embedding"], axis=1),
        helper.make_node("Slice", ["embedding", "first", "past", "columns"], ["logits"]),
    ]
    weights = [numpy_helper.from_array(np.asarray(value, np.int64), name) for name, value in numbers.items()]
    body = helper.make_graph(nodes, spec.name, values[:1], values[1:], weights)
    return helper.make_model(body, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=10)


def make(folder: Path) -> None:
    """Write `listen.onnx`, `classes.txt` and `classes.npz`."""
    folder.mkdir(parents=True, exist_ok=True)
    save(graph(), folder / "listen.onnx")
    (folder / "classes.txt").write_text("".join(f"class {c}\n" for c in range(CLASSES)), encoding="utf-8")
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((CLASSES, TEXT_WIDTH)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    write_classes(folder, vectors, rng.standard_normal((50, CLASSES)).astype(np.float32) - 5)


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
