"""What our own networks promise, at toy sizes and with random weights."""

import numpy as np
import pytest
import torch
from flowsep_export.networks.flow_config import FlowConfig, FlowUNetConfig
from flowsep_export.networks.flow_unet import FlowUNet
from flowsep_export.networks.flownet import FlowNet, RegressorAsFlow, both
from flowsep_export.networks.melvae import MelVAE, MelVAEConfig
from flowsep_export.networks.minilm import MiniLM, MiniLMConfig
from flowsep_export.networks.vocos import InverseSTFT, Vocos, VocosConfig

VAE = MelVAEConfig(encoder_width=8, encoder_blocks=2, decoder_width=8, decoder_blocks=2)
FLOW = FlowConfig(
    text_width=12, stem=8, grid=12, grid_blocks=1, reduced=2, width=32, blocks=2, head_width=16, hidden=48
)
UNET = FlowUNetConfig(text_width=12, widths=(8, 16, 32), width=32, head_width=16)
EXACT = 1e-5


@pytest.fixture(autouse=True)
def without_gradients():
    with torch.no_grad():
        yield


def randomised(module):
    """Weights that are nowhere zero, so that every branch counts."""
    generator = torch.Generator().manual_seed(0)
    for parameter in module.parameters():
        fan_in = parameter[0].numel() if parameter.dim() > 1 else 4
        parameter.copy_(torch.randn(parameter.shape, generator=generator) / fan_in**0.5)
    return module.eval()


def noise(*shape, seed=1):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def flow_inputs(config, columns=20, tokens=5, batch=2):
    return {
        "latent": noise(batch, config.latent, columns, config.rows, seed=2),
        "mixture": noise(batch, config.channels, columns, config.rows, seed=3),
        "time": torch.linspace(0.2, 0.8, batch),
        "text": noise(batch, tokens, config.text_width, seed=4),
        "text_mask": torch.tensor([[1.0] * tokens, [1.0] * (tokens - 2) + [0.0] * 2])[:batch],
    }


def everything(output):
    return torch.cat([part.flatten(1) for part in output], dim=1)


@pytest.fixture(scope="module", params=["flownet", "unet"])
def flow(request):
    network = FlowNet(FLOW) if request.param == "flownet" else FlowUNet(UNET)
    with torch.no_grad():
        return randomised(network)


def test_a_mel_becomes_a_latent_a_sixteenth_its_size():
    mean, logvar = MelVAE(VAE).encode(noise(2, 1, 64, 128))
    assert mean.shape == logvar.shape == (2, 8, 16, 32)


def test_decoding_gives_a_mel_of_the_encoded_length():
    vae = MelVAE(VAE)
    assert vae.decode(vae.encode(noise(1, 1, 48, 128))[0]).shape == (1, 1, 48, 128)


def test_a_columns_code_depends_on_its_surroundings_only():
    vae, mel = randomised(MelVAE(VAE)), noise(1, 1, 160, 128)
    changed = mel.clone()
    changed[:, :, 120:] += 3
    far = slice(0, 30 - 6)  # six 3x3 convolutions
    assert torch.allclose(vae.encode(mel)[0][:, :, far], vae.encode(changed)[0][:, :, far], atol=EXACT)


def test_the_vae_at_its_start_decodes_to_the_datas_mean():
    vae = MelVAE(VAE)
    vae.decoder.leave.weight.zero_(), vae.decoder.leave.bias.zero_()
    assert torch.equal(vae.decode(noise(1, 8, 4, 32)), torch.full((1, 1, 16, 128), -6.0))


def test_without_noise_the_vae_reconstructs_from_the_mean():
    vae, mel = randomised(MelVAE(VAE)), noise(1, 1, 32, 128)
    reconstruction, mean, _ = vae(mel)
    assert torch.equal(reconstruction, vae.decode(mean))


def test_a_new_flow_network_says_nothing():
    output = FlowNet(FLOW)(**flow_inputs(FLOW))
    assert not output.velocity.any()
    assert (
        output.mask_logits.max() < 0.1
    )  # "perhaps it is there" and "perhaps this is its energy" make a little less than even


@pytest.mark.parametrize("columns", [7, 20, 33])
def test_any_number_of_columns_works(flow, columns):
    inputs = flow_inputs(flow.config, columns)
    output = flow(**inputs)
    assert output.velocity.shape == inputs["latent"].shape
    assert output.mask_logits.shape == (2, 4 * columns, 128)
    assert output.presence.shape == (2, columns)


def test_the_odds_are_those_of_presence_and_energy_together():
    one, other = torch.tensor([-3.0, 0.0, 2.0, 30.0]), torch.tensor([1.0, 0.0, 30.0, -30.0])
    result = torch.sigmoid(both(one, other))
    assert torch.allclose(result, torch.sigmoid(one) * torch.sigmoid(other), atol=1e-6)


def test_tokens_behind_the_mask_are_not_heard(flow):
    inputs = flow_inputs(flow.config)
    other = dict(inputs, text=inputs["text"].clone())
    other["text"][1, -2:] += 5
    assert torch.allclose(everything(flow(**inputs)), everything(flow(**other)), atol=EXACT)


