"""The published networks give what the official classes give, under weights made from the rule.

What runs here is short; the whole comparison is `flowsep-export parity flowsep|audiosep`.
"""

from pathlib import Path

import numpy as np
import pytest
from flowsep_export.networks.melvae import Decode, Encode
from flowsep_export.networks.resunet import ComplexMask
from flowsep_export.parity import relative_error
from flowsep_export.reference import as_stored, run_module
from flowsep_export.reference.audiosep import AudiosepReference, separate
from flowsep_export.reference.flowsep import FlowsepReference

from flowsep_plugin.errors import BundleError

GOLDEN = Path(__file__).parents[1] / "golden" / "published"
STAGE, VOCODER, SNR_110_DB = 2e-5, 5e-5, 10 ** (-110 / 20)


@pytest.fixture(scope="module")
def flowsep():
    with FlowsepReference(GOLDEN, "A") as reference:
        yield reference


@pytest.fixture(scope="module")
def audiosep():
    with AudiosepReference(GOLDEN, "A") as reference:
        yield reference


@pytest.fixture(scope="module")
def arrays():
    return {name: dict(np.load(GOLDEN / f"{name}.npz")) for name in ("flowsep", "audiosep")}


def error(result, z, key):
    return relative_error(*as_stored(result, z, key))


@pytest.fixture(scope="module")
def bigvgan(flowsep):
    return run_module(flowsep.vocoder())


@pytest.mark.parametrize(("name", "frames"), [("T1", 1), ("T64", 64)])
def test_flowseps_vocoder_gives_the_official_waveform(flowsep, bigvgan, arrays, name, frames):
    mel = 2 * flowsep.noise("voc_mel", (1, 64, 1024)) - 5
    assert error(bigvgan(mel[:, :, :frames])[0], arrays["flowsep"], f"{name}/wave") < VOCODER


def test_a_vocoder_with_weight_norm_is_folded_to_the_official_one(flowsep, arrays):
    mel = 2 * flowsep.noise("voc_mel", (1, 64, 1024)) - 5
    result = run_module(flowsep.weight_norm_vocoder())(mel[:, :, :64])[0]
    assert error(result, arrays["flowsep"], "weightnorm_T64/wave") < VOCODER


@pytest.mark.slow
def test_flowseps_vae_gives_the_official_moments_and_mel(flowsep, arrays):
    vae = flowsep.vae()
    moments = run_module(Encode(vae, logvar=True))(2 * flowsep.noise("mel_in", (1, 1, 1024, 64)) - 5)
    assert error(np.concatenate(moments, 1), arrays["flowsep"], "from_noise/moments") < STAGE
    mel = run_module(Decode(vae))(flowsep.noise("z_dec", (1, 8, 256, 16)) / np.float32(flowsep.scale))[0]
    assert error(mel, arrays["flowsep"], "mel_out") < STAGE


@pytest.mark.slow
def test_flowseps_text_encoder_gives_the_official_states(flowsep, arrays):
    z = arrays["flowsep"]
    states = run_module(flowsep.text())(z["short/input_ids"][None], z["short/mask"][None].astype(np.int64))[0]
    assert error(states, z, "short/hidden") < STAGE


@pytest.mark.slow
def test_flowseps_unet_gives_the_official_velocity(flowsep, arrays):
    z, grid = arrays["flowsep"], (1, 8, 256, 16)
    x = np.concatenate([flowsep.noise(name, grid)[:, :, :64] for name in ("unet_x", "unet_mix")], 1)
    time, context = np.array([0.5], np.float32), flowsep.noise("unet_ctx", (1, 50, 1024))
    velocity = run_module(flowsep.unet())(x, time, context, z["mask"].astype(np.float32))[0]
    assert error(velocity[:, :8], z, "T64/t0.5/v8") < STAGE


@pytest.fixture(scope="module")
def resunet(audiosep):
    return run_module(ComplexMask(audiosep.separator()))


@pytest.mark.parametrize("wave", ["L1025", "L9920"])
def test_audioseps_separator_gives_the_official_waveform(audiosep, resunet, arrays, wave):
    result = separate(resunet, audiosep.wave(wave)[None], audiosep.condition("unit")[None])[0]
    assert relative_error(result, arrays["audiosep"][f"y_{wave}_unit"]) < SNR_110_DB


def test_audiosep_makes_silence_of_silence(audiosep, resunet):
    silence = np.zeros((1, 6400), np.float32)
    assert not separate(resunet, silence, audiosep.condition("unit")[None]).any()


def test_audioseps_mask_never_amplifies(audiosep, resunet):
    magnitude = np.random.default_rng(0).random((1, 40, 1025), np.float32)
    mask = resunet(magnitude, audiosep.condition("big")[None])[0]
    assert np.hypot(mask[:, 0], mask[:, 1]).max() <= 1.0 + 1e-6
    assert not mask[..., -1].any()


@pytest.mark.slow
def test_audioseps_text_branch_gives_the_official_conditions_without_padding(audiosep, arrays):
    z = arrays["audiosep"]
    run = run_module(audiosep.text())
    assert np.abs(run(z["ids"], z["mask"])[0] - z["embed"]).max() < 2e-6
    assert np.abs(run(z["ids"][:1, :4], z["mask"][:1, :4])[0] - z["embed"][:1]).max() < 2e-6


def test_a_missing_reference_says_which_folder_is_wanted(tmp_path):
    with (
        FlowsepReference(tmp_path, "A") as reference,
        pytest.raises(BundleError, match="the reference folder must hold"),
    ):
        reference.arrays("text")
