"""`FlowUNet`: the FlowSep-shaped alternative to `FlowNet`, with the same signature."""

import torch
from torch import Tensor, nn

from .blocks import Attention, layer_norm, zeroed
from .flow_config import FlowUNetConfig
from .flownet import Condition, FlowOutput, Head
from .trunk import GridBlock


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


class FlowUNetLevel(nn.Module):
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
        self.down = nn.ModuleList(
            [FlowUNetLevel(i, o, c, low) for i, o, low in zip(inputs, c.widths, lows, strict=True)]
        )
        self.shrink = nn.ModuleList([nn.Conv2d(w, w, 3, stride=2, padding=1) for w in c.widths[:-1]])
        self.up = nn.ModuleList(
            [FlowUNetLevel(c.widths[i + 1] + c.widths[i], c.widths[i], c, lows[i]) for i in range(len(c.widths) - 1)]
        )
        self.there = nn.Linear(c.widths[-1], 1)
        self.head = Head(c.widths[0], c)

    def forward(
        self, latent: Tensor, mixture: Tensor, time: Tensor, text: Tensor, text_mask: Tensor, step: Tensor | None = None
    ) -> FlowOutput:
        """Return a `FlowOutput`; arguments and shapes as for `FlowNet.forward`, any T.

        latent : (B, G*C, T, F).     mixture : (B, C, T, F).     time, step : (B,).     text : (B, L, text_width).
        """
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
