"""AudioSep's separator, ResUNet30, under its published names (`ss_model.base.*`, `ss_model.film.*`).

The STFT stays outside: the network sees linear magnitudes and answers with a complex mask. FiLM is additive only: one
vector a norm, added between BatchNorm and LeakyReLU. Its layers have the names of the norms (`conv_block1.beta1`);
`published_name` gives back the flat name that the checkpoint has.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

_SLOPE = 0.01
_SMALLEST = 1e-10
_TIME_MULTIPLE = 32


@dataclass(frozen=True, slots=True)
class ResUNetConfig:
    """Sizes of a `ResUNet30`. The defaults are the published ones."""

    bins: int = 1025
    condition: int = 512
    stem: int = 32
    widths: tuple[int, ...] = (32, 64, 128, 256, 384, 384)


def published_name(key: str) -> str:
    """The checkpoint's name for our key: `….beta1.weight` lives in `film` with arrows for dots."""
    for beta in (".beta1.", ".beta2."):
        if beta in key:
            path, _, kind = key.rpartition(".")
            return f"ss_model.film.{path.replace('.', '->')}.{kind}"
    return f"ss_model.base.{key}"


class ConvBlock(nn.Module):
    """Two rounds of norm, FiLM, LeakyReLU, convolution, and a shortcut from the raw input."""

    def __init__(self, inputs: int, outputs: int, condition: int) -> None:
        super().__init__()
        self.bn1, self.bn2 = nn.BatchNorm2d(inputs), nn.BatchNorm2d(outputs)
        self.beta1, self.beta2 = nn.Linear(condition, inputs), nn.Linear(condition, outputs)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.shortcut = nn.Identity() if inputs == outputs else nn.Conv2d(inputs, outputs, 1)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """`(B, inputs, T, F)` to `(B, outputs, T, F)`."""
        h = self.conv1(F.leaky_relu(self.bn1(x) + spread(self.beta1(condition)), _SLOPE))
        h = self.conv2(F.leaky_relu(self.bn2(h) + spread(self.beta2(condition)), _SLOPE))
        return h + self.shortcut(x)


class EncoderBlock(nn.Module):
    """A residual block; its output is kept as the skip and pooled."""

    def __init__(self, inputs: int, outputs: int, pool: tuple[int, int], condition: int) -> None:
        super().__init__()
        self.pool = pool
        self.conv_block1 = ConvBlock(inputs, outputs, condition)

    def forward(self, x: Tensor, condition: Tensor) -> tuple[Tensor, Tensor]:
        """`(B, inputs, T, F)` to the pooled output and the skip."""
        skip = self.conv_block1(x, condition)
        return (skip if self.pool == (1, 1) else F.avg_pool2d(skip, self.pool)), skip


class DecoderBlock(nn.Module):
    """Norm, FiLM, LeakyReLU, transposed convolution, then a residual block on [upsampled | skip]."""

    def __init__(self, inputs: int, outputs: int, up: tuple[int, int], condition: int) -> None:
        super().__init__()
        self.bn1, self.beta1 = nn.BatchNorm2d(inputs), nn.Linear(condition, inputs)
        self.conv1 = nn.ConvTranspose2d(inputs, outputs, up, stride=up, bias=False)
        self.conv_block2 = ConvBlock(2 * outputs, outputs, condition)

    def forward(self, x: Tensor, skip: Tensor, condition: Tensor) -> Tensor:
        """`(B, inputs, T, F)` and `(B, outputs, T', F')` to `(B, outputs, T', F')`."""
        h = self.conv1(F.leaky_relu(self.bn1(x) + spread(self.beta1(condition)), _SLOPE))
        return self.conv_block2(torch.cat([h, skip], dim=1), condition)


class ResUNet30(nn.Module):
    """Magnitudes `(B, T, bins)` and a condition `(B, condition)` to three maps of logits `(B, 3, T, bins - 1)`."""

    def __init__(self, config: ResUNetConfig | None = None) -> None:
        super().__init__()
        c = self.config = config or ResUNetConfig()
        w, d = c.widths, c.condition
        self.bn0 = nn.BatchNorm2d(c.bins)
        self.pre_conv = nn.Conv2d(1, c.stem, 1)
        pools = [(2, 2)] * 5 + [(1, 2)]
        for i, (inputs, outputs, pool) in enumerate(zip((c.stem, *w[:-1]), w, pools, strict=True), start=1):
            self.add_module(f"encoder_block{i}", EncoderBlock(inputs, outputs, pool, d))
        self.conv_block7a = EncoderBlock(w[-1], w[-1], (1, 1), d)
        for i, (inputs, outputs, up) in enumerate(zip((w[-1], *w[:0:-1]), w[::-1], pools[::-1], strict=True), start=1):
            self.add_module(f"decoder_block{i}", DecoderBlock(inputs, outputs, up, d))
        self.after_conv = nn.Conv2d(c.stem, 3, 1)

    def forward(self, magnitude: Tensor, condition: Tensor) -> Tensor:
        """As the class says; any T. Time is padded after the input norm, the highest bin is left out."""
        frames = magnitude.shape[1]
        x = self.norm_bins(magnitude)
        x = F.pad(x[:, None, :, :-1], (0, 0, 0, -frames % _TIME_MULTIPLE))
        x, skips = self.pre_conv(x), []
        for i in range(1, 7):
            x, skip = getattr(self, f"encoder_block{i}")(x, condition)
            skips.append(skip)
        x, _ = self.conv_block7a(x, condition)
        for i in range(1, 7):
            x = getattr(self, f"decoder_block{i}")(x, skips.pop(), condition)
        return self.after_conv(x)[:, :, :frames]

    def norm_bins(self, magnitude: Tensor) -> Tensor:
        """`bn0` at inference: one gain and offset a bin, `(B, T, bins)` to the same shape."""
        gain = self.bn0.weight * torch.rsqrt(self.bn0.running_var + self.bn0.eps)
        return magnitude * gain + (self.bn0.bias - self.bn0.running_mean * gain)


class ComplexMask(nn.Module):
    """The `mask` graph: what the mixture's spectrum is multiplied with, real part and imaginary part.

    The size is a sigmoid (it only attenuates), the angle is free; the highest bin is muted.
    """

    def __init__(self, network: ResUNet30) -> None:
        super().__init__()
        self.network = network

    def forward(self, magnitude: Tensor, condition: Tensor) -> Tensor:
        """`(B, T, bins)` and `(B, condition)` to `(B, 2, T, bins)`."""
        size, real, imag = self.network(magnitude, condition).chunk(3, dim=1)
        turn = torch.cat([torch.tanh(real), torch.tanh(imag)], dim=1)
        length = turn.square().sum(dim=1, keepdim=True).sqrt().clamp(min=_SMALLEST)
        return F.pad(torch.sigmoid(size) * turn / length, (0, 1))


def spread(vector: Tensor) -> Tensor:
    """`(B, channels)` as `(B, channels, 1, 1)`."""
    return vector[:, :, None, None]
