"""FlowSep's velocity network under its published names (`model.diffusion_model.*`, EMA copies in `model_ema.*`).

A U-Net on the latent grid with pairs of spatial transformers: the first of a pair attends to itself twice, the second
to itself and to the text. Time is in [0, 1] and is *not* scaled by 1000; that is how it was trained.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .blocks import Upsample

_HIDDEN = -torch.finfo(torch.float32).max


@dataclass(frozen=True, slots=True)
class UNetConfig:
    """Sizes of a `UNet`. The defaults are the published ones; levels past the first have transformers."""

    inputs: int = 16
    outputs: int = 16
    channels: int = 128
    multipliers: tuple[int, ...] = (1, 2, 3, 5)
    blocks: int = 2
    head_width: int = 32
    context: int = 1024
    groups: int = 32


class ResBlock(nn.Module):
    """Two normed convolutions with the time's vector added between them."""

    def __init__(self, inputs: int, outputs: int, time_width: int, groups: int) -> None:
        super().__init__()
        self.in_layers = nn.Sequential(
            nn.GroupNorm(groups, inputs), nn.SiLU(), nn.Conv2d(inputs, outputs, 3, padding=1)
        )
        self.emb_layers = nn.Sequential(nn.SiLU(), nn.Linear(time_width, outputs))
        self.out_layers = nn.Sequential(
            nn.GroupNorm(groups, outputs), nn.SiLU(), nn.Identity(), nn.Conv2d(outputs, outputs, 3, padding=1)
        )
        self.skip_connection = nn.Identity() if inputs == outputs else nn.Conv2d(inputs, outputs, 1)

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        """`(B, inputs, T, F)` to `(B, outputs, T, F)`."""
        h = self.in_layers(x) + self.emb_layers(time)[:, :, None, None]
        return self.skip_connection(x) + self.out_layers(h)


class CrossAttention(nn.Module):
    """Attention of `x` to `context`, or to itself."""

    def __init__(self, width: int, context: int, head_width: int) -> None:
        super().__init__()
        self.heads, self.head_width = width // head_width, head_width
        self.to_q = nn.Linear(width, width, bias=False)
        self.to_k, self.to_v = nn.Linear(context, width, bias=False), nn.Linear(context, width, bias=False)
        self.to_out = nn.Sequential(nn.Linear(width, width), nn.Identity())

    def split_heads(self, x: Tensor) -> Tensor:
        """`(B, N, width)` to `(B, heads, N, head_width)`."""
        return x.view(x.shape[0], x.shape[1], self.heads, self.head_width).transpose(1, 2)

    def forward(self, x: Tensor, context: Tensor, bias: Tensor | None) -> Tensor:
        """`x` (B, N, width), `context` (B, M, context width), `bias` (B, 1, 1, M) on the logits."""
        q, k, v = (self.split_heads(t) for t in (self.to_q(x), self.to_k(context), self.to_v(context)))
        h = F.scaled_dot_product_attention(q, k, v, attn_mask=bias)
        return self.to_out(h.transpose(1, 2).reshape(x.shape))


class GEGLU(nn.Module):
    """`value * gelu(gate)`, both from one layer, the value first."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.proj = nn.Linear(width, 2 * hidden)

    def forward(self, x: Tensor) -> Tensor:
        """`(…, width)` to `(…, hidden)`."""
        both = self.proj(x)
        half = both.shape[-1] // 2  # `chunk` is exported as a sequence, which is copied
        return both[..., :half] * F.gelu(both[..., half:])


class FeedForward(nn.Module):
    """GEGLU to four times the width, and back."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.net = nn.Sequential(GEGLU(width, 4 * width), nn.Identity(), nn.Linear(4 * width, width))

    def forward(self, x: Tensor) -> Tensor:
        """`(…, width)` to the same shape."""
        return self.net(x)


class UNetTransformer(nn.Module):
    """Two attentions and a feed-forward part, each on a normed input and added to it."""

    def __init__(self, width: int, context: int | None, head_width: int) -> None:
        super().__init__()
        self.attn1 = CrossAttention(width, width, head_width)
        self.ff = FeedForward(width)
        self.attn2 = CrossAttention(width, context or width, head_width)
        self.norm1, self.norm2, self.norm3 = nn.LayerNorm(width), nn.LayerNorm(width), nn.LayerNorm(width)

    def forward(self, x: Tensor, context: Tensor | None, bias: Tensor | None) -> Tensor:
        """`x` (B, N, width); without `context` attn2 is one more self-attention."""
        h = self.norm1(x)
        x = x + self.attn1(h, h, None)
        h = self.norm2(x)
        x = x + (self.attn2(h, h, None) if context is None else self.attn2(h, context, bias))
        return x + self.ff(self.norm3(x))


class SpatialTransformer(nn.Module):
    """A transformer block over all positions of the grid, time-major; `context` None makes it the text-free kind."""

    def __init__(self, channels: int, context: int | None, config: UNetConfig) -> None:
        super().__init__()
        self.reads = context is not None
        self.norm = nn.GroupNorm(config.groups, channels, eps=1e-6)
        self.proj_in = nn.Conv2d(channels, channels, 1)
        self.transformer_blocks = nn.ModuleList([UNetTransformer(channels, context, config.head_width)])
        self.proj_out = nn.Conv2d(channels, channels, 1)

    def forward(self, x: Tensor, text: Tensor, bias: Tensor) -> Tensor:
        """`(B, channels, T, F)` to the same shape."""
        h = self.proj_in(self.norm(x))
        tokens = h.flatten(2).transpose(1, 2)
        for block in self.transformer_blocks:
            tokens = block(tokens, *((text, bias) if self.reads else (None, None)))
        return x + self.proj_out(tokens.transpose(1, 2).reshape(h.shape))


