"""CLAP's text branch under its published names (`text_branch.*`, `text_projection.*`).

RoBERTa-base, its pooler, two layers. RoBERTa's encoder is BERT's; what differs is that a token's place is counted over
real tokens, from 2.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .minilm import Embeddings, MiniLMConfig, MiniLMLayer

_PADDING = 1

ROBERTA = MiniLMConfig(vocabulary=50265, positions=514, kinds=1, width=768, hidden=3072, heads=12, layers=12, eps=1e-5)


@dataclass(frozen=True, slots=True)
class ClapTextConfig:
    """Sizes of a `ClapText`. The defaults are the published ones."""

    encoder: MiniLMConfig = ROBERTA
    embedding: int = 512


class RobertaEmbeddings(Embeddings):
    """As BERT's, with places counted over what is not padding."""

    def forward(self, ids: Tensor) -> Tensor:
        """`(B, L)` to `(B, L, width)`."""
        real = (ids != _PADDING).to(torch.int64)
        places = self.position_embeddings(real.cumsum(dim=1) * real + _PADDING)
        return self.LayerNorm(self.word_embeddings(ids) + places + self.token_type_embeddings.weight[0])


class Roberta(nn.Module):
    """RoBERTa's encoder and pooler under their published names."""

    def __init__(self, c: MiniLMConfig) -> None:
        super().__init__()
        self.embeddings = RobertaEmbeddings(c)
        self.encoder = nn.ModuleDict({"layer": nn.ModuleList([MiniLMLayer(c) for _ in range(c.layers)])})
        self.pooler = nn.ModuleDict({"dense": nn.Linear(c.width, c.width)})

    def states(self, ids: Tensor, mask: Tensor) -> Tensor:
        """`(B, L)` twice to `(B, L, width)`."""
        x = self.embeddings(ids)
        bias = ((1.0 - mask.to(x.dtype)) * torch.finfo(torch.float32).min)[:, None, None, :]
        for layer in self.encoder["layer"]:
            x = layer(x, bias)
        return x

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """`(B, L)` twice to the first token's pooled state `(B, width)`."""
        return torch.tanh(self.pooler["dense"](self.states(ids, mask)[:, 0]))


class ClapText(nn.Module):
    """The `text` graph of AudioSep: token ids and mask (B, L) to a condition (B, embedding) of length 1."""

    def __init__(self, config: ClapTextConfig | None = None) -> None:
        super().__init__()
        c = self.config = config or ClapTextConfig()
        self.text_branch = Roberta(c.encoder)
        self.text_projection = nn.Sequential(
            nn.Linear(c.encoder.width, c.embedding), nn.ReLU(), nn.Linear(c.embedding, c.embedding)
        )

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """`(B, L)` twice to `(B, embedding)`."""
        return F.normalize(self.text_projection(self.text_branch(input_ids, attention_mask)), dim=-1)
