"""Run with a stand-in whose logit c is the mean log-mel of band c % 64: see tests/pocket/make_listener.py."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from flowsep_plugin.audio import yamnet
from flowsep_plugin.audio.resample import resample
from flowsep_plugin.checksum import sha256
from flowsep_plugin.engine.flowsep.engine import FlowSepEngine
from flowsep_plugin.engine.flowsep.listener import YamnetListener
from flowsep_plugin.errors import BundleError

RATE = 44_100


@pytest.fixture(scope="module")
def engine(request, tmp_path_factory):
    pocket = request.path.parents[1] / "pocket"
    folder = shutil.copytree(pocket / "bundle", tmp_path_factory.mktemp("listening") / "bundle")
    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    for path in (pocket / "listener").iterdir():
        shutil.copyfile(path, folder / path.name)
    card["graphs"]["listen"] = {"file": "listen.onnx", "sha256": sha256(folder / "listen.onnx"), "opset": 20}
    card["files"] |= {name: sha256(folder / name) for name in ("classes.txt", "classes.npz")}
    (folder / "card.json").write_text(json.dumps(card), encoding="utf-8")
    return FlowSepEngine.open(folder, "cpu")


@pytest.fixture
def listener(engine):
    return YamnetListener(engine.graphs, engine.grid)


def tone(engine, hertz, level=0.1):
    time = np.arange(engine.card.window_frames) / RATE
    return (level * np.sin(2 * np.pi * hertz * time)).astype(np.float32)[None, None]


def split_at(engine, hertz, windows=1):
    """Two components: what lies below `hertz`, and what lies above."""
    low = (np.asarray(engine.grid.centres_hz) < hertz).astype(np.float32)
    masks = np.stack([low, 1 - low])[None, :, None]
    return np.tile(masks, (windows, 1, engine.card.window_mel_frames, 1))


def bands(hearing):
    """The stand-in's mean log-mels, `(windows, 1 + subsets, patches, 64)`."""
    return hearing.logits[..., :64]


def test_shapes_follow_windows_subsets_and_patches(engine, listener):
    noise = np.random.default_rng(0).standard_normal((3, 2, engine.card.window_frames)).astype(np.float32)
    masks = np.full((3, 4, engine.card.window_mel_frames, 128), 0.25, np.float32)
    subsets = np.array([[1, 0, 0, 0], [1, 1, 0, 0]], bool)
    hearing = listener.hear(noise, masks, subsets)
    assert hearing.logits.shape == (3, 3, 3, 521)
    assert hearing.embedding.shape == (3, 3, 3, 1024)
    assert listener.hear(noise).logits.shape == (3, 1, 3, 521)
    assert listener.hear(noise, masks).logits.shape == (3, 5, 3, 521)


def test_the_mixture_is_heard_as_yamnets_own_front_end_hears_it(engine, listener):
    noise = (0.05 * np.random.default_rng(1).standard_normal((1, engine.card.window_frames))).astype(np.float32)
    spectra = yamnet.magnitudes(resample(noise, RATE, 16_000), engine.card.window_mel_frames)
    expected = yamnet.patches(yamnet.log_mel(spectra @ yamnet.mel_basis()), 3).mean(axis=2)
    np.testing.assert_allclose(bands(listener.hear(noise[None]))[:, 0], expected, atol=1e-4)


def test_a_component_is_heard_as_its_sound_alone(engine, listener):
    low, high = tone(engine, 400), tone(engine, 4000)
    hearing = bands(listener.hear(low + high, split_at(engine, 1500)))
    loudness = np.sqrt(2, dtype=np.float32)  # half of the energy, brought to the mixture's level
    for part, sound in ((1, low), (2, high)):
        alone = bands(listener.hear(sound * loudness))
        close = alone[:, 0] > alone.max() - 5
        np.testing.assert_allclose(hearing[:, part][close], alone[:, 0][close], atol=0.1)


def test_all_components_together_are_the_mixture(engine, listener):
    noise = (0.05 * np.random.default_rng(2).standard_normal((1, 1, engine.card.window_frames))).astype(np.float32)
    hearing = bands(listener.hear(noise, split_at(engine, 2000), np.ones((1, 2), bool)))
    np.testing.assert_allclose(hearing[:, 1], hearing[:, 0], atol=1e-4)


def test_a_soft_component_is_raised_to_the_mixtures_level_by_20_db_at_most(engine, listener):
    mixture = tone(engine, 1000)
    masks = np.ones((1, 2, engine.card.window_mel_frames, 128), np.float32)
    masks[:, 0] *= 0.5
    masks[:, 1] *= 0.01
    hearing = bands(listener.hear(mixture, masks)).max(axis=(2, 3))[0]
    assert hearing[1] == pytest.approx(hearing[0], abs=0.01)
    assert hearing[2] == pytest.approx(hearing[0] + np.log(0.1), abs=0.01)


def test_an_empty_subset_and_a_silent_window_are_silence(engine, listener):
    masks = split_at(engine, 1000)
    nothing = bands(listener.hear(tone(engine, 500), masks, np.zeros((1, 2), bool)))[:, 1]
    silent = bands(listener.hear(np.zeros((1, 1, engine.card.window_frames), np.float32), masks))
    np.testing.assert_allclose(nothing, np.log(0.001), atol=1e-5)
    np.testing.assert_allclose(silent, np.log(0.001), atol=1e-5)


def test_channels_out_of_phase_do_not_cancel(engine, listener):
    mono = tone(engine, 700)
    turned = np.concatenate([mono, -mono], axis=1)
    np.testing.assert_allclose(listener.hear(turned).logits, listener.hear(mono).logits, atol=1e-4)


def test_a_window_does_not_depend_on_its_company(engine, listener):
    noise = np.random.default_rng(3).standard_normal((3, 1, engine.card.window_frames)).astype(np.float32) * 0.05
    masks = split_at(engine, 900, windows=3)
    together, alone = listener.hear(noise, masks), listener.hear(noise[1:2], masks[1:2])
    np.testing.assert_allclose(alone.logits[0], together.logits[1], atol=1e-5)


def test_a_finer_hop_gives_more_patches(engine):
    listener = YamnetListener(engine.graphs, engine.grid, patch_hop=0.32)
    assert listener.hear(tone(engine, 500)).logits.shape[2] == 8


def test_a_model_without_the_graph_says_so(pocket):
    engine = FlowSepEngine.open(pocket, "cpu")
    with pytest.raises(BundleError, match="no 'listen' graph"):
        YamnetListener(engine.graphs, engine.grid)


def test_a_grid_of_another_hop_is_refused(engine):
    with pytest.raises(BundleError, match="10 ms"):
        YamnetListener(engine.graphs, replace(engine.grid, hop=512))
