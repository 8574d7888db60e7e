"""Rewrite parts of a network before its export, for the same numbers with less work.

`faster(network)` returns a copy that shares the network's tensors. Three parts are replaced:

- a convolution of a doubled image (`Upsample`) becomes four 2 x 2 convolutions of the image itself, one for each parity
  of row and column: 16 products a pixel for 36;
- BigVGAN's activation keeps the doubled signal as its even and its odd samples, so that both filters are depthwise
  convolutions of six taps: nothing is interleaved, nothing is strided;
- BigVGAN runs on images of one row: ONNX Runtime has blocked kernels for images only.

`parity.check_parity` compares the graph with the original network.
"""

import copy
from collections.abc import Callable

import torch
from flowsep_export.networks.bigvgan import Activation, BigVGAN, SnakeBeta
from torch import Tensor, nn
from torch.nn import functional as F

from .networks.blocks import Upsample

_REACH = 3  # of a six-tap phase, on its longer side


class UpsampledConv(nn.Module):
    """`conv(repeat(x, 2))` for a 3 x 3 convolution, without the repeated image.

    A row of parity 0 sees its own row twice (taps 1 and 2) and the one before (tap 0); one of parity 1 its own (taps 0
    and 1) and the next (tap 2). So do columns.
    """

    def __init__(self, upsample: Upsample) -> None:
        super().__init__()
        conv = upsample.conv
        taps = torch.tensor([[[1.0, 0, 0], [0, 1, 1]], [[1, 1, 0], [0, 0, 1]]])  # parity, place, tap
        with torch.no_grad():
            four = torch.einsum("pik,qjl,ockl->pqocij", taps, taps, conv.weight).flatten(0, 1)
        self.weights = nn.ParameterList([nn.Parameter(weight.clone(), requires_grad=False) for weight in four])
        self.bias = conv.bias

    def forward(self, x: Tensor) -> Tensor:
        """`(B, channels, T, F)` to `(B, channels, 2 T, 2 F)`."""
        rows = []
        for p in (0, 1):
            pair = [F.conv2d(F.pad(x, (1 - q, q, 1 - p, p)), self.weights[2 * p + q], self.bias) for q in (0, 1)]
            rows.append(torch.stack(pair, dim=-1).flatten(-2))
        return torch.stack(rows, dim=3).flatten(2, 3)


class PhasedActivation(nn.Module):
    """BigVGAN's activation on `(B, channels, 1, frames)`, the doubled signal as even and odd samples.

    With taps f and x held at its edges: even[n] = 2 Σ x[n + i - 3] f[11 - 2i] and odd[n] = 2 Σ x[n + i - 2] f[10 - 2i].
    On the way down even samples meet odd taps and the other way round; past the edges are the first even and the last
    odd sample.
    """

    rate: Tensor
    height: Tensor
    zeros: Tensor
    up_even: Tensor
    up_odd: Tensor
    down_even: Tensor
    down_odd: Tensor

    def __init__(self, activation: Activation) -> None:
        super().__init__()
        up, down = activation.upsample.filter, activation.downsample.lowpass.filter
        snake: SnakeBeta = activation.act
        self.channels = len(snake.alpha)
        self.register_buffer("zeros", torch.zeros(self.channels))  # no bias at all is exported as one that is computed
        with torch.no_grad():
            self.register_buffer("rate", snake.alpha.exp()[:, None, None])
            self.register_buffer("height", 1.0 / (snake.beta.exp() + 1e-9)[:, None, None])
            for name, taps in (
                ("up_even", 2 * up[..., 1::2].flip(-1)),
                ("up_odd", 2 * up[..., 0::2].flip(-1)),
                ("down_even", down[..., 1::2]),
                ("down_odd", down[..., 0::2]),
            ):
                self.register_buffer(name, taps.expand(self.channels, -1, -1)[:, :, None].contiguous())

    def snake(self, x: Tensor) -> Tensor:
        """Apply SnakeBeta to (B, channels, 1, frames)."""
        wave = torch.sin(x * self.rate)
        return x + self.height * (wave * wave)

    def filtered(self, x: Tensor, taps: Tensor) -> Tensor:
        """Filter (B, channels, 1, frames), every channel with its own taps (channels, 1, 1, 6)."""
        return F.conv2d(x, taps, self.zeros, groups=self.channels)

    def forward(self, x: Tensor) -> Tensor:
        """`(B, channels, 1, frames)` to the same shape."""
        padded = padded_with(x, x[..., :1], _REACH, x[..., -1:], _REACH)
        even = self.snake(self.filtered(padded[..., :-1], self.up_even))
        odd = self.snake(self.filtered(padded[..., 1:], self.up_odd))
        first, last = even[..., :1], odd[..., -1:]
        even = self.filtered(padded_with(even, first, _REACH - 1, last, _REACH), self.down_even)
        return even + self.filtered(padded_with(odd, first, _REACH, last, _REACH - 1), self.down_odd)


def padded_with(x: Tensor, first: Tensor, before: int, last: Tensor, after: int) -> Tensor:
    """Return `x` (..., n) with `first` (..., 1) `before` times in front and `last` (..., 1) `after` times behind."""
    return torch.cat([*[first] * before, x, *[last] * after], dim=-1)


class RowBigVGAN(nn.Module):
    """A BigVGAN whose convolutions see images of one row."""

    def __init__(self, vocoder: BigVGAN) -> None:
        super().__init__()
        self.vocoder = replaced(vocoder, as_image)

    def forward(self, mel: Tensor) -> Tensor:
        """`(B, bands, frames)` to `(B, 1, samples)`."""
        return self.vocoder(mel[:, :, None])[:, :, 0]


def as_image(module: nn.Module) -> nn.Module | None:
    """Return the form of a vocoder's part for (B, channels, 1, frames) instead of (B, channels, frames), or None."""
    if isinstance(module, Activation):
        return PhasedActivation(module)
    if not isinstance(module, nn.Conv1d | nn.ConvTranspose1d):
        return None
    kind = nn.Conv2d if isinstance(module, nn.Conv1d) else nn.ConvTranspose2d
    (kernel,), (stride,), (padding,), (dilation,) = module.kernel_size, module.stride, module.padding, module.dilation
    with torch.device("meta"):
        image = kind(
            module.in_channels,
            module.out_channels,
            (1, kernel),
            stride=(1, stride),
            padding=(0, int(padding)),
            dilation=(1, dilation),
        )
    image.weight, image.bias = nn.Parameter(module.weight[:, :, None], requires_grad=False), module.bias
    return image


def faster(network: nn.Module) -> nn.Module:
    """Return `network` with every part replaced that has a faster form; tensors are shared, `network` is unchanged."""
    return replaced(network, _part)


def _part(module: nn.Module) -> nn.Module | None:
    if isinstance(module, Upsample):
        return UpsampledConv(module)
    return RowBigVGAN(module) if isinstance(module, BigVGAN) else None


def replaced(module: nn.Module, part: Callable[[nn.Module], nn.Module | None]) -> nn.Module:
    """Return a copy of `module` that shares its tensors, with `part(child)` in the place of a child where not None."""
    if (other := part(module)) is not None:
        return other.eval()
    twin = copy.copy(module)
    twin._modules = {name: child and replaced(child, part) for name, child in module._modules.items()}
    return twin
