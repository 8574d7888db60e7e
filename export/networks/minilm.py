"""MiniLM, a six-layer BERT encoder, under its published names (`all-MiniLM-L6-v2`); token states out, no pooling."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F


@dataclass(frozen=True, slots=True)
class MiniLMConfig:
    """Sizes of a `MiniLM`. The defaults are the published ones."""

    vocabulary: int = 30522
    positions: int = 512
    kinds: int = 2
    width: int = 384
    hidden: int = 1536
    heads: int = 12
    layers: int = 6
    eps: float = 1e-12


class Embeddings(nn.Module):
    """Word, place and segment (always 0), summed and normed."""

    def __init__(self, c: MiniLMConfig) -> None:
        super().__init__()
        self.word_embeddings = nn.Embedding(c.vocabulary, c.width)
        self.position_embeddings = nn.Embedding(c.positions, c.width)
        self.token_type_embeddings = nn.Embedding(c.kinds, c.width)
        self.LayerNorm = nn.LayerNorm(c.width, eps=c.eps)

    def forward(self, ids: Tensor) -> Tensor:
        """`(B, L)` to `(B, L, width)`."""
        places = self.position_embeddings.weight[: ids.shape[1]]
        return self.LayerNorm(self.word_embeddings(ids) + places + self.token_type_embeddings.weight[0])


class MiniLMLayer(nn.Module):
    """One post-norm BERT layer; the nested names are the published ones."""

    def __init__(self, c: MiniLMConfig) -> None:
        super().__init__()
        self.heads = c.heads
        self.attention = nn.ModuleDict({"self": nn.Module(), "output": nn.Module()})
        for name in ("query", "key", "value"):
            setattr(self.attention["self"], name, nn.Linear(c.width, c.width))
        self.attention["output"].dense = nn.Linear(c.width, c.width)
        self.attention["output"].LayerNorm = nn.LayerNorm(c.width, eps=c.eps)
        self.intermediate = nn.ModuleDict({"dense": nn.Linear(c.width, c.hidden)})
        self.output = nn.ModuleDict(
            {"dense": nn.Linear(c.hidden, c.width), "LayerNorm": nn.LayerNorm(c.width, eps=c.eps)}
        )

    def split_heads(self, x: Tensor) -> Tensor:
        """`(B, L, width)` to `(B, heads, L, width / heads)`."""
        return x.view(x.shape[0], x.shape[1], self.heads, -1).transpose(1, 2)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        """`x` (B, L, width); `bias` (B, 1, 1, L), added to the attention logits."""
        own, out = self.attention["self"], self.attention["output"]
        q, k, v = (self.split_heads(layer(x)) for layer in (own.query, own.key, own.value))
        h = F.scaled_dot_product_attention(q, k, v, attn_mask=bias).transpose(1, 2).reshape(x.shape)
        x = out.LayerNorm(x + out.dense(h))
        h = self.output["dense"](F.gelu(self.intermediate["dense"](x)))
        return self.output["LayerNorm"](x + h)


class MiniLM(nn.Module):
    """`input_ids`, `attention_mask` (B, L) to token states (B, L, width)."""

    def __init__(self, config: MiniLMConfig | None = None) -> None:
        super().__init__()
        c = self.config = config or MiniLMConfig()
        self.embeddings = Embeddings(c)
        self.encoder = nn.ModuleDict({"layer": nn.ModuleList([MiniLMLayer(c) for _ in range(c.layers)])})

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """States of all tokens; those under mask 0 mean nothing."""
        x = self.embeddings(input_ids)
        bias = ((1.0 - attention_mask.to(x.dtype)) * torch.finfo(torch.float16).min)[:, None, None, :]
        for layer in self.encoder["layer"]:
            x = layer(x, bias)
        return x
