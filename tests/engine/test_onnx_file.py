"""Weights outside of a graph's file: every one has a checksum in the card, wherever the graph names it."""

import json
import os
import shutil
from contextlib import suppress

import numpy as np
import onnx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper
from typer.testing import CliRunner

from flowsep_plugin.checksum import sha256
from flowsep_plugin.cli import app
from flowsep_plugin.engine.bundle import ModelBundle
from flowsep_plugin.engine.onnx_file import read_onnx_facts
from flowsep_plugin.errors import BundleError


def external(name="w.bin"):
    """A tensor whose values are in the file `name`."""
    tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[1], data_location=TensorProto.EXTERNAL)
    for key, value in (("location", name), ("length", "4")):
        tensor.external_data.add(key=key, value=value)
    return tensor


def model(*, nodes=(), functions=(), **graph):
    graph = helper.make_graph(list(nodes), "g", [], [], **graph)
    return helper.make_model(graph, functions=list(functions), opset_imports=[helper.make_opsetid("", 20)])


def sparse():
    return helper.make_sparse_tensor(external(), numpy_helper.from_array(np.zeros(1, np.int64)), [4])


def node(**attributes):
    return helper.make_node("Op", [], ["y"], **attributes)


def subgraph():
    return helper.make_graph([], "inner", [], [], initializer=[external()])


PLACES = {
    "an initializer": lambda: model(initializer=[external()]),
    "a sparse initializer": lambda: model(sparse_initializer=[sparse()]),
    "a constant": lambda: model(nodes=[node(value=external())]),
    "a list of constants": lambda: model(nodes=[node(values=[external(), external()])]),
    "a sparse constant": lambda: model(nodes=[node(sparse=sparse())]),
    "a subgraph": lambda: model(nodes=[node(body=subgraph())]),
    "a list of subgraphs": lambda: model(nodes=[node(bodies=[subgraph()])]),
    "a subgraph of a subgraph": lambda: model(
        nodes=[node(body=helper.make_graph([node(body=subgraph())], "outer", [], []))]
    ),
    "a function": lambda: model(
        functions=[helper.make_function("d", "f", [], ["y"], [node(value=external())], [helper.make_opsetid("", 20)])]
    ),
}


@pytest.mark.parametrize("place", PLACES)
def test_weights_in_another_file_are_found_in(tmp_path, place):
    onnx.save(PLACES[place](), tmp_path / "x.onnx")
    facts = read_onnx_facts(tmp_path / "x.onnx")
    assert (facts.weight_files, facts.opset, facts.is_precompiled) == ({"w.bin"}, 20, False)


def test_weights_for_training_are_found(tmp_path):
    trained = model()
    trained.training_info.add().initialization.initializer.append(external())
    onnx.save(trained, tmp_path / "x.onnx")
    assert read_onnx_facts(tmp_path / "x.onnx").weight_files == {"w.bin"}


def test_a_location_counts_whatever_the_tensor_says_about_where_it_is(tmp_path):
    tensor = external()
    tensor.data_location = TensorProto.DEFAULT
    onnx.save(model(initializer=[tensor]), tmp_path / "x.onnx")
    assert read_onnx_facts(tmp_path / "x.onnx").weight_files == {"w.bin"}


def test_a_program_for_a_device_is_found(tmp_path):
    onnx.save(model(nodes=[helper.make_node("EPContext", [], ["y"])]), tmp_path / "x.onnx")
    assert read_onnx_facts(tmp_path / "x.onnx").is_precompiled


@pytest.mark.parametrize("content", [b"", b"not onnx", b"\x3a\xff\xff\xff\xff\x7f", b"\xff" * 30, b"\x3b"])
def test_a_damaged_file_is_refused(tmp_path, content):
    (tmp_path / "x.onnx").write_bytes(content)
    with pytest.raises(BundleError, match=r"x\.onnx: not an ONNX file"):
        read_onnx_facts(tmp_path / "x.onnx")


def test_a_pipe_is_refused(tmp_path):
    os.mkfifo(tmp_path / "x.onnx")
    with pytest.raises(BundleError, match="is a pipe or a device"):
        read_onnx_facts(tmp_path / "x.onnx")


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 1, exclude_max=True), value=st.integers(0, 255), cut=st.floats(0, 1))
def test_any_damage_is_read_or_refused(tmp_path, pocket, place, value, cut):
    content = (pocket / "encode.onnx").read_bytes()
    damaged = bytearray(content[: max(1, round(cut * len(content)))])
    damaged[int(place * len(damaged))] = value
    (tmp_path / "x.onnx").write_bytes(bytes(damaged))
    with suppress(BundleError):
        read_onnx_facts(tmp_path / "x.onnx")


@pytest.fixture
def split(pocket, tmp_path):
    """The pocket bundle with weights of its velocity graph in the file w.bin, which its card does not name."""
    folder = shutil.copytree(pocket, tmp_path / "split")
    graph = onnx.load(folder / "velocity.onnx")
    weights = max(graph.graph.initializer, key=lambda one: len(one.raw_data))
    onnx.external_data_helper.set_external_data(weights, "w.bin")
    (folder / "w.bin").write_bytes(weights.raw_data)
    weights.ClearField("raw_data")
    (folder / "velocity.onnx").write_bytes(graph.SerializeToString())
    rewrite(folder, lambda card: card["graphs"]["velocity"].update(sha256=sha256(folder / "velocity.onnx")))
    return folder


def rewrite(folder, change):
    card = json.loads((folder / "card.json").read_text())
    change(card)
    (folder / "card.json").write_text(json.dumps(card))


def verify(folder):
    return CliRunner().invoke(app, ["models", "verify", str(folder)])


@pytest.mark.parametrize("verified", [True, False])
def test_weights_that_the_card_does_not_name_are_refused(split, verified):
    with pytest.raises(BundleError, match=r"velocity\.onnx takes weights from 'w\.bin', which has no checksum"):
        ModelBundle.open(split, verify=verified)
    assert verify(split).exit_code == 3


def test_weights_that_the_card_names_are_verified(split):
    def name_weights(card):
        card["graphs"]["velocity"]["data"] = ["w.bin"]
        card["files"]["w.bin"] = sha256(split / "w.bin")

    rewrite(split, name_weights)
    assert verify(split).exit_code == 0
    content = bytearray((split / "w.bin").read_bytes())
    content[0] ^= 1
    (split / "w.bin").write_bytes(bytes(content))
    with pytest.raises(BundleError, match=r"w\.bin is damaged"):
        ModelBundle.open(split)
    assert verify(split).exit_code == 3


@pytest.mark.parametrize("name", ["../w.bin", "/w.bin", "*/_ORT_MEM_ADDR_/*", "a\\w.bin", "C:w.bin"])
def test_weights_outside_of_the_bundle_are_refused(split, name):
    graph = model(initializer=[external(name)])
    (split / "velocity.onnx").write_bytes(graph.SerializeToString())

    def name_weights(card):
        card["graphs"]["velocity"]["sha256"] = sha256(split / "velocity.onnx")
        card["files"][name] = "0" * 64

    rewrite(split, name_weights)
    with pytest.raises(BundleError, match="outside the bundle"):
        ModelBundle.open(split)
    rewrite(split, lambda card: card["files"].pop(name))
    with pytest.raises(BundleError, match="has no checksum in the card"):
        ModelBundle.open(split)
