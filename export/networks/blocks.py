"""The small parts that networks are made of.

Every block but `Upsample` keeps its input's grid. Norms of our networks work over channels at one position, never over
the window, so a column's value depends on its surroundings only and a part of a clip gives what the whole gives there.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class ChannelNorm(nn.Module):
    """Root-mean-square norm over the channels of `(B, channels, …)`, with a gain a channel."""

    def __init__(self, channels: int, eps: float = 1e-6) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.ones(channels))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        """`(B, channels, …)` to the same shape."""
        scale = torch.rsqrt(x.square().mean(dim=1, keepdim=True) + self.eps)
        return x * scale * self.gain.view(1, -1, *[1] * (x.dim() - 2))


def layer_norm(width: int, gain: bool = True) -> nn.LayerNorm:
    """Layer norm over the last axis, without offsets; `gain=False` leaves the gain to a modulation."""
    return nn.LayerNorm(width, eps=1e-6, elementwise_affine=gain, bias=False)


class ResidualBlock(nn.Module):
    """Two normed convolutions around a shortcut: `x + conv(silu(norm(conv(silu(norm(x))))))`."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = ChannelNorm(channels), ChannelNorm(channels)
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv2 = zeroed(nn.Conv2d(channels, channels, 3, padding=1))

    def forward(self, x: Tensor) -> Tensor:
        """`(B, channels, T, F)` to the same shape."""
        h = self.conv1(F.silu(self.norm1(x)))
        return x + self.conv2(F.silu(self.norm2(h)))


class Upsample(nn.Module):
    """Double both axes by repetition, then convolve."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """`(B, channels, T, F)` to `(B, channels, 2 T, 2 F)`."""
        return self.conv(F.interpolate(x, scale_factor=2.0, mode="nearest"))


class Attention(nn.Module):
    """Multi-head attention with normed queries and keys, onto itself (with rotary positions) or onto `context`."""

    def __init__(self, width: int, head_width: int) -> None:
        super().__init__()
        self.heads, self.head_width = width // head_width, head_width
        self.q, self.kv = nn.Linear(width, width, bias=False), nn.Linear(width, 2 * width, bias=False)
        self.q_norm, self.k_norm = layer_norm(head_width), layer_norm(head_width)
        self.out = nn.Linear(width, width)

    def split_heads(self, x: Tensor) -> Tensor:
        """`(B, N, heads * head_width)` to `(B, heads, N, head_width)`."""
        return x.view(x.shape[0], x.shape[1], self.heads, self.head_width).transpose(1, 2)

    def forward(
        self,
        x: Tensor,
        context: Tensor | None = None,
        bias: Tensor | None = None,
        rotation: tuple[Tensor, Tensor] | None = None,
    ) -> Tensor:
        """`x` (B, N, width); `context` (B, M, width); `bias` added to the logits, (B, 1, 1, M)."""
        k, v = self.kv(x if context is None else context).chunk(2, dim=-1)
        q, k, v = self.q_norm(self.split_heads(self.q(x))), self.k_norm(self.split_heads(k)), self.split_heads(v)
        if rotation is not None:
            q, k = rotate(q, rotation), rotate(k, rotation)
        return self.out(weighted(q, k, v, bias).transpose(1, 2).reshape(x.shape))


def weighted(q: Tensor, k: Tensor, v: Tensor, bias: Tensor | None) -> Tensor:
    """Scaled dot-product attention, `(B, heads, N, head_width)`; `bias` is added to the logits.

    On a CPU it is written out: for rows this short that is 4 times as fast as torch's own, forth and back.
    """
    if q.device.type != "cpu":
        return F.scaled_dot_product_attention(q, k, v, attn_mask=bias)
    logits = q @ k.transpose(-1, -2) * q.shape[-1] ** -0.5
    return (logits if bias is None else logits + bias).softmax(dim=-1) @ v


class GatedMLP(nn.Module):
    """SwiGLU: `down(silu(gate(x)) * up(x))`, inner width `hidden`."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.up, self.down = nn.Linear(width, 2 * hidden), nn.Linear(hidden, width)

    def forward(self, x: Tensor) -> Tensor:
        """`(…, width)` to the same shape."""
        gate, value = self.up(x).chunk(2, dim=-1)
        return self.down(F.silu(gate) * value)


def zeroed(module: nn.Linear | nn.Conv2d) -> nn.Linear | nn.Conv2d:
    """Set a layer's weight and bias to zero, so that the branch it ends starts as nothing."""
    nn.init.zeros_(module.weight)
    if module.bias is not None:
        nn.init.zeros_(module.bias)
    return module


def sinusoid(value: Tensor, width: int, longest: float = 10_000.0) -> Tensor:
    """Embed `value` (B,) as `width` cosines and sines, `(B, width)`."""
    half = width // 2
    rate = torch.exp(torch.arange(half, device=value.device, dtype=torch.float32) * (-math.log(longest) / half))
    angle = value.float()[:, None] * rate
    return torch.cat([angle.cos(), angle.sin()], dim=-1)


def rotary(positions: int, width: int, device: torch.device, longest: float = 10_000.0) -> tuple[Tensor, Tensor]:
    """Cosine and sine tables for `rotate`, each `(positions, width / 2)`."""
    half = width // 2
    rate = torch.exp(torch.arange(half, device=device, dtype=torch.float32) * (-math.log(longest) / half))
    angle = torch.arange(positions, device=device, dtype=torch.float32)[:, None] * rate
    return angle.cos(), angle.sin()


def rotate(x: Tensor, rotation: tuple[Tensor, Tensor]) -> Tensor:
    """Turn the pairs (i, i + width / 2) of `x` (…, positions, width) by the angles of their position."""
    cos, sin = (table.to(x.dtype) for table in rotation)
    a, b = x.chunk(2, dim=-1)
    return torch.cat([a * cos - b * sin, a * sin + b * cos], dim=-1)


def space_to_depth(x: Tensor, time: int, band: int) -> Tensor:
    """`(B, C, time * T, band * F)` to `(B, C * time * band, T, F)`. Inverse: `depth_to_space`."""
    b, c, frames, bands = x.shape
    x = x.reshape(b, c, frames // time, time, bands // band, band)
    return x.permute(0, 1, 3, 5, 2, 4).reshape(b, c * time * band, frames // time, bands // band)


def depth_to_space(x: Tensor, time: int, band: int) -> Tensor:
    """`(B, C * time * band, T, F)` to `(B, C, time * T, band * F)`. Inverse: `space_to_depth`."""
    b, c, columns, rows = x.shape
    x = x.reshape(b, c // (time * band), time, band, columns, rows)
    return x.permute(0, 1, 4, 2, 5, 3).reshape(b, c // (time * band), columns * time, rows * band)


def masked_mean(states: Tensor, mask: Tensor) -> Tensor:
    """Mean of `states` (B, L, D) over the tokens where `mask` (B, L) is 1, `(B, D)`; zeros where it is 1 nowhere."""
    return (states * mask[:, :, None]).sum(dim=1) / mask.sum(dim=1, keepdim=True).clamp(min=1.0)
