"""FlowSep's vocoder (BigVGAN base, snakebeta) under its published names (`first_stage_model.vocoder.*`).

Every activation runs at twice the rate between two Kaiser-sinc filters. Written as published; `export/faster.py` has
the form that graphs are made of.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

_TAPS = 12
_CROP = 15  # what the held edges add on either side, at twice the rate


@dataclass(frozen=True, slots=True)
class BigVGANConfig:
    """Sizes of a `BigVGAN`. The defaults are the published ones."""

    bands: int = 64
    channels: int = 512
    rates: tuple[int, ...] = (5, 4, 2, 2, 2)
    kernels: tuple[int, ...] = (16, 16, 8, 4, 4)
    block_kernels: tuple[int, ...] = (3, 7, 11)
    dilations: tuple[int, ...] = (1, 3, 5)

    @property
    def hop(self) -> int:
        """Samples a frame, less the constant that the odd kernel of a rate adds."""
        return math.prod(self.rates)


def kaiser_sinc() -> Tensor:
    """The half-band low-pass `(1, 1, 12)`: cut-off a quarter of the rate, transition 0.3, Kaiser's window formula."""
    attenuation = 2.285 * (_TAPS // 2 - 1) * math.pi * 4 * 0.3 + 7.95
    beta = 0.1102 * (attenuation - 8.7)  # Kaiser's branch for more than 50 dB; here 51.0
    window = torch.kaiser_window(_TAPS, periodic=False, beta=beta, dtype=torch.float64)
    time = torch.arange(_TAPS, dtype=torch.float64) - _TAPS / 2 + 0.5
    taps = window * torch.sinc(0.5 * time)
    return (taps / taps.sum()).float().view(1, 1, -1)


class Filter(nn.Module):
    """The holder of a `filter` buffer, `(1, 1, 12)`."""

    filter: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("filter", kaiser_sinc())


class Lowpass(nn.Module):
    """Holds a filter under the published name `lowpass.filter`."""

    def __init__(self) -> None:
        super().__init__()
        self.lowpass = Filter()


class SnakeBeta(nn.Module):
    """`x + sin²(x exp(alpha)) / (exp(beta) + 1e-9)`, a channel each."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.alpha, self.beta = nn.Parameter(torch.zeros(channels)), nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        """`(B, channels, frames)` to the same shape."""
        rate, height = self.alpha.exp()[:, None], 1.0 / (self.beta.exp() + 1e-9)[:, None]
        return x + height * torch.sin(x * rate).square()


class Activation(nn.Module):
    """Snake at twice the rate, between two low-passes."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.act, self.upsample, self.downsample = SnakeBeta(channels), Filter(), Lowpass()

    def forward(self, x: Tensor) -> Tensor:
        """`(B, channels, frames)` to the same shape; both filters see the signal held at its edges."""
        channels = x.shape[1]
        up, down = (f.expand(channels, -1, -1) for f in (self.upsample.filter, self.downsample.lowpass.filter))
        x = F.pad(x, (_TAPS // 2 - 1, _TAPS // 2 - 1), mode="replicate")
        x = 2 * F.conv_transpose1d(x, up, stride=2, groups=channels)[..., _CROP:-_CROP]
        x = F.pad(self.act(x), (_TAPS // 2 - 1, _TAPS // 2), mode="replicate")
        return F.conv1d(x, down, stride=2, groups=channels)


class AMPBlock(nn.Module):
    """Three residual rounds of activation, dilated convolution, activation, convolution."""

    def __init__(self, channels: int, kernel: int, dilations: tuple[int, ...]) -> None:
        super().__init__()
        self.convs1 = nn.ModuleList(
            [nn.Conv1d(channels, channels, kernel, dilation=d, padding=d * (kernel - 1) // 2) for d in dilations]
        )
        self.convs2 = nn.ModuleList(
            [nn.Conv1d(channels, channels, kernel, padding=(kernel - 1) // 2) for _ in dilations]
        )
        self.activations = nn.ModuleList([Activation(channels) for _ in range(2 * len(dilations))])

    def forward(self, x: Tensor) -> Tensor:
        """`(B, channels, frames)` to the same shape."""
        for i, (conv1, conv2) in enumerate(zip(self.convs1, self.convs2, strict=True)):
            h = conv1(self.activations[2 * i](x))
            x = x + conv2(self.activations[2 * i + 1](h))
        return x


class BigVGAN(nn.Module):
    """Log-mel `(B, bands, frames)` to waveform `(B, 1, hop * frames + 32)` in ±1."""

    def __init__(self, config: BigVGANConfig | None = None) -> None:
        super().__init__()
        c = self.config = config or BigVGANConfig()
        widths = [c.channels >> i for i in range(len(c.rates) + 1)]
        self.conv_pre = nn.Conv1d(c.bands, c.channels, 7, padding=3)
        self.ups = nn.ModuleList(
            [
                nn.ModuleList([nn.ConvTranspose1d(a, b, kernel, stride=rate, padding=(kernel - rate) // 2)])
                for a, b, rate, kernel in zip(widths, widths[1:], c.rates, c.kernels, strict=False)
            ]
        )
        self.resblocks = nn.ModuleList(
            [AMPBlock(width, kernel, c.dilations) for width in widths[1:] for kernel in c.block_kernels]
        )
        self.activation_post = Activation(widths[-1])
        self.conv_post = nn.Conv1d(widths[-1], 1, 7, padding=3)

    def forward(self, mel: Tensor) -> Tensor:
        """`(B, bands, frames)` to `(B, 1, samples)`."""
        x = self.conv_pre(mel)
        per_stage = len(self.config.block_kernels)
        for i, (up,) in enumerate(self.ups):
            x = up(x)
            blocks = self.resblocks[i * per_stage : (i + 1) * per_stage]
            x = sum(block(x) for block in blocks) / per_stage
        return torch.tanh(self.conv_post(self.activation_post(x)))


class Waveform(nn.Module):
    """The `vocoder` graph: the waveform from the instant at which frame 0 is centred.

    A stage of rate 5 and kernel 16 gives one sample more than 5 L. How far that shifts its output is settled in
    `docs/export.md`; the graph keeps all samples.
    """

    def __init__(self, vocoder: BigVGAN) -> None:
        super().__init__()
        self.vocoder = vocoder

    def forward(self, mel: Tensor) -> Tensor:
        """`(B, bands, frames)` to `(B, hop * frames + 32)`."""
        return self.vocoder(mel)[:, 0]
