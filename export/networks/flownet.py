"""Our velocity networks: which way the latent flows, given the mixture, the text, the time and the step's size.

`FlowNet` is a diffusion transformer with one token a latent column between two convolutional ends; `FlowUNet` is the
FlowSep-shaped alternative with the same signature. Both end in `GatedHead`. With `head="mask"` the same trunk is the
LASS-type regressor: it sees only mixture and text and says the target latent itself.
"""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .blocks import (
    Attention,
    ChannelNorm,
    GatedMLP,
    ResidualBlock,
    RMSNorm,
    masked_mean,
    rotary,
    sinusoid,
    zeroed,
)

_TIME_WIDTH = 128
_TIME_SCALE = 1000.0
_MASKED = -1e4  # finite in float16, and exp of it is 0


@dataclass(frozen=True, slots=True)
class FlowConfig:
    """Sizes of a `FlowNet`. The defaults suit two CPU cores; a GPU takes stem 64, width 384, blocks 8."""

    channels: int = 8
    rows: int = 32
    generations: int = 2
    text_width: int = 384
    stem: int = 40
    reduced: int = 12
    width: int = 256
    blocks: int = 6
    head_width: int = 64
    hidden: int = 704
    head: Literal["velocity", "mask"] = "velocity"

    @property
    def latent(self) -> int:
        """Channels of the flowing latent, G * C."""
        return self.generations * self.channels


@dataclass(frozen=True, slots=True)
class FlowUNetConfig:
    """Sizes of a `FlowUNet`: a level a width, text and self-attention in the lowest two."""

    channels: int = 8
    rows: int = 32
    generations: int = 2
    text_width: int = 384
    widths: tuple[int, ...] = (48, 96, 144, 192)
    blocks: int = 1
    width: int = 256
    head_width: int = 48
    head: Literal["velocity", "mask"] = "velocity"

    @property
    def latent(self) -> int:
        """Channels of the flowing latent, G * C."""
        return self.generations * self.channels


