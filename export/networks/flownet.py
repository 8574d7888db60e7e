"""Our velocity networks: which way the latent flows, given the mixture, the text, the time and the step's size.

`FlowNet` is a transformer along the columns between two convolutional halves, `FlowUNet` the FlowSep-shaped alternative
with the same signature. Both say three things at once (`Answer`): the velocity of target and rest, the odds that the
mixture's energy is the target's, and whether the target is there at all. The odds are what the renderer's mask wants;
learning them directly costs one convolution and needs no decoder. With `head="mask"` the same trunk is the LASS-type
regressor: it sees only mixture and text.

Norms are layer norms over channels: with bfloat16 weights they are what a CPU does fastest (7 ms against 23 ms for a
root-mean-square norm and 28 ms for the convolution beside it).
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .blocks import Attention, GatedMLP, depth_to_space, layer_norm, masked_mean, rotary, sinusoid, zeroed

_TIME_WIDTH = 128
_TIME_SCALE = 1000.0
_MASKED = -1e4  # finite in float16, and exp of it is 0
_HALVED = 2  # the coarse grid of `FlowNet` has half the columns and half the rows


class Answer(NamedTuple):
    """What a network says. G generations of C channels; F rows of `band_stride` bands, T columns.

    velocity : (B, G * C, T, F).     odds : (B, time_stride * T, bands), natural log-odds, presence counted in.
    presence : (B, T), log-odds that the target sounds around a column.
    """

    velocity: Tensor
    mask_logits: Tensor
    presence: Tensor


@dataclass(frozen=True, slots=True)
class FlowConfig:
    """Sizes of a `FlowNet`: `stem` channels on the fine grid, `grid` on the coarse one, `width` along the columns."""

    channels: int = 8
    rows: int = 32
    time_stride: int = 4
    band_stride: int = 4
    generations: int = 2
    text_width: int = 384
    stem: int = 48
    grid: int = 128
    grid_blocks: int = 2
    reduced: int = 20
    width: int = 320
    blocks: int = 5
    head_width: int = 64
    hidden: int = 864
    head: Literal["velocity", "mask"] = "velocity"

    @property
    def latent(self) -> int:
        """Channels of the flowing latent, G * C."""
        return self.generations * self.channels

    @property
    def patch(self) -> int:
        """Mel values in one latent position."""
        return self.time_stride * self.band_stride


@dataclass(frozen=True, slots=True)
class FlowUNetConfig:
    """Sizes of a `FlowUNet`: a level a width, text and self-attention in the lowest two."""

    channels: int = 8
    rows: int = 32
    time_stride: int = 4
    band_stride: int = 4
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

    @property
    def patch(self) -> int:
        """Mel values in one latent position."""
        return self.time_stride * self.band_stride


class GridNorm(nn.Module):
    """Layer norm over the channels of one grid position, `(B, channels, T, F)`, optionally with FiLM after it."""

    def __init__(self, channels: int, condition: int | None = None) -> None:
        super().__init__()
        self.norm = layer_norm(channels)
        self.film = None if condition is None else zeroed(nn.Linear(condition, 2 * channels))

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        """To the same shape; `condition` (B, condition)."""
        x = self.norm(x.permute(0, 2, 3, 1))
        if self.film is not None and condition is not None:
            scale, shift = self.film(condition)[:, None, None, :].chunk(2, dim=-1)
            x = x * (1 + scale) + shift
        return x.permute(0, 3, 1, 2)


class GridBlock(nn.Module):
    """`x + conv(silu(norm(conv(silu(film(norm(x)))))))`."""

    def __init__(self, channels: int, condition: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = GridNorm(channels, condition), GridNorm(channels)
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv2 = zeroed(nn.Conv2d(channels, channels, 3, padding=1))

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """`(B, channels, T, F)` to the same shape."""
        h = self.conv1(F.silu(self.norm1(x, condition)))
        return x + self.conv2(F.silu(self.norm2(h)))


class Condition(nn.Module):
    """Time, step size and pooled text as one vector `(B, width)`, and the text's tokens at `width`."""

    def __init__(self, width: int, text_width: int) -> None:
        super().__init__()
        self.time = nn.Sequential(nn.Linear(_TIME_WIDTH, width), nn.SiLU(), nn.Linear(width, width))
        self.step = nn.Sequential(nn.Linear(_TIME_WIDTH, width), nn.SiLU(), zeroed(nn.Linear(width, width)))
        self.pooled = nn.Sequential(nn.Linear(text_width, width), nn.SiLU(), nn.Linear(width, width))
        self.tokens = nn.Sequential(nn.Linear(text_width, width), layer_norm(width))

    def forward(self, time: Tensor, step: Tensor | None, text: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Vector (B, width), tokens (B, L, width), attention bias (B, 1, 1, L)."""
        step = torch.zeros_like(time) if step is None else step
        c = self.time(sinusoid(_TIME_SCALE * time, _TIME_WIDTH).to(text.dtype))
        c = c + self.step(sinusoid(_TIME_SCALE * step, _TIME_WIDTH).to(text.dtype))
        c = c + self.pooled(masked_mean(text, mask))
        bias = ((1.0 - mask) * _MASKED)[:, None, None, :]
        return F.silu(c), self.tokens(text), bias


class TransformerBlock(nn.Module):
    """Self-attention, cross-attention to the text, gated MLP; the outer two modulated (adaLN, shared but for `own`).

    With `reads` False there is no cross-attention, for networks without text.
    """

    def __init__(self, width: int, head_width: int, hidden: int, *, reads: bool = True) -> None:
        super().__init__()
        self.own = nn.Parameter(torch.zeros(6 * width))
        self.norm1, self.norm3 = layer_norm(width, gain=False), layer_norm(width, gain=False)
        self.attend = Attention(width, head_width)
        self.norm2 = layer_norm(width) if reads else None
        self.read = Attention(width, head_width) if reads else None
        if self.read is not None:
            zeroed(self.read.out)
        self.mlp = GatedMLP(width, hidden)

    def forward(
        self,
        x: Tensor,
        modulation: Tensor,
        tokens: Tensor | None,
        bias: Tensor | None,
        rotation: tuple[Tensor, Tensor],
    ) -> Tensor:
        """`x` (B, T, width) to the same shape; `modulation` (B, 6 * width)."""
        scale1, shift1, gate1, scale2, shift2, gate2 = (modulation + self.own)[:, None, :].chunk(6, dim=-1)
        x = x + gate1 * self.attend(self.norm1(x) * (1 + scale1) + shift1, rotation=rotation)
        if self.read is not None and self.norm2 is not None:
            x = x + self.read(self.norm2(x), tokens, bias)
        return x + gate2 * self.mlp(self.norm3(x) * (1 + scale2) + shift2)


class Head(nn.Module):
    """From features to an `Answer`; nothing at first.

    The velocity is `free + gate_x * latent + gate_m * mixture`, gates a position and channel: what flows is mostly a
    blend of what is already there, and gates copy it sharply where a free output would blur it. With `latent` None (the
    regressor) there is no `gate_x`. The odds are those of "it is there" and "this is its energy" together.
    """

    def __init__(self, features: int, config: FlowConfig | FlowUNetConfig) -> None:
        super().__init__()
        self.config, self.parts = config, 3 if config.head == "velocity" else 2
        self.norm = GridNorm(features)
        self.out = zeroed(nn.Conv2d(features, self.parts * config.latent + config.patch, 3, padding=1))

    def forward(self, x: Tensor, mixture: Tensor, latent: Tensor | None, presence: Tensor) -> Answer:
        """`x` (B, features, T, F), `mixture` (B, C, T, F), `latent` (B, G*C, T, F), `presence` (B, T)."""
        c = self.config
        out = self.out(F.silu(self.norm(x)))
        parts, energy = out[:, : -c.patch].chunk(self.parts, dim=1), out[:, -c.patch :]
        velocity = parts[0] + parts[1] * mixture.repeat(1, c.generations, 1, 1)
        velocity = velocity if latent is None else velocity + parts[2] * latent
        mask_logits = depth_to_space(energy, c.time_stride, c.band_stride)[:, 0]
        there = presence.repeat_interleave(c.time_stride, dim=1)[:, :, None]
        return Answer(velocity, both(mask_logits, there), presence)


def both(one: Tensor, other: Tensor) -> Tensor:
    """Log-odds that two independent things hold, from the log-odds of each."""
    return -torch.logaddexp(torch.logaddexp(-one, -other), -(one + other))


class Trunk(nn.Module):
    """Convolutions on the fine and the coarse grid, a transformer along the columns, and the same way back.

    What enters the fine grid and what is made of its features is up to the networks that have it. `reads` says whether
    the transformer attends to text.
    """

    def __init__(self, config: FlowConfig, *, reads: bool) -> None:
        super().__init__()
        c = self.config = config
        low = c.rows // _HALVED
        self.row = nn.Parameter(torch.randn(c.stem, 1, c.rows) * 0.02)
        self.near = GridBlock(c.stem, c.width)
        self.shrink = nn.Conv2d(c.stem, c.grid, 3, stride=_HALVED, padding=1)
        self.low_row = nn.Parameter(torch.randn(c.grid, 1, low) * 0.02)
        self.down = nn.ModuleList([GridBlock(c.grid, c.width) for _ in range(c.grid_blocks)])
        self.reduce = nn.Conv2d(c.grid, c.reduced, 1)
        self.tokenise = nn.Linear(c.reduced * low, c.width)
        self.modulation = zeroed(nn.Linear(c.width, 6 * c.width))
        self.blocks = nn.ModuleList(
            [TransformerBlock(c.width, c.head_width, c.hidden, reads=reads) for _ in range(c.blocks)]
        )
        self.norm = layer_norm(c.width)
        self.spread = nn.Linear(c.width, c.reduced * low)
        self.merge = nn.Conv2d(c.grid + c.reduced, c.grid, 1)
        self.up = nn.ModuleList([GridBlock(c.grid, c.width) for _ in range(c.grid_blocks)])
        self.grow = nn.Conv2d(c.grid, _HALVED * _HALVED * c.stem, 1)
        self.join = nn.Conv2d(2 * c.stem, c.stem, 1)
        self.far = nn.ModuleList([GridBlock(c.stem, c.width) for _ in range(2)])

    def features(
        self, fine: Tensor, condition: Tensor, tokens: Tensor | None = None, bias: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Features of the fine grid (B, stem, T, F) and of the coarse columns (B, T / 2, width).

        fine : (B, stem, T, F).     condition : (B, width).     tokens, bias : as `Condition` gives them.
        """
        fine = self.near(fine + self.row, condition)
        grid = self.shrink(fine) + self.low_row
        for block in self.down:
            grid = block(grid, condition)
        columns = self.columns(self.tokenise(to_columns(self.reduce(grid))), condition, tokens, bias)
        grid = self.merge(torch.cat([grid, from_columns(self.spread(columns), grid)], dim=1))
        for block in self.up:
            grid = block(grid, condition)
        grown = depth_to_space(self.grow(grid), _HALVED, _HALVED)[:, :, : fine.shape[2]]
        fine = self.join(torch.cat([fine, grown], dim=1))
        for block in self.far:
            fine = block(fine, condition)
        return fine, columns

    def columns(self, x: Tensor, condition: Tensor, tokens: Tensor | None, bias: Tensor | None) -> Tensor:
        """Run the transformer over `(B, T, width)`."""
        rotation = rotary(x.shape[1], self.config.head_width, x.device)
        modulation = self.modulation(condition)
        for block in self.blocks:
            x = block(x, modulation, tokens, bias, rotation)
        return self.norm(x)


class FlowNet(Trunk):
    """The trunk under a text, a time and a noisy latent; says an `Answer`."""

    def __init__(self, config: FlowConfig | None = None) -> None:
        super().__init__(config or FlowConfig(), reads=True)
        c = self.config
        self.flows = c.head == "velocity"
        self.condition = Condition(c.width, c.text_width)
        self.enter = nn.Conv2d(c.channels + (c.latent if self.flows else 0), c.stem, 3, padding=1)
        self.there = nn.Linear(c.width, 1)
        self.head = Head(c.stem, c)

    def forward(
        self, latent: Tensor, mixture: Tensor, time: Tensor, text: Tensor, text_mask: Tensor, step: Tensor | None = None
    ) -> Answer:
        """An `Answer`; with `head="mask"` its `velocity` is the latents themselves, whatever `latent` and `time` are.

        latent : (B, G*C, T, F).     mixture : (B, C, T, F).     time, step : (B,), step 0 = instantaneous.
        text : (B, L, text_width).     text_mask : (B, L) of 1/0.
        """
        if not self.flows:
            time, step = torch.zeros_like(time), None
        condition, tokens, bias = self.condition(time, step, text, text_mask)
        fine = self.enter(torch.cat([latent, mixture], dim=1) if self.flows else mixture)
        fine, columns = self.features(fine, condition, tokens, bias)
        presence = self.there(columns)[:, :, 0].repeat_interleave(_HALVED, dim=1)[:, : fine.shape[2]]
        return self.head(fine, mixture, latent if self.flows else None, presence)


def to_columns(grid: Tensor) -> Tensor:
    """`(B, channels, T, F)` to `(B, T, channels * F)`. Inverse: `from_columns`."""
    return grid.permute(0, 2, 1, 3).flatten(2)


def from_columns(columns: Tensor, like: Tensor) -> Tensor:
    """`(B, T, channels * F)` to `(B, channels, T, F)`, F as in the grid `like`."""
    b, t, _ = columns.shape
    return columns.reshape(b, t, -1, like.shape[3]).permute(0, 2, 1, 3)


class GridAttention(nn.Module):
    """Self-attention over all grid positions, then cross-attention to the text; for the low levels of `FlowUNet`."""

    def __init__(self, channels: int, width: int, head_width: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = layer_norm(channels), layer_norm(channels)
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
        self.blocks = nn.ModuleList([GridBlock(channels, config.width) for _ in range(config.blocks)])
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
        self.there = nn.Linear(c.widths[-1], 1)
        self.head = Head(c.widths[0], c)

    def forward(
        self, latent: Tensor, mixture: Tensor, time: Tensor, text: Tensor, text_mask: Tensor, step: Tensor | None = None
    ) -> Answer:
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
        there = self.there(x.mean(3).transpose(1, 2))[:, :, 0]
        for i in reversed(range(len(self.up))):
            skip = skips[i]
            x = x.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)[:, :, : skip.shape[2], : skip.shape[3]]
            x = self.up[i](torch.cat([x, skip], dim=1), condition, tokens, bias)
            there = there.repeat_interleave(2, dim=1)[:, : skip.shape[2]]
        return self.head(x, mixture, latent if self.flows else None, there)


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
    ) -> Answer:
        """The regressor's odds, and `(answer - latent) / (1 - time)` as the velocity."""
        answer = self.regressor(latent, mixture, time, text, text_mask)
        left = (1.0 - time).clamp(min=1e-3)[:, None, None, None]
        return answer._replace(velocity=(answer.velocity - latent) / left)
