"""The AudioSep engine on a stand-in graph that halves everything and turns its phase: what is around the network."""

import json

import numpy as np
import pytest

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.checksum import sha256
from flowsep_plugin.engine.audiosep import AudioSepEngine
from flowsep_plugin.engine.base import Request
from flowsep_plugin.errors import BundleError
from flowsep_plugin.render_settings import RenderSettings
from flowsep_plugin.separate import Separator

onnx = pytest.importorskip("onnx")
BINS, WIDTH = 1025, 4
SHARE = 0.5


def make_graphs(folder):
    """`mask` = 0.5 i everywhere, of the magnitude's shape; `condition` = zeros."""
    from onnx import TensorProto as T
    from onnx import helper as h
    from onnx import numpy_helper as n

    def save(name, nodes, inputs, outputs, constants):
        graph = h.make_graph(nodes, name, inputs, outputs, [n.from_array(v, k) for k, v in constants.items()])
        model = h.make_model(graph, opset_imports=[h.make_opsetid("", 20)], ir_version=10)
        onnx.save(model, folder / f"{name}.onnx")

    turn = np.array([0.0, SHARE], np.float32).reshape(1, 2, 1, 1)
    save(
        "mask",
        [
            h.make_node("Unsqueeze", ["magnitude", "one"], ["lifted"]),
            h.make_node("Mul", ["lifted", "zero"], ["zeros"]),
            h.make_node("ReduceSum", ["condition", "all"], ["summed"], keepdims=0),
            h.make_node("Mul", ["summed", "zero"], ["nothing"]),
            h.make_node("Add", ["zeros", "nothing"], ["flat"]),
            h.make_node("Add", ["flat", "turn"], ["mask"]),
        ],
        [
            h.make_tensor_value_info("magnitude", T.FLOAT, ["B", "M", BINS]),
            h.make_tensor_value_info("condition", T.FLOAT, ["B", WIDTH]),
        ],
        [h.make_tensor_value_info("mask", T.FLOAT, ["B", 2, "M", BINS])],
        {
            "one": np.array([1], np.int64),
            "all": np.array([0, 1], np.int64),
            "zero": np.array(0, np.float32),
            "turn": turn,
        },
    )
    save(
        "text",
        [
            h.make_node("Add", ["input_ids", "attention_mask"], ["both"]),
            h.make_node("Cast", ["both"], ["floats"], to=T.FLOAT),
            h.make_node("ReduceMean", ["floats", "axis"], ["mean"], keepdims=1),
            h.make_node("Mul", ["mean", "zeros"], ["condition"]),
        ],
        [h.make_tensor_value_info(name, T.INT64, ["B", "L"]) for name in ("input_ids", "attention_mask")],
        [h.make_tensor_value_info("condition", T.FLOAT, ["B", WIDTH])],
        {"axis": np.array([1], np.int64), "zeros": np.zeros((1, WIDTH), np.float32)},
    )


@pytest.fixture(scope="module")
def bundle(tmp_path_factory, request):
    folder = tmp_path_factory.mktemp("audiosep")
    make_graphs(folder)
    vocabulary = (request.path.parents[1] / "pocket" / "bundle" / "vocab.txt").read_text()
    (folder / "vocab.txt").write_text(vocabulary)
    card = {
        "format": 1, "name": "stand-in", "version": "1", "family": "audiosep", "licence": "CC0-1.0",
        "audio": {"rate": 32_000, "window_frames": 96_000, "overlap_frames": 16_000},
        "stft": {"n_fft": 2048, "win_length": 2048, "hop": 320, "bins": BINS, "floor": 1e-5},
        "text": {"kind": "wordpiece", "files": ["vocab.txt"], "length": 77, "width": WIDTH},
        "graphs": {
            name: {"file": f"{name}.onnx", "sha256": sha256(folder / f"{name}.onnx"), "opset": 20}
            for name in ("text", "mask")
        },
        "files": {"vocab.txt": sha256(folder / "vocab.txt")},
    }  # fmt: skip
    (folder / "card.json").write_text(json.dumps(card))
    return folder


@pytest.fixture(scope="module")
def separator(bundle):
    return Separator.open(bundle, "cpu")


def test_a_bundle_of_the_family_opens_with_its_engine(separator):
    assert isinstance(separator.engine, AudioSepEngine)
    assert separator.engine.grid.bands == BINS


@pytest.mark.parametrize(("rate", "channels"), [(32_000, 1), (48_000, 2), (44_100, 3)])
def test_a_mask_of_one_half_takes_half_at_any_rate_and_width(separator, noise_clip, rate, channels):
    clip = noise_clip(5, rate, channels)
    separation = separator.separate(clip, Request(["a dog"], render=RenderSettings(gate=0)))
    np.testing.assert_allclose(separation.stems[0].samples, SHARE * clip.samples, atol=2e-3)


def test_the_first_five_seconds_are_not_silent_and_short_clips_neither(separator, noise_clip):
    """The published chunked inference returns zeros for clips up to 5 s."""
    clip = noise_clip(2, 32_000, 1)
    separation = separator.separate(clip, Request(["a dog"]))
    assert np.abs(separation.stems[0].samples[:, :32_000]).max() > 0.1


def test_the_generated_sound_is_the_networks_own_waveform_with_its_phase(separator, tone):
    """The stand-in turns every phase by a quarter: half a sine becomes half a cosine."""
    clip = tone(1000, 6, 32_000)
    separation = separator.separate(clip, Request(["a dog"], render=RenderSettings("generated", gate=0)))
    time = np.arange(clip.frames) / clip.rate
    turned = 0.25 * SHARE * np.cos(2 * np.pi * 1000 * time)
    inner = slice(16_000, -16_000)
    np.testing.assert_allclose(separation.stems[0].samples[0, inner], turned[inner], atol=5e-3)


def test_several_texts_share_and_null(separator, noise_clip):
    clip = noise_clip(4)
    separation = separator.separate(clip, Request(["a dog", "rain"], negative=["speech"]))
    left = clip.samples - sum(stem.samples for stem in separation.stems) - separation.residual.samples
    assert np.abs(left).max() <= 1e-6


def test_silence_gives_silence(separator):
    separation = separator.separate(AudioClip(np.zeros((1, 64_000), np.float32), 32_000), Request(["a dog"]))
    assert np.abs(separation.stems[0].samples).max() == 0


def test_a_card_whose_bins_do_not_fit_is_refused(bundle, tmp_path):
    card = json.loads((bundle / "card.json").read_text())
    card["stft"]["bins"] = 513
    (tmp_path / "card.json").write_text(json.dumps(card))
    with pytest.raises(BundleError, match=r"stft\.bins is 513"):
        Separator.open(tmp_path, "cpu")
