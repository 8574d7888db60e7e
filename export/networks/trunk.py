"""The trunk of our networks: convolutions on two grids with a transformer along the columns between them.

Norms are layer norms over channels: with bfloat16 weights they are what a CPU does fastest (7 ms against 23 ms for a
root-mean-square norm and 28 ms for the convolution next to it).
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .blocks import Attention, GatedMLP, depth_to_space, layer_norm, rotary, zeroed
from .flow_config import FlowConfig

HALVED = 2
"""The coarse grid has half the columns and half the rows."""


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
    """Two normed convolutions around a shortcut, the first norm modulated (FiLM)."""

    def __init__(self, channels: int, condition: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = GridNorm(channels, condition), GridNorm(channels)
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv2 = zeroed(nn.Conv2d(channels, channels, 3, padding=1))

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """`(B, channels, T, F)` to the same shape."""
        h = self.conv1(F.silu(self.norm1(x, condition)))
        return x + self.conv2(F.silu(self.norm2(h)))


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


class Trunk(nn.Module):
    """Convolutions on the fine and the coarse grid, a transformer along the columns, and the same way back.

    Networks derived from it add what enters the fine grid and what its features become. With `reads` the transformer
    attends to text.
    """

    def __init__(self, config: FlowConfig, *, reads: bool) -> None:
        super().__init__()
        c = self.config = config
        low = c.rows // HALVED
        self.row = nn.Parameter(torch.randn(c.stem, 1, c.rows) * 0.02)
        self.near = GridBlock(c.stem, c.width)
        self.shrink = nn.Conv2d(c.stem, c.grid, 3, stride=HALVED, padding=1)
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
        self.grow = nn.Conv2d(c.grid, HALVED * HALVED * c.stem, 1)
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
        grown = depth_to_space(self.grow(grid), HALVED, HALVED)[:, :, : fine.shape[2]]
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


def to_columns(grid: Tensor) -> Tensor:
    """`(B, channels, T, F)` to `(B, T, channels * F)`. Inverse: `from_columns`."""
    return grid.permute(0, 2, 1, 3).flatten(2)


def from_columns(columns: Tensor, like: Tensor) -> Tensor:
    """`(B, T, channels * F)` to `(B, channels, T, F)`, F as in the grid `like`."""
    b, t, _ = columns.shape
    return columns.reshape(b, t, -1, like.shape[3]).permute(0, 2, 1, 3)
