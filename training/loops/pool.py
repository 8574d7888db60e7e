"""Mixtures for the separators: encoded once, drawn several times with other queries, crops and noise.

A chunk is a pure function of its number; the pool at a step is a pure function of the step.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from flowsep_export.networks.melvae import MelVAE
from flowsep_training.config import PoolConfig
from flowsep_training.data.datasets import floored, mels, ratio_mask
from flowsep_training.data.mixtures import TrainingMixer, TrainingMixture
from flowsep_training.queries.captions import Phrasebook
from flowsep_training.queries.text import HashedText, TextEncoder
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from . import mel

TARGET, RESIDUAL, ABSENT = 0, 1, 2
"""Sides of a mixture that a query can name: its target, its residual, or a sound that is not in it."""

SILENCE = -99.0
"""Natural logarithm of a magnitude below every floor."""


@dataclass(frozen=True, slots=True)
class FlowQuery:
    """A text and the side of a mixture that it names: `TARGET`, `RESIDUAL` or `ABSENT`."""

    text: str
    side: int


@dataclass(frozen=True)
class FlowBatch:
    """Everything that one step learns from.

    mixture, target, residual : latents (B, C, T, F).     true_mask, mixture_mel : (B, frames, bands).
    text, text_mask : token states (B, tokens, width) and which of them exist, (B, tokens).
    """

    mixture: Tensor
    target: Tensor
    residual: Tensor
    text: Tensor
    text_mask: Tensor
    true_mask: Tensor
    mixture_mel: Tensor

    def to(self, device: torch.device) -> "FlowBatch":
        """Return the batch on `device`."""
        return FlowBatch(**{name: getattr(self, name).to(device) for name in self.__dataclass_fields__})


def draw_query(rng: np.random.Generator, mixture: TrainingMixture, book: Phrasebook, config: PoolConfig) -> FlowQuery:
    """Draw a text that names one side of a mixture, or a sound that is not in it."""
    if rng.random() < config.absent:
        alike = config.hard_absent and rng.random() < config.hard_absent
        text = (alike and book.hard_absent(rng, mixture.sounds)) or book.absent(rng, mixture.sounds)
        return FlowQuery(text, ABSENT)
    sides = mixture.sounds_at(mixture.target), mixture.sounds_at(mixture.residual)
    side = int(rng.integers(2))
    targets, others = sides[side], sides[1 - side]
    if len(targets) > 2 or (len(others) < 3 and rng.random() < config.denied):
        return FlowQuery(book.deny(rng, others, targets), side)
    return FlowQuery(book.describe(rng, targets, others), side)


class FlowChunks(Dataset):
    """Chunk `i`: `config.chunk` mixtures encoded by `vae`, each with `config.queries` texts."""

    def __init__(
        self,
        mixer: TrainingMixer,
        vae: MelVAE,
        scale: float,
        encode_text: TextEncoder | HashedText,
        config: PoolConfig,
        seed: int,
    ):
        self.mixer, self.vae, self.scale, self.encode_text = mixer, vae, scale, encode_text
        self.config, self.seed = config, seed
        self.frames = mixer.config.frames // mel.SPEC.hop

    def __getitem__(self, number: int) -> dict[str, Tensor]:
        torch.set_num_threads(1)
        config = self.config
        mixtures = [self.mixer.mixture(self.seed, number * config.chunk + i) for i in range(config.chunk)]
        log_mels = torch.stack([mels(mixture, self.frames) for mixture in mixtures])
        mixture_mel, parts = log_mels[:, :1], floored(log_mels[:, 1:], log_mels[:, :1], config.floor_db)
        silence = floored(torch.full_like(mixture_mel, SILENCE), mixture_mel, config.floor_db)
        silence = silence.clamp_min(mel.SPEC.silence)
        true_mask = ratio_mask(log_mels[:, 1], log_mels[:, 2])
        rng = np.random.default_rng([self.seed, 7, number])
        book = self.mixer.phrasebook
        queries = [draw_query(rng, mixture, book, config) for mixture in mixtures for _ in range(config.queries)]
        states, mask = self.encode_text([query.text for query in queries])
        per_mixture = (config.chunk, config.queries)
        return {
            "latents": self._encode(torch.cat([mixture_mel, parts, silence], dim=1)),
            "mixture_mel": mixture_mel[:, 0].half(),
            "true_mask": (true_mask * 255).round().byte(),
            "states": states.half().unflatten(0, per_mixture),
            "mask": mask.byte().unflatten(0, per_mixture),
            "sides": torch.tensor([query.side for query in queries]).unflatten(0, per_mixture),
        }

    @torch.no_grad()
    def _encode(self, log_mels: Tensor) -> Tensor:
        """Encode log-mels `(n, 4, frames, bands)` as scaled latents `(n, 4, C, T, F)` in half precision."""
        mean = torch.cat([self.vae.encode(parts[:, None])[0] for parts in log_mels])
        return (mean * self.scale).half().unflatten(0, log_mels.shape[:2])


class ChunkPool:
    """A ring of the last `config.kept` chunks on `device`, and the random choice of crops from it at every step."""

    def __init__(
        self,
        chunks: Dataset,
        config: PoolConfig,
        workers: int,
        first_step: int,
        rank: int = 0,
        ranks: int = 1,
        device: str = "cpu",
    ):
        self.config, self.rank, self.device = config, rank, device
        self._next = max(0, self._newest(first_step) - self.config.kept + 1)
        self._ring: dict[str, Tensor] = {}
        endless = range(self._next * ranks + rank, 1 << 30, ranks)
        prefetch = {"prefetch_factor": 4, "multiprocessing_context": "fork"} if workers else {}
        self._loader: Iterator = iter(
            DataLoader(chunks, batch_size=None, sampler=endless, num_workers=workers, **prefetch)
        )

    def _newest(self, step: int) -> int:
        return self.config.filled - 1 + step // self.config.steps_a_chunk

    def _store(self, chunk: dict[str, Tensor]) -> None:
        """Copy chunk `_next` to its slot, over the one that is `config.kept` chunks older."""
        if not self._ring:
            shape = (self.config.kept,)
            self._ring = {name: torch.zeros(shape + part.shape, dtype=part.dtype) for name, part in chunk.items()}
            self._ring = {name: part.to(self.device) for name, part in self._ring.items()}
        for name, part in chunk.items():
            self._ring[name][self._next % self.config.kept].copy_(part)
        self._next += 1

    def _draw(self, step: int, seed: int, count: int, width: int) -> tuple[np.random.Generator, list[Tensor], int]:
        """Fill the ring up to `step`; return a generator, `count` crops (slots, mixtures, first columns), a width."""
        newest = self._newest(step)
        while self._next <= newest:
            self._store(next(self._loader))
        rng = np.random.default_rng([seed, 3, step, self.rank])
        oldest = max(0, newest - self.config.kept + 1)
        slots = rng.integers(oldest, newest + 1, count) % self.config.kept
        mixtures = rng.integers(self.config.chunk, size=count)
        columns = self._ring["latents"].shape[-2]
        width = min(width, columns)
        firsts = rng.integers(columns - width + 1, size=count)
        return rng, [torch.from_numpy(part).to(self.device) for part in (slots, mixtures, firsts)], width


class FlowPool(ChunkPool):
    """A pool of `FlowChunks` that gives batches of queries."""

    def batch(self, step: int, seed: int, size: int, width: int) -> FlowBatch:
        """Return the batch of a step: crops of `width` columns of `size // 2` mixtures, each with two queries.

        The two name different sides where the mixture has such queries: only the text can tell the answers apart.
        """
        rng, crops, width = self._draw(step, seed, size // 2, width)
        slots, mixtures, firsts = (part.repeat_interleave(2) for part in crops)
        order = torch.from_numpy(rng.permuted(np.tile(np.arange(self.config.queries), (size // 2, 1)), axis=1))
        queries = self._pairs(order.to(self.device), slots[::2], mixtures[::2])
        return flow_batch(self._ring, slots, mixtures, queries, firsts, width)

    def _pairs(self, order: Tensor, slots: Tensor, mixtures: Tensor) -> Tensor:
        """Return two queries per mixture, `(2 * mixtures,)`: the first in `order` and the next of another side.

        order : (mixtures, queries).     slots, mixtures : (mixtures,).
        """
        sides = self._ring["sides"][slots, mixtures].gather(1, order)
        differs = (sides != sides[:, :1]).float()
        differs[:, -1] += 0.5  # the last one where none differs
        other = order.gather(1, differs.argmax(1, keepdim=True))
        return torch.cat([order[:, :1], other], dim=1).flatten()


def flow_batch(
    ring: dict[str, Tensor], slots: Tensor, mixtures: Tensor, queries: Tensor, firsts: Tensor, width: int
) -> FlowBatch:
    """Return the batch of B queries to mixtures in slots, columns `firsts` to `firsts + width`; indices are `(B,)`."""
    rows = torch.arange(len(slots), device=slots.device)
    stride = ring["mixture_mel"].shape[2] // ring["latents"].shape[4]
    columns = firsts[:, None] + torch.arange(width, device=slots.device)
    frames = (firsts * stride)[:, None] + torch.arange(width * stride, device=slots.device)
    latents = ring["latents"][slots, mixtures][rows[:, None], :, :, columns].permute(0, 2, 3, 1, 4).float()
    side = ring["sides"][slots, mixtures, queries]
    target, residual = (torch.tensor(part, device=slots.device)[side] for part in ((1, 2, 3), (2, 1, 0)))
    mask = ring["true_mask"][slots[:, None], mixtures[:, None], frames].float() / 255
    sides = side[:, None, None]
    return FlowBatch(
        mixture=latents[:, 0],
        target=latents[rows, target],
        residual=latents[rows, residual],
        text=ring["states"][slots, mixtures, queries].float(),
        text_mask=ring["mask"][slots, mixtures, queries].float(),
        true_mask=torch.where(sides == RESIDUAL, 1 - mask, torch.where(sides == ABSENT, 0.0, mask)),
        mixture_mel=ring["mixture_mel"][slots[:, None], mixtures[:, None], frames].float(),
    )


def row(chunk: dict[str, Tensor], mixture: int, query: int, first: int, width: int) -> tuple[Tensor, ...]:
    """Return one query to one mixture of a chunk, columns `first` to `first + width`, in the order of `FlowBatch`.

    Shapes are those of `FlowBatch` without B: latents (C, T, F), masks and mels (frames, bands).
    """
    side = int(chunk["sides"][mixture, query])
    stride = chunk["mixture_mel"].shape[1] // chunk["latents"].shape[3]
    latents = chunk["latents"][mixture, :, :, first : first + width].float()
    frames = slice(first * stride, (first + width) * stride)
    mask = chunk["true_mask"][mixture, frames].float() / 255
    target, residual = {TARGET: (1, 2), RESIDUAL: (2, 1), ABSENT: (3, 0)}[side]
    return (
        latents[0],
        latents[target],
        latents[residual],
        chunk["states"][mixture, query].float(),
        chunk["mask"][mixture, query].float(),
        {TARGET: mask, RESIDUAL: 1 - mask, ABSENT: torch.zeros_like(mask)}[side],
        chunk["mixture_mel"][mixture, frames].float(),
    )
