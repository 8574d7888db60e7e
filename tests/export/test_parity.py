"""Export and parity on a network small enough to see through, and each way in which they can disagree."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from flowsep_export.flowsep.graphs import flowsep_graphs
from flowsep_export.graphs import ExportSpec, dummy, shape
from flowsep_export.parity import NamesDiffer, ParityError, ShapesDiffer, ValuesDiffer, check_parity, relative_error
from flowsep_export.to_onnx import export
from torch import nn

from flowsep_plugin.engine.flowsep.graphs import FlowSepSizes
from flowsep_plugin.engine.graph_spec import Port
from flowsep_plugin.errors import BundleError

SPEC = ExportSpec(
    "toy",
    (Port("mel", ("batch", "4*columns", 6)), Port("gain", ("batch",), values="unit")),
    (Port("mean", ("batch", "4*columns", 3)),),
    example={"batch": 2, "columns": 3},
    other={"batch": 1, "columns": 5},
)


class Toy(nn.Module):
    """A buffer is called like the output: exporting that naively gives an invalid graph."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(6, 3)
        self.register_buffer("mean", torch.ones(3))

    def forward(self, mel, gain):
        return self.layer(mel) * gain[:, None, None] - self.mean


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return Toy()


@pytest.fixture(scope="module")
def graph(network, tmp_path_factory):
    path = tmp_path_factory.mktemp("toy") / "toy.onnx"
    export(network, SPEC, path)
    return path


def test_an_exported_graph_is_its_network_at_every_size(network, graph):
    assert check_parity(network, graph, SPEC) < 1e-6


def test_other_names_are_called_other_names(network, graph):
    spec = replace(SPEC, inputs=(replace(SPEC.inputs[0], name="spectrum"), SPEC.inputs[1]))
    with pytest.raises(NamesDiffer, match=r"inputs are \['mel', 'gain'\]"):
        check_parity(network, graph, spec)


def test_a_fixed_axis_of_another_size_is_another_shape(network, graph):
    spec = replace(SPEC, inputs=(replace(SPEC.inputs[0], axes=("batch", "4*columns", 7)), SPEC.inputs[1]))
    with pytest.raises(ShapesDiffer, match="'mel'"):
        check_parity(network, graph, spec)


def test_an_axis_that_should_be_free_must_not_be_fixed(network, tmp_path):
    fixed = replace(SPEC, inputs=(replace(SPEC.inputs[0], axes=("batch", 12, 6)), SPEC.inputs[1]), other={})
    fixed = replace(fixed, outputs=(replace(SPEC.outputs[0], axes=("batch", 12, 3)),))
    export(network, fixed, tmp_path / "fixed.onnx")
    with pytest.raises(ShapesDiffer, match="'mel'"):
        check_parity(network, tmp_path / "fixed.onnx", SPEC)


def test_other_weights_are_other_values(graph):
    torch.manual_seed(1)
    with pytest.raises(ValuesDiffer, match="'mean' is off by"):
        check_parity(Toy(), graph, SPEC)


def test_a_parity_error_is_a_bundle_error():
    assert issubclass(ParityError, BundleError)


def test_numbers_that_are_not_numbers_are_infinitely_far_off():
    assert relative_error(np.array([np.nan]), np.array([1.0])) == np.inf


def test_an_axis_may_be_a_multiple_of_a_named_one():
    assert shape(SPEC.inputs[0], {"batch": 1, "columns": 7}) == (1, 28, 6)


def test_dummies_are_the_same_for_the_same_seed_and_others_for_another():
    first, same, other = (SPEC.dummies(seed=seed)["mel"] for seed in (0, 0, 1))
    assert np.array_equal(first, same)
    assert not np.array_equal(first, other)


def test_a_dummy_mask_hides_ends_and_never_everything():
    port = next(p for p in flowsep_graphs(FlowSepSizes())["velocity"].inputs if p.name == "text_mask")
    mask = dummy(port, {"batch": 50, "tokens": 9}, np.random.default_rng(0))
    assert mask[:, 0].all()
    assert (np.diff(mask, axis=1) <= 0).all()


def test_the_table_has_the_graphs_of_the_format():
    specs = flowsep_graphs(FlowSepSizes(), logvar=True)
    assert {name: [p.name for p in spec.inputs] for name, spec in specs.items()} == {
        "text": ["input_ids", "attention_mask"],
        "encode": ["mel"],
        "velocity": ["latent", "mixture", "time", "text", "text_mask", "step"],
        "decode": ["latent"],
        "vocoder": ["mel"],
        "listen": ["patches"],
    }
    assert [p.name for p in specs["encode"].outputs] == ["mean", "logvar"]
