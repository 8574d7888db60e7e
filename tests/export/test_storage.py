"""Weights stored small, computed in float32."""

import json

import numpy as np
import onnx
import pytest
from flowsep_export import audiosep, to_onnx
from flowsep_export.bundle import write_bundle
from flowsep_export.parity import relative_error
from flowsep_export.storage import quantised, stored_as
from onnx import TensorProto, helper, numpy_helper

from flowsep_plugin.checksum import sha256
from flowsep_plugin.onnx_runtime import ort

ERRORS = {"float16": 1e-3, "int8": 1e-2}


@pytest.fixture(scope="module")
def weights():
    rng = np.random.default_rng(0)
    loud = np.exp(rng.standard_normal(48))[None].astype(np.float32)  # channels of unlike size
    return rng.standard_normal((64, 48), np.float32) * loud


@pytest.fixture(scope="module")
def model(weights):
    bias = np.arange(48, dtype=np.float32)
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["h"]), helper.make_node("Add", ["h", "b"], ["y"])],
        "toy",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 64])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", 48])],
        [numpy_helper.from_array(weights, "w"), numpy_helper.from_array(bias, "b")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)


def run(model, x):
    return ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"]).run(None, {"x": x})[0]


@pytest.mark.parametrize("precision", ERRORS)
def test_a_stored_graph_computes_nearly_the_same(model, precision):
    x = np.random.default_rng(1).standard_normal((5, 64), np.float32)
    assert relative_error(run(stored_as(model, precision), x), run(model, x)) < ERRORS[precision]


@pytest.mark.parametrize(("precision", "share"), [("float16", 0.55), ("int8", 0.35)])
def test_a_stored_graph_is_smaller(model, precision, share):
    assert stored_as(model, precision).ByteSize() < share * model.ByteSize()


def test_float32_storage_changes_nothing(model):
    assert stored_as(model, "float32") == model


def test_storing_leaves_the_given_model_alone(model):
    before = model.SerializeToString()
    stored_as(model, "int8")
    assert model.SerializeToString() == before


def test_small_weights_stay_float32(model):
    kinds = {weight.name: weight.data_type for weight in stored_as(model, "int8").graph.initializer}
    assert kinds["b"] == TensorProto.FLOAT


@pytest.mark.parametrize("precision", ERRORS)
def test_the_runtime_folds_the_casts_away_when_it_loads_the_graph(model, precision, tmp_path):
    options = ort.SessionOptions()
    options.optimized_model_filepath = str(tmp_path / "folded.onnx")
    stored = stored_as(model, precision).SerializeToString()
    ort.InferenceSession(stored, options, providers=["CPUExecutionProvider"])
    assert {"Cast", "Mul"}.isdisjoint(node.op_type for node in onnx.load(tmp_path / "folded.onnx").graph.node)


def test_the_scale_runs_along_the_axis_that_loses_less(weights):
    values, scale = quantised(weights)
    assert values.dtype == np.int8
    assert scale.shape == (1, 48)
    assert quantised(np.ascontiguousarray(weights.T))[1].shape == (48, 1)


def test_a_channel_of_zeros_stays_zero():
    values, scale = quantised(np.zeros((4, 4), np.float32))
    assert not (values * scale).any()


def test_a_graph_past_the_limit_names_its_weights_file_and_still_computes_the_same(
    model, weights, tmp_path, monkeypatch
):
    monkeypatch.setattr(to_onnx, "_LARGEST_FILE", 1000)
    files = to_onnx.save(model, tmp_path / "toy.onnx")
    assert [path.name for path in files] == ["toy.onnx", "toy.onnx.data"]
    x = np.random.default_rng(1).standard_normal((5, 64), np.float32)
    session = ort.InferenceSession(str(files[0]), providers=["CPUExecutionProvider"])
    assert relative_error(session.run(None, {"x": x})[0], x @ weights + np.arange(48)) < 1e-6
    assert np.array_equal(numpy_helper.to_array(model.graph.initializer[0]), weights)


def test_a_bundle_checksums_the_weights_file_too(model, tmp_path, monkeypatch):
    monkeypatch.setattr(to_onnx, "_LARGEST_FILE", 1000)
    card = write_bundle(tmp_path / "bundle", audiosep.card("toy", "1", "here"), {"mask": model})
    record = json.loads(card.read_text(encoding="utf-8"))
    assert record["graphs"]["mask"]["data"] == ["mask.onnx.data"]
    assert record["files"]["mask.onnx.data"] == sha256(tmp_path / "bundle" / "mask.onnx.data")