class Condition(nn.Module):
    """Time, step size and pooled text as one vector `(B, width)`, and the text's tokens at `width`."""

    def __init__(self, width: int, text_width: int) -> None:
        super().__init__()
        self.time = nn.Sequential(nn.Linear(_TIME_WIDTH, width), nn.SiLU(), nn.Linear(width, width))
        self.step = nn.Sequential(nn.Linear(_TIME_WIDTH, width), nn.SiLU(), zeroed(nn.Linear(width, width)))
        self.pooled = nn.Sequential(nn.Linear(text_width, width), nn.SiLU(), nn.Linear(width, width))
        self.tokens = nn.Sequential(nn.Linear(text_width, width), RMSNorm(width))

    def forward(self, time: Tensor, step: Tensor | None, text: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Vector (B, width), tokens (B, L, width), attention bias (B, 1, 1, L)."""
        step = torch.zeros_like(time) if step is None else step
        c = self.time(sinusoid(_TIME_SCALE * time, _TIME_WIDTH).to(text.dtype))
        c = c + self.step(sinusoid(_TIME_SCALE * step, _TIME_WIDTH).to(text.dtype))
        c = c + self.pooled(masked_mean(text, mask))
        bias = ((1.0 - mask) * _MASKED)[:, None, None, :]
        return F.silu(c), self.tokens(text), bias


class TransformerBlock(nn.Module):
    """Self-attention, cross-attention to the text, gated MLP; the outer two modulated by the condition (adaLN-zero)."""

    def __init__(self, width: int, head_width: int, hidden: int) -> None:
        super().__init__()
        self.modulation = zeroed(nn.Linear(width, 6 * width))
        self.norm1, self.norm2, self.norm3 = RMSNorm(width, gain=False), RMSNorm(width), RMSNorm(width, gain=False)
        self.attend, self.read = Attention(width, head_width), Attention(width, head_width)
        zeroed(self.read.out)
        self.mlp = GatedMLP(width, hidden)

    def forward(
        self, x: Tensor, condition: Tensor, tokens: Tensor, bias: Tensor, rotation: tuple[Tensor, Tensor]
    ) -> Tensor:
        """`x` (B, T, width) to the same shape."""
        scale1, shift1, gate1, scale2, shift2, gate2 = self.modulation(condition)[:, None, :].chunk(6, dim=-1)
        x = x + gate1 * self.attend(self.norm1(x) * (1 + scale1) + shift1, rotation=rotation)
        x = x + self.read(self.norm2(x), tokens, bias)
        return x + gate2 * self.mlp(self.norm3(x) * (1 + scale2) + shift2)


class GatedHead(nn.Module):
    """`free + gate_x * latent + gate_m * mixture`, gates a position and channel; nothing at first.

    What flows is mostly a blend of what is already there: the gates copy it sharply where a free output would blur it.
    With `latent` None (the regressor) there is no `gate_x`.
    """

    def __init__(self, features: int, channels: int, generations: int, with_latent: bool) -> None:
        super().__init__()
        self.generations, self.parts = generations, 3 if with_latent else 2
        self.norm = ChannelNorm(features)
        self.out = zeroed(nn.Conv2d(features, self.parts * generations * channels, 3, padding=1))

    def forward(self, x: Tensor, mixture: Tensor, latent: Tensor | None) -> Tensor:
        """`x` (B, features, T, F), `mixture` (B, C, T, F), `latent` (B, G*C, T, F) to `(B, G*C, T, F)`."""
        parts = self.out(F.silu(self.norm(x))).chunk(self.parts, dim=1)
        out = parts[0] + parts[1] * mixture.repeat(1, self.generations, 1, 1)
        return out if latent is None else out + parts[2] * latent


class FlowNet(nn.Module):
    """Convolutions on the grid, a transformer along the columns, convolutions on the grid."""

    def __init__(self, config: FlowConfig | None = None) -> None:
        super().__init__()
        c = self.config = config or FlowConfig()
        self.flows = c.head == "velocity"
        self.condition = Condition(c.width, c.text_width)
        self.enter = nn.Conv2d(c.channels + (c.latent if self.flows else 0), c.stem, 3, padding=1)
        self.row = nn.Parameter(torch.randn(c.stem, 1, c.rows) * 0.02)
        self.down = nn.ModuleList([ResidualBlock(c.stem, c.width) for _ in range(2)])
        self.reduce = nn.Conv2d(c.stem, c.reduced, 1)
        self.tokenise = nn.Linear(c.reduced * c.rows, c.width)
        self.blocks = nn.ModuleList([TransformerBlock(c.width, c.head_width, c.hidden) for _ in range(c.blocks)])
        self.norm = RMSNorm(c.width)
        self.spread = nn.Linear(c.width, c.reduced * c.rows)
        self.merge = nn.Conv2d(c.stem + c.reduced, c.stem, 1)
        self.up = nn.ModuleList([ResidualBlock(c.stem, c.width) for _ in range(2)])
        self.head = GatedHead(c.stem, c.channels, c.generations, self.flows)

    def forward(
        self, latent: Tensor, mixture: Tensor, time: Tensor, text: Tensor, text_mask: Tensor, step: Tensor | None = None
    ) -> Tensor:
        """Velocity `(B, G*C, T, F)`; with `head="mask"` the latents themselves, whatever `latent` and `time` are.

        latent : (B, G*C, T, F).     mixture : (B, C, T, F).     time, step : (B,), step 0 = instantaneous.
        text : (B, L, text_width).     text_mask : (B, L) of 1/0.
        """
        if not self.flows:
            time, step = torch.zeros_like(time), None
        condition, tokens, bias = self.condition(time, step, text, text_mask)
        grid = self.enter(torch.cat([latent, mixture], dim=1) if self.flows else mixture) + self.row
        for block in self.down:
            grid = block(grid, condition)
        columns = self.columns(self.tokenise(self.to_columns(self.reduce(grid))), condition, tokens, bias)
        back = self.from_columns(self.spread(self.norm(columns)), grid)
        grid = self.merge(torch.cat([grid, back], dim=1))
        for block in self.up:
            grid = block(grid, condition)
        return self.head(grid, mixture, latent if self.flows else None)

    def columns(self, x: Tensor, condition: Tensor, tokens: Tensor, bias: Tensor) -> Tensor:
        """Run the transformer over `(B, T, width)`."""
        rotation = rotary(x.shape[1], self.config.head_width, x.device)
        for block in self.blocks:
            x = block(x, condition, tokens, bias, rotation)
        return x

    def to_columns(self, grid: Tensor) -> Tensor:
        """`(B, reduced, T, F)` to `(B, T, reduced * F)`."""
        return grid.permute(0, 2, 1, 3).flatten(2)

    def from_columns(self, columns: Tensor, grid: Tensor) -> Tensor:
        """`(B, T, reduced * F)` to `(B, reduced, T, F)`."""
        b, t, _ = columns.shape
        return columns.reshape(b, t, self.config.reduced, self.config.rows).permute(0, 2, 1, 3)


class GridAttention(nn.Module):
    """Self-attention over all grid positions, then cross-attention to the text; for the low levels of `FlowUNet`."""

    def __init__(self, channels: int, width: int, head_width: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = RMSNorm(channels), RMSNorm(channels)
        self.attend, self.read = Attention(channels, head_width), Attention(channels, head_width)
        self.tokens = nn.Linear(width, channels)
        zeroed(self.attend.out), zeroed(self.read.out)

    def forward(self, grid: Tensor, tokens: Tensor, bias: Tensor) -> Tensor:
        """`(B, channels, T, F)` to the same shape."""
        x = grid.flatten(2).transpose(1, 2)
        x = x + self.attend(self.norm1(x))
        x = x + self.read(self.norm2(x), self.tokens(tokens), bias)
        return x.transpose(1, 2).reshape(grid.shape)


class Level(nn.Module):
    """One resolution of `FlowUNet`: 1x1 to its width, FiLM blocks, attention in the low levels."""

    def __init__(self, inputs: int, channels: int, config: FlowUNetConfig, low: bool) -> None:
        super().__init__()
        self.widen = nn.Conv2d(inputs, channels, 1)
        self.blocks = nn.ModuleList([ResidualBlock(channels, config.width) for _ in range(config.blocks)])
        self.text = GridAttention(channels, config.width, config.head_width) if low else None

    def forward(self, x: Tensor, condition: Tensor, tokens: Tensor, bias: Tensor) -> Tensor:
        """`(B, inputs, T, F)` to `(B, channels, T, F)`."""
        x = self.widen(x)
        for block in self.blocks:
            x = block(x, condition)
        return x if self.text is None else self.text(x, tokens, bias)


class FlowUNet(nn.Module):
    """A U-Net on the latent grid; any T works, each level has ceil(T / 2) columns of the one above."""

    def __init__(self, config: FlowUNetConfig | None = None) -> None:
        super().__init__()
        c = self.config = config or FlowUNetConfig()
        self.flows = c.head == "velocity"
        self.condition = Condition(c.width, c.text_width)
        self.enter = nn.Conv2d(c.channels + (c.latent if self.flows else 0), c.widths[0], 3, padding=1)
        self.row = nn.Parameter(torch.randn(c.widths[0], 1, c.rows) * 0.02)
        lows = [i >= len(c.widths) - 2 for i in range(len(c.widths))]
        inputs = (c.widths[0], *c.widths[:-1])
        self.down = nn.ModuleList([Level(i, o, c, low) for i, o, low in zip(inputs, c.widths, lows, strict=True)])
        self.shrink = nn.ModuleList([nn.Conv2d(w, w, 3, stride=2, padding=1) for w in c.widths[:-1]])
        self.up = nn.ModuleList(
            [Level(c.widths[i + 1] + c.widths[i], c.widths[i], c, lows[i]) for i in range(len(c.widths) - 1)]
        )
        self.head = GatedHead(c.widths[0], c.channels, c.generations, self.flows)

    def forward(
        self, latent: Tensor, mixture: Tensor, time: Tensor, text: Tensor, text_mask: Tensor, step: Tensor | None = None
    ) -> Tensor:
        """As `FlowNet.forward`."""
        if not self.flows:
            time, step = torch.zeros_like(time), None
        condition, tokens, bias = self.condition(time, step, text, text_mask)
        x = self.enter(torch.cat([latent, mixture], dim=1) if self.flows else mixture) + self.row
        skips = []
        for i, level in enumerate(self.down):
            x = level(x, condition, tokens, bias)
            if i < len(self.shrink):
                skips.append(x)
                x = self.shrink[i](x)
        for i in reversed(range(len(self.up))):
            skip = skips[i]
            x = x.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)[:, :, : skip.shape[2], : skip.shape[3]]
            x = self.up[i](torch.cat([x, skip], dim=1), condition, tokens, bias)
        return self.head(x, mixture, latent if self.flows else None)


class RegressorAsFlow(nn.Module):
    """A `head="mask"` network under the `velocity` graph's signature: straight lines that end in its answer.

    Euler lands on the regressor's latents exactly, with any number of steps: the last one, of size 1 - t, arrives.
    """

    def __init__(self, regressor: FlowNet | FlowUNet) -> None:
        super().__init__()
        self.regressor = regressor
        self.config = regressor.config

    def forward(
        self, latent: Tensor, mixture: Tensor, time: Tensor, text: Tensor, text_mask: Tensor, step: Tensor | None = None
    ) -> Tensor:
        """`(answer - latent) / (1 - time)`."""
        answer = self.regressor(latent, mixture, time, text, text_mask)
        return (answer - latent) / (1.0 - time).clamp(min=1e-3)[:, None, None, None]
