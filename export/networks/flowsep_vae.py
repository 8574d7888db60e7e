"""FlowSep's VAE on log-mels under its published names (`first_stage_model.encoder.*`, `.decoder.*`, …)."""

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .blocks import Upsample

_EPS = 1e-6


@dataclass(frozen=True, slots=True)
class KLVAEConfig:
    """Sizes of a `KLVAE`. The defaults are the published ones."""

    latent: int = 8
    channels: int = 128
    multipliers: tuple[int, ...] = (1, 2, 4)
    blocks: int = 2
    groups: int = 32

    @property
    def widths(self) -> list[int]:
        """Channels of every level, the finest first."""
        return [self.channels * m for m in self.multipliers]


class ResnetBlock(nn.Module):
    """Two normed convolutions and a shortcut."""

    def __init__(self, inputs: int, outputs: int, groups: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.GroupNorm(groups, inputs, eps=_EPS), nn.GroupNorm(groups, outputs, eps=_EPS)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.nin_shortcut = nn.Identity() if inputs == outputs else nn.Conv2d(inputs, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        """`(B, inputs, T, F)` to `(B, outputs, T, F)`."""
        h = self.conv1(F.silu(self.norm1(x)))
        return self.nin_shortcut(x) + self.conv2(F.silu(self.norm2(h)))


class AttentionBlock(nn.Module):
    """Single-head attention over all positions of the grid."""

    def __init__(self, channels: int, groups: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(groups, channels, eps=_EPS)
        self.q, self.k, self.v = (nn.Conv2d(channels, channels, 1) for _ in range(3))
        self.proj_out = nn.Conv2d(channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """`(B, channels, T, F)` to the same shape."""
        h = self.norm(x)
        q, k, v = (layer(h).flatten(2).transpose(1, 2)[:, None] for layer in (self.q, self.k, self.v))
        h = F.scaled_dot_product_attention(q, k, v)[:, 0]
        return x + self.proj_out(h.transpose(1, 2).reshape(x.shape))


class Middle(nn.Module):
    """Residual block, attention, residual block at the coarsest level."""

    def __init__(self, channels: int, groups: int) -> None:
        super().__init__()
        self.block_1 = ResnetBlock(channels, channels, groups)
        self.attn_1 = AttentionBlock(channels, groups)
        self.block_2 = ResnetBlock(channels, channels, groups)

    def forward(self, x: Tensor) -> Tensor:
        """`(B, channels, T, F)` to the same shape."""
        return self.block_2(self.attn_1(self.block_1(x)))


class VAEDownsample(nn.Module):
    """Halve both axes: zeros at the far edges, then a strided convolution."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        """`(B, channels, T, F)` to `(B, channels, T / 2, F / 2)`."""
        return self.conv(F.pad(x, (0, 1, 0, 1)))


class VAELevel(nn.Module):
    """The residual blocks of one resolution (`block.N`), and the way to the next where there is one."""

    def __init__(self, inputs: int, outputs: int, blocks: int, groups: int) -> None:
        super().__init__()
        widths = [inputs, *[outputs] * blocks]
        self.block = nn.ModuleList([ResnetBlock(a, b, groups) for a, b in pairwise(widths)])

    def forward(self, x: Tensor) -> Tensor:
        """`(B, inputs, T, F)` to `(B, outputs, …)`."""
        for block in self.block:
            x = block(x)
        for name in ("downsample", "upsample"):
            if hasattr(self, name):
                x = getattr(self, name)(x)
        return x


class VAEEncoder(nn.Module):
    """Log-mel to moments: levels from fine to coarse."""

    def __init__(self, c: KLVAEConfig) -> None:
        super().__init__()
        self.conv_in = nn.Conv2d(1, c.channels, 3, padding=1)
        inputs = [c.channels, *c.widths[:-1]]
        self.down = nn.ModuleList([VAELevel(a, b, c.blocks, c.groups) for a, b in zip(inputs, c.widths, strict=True)])
        for level, width in zip(self.down[:-1], c.widths, strict=False):
            level.downsample = VAEDownsample(width)
        self.mid = Middle(c.widths[-1], c.groups)
        self.norm_out = nn.GroupNorm(c.groups, c.widths[-1], eps=_EPS)
        self.conv_out = nn.Conv2d(c.widths[-1], 2 * c.latent, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """`(B, 1, frames, bands)` to `(B, 2 * latent, frames / 4, bands / 4)`."""
        x = self.conv_in(x)
        for level in self.down:
            x = level(x)
        return self.conv_out(F.silu(self.norm_out(self.mid(x))))


class VAEDecoder(nn.Module):
    """Latent to log-mel: `up.N` counts from the finest, the coarsest runs first."""

    def __init__(self, c: KLVAEConfig) -> None:
        super().__init__()
        self.conv_in = nn.Conv2d(c.latent, c.widths[-1], 3, padding=1)
        self.mid = Middle(c.widths[-1], c.groups)
        inputs = [*c.widths[1:], c.widths[-1]]
        self.up = nn.ModuleList([VAELevel(a, b, c.blocks + 1, c.groups) for a, b in zip(inputs, c.widths, strict=True)])
        for level, width in zip(self.up[1:], c.widths[1:], strict=True):
            level.upsample = Upsample(width)
        self.norm_out = nn.GroupNorm(c.groups, c.channels, eps=_EPS)
        self.conv_out = nn.Conv2d(c.channels, 1, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """`(B, latent, T, F)` to `(B, 1, 4 T, 4 F)`."""
        x = self.mid(self.conv_in(x))
        for level in reversed(self.up):
            x = level(x)
        return self.conv_out(F.silu(self.norm_out(x)))


class KLVAE(nn.Module):
    """Encoder and decoder with their 1 x 1 convolutions around the latent."""

    def __init__(self, config: KLVAEConfig | None = None) -> None:
        super().__init__()
        c = self.config = config or KLVAEConfig()
        self.encoder, self.decoder = VAEEncoder(c), VAEDecoder(c)
        self.quant_conv = nn.Conv2d(2 * c.latent, 2 * c.latent, 1)
        self.post_quant_conv = nn.Conv2d(c.latent, c.latent, 1)

    def moments(self, mel: Tensor) -> Tensor:
        """Mean and log-variance side by side, `(B, 2 * latent, T, F)`, the log-variance not clamped."""
        return self.quant_conv(self.encoder(mel))

    def encode(self, mel: Tensor) -> tuple[Tensor, Tensor]:
        """Log-mel (B, 1, frames, bands) to mean and log-variance, each `(B, latent, T, F)`."""
        mean, logvar = self.moments(mel).chunk(2, dim=1)
        return mean, logvar.clamp(-30.0, 20.0)

    def decode(self, latent: Tensor) -> Tensor:
        """`(B, latent, T, F)`, already divided by the scale, to log-mel `(B, 1, frames, bands)`."""
        return self.decoder(self.post_quant_conv(latent))


class Sampled(nn.Module):
    """The official inference's encoding: a scaled sample of the posterior. For parity only."""

    def __init__(self, vae: KLVAE, scale: float) -> None:
        super().__init__()
        self.vae, self.scale = vae, scale

    def forward(self, mel: Tensor, noise: Tensor) -> Tensor:
        """Return `scale * (mean + exp(logvar / 2) * noise)`, (B, C, T, F), of `mel` (B, 1, frames, bands)."""
        mean, logvar = self.vae.encode(mel)
        return self.scale * (mean + torch.exp(0.5 * logvar) * noise)
