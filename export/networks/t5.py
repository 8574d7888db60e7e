"""The encoder half of FLAN-T5 under its published names (`cond_stage_models.0.model.*`).

24 pre-norm layers, relative position buckets that all layers share, attention logits that are not scaled.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F


@dataclass(frozen=True, slots=True)
class T5Config:
    """Sizes of a `T5Encoder`. The defaults are those of google/flan-t5-large."""

    vocabulary: int = 32128
    width: int = 1024
    layers: int = 24
    heads: int = 16
    head_width: int = 64
    hidden: int = 2816
    buckets: int = 32
    furthest: int = 128


class RootMeanSquareNorm(nn.Module):
    """T5's norm: no mean, no bias."""

    def __init__(self, width: int, eps: float = 1e-6) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        """`(…, width)` to the same shape."""
        return x * torch.rsqrt(x.square().mean(dim=-1, keepdim=True) + self.eps) * self.weight


class SelfAttention(nn.Module):
    """Attention without scaling; the first layer's holds the position table."""

    def __init__(self, c: T5Config, first: bool) -> None:
        super().__init__()
        self.heads, inner = c.heads, c.heads * c.head_width
        self.q, self.k, self.v = (nn.Linear(c.width, inner, bias=False) for _ in range(3))
        self.o = nn.Linear(inner, c.width, bias=False)
        if first:
            self.relative_attention_bias = nn.Embedding(c.buckets, c.heads)

    def split_heads(self, x: Tensor) -> Tensor:
        """`(B, L, inner)` to `(B, heads, L, head_width)`."""
        return x.view(x.shape[0], x.shape[1], self.heads, -1).transpose(1, 2)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        """`x` (B, L, width), `bias` (B, heads, L, L) on the logits."""
        q, k, v = (self.split_heads(layer(x)) for layer in (self.q, self.k, self.v))
        h = torch.softmax(q @ k.transpose(2, 3) + bias, dim=-1) @ v  # the fused form does not export with a scale of 1
        return self.o(h.transpose(1, 2).flatten(2))


class AttentionLayer(nn.Module):
    """Attention on a normed input, added to it."""

    def __init__(self, c: T5Config, first: bool) -> None:
        super().__init__()
        self.SelfAttention, self.layer_norm = SelfAttention(c, first), RootMeanSquareNorm(c.width)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        """`(B, L, width)` to the same shape."""
        return x + self.SelfAttention(self.layer_norm(x), bias)


class GatedGelu(nn.Module):
    """`wo(gelu(wi_0 x) * wi_1 x)`, gelu in its tanh form."""

    def __init__(self, c: T5Config) -> None:
        super().__init__()
        self.wi_0, self.wi_1 = nn.Linear(c.width, c.hidden, bias=False), nn.Linear(c.width, c.hidden, bias=False)
        self.wo = nn.Linear(c.hidden, c.width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """`(B, L, width)` to the same shape."""
        return self.wo(F.gelu(self.wi_0(x), approximate="tanh") * self.wi_1(x))


class FeedForwardLayer(nn.Module):
    """Gated layers on a normed input, added to it."""

    def __init__(self, c: T5Config) -> None:
        super().__init__()
        self.DenseReluDense, self.layer_norm = GatedGelu(c), RootMeanSquareNorm(c.width)

    def forward(self, x: Tensor) -> Tensor:
        """`(B, L, width)` to the same shape."""
        return x + self.DenseReluDense(self.layer_norm(x))


class T5Block(nn.Module):
    """`layer.0` attends, `layer.1` feeds forward."""

    def __init__(self, c: T5Config, first: bool) -> None:
        super().__init__()
        self.layer = nn.ModuleList([AttentionLayer(c, first), FeedForwardLayer(c)])

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        """`(B, L, width)` to the same shape."""
        return self.layer[1](self.layer[0](x, bias))


class Stack(nn.Module):
    """`block.N` and the final norm."""

    def __init__(self, c: T5Config) -> None:
        super().__init__()
        self.block = nn.ModuleList([T5Block(c, first=i == 0) for i in range(c.layers)])
        self.final_layer_norm = RootMeanSquareNorm(c.width)


class T5Encoder(nn.Module):
    """`input_ids`, `attention_mask` (B, L) to states (B, L, width). `encoder.embed_tokens` is `shared`, held once."""

    def __init__(self, config: T5Config | None = None) -> None:
        super().__init__()
        c = self.config = config or T5Config()
        self.shared = nn.Embedding(c.vocabulary, c.width)
        self.encoder = Stack(c)

    def buckets(self, length: int, device: torch.device) -> Tensor:
        """Which row of the position table holds for query i and key j, `(L, L)`: near ones apart, far ones together."""
        place = torch.arange(length, device=device)
        offset = place[None, :] - place[:, None]
        half = self.config.buckets // 2
        exact = half // 2
        distance = offset.abs()
        spread = torch.log(distance.clamp(min=1).float() / exact) / math.log(self.config.furthest / exact)
        far = (exact + (spread * (half - exact)).to(torch.int64)).clamp(max=half - 1)
        return torch.where(distance < exact, distance, far) + (offset > 0) * half

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """States of all tokens; padded ones have some too, and only a mask hides them."""
        table = self.encoder.block[0].layer[0].SelfAttention.relative_attention_bias
        x = self.shared(input_ids)
        hidden = (1.0 - attention_mask.to(x.dtype)) * torch.finfo(torch.float32).min
        bias = (
            table(self.buckets(input_ids.shape[1], input_ids.device)).permute(2, 0, 1)[None] + hidden[:, None, None, :]
        )
        for block in self.encoder.block:
            x = block(x, bias)
        return self.encoder.final_layer_norm(x)
