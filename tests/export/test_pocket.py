"""The committed pocket bundles are what their maker makes."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import onnx
import pytest
from flowsep_export.flowsep.graphs import flowsep_graphs
from flowsep_export.parity import relative_error, session

from flowsep_plugin.engine.flowsep.graphs import FlowSepSizes

POCKET = Path(__file__).parents[1] / "pocket"
BUNDLES = {"bundle": 2, "single": 1, "choosing": 2}


@pytest.fixture(scope="module")
def remade(tmp_path_factory):
    spec = importlib.util.spec_from_file_location("pocket_make", POCKET / "make.py")
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    folder = tmp_path_factory.mktemp("pocket")
    maker.make_all(folder)
    return folder


def card(folder):
    return json.loads((folder / "card.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", BUNDLES)
def test_the_maker_writes_the_committed_card(remade, name):
    old, new = card(POCKET / name), card(remade / name)
    for entry in [*old["graphs"].values(), *new["graphs"].values()]:
        entry.pop("sha256")  # another exporter may order the same graph otherwise
    for files in (old.get("files", {}), new.get("files", {})):
        for file in [file for file in files if file.endswith(".npz")]:
            files[file] = ""  # each version of Python writes another header around the same arrays
    assert new == old


@pytest.mark.parametrize("path", [path for name in BUNDLES for path in sorted((POCKET / name).glob("*.npz"))])
def test_the_maker_writes_the_committed_arrays(remade, path):
    with np.load(path) as old, np.load(remade / path.relative_to(POCKET)) as new:
        assert {name: (old[name].dtype, old[name].tolist()) for name in old} == {
            name: (new[name].dtype, new[name].tolist()) for name in new
        }


@pytest.mark.parametrize("name", BUNDLES)
def test_the_maker_writes_the_committed_vocabulary(remade, name):
    assert (remade / name / "vocab.txt").read_bytes() == (POCKET / name / "vocab.txt").read_bytes()


@pytest.mark.parametrize(("name", "generations"), BUNDLES.items())
def test_the_remade_graphs_compute_what_the_committed_ones_do(remade, name, generations):
    sizes = FlowSepSizes(generations=generations, text_width=32, components=3)
    specs = flowsep_graphs(sizes, mask_logits=generations == 2, vocabulary=300)
    for graph, entry in card(POCKET / name)["graphs"].items():
        feeds = specs[graph].dummies()
        old = session(POCKET / name / entry["file"]).run(None, feeds)
        new = session(remade / name / entry["file"]).run(None, feeds)
        assert max(relative_error(a, b) for a, b in zip(new, old, strict=True)) < 1e-5, graph


def test_the_pocket_bundles_are_small():
    assert sum(path.stat().st_size for path in POCKET.rglob("*") if path.is_file()) < 2_000_000


def test_committed_graphs_hold_no_traces_of_the_machine_that_made_them():
    for path in POCKET.glob("*/*.onnx"):
        model = onnx.load(path)
        assert not [p.key for holder in (model, model.graph, *model.graph.node) for p in holder.metadata_props]


def test_the_two_generations_of_the_pocket_differ():
    specs = flowsep_graphs(FlowSepSizes(text_width=32))
    velocity = session(POCKET / "bundle" / "velocity.onnx").run(None, specs["velocity"].dummies())[0]
    assert np.abs(velocity[:, :8] - velocity[:, 8:]).mean() > 0.1
