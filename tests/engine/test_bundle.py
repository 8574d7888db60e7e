import json
import shutil

import pytest

from flowsep_plugin.checksum import sha256
from flowsep_plugin.engine.bundle import ModelBundle
from flowsep_plugin.engine.onnx_file import read_onnx_facts
from flowsep_plugin.engine.providers import choose_device
from flowsep_plugin.errors import BundleError


@pytest.fixture
def copied(pocket, tmp_path):
    return shutil.copytree(pocket, tmp_path / "copied")


def rewrite(folder, change):
    card = json.loads((folder / "card.json").read_text())
    change(card)
    (folder / "card.json").write_text(json.dumps(card))


def test_a_whole_bundle_opens(copied):
    bundle = ModelBundle.open(copied)
    assert set(bundle.sessions(choose_device("cpu"))) == set(bundle.card.graphs)


def test_a_flipped_bit_is_found_and_the_file_named(copied):
    path = copied / ModelBundle.open(copied).card.graphs["decode"].file
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(BundleError, match=rf"{path.name} is damaged"):
        ModelBundle.open(copied)


def test_a_missing_file_is_named(copied):
    name = ModelBundle.open(copied).card.text.files[0]
    (copied / name).unlink()
    with pytest.raises(BundleError, match=f"{name} is missing"):
        ModelBundle.open(copied)


def test_a_card_may_not_name_files_outside_its_folder(copied):
    rewrite(copied, lambda card: card["files"].update({"../secret": "0"}))
    with pytest.raises(BundleError, match="outside the bundle"):
        ModelBundle.open(copied)


def test_a_card_without_a_needed_graph_is_refused(copied):
    rewrite(copied, lambda card: card["graphs"].pop("velocity"))
    with pytest.raises(BundleError, match="has no velocity graph"):
        ModelBundle.open(copied)


def swap(folder, name, other):
    def change(card):
        card["graphs"][name] = dict(card["graphs"][other])

    rewrite(folder, change)


def test_a_graph_in_the_wrong_place_is_told_by_its_names(copied):
    swap(copied, "decode", "encode")
    with pytest.raises(BundleError, match="input 'latent' is missing"):
        ModelBundle.open(copied).sessions(choose_device("cpu"))


def test_a_card_that_disagrees_with_its_graph_is_told_by_the_axis(copied):
    rewrite(copied, lambda card: card["latent"].update(channels=card["latent"]["channels"] + 1))
    with pytest.raises(BundleError, match=r"at axis 1, the card says|the card says .* axis 1"):
        ModelBundle.open(copied).sessions(choose_device("cpu"))


def test_an_opset_that_differs_from_the_graphs_is_named(copied):
    rewrite(copied, lambda card: card["graphs"]["encode"].update(opset=9))
    with pytest.raises(BundleError, match="the card says 9"):
        ModelBundle.open(copied).sessions(choose_device("cpu"))


def test_the_opset_of_a_graph_is_read_from_its_file(pocket):
    card = ModelBundle.open(pocket).card
    assert {read_onnx_facts(pocket / graph.file).opset for graph in card.graphs.values()} == {20}


def test_a_file_that_is_no_graph_is_refused(copied):
    graph = ModelBundle.open(copied).card.graphs["encode"]
    (copied / graph.file).write_bytes(b"not onnx")
    rewrite(copied, lambda card: card["graphs"]["encode"].update(sha256=sha256(copied / graph.file)))
    with pytest.raises(BundleError, match="not an ONNX file"):
        ModelBundle.open(copied).sessions(choose_device("cpu"))


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(BundleError, match="no such model folder"):
        ModelBundle.open(tmp_path / "nowhere")


def test_another_card_is_another_model(copied):
    before = ModelBundle.open(copied).digest
    rewrite(copied, lambda card: card.update(version="2"))
    assert ModelBundle.open(copied).digest != before
