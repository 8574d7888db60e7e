"""A network's faster form gives its numbers, from its tensors, and leaves it alone."""

import pytest
import torch
from flowsep_export.faster import faster
from flowsep_export.networks.bigvgan import BigVGAN, BigVGANConfig, Waveform
from flowsep_export.networks.blocks import Upsample
from flowsep_export.networks.flowsep_unet import UNet, UNetConfig, UNetVelocity
from flowsep_export.networks.flowsep_vae import KLVAE, KLVAEConfig
from flowsep_export.networks.melvae import Decode

SAME = 2e-6
VOCODER = BigVGANConfig(bands=6, channels=64, block_kernels=(3, 5))


@pytest.fixture(autouse=True)
def without_gradients():
    with torch.no_grad():
        yield


def noise(*shape, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def shaken(network):
    """The network with weights that are nowhere zero."""
    generator = torch.Generator().manual_seed(1)
    for parameter in network.parameters():
        parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.3)
    return network.eval()


def error(result, expected):
    return float((result - expected).norm() / expected.norm())


@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (6, 4)])
def test_four_small_convolutions_are_the_one_of_the_doubled_image(shape):
    upsample, x = shaken(Upsample(3)), noise(2, 3, *shape)
    quick = faster(upsample)
    assert type(quick) is not Upsample
    assert error(quick(x), upsample(x)) < SAME


@pytest.mark.parametrize("frames", [1, 2, 9])
def test_the_vocoders_faster_form_gives_its_waveform(frames):
    vocoder, mel = Waveform(shaken(BigVGAN(VOCODER))), noise(2, 6, frames)
    assert error(faster(vocoder)(mel), vocoder(mel)) < 20 * SAME  # the snakes amplify rounding


def test_the_vaes_faster_form_decodes_to_its_mel():
    decode = Decode(shaken(KLVAE(KLVAEConfig(channels=4, groups=2, blocks=1))))
    latent = noise(1, 8, 6, 4)
    assert error(faster(decode)(latent), decode(latent)) < 10 * SAME


def test_the_unets_faster_form_gives_its_velocity():
    velocity = UNetVelocity(shaken(UNet(UNetConfig(channels=8, head_width=8, context=12, groups=4))))
    inputs = (noise(2, 8, 16, 16), noise(2, 8, 16, 16, seed=1), torch.tensor([0.2, 0.9]))
    text = (noise(2, 5, 12), torch.tensor([[1.0] * 5, [1.0, 1, 0, 0, 0]]))
    assert error(faster(velocity)(*inputs, *text), velocity(*inputs, *text)) < 10 * SAME


def test_the_network_itself_stays_as_it_was():
    vocoder = BigVGAN(VOCODER)
    kinds, keys = [type(m) for m in vocoder.modules()], list(vocoder.state_dict())
    faster(vocoder)
    assert [type(m) for m in vocoder.modules()] == kinds
    assert list(vocoder.state_dict()) == keys


def test_tensors_are_shared_not_copied():
    vocoder = BigVGAN(VOCODER)
    quick = {tensor.data_ptr() for tensor in faster(vocoder).state_dict().values()}
    assert vocoder.conv_post.weight.data_ptr() in quick


def test_a_network_without_such_parts_is_only_copied():
    layer = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.ReLU())
    assert [type(m) for m in faster(layer)] == [torch.nn.Linear, torch.nn.ReLU]