class UNetDownsample(nn.Module):
    """Halve both axes with a strided convolution."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.op = nn.Conv2d(channels, channels, 3, stride=2, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """`(B, channels, T, F)` to `(B, channels, T / 2, F / 2)`."""
        return self.op(x)


class UNetStage(nn.Sequential):
    """Layers in a row, each called with the inputs that its kind needs."""

    def forward(self, x: Tensor, time: Tensor, text: Tensor, bias: Tensor) -> Tensor:  # type: ignore[override]
        """Run the layers on `x` (B, channels, T, F), `time` (B, width), `text` (B, L, context), `bias` (B, 1, 1, L)."""
        for layer in self:
            if isinstance(layer, ResBlock):
                x = layer(x, time)
            elif isinstance(layer, SpatialTransformer):
                x = layer(x, text, bias)
            else:
                x = layer(x)
        return x


class UNet(nn.Module):
    """`x` (B, inputs, T, F) with T and F multiples of 8, time (B,), text (B, L, context), mask (B, L)."""

    def __init__(self, config: UNetConfig | None = None) -> None:
        super().__init__()
        c = self.config = config or UNetConfig()
        self.time_width = 4 * c.channels
        self.time_embed = nn.Sequential(
            nn.Linear(c.channels, self.time_width), nn.SiLU(), nn.Linear(self.time_width, self.time_width)
        )
        widths = [c.channels * m for m in c.multipliers]
        last = len(widths) - 1
        self.input_blocks = nn.ModuleList([UNetStage(nn.Conv2d(c.inputs, c.channels, 3, padding=1))])
        skips, width = [c.channels], c.channels
        for level, to in enumerate(widths):
            for _ in range(c.blocks):
                self.input_blocks.append(UNetStage(self.residual(width, to), *self.pair(to, level)))
                width = to
                skips.append(width)
            if level < last:
                self.input_blocks.append(UNetStage(UNetDownsample(width)))
                skips.append(width)
        self.middle_block = UNetStage(self.residual(width, width), *self.pair(width, last), self.residual(width, width))
        self.output_blocks = nn.ModuleList()
        for level, to in reversed(list(enumerate(widths))):
            for i in range(c.blocks + 1):
                layers = [self.residual(width + skips.pop(), to), *self.pair(to, level)]
                width = to
                if level and i == c.blocks:
                    layers.append(Upsample(width))
                self.output_blocks.append(UNetStage(*layers))
        self.out = nn.Sequential(nn.GroupNorm(c.groups, width), nn.SiLU(), nn.Conv2d(width, c.outputs, 3, padding=1))

    def residual(self, inputs: int, outputs: int) -> ResBlock:
        """Build a residual block of this many input and output channels."""
        return ResBlock(inputs, outputs, self.time_width, self.config.groups)

    def pair(self, channels: int, level: int) -> list[nn.Module]:
        """Build the two transformers of a block: one without the text, then one that attends to it."""
        if level == 0:
            return []
        return [SpatialTransformer(channels, context, self.config) for context in (None, self.config.context)]

    def embed_time(self, time: Tensor) -> Tensor:
        """`(B,)` to `(B, time_width)`; cosines first."""
        half = self.config.channels // 2
        rate = torch.exp(torch.arange(half, device=time.device, dtype=torch.float32) * (-math.log(10_000.0) / half))
        angle = time[:, None] * rate
        return self.time_embed(torch.cat([angle.cos(), angle.sin()], dim=-1))

    def forward(self, x: Tensor, time: Tensor, text: Tensor, text_mask: Tensor) -> Tensor:
        """`(B, inputs, T, F)` to `(B, outputs, T, F)`; tokens where the mask is not 1 are ignored."""
        vector = self.embed_time(time)
        bias = ((text_mask != 1).to(text.dtype) * _HIDDEN)[:, None, None, :]
        skips = []
        for stage in self.input_blocks:
            x = stage(x, vector, text, bias)
            skips.append(x)
        x = self.middle_block(x, vector, text, bias)
        for stage in self.output_blocks:
            x = stage(torch.cat([x, skips.pop()], dim=1), vector, text, bias)
        return self.out(x)


class UNetVelocity(nn.Module):
    """The `velocity` graph: computes the 8 channels in use, as the others were never trained."""

    def __init__(self, unet: UNet, channels: int = 8) -> None:
        super().__init__()
        self.unet = unet
        full = unet.out[2]
        if full.out_channels > channels:
            cut = nn.Conv2d(full.in_channels, channels, 3, padding=1)
            cut.weight, cut.bias = nn.Parameter(full.weight[:channels]), nn.Parameter(full.bias[:channels])
            unet.out[2] = cut

    def forward(self, latent: Tensor, mixture: Tensor, time: Tensor, text: Tensor, text_mask: Tensor) -> Tensor:
        """`(B, C, T, F)` twice, time (B,), text (B, L, D), mask (B, L) to the velocity `(B, C, T, F)`."""
        return self.unet(torch.cat([latent, mixture], dim=1), time, text, text_mask)