@pytest.mark.parametrize("name", ["latent", "mixture", "time", "text"])
def test_every_input_counts(flow, name):
    inputs = flow_inputs(flow.config)
    other = dict(inputs, **{name: inputs[name] * 0.5})
    for one, two in zip(flow(**inputs), flow(**other), strict=True):
        assert (one - two).abs().mean() > 1e-4


def test_no_step_size_is_step_size_zero(flow):
    inputs = flow_inputs(flow.config)
    assert torch.equal(everything(flow(**inputs)), everything(flow(**inputs, step=torch.zeros(2))))
    other = flow(**inputs, step=torch.full((2,), 0.5))
    assert (flow(**inputs).velocity - other.velocity).abs().mean() > 1e-4


def test_items_of_a_batch_do_not_hear_each_other(flow):
    inputs = flow_inputs(flow.config)
    first = {name: value[:1] for name, value in inputs.items()}
    assert torch.allclose(everything(flow(**inputs))[:1], everything(flow(**first)), atol=EXACT)


@pytest.fixture(scope="module", params=["flownet", "unet"])
def regressor(request):
    with torch.no_grad():
        if request.param == "flownet":
            return randomised(FlowNet(FlowConfig(**{**as_dict(FLOW), "head": "mask"})))
        return randomised(FlowUNet(FlowUNetConfig(**{**as_dict(UNET), "head": "mask"})))


def as_dict(config):
    return {name: getattr(config, name) for name in config.__dataclass_fields__}


def test_a_regressor_looks_at_neither_latent_nor_time(regressor):
    inputs = flow_inputs(regressor.config)
    other = dict(inputs, latent=inputs["latent"] + 1, time=inputs["time"] * 0.1, step=torch.ones(2))
    assert torch.equal(everything(regressor(**inputs)), everything(regressor(**other)))


@pytest.mark.parametrize("steps", [1, 2, 5])
def test_euler_lands_on_the_regressors_answer_with_any_number_of_steps(regressor, steps):
    inputs, flow = flow_inputs(regressor.config), RegressorAsFlow(regressor)
    x = inputs["latent"]
    for k in range(steps):
        output = flow(**dict(inputs, latent=x, time=torch.full((2,), k / steps)))
        x = x + output.velocity / steps
    assert torch.allclose(x, regressor(**inputs).velocity, atol=1e-4)
    assert torch.equal(output.mask_logits, regressor(**inputs).mask_logits)


def test_the_default_flow_network_suits_two_cores():
    parameters = sum(p.numel() for p in FlowNet().parameters())
    assert 8e6 < parameters < 13e6


def test_the_inverse_stft_undoes_the_stft():
    hop, frames = 441, 12
    signal = noise(1, (frames + 8) * hop)
    spectrum = torch.stft(
        signal, 4 * hop, hop, window=torch.hann_window(4 * hop), center=True, pad_mode="constant", return_complex=True
    ).transpose(1, 2)
    frames_around = spectrum[:, 2 : 2 + frames + 4]  # two frames past either edge of frames 4 to 4 + frames
    result = InverseSTFT(hop)(torch.cat([frames_around.real, frames_around.imag], dim=-1))
    assert torch.allclose(result, signal[:, 4 * hop : (4 + frames) * hop], atol=EXACT)


def test_the_vocoder_gives_hop_samples_a_frame():
    assert Vocos(VocosConfig(width=8, hidden=16, blocks=1))(noise(2, 128, 9)).shape == (2, 9 * 441)


def test_a_long_mel_vocoded_in_chunks_with_context_is_the_whole():
    vocos = randomised(Vocos(VocosConfig(bands=8, hop=20, width=8, hidden=16, blocks=2)))
    mel, reach = noise(1, 8, 120), vocos.reach
    whole, chunk = vocos(mel), vocos(mel[:, :, 40 - reach : 80 + reach])
    assert torch.allclose(chunk[:, reach * 20 : (reach + 40) * 20], whole[:, 800:1600], atol=EXACT)


def test_padding_does_not_change_what_the_text_encoder_says():
    config = MiniLMConfig(vocabulary=50, positions=16, width=16, hidden=32, heads=2, layers=2)
    model, ids = randomised(MiniLM(config)), torch.tensor([[2, 7, 9, 3]])
    padded = torch.cat([ids, torch.zeros(1, 5, dtype=torch.int64)], dim=1)
    mask = torch.tensor([[1] * 4 + [0] * 5])
    assert torch.allclose(model(ids, mask[:, :4]), model(padded, mask)[:, :4], atol=EXACT)


def test_the_text_encoder_has_the_published_names():
    keys = set(MiniLM(MiniLMConfig(vocabulary=5, positions=4, width=4, hidden=4, heads=1, layers=1)).state_dict())
    assert {
        "embeddings.word_embeddings.weight",
        "encoder.layer.0.attention.self.query.weight",
        "encoder.layer.0.attention.output.LayerNorm.bias",
        "encoder.layer.0.intermediate.dense.weight",
        "encoder.layer.0.output.dense.bias",
    } <= keys


def test_numbers_stay_finite_on_silence_and_on_nothing_to_read(flow):
    inputs = flow_inputs(flow.config)
    silent = {name: torch.zeros_like(value) for name, value in inputs.items()}
    assert np.isfinite(everything(flow(**silent)).numpy()).all()
