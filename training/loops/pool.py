"""Scenes as the flow learns from them: encoded once, drawn several times with other texts, crops and noise.

A chunk is a pure function of its number; the pool at a step is a pure function of the step.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from flowsep_export.networks.melvae import MelVAE
from flowsep_training.config import Pool
from flowsep_training.data.mixtures import Mixer, Scene
from flowsep_training.data.scenes import floored, mels
from flowsep_training.queries.captions import Phrasebook
from flowsep_training.queries.text import HashedText, TextEncoder
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

WANTED, REST, ABSENT = 0, 1, 2


@dataclass(frozen=True, slots=True)
class SceneQuery:
    """A text and what it asks for: the wanted part of a scene, its rest, or nothing that is there."""

    text: str
    side: int


@dataclass(frozen=True)
class Batch:
    """What one step learns from. Latents (B, C, T, F); `true_mask`, `mixture_mel` (B, frames, bands)."""

    mixture: Tensor
    target: Tensor
    residual: Tensor
    text: Tensor
    text_mask: Tensor
    true_mask: Tensor
    mixture_mel: Tensor

    def to(self, device: torch.device) -> "Batch":
        """All of it on `device`."""
        return Batch(**{name: getattr(self, name).to(device) for name in self.__dataclass_fields__})


def draw_query(rng: np.random.Generator, scene: Scene, book: Phrasebook, config: Pool) -> SceneQuery:
    """One text for a scene."""
    if rng.random() < config.absent:
        alike = config.hard_absent and rng.random() < config.hard_absent
        return SceneQuery((alike and book.hard_absent(rng, scene.things)) or book.absent(rng, scene.things), ABSENT)
    wanted, residual = scene.named(scene.wanted), scene.named(scene.residual)
    side = int(rng.integers(2))
    target, other = (wanted, residual) if side == WANTED else (residual, wanted)
    if len(target) > 2 or (len(other) < 3 and rng.random() < config.denied):
        return SceneQuery(book.deny(rng, other, target), side)
    return SceneQuery(book.describe(rng, target, other), side)


class Chunks(Dataset):
    """Chunk `i`: `config.chunk` scenes encoded by `vae`, each with `config.queries` texts."""

    def __init__(
        self, mixer: Mixer, vae: MelVAE, scale: float, encode_text: TextEncoder | HashedText, config: Pool, seed: int
    ):
        self.mixer, self.vae, self.scale, self.encode_text = mixer, vae, scale, encode_text
        self.config, self.seed = config, seed
        self.frames = mixer.recipe.frames // 441

    def __getitem__(self, number: int) -> dict[str, Tensor]:
        torch.set_num_threads(1)
        config = self.config
        scenes = [self.mixer.scene(self.seed, number * config.chunk + i) for i in range(config.chunk)]
        found = torch.stack([mels(scene, self.frames) for scene in scenes])
        mixture, parts = found[:, :1], floored(found[:, 1:], found[:, :1], config.floor_db)
        silence = floored(torch.full_like(mixture, -99.0), mixture, config.floor_db).clamp_min(-11.5129)
        true_mask = torch.sigmoid(2 * (found[:, 1] - found[:, 2]))
        encoded = self._encode(torch.cat([mixture, parts, silence], dim=1))
        rng = np.random.default_rng([self.seed, 7, number])
        queries = [
            draw_query(rng, scene, self.mixer.phrasebook, config) for scene in scenes for _ in range(config.queries)
        ]
        states, mask = self.encode_text([query.text for query in queries])
        per_scene = (config.chunk, config.queries)
        return {
            "latents": encoded, "mixture_mel": mixture[:, 0].half(), "true_mask": (true_mask * 255).round().byte(),
            "states": states.half().unflatten(0, per_scene), "mask": mask.byte().unflatten(0, per_scene),
            "sides": torch.tensor([query.side for query in queries]).unflatten(0, per_scene),
        }  # fmt: skip

    @torch.no_grad()
    def _encode(self, found: Tensor) -> Tensor:
        """Log-mels `(n, 4, frames, bands)` to scaled latents `(n, 4, C, T, F)` in half precision."""
        mean = torch.cat([self.vae.encode(scene[:, None])[0] for scene in found])
        return (mean * self.scale).half().unflatten(0, found.shape[:2])


class ChunkPool:
    """The last `kept` chunks at any step, held on `device`, and which of them a step draws from."""

    def __init__(
        self,
        chunks: Dataset,
        config: Pool,
        workers: int,
        first_step: int,
        rank: int = 0,
        ranks: int = 1,
        device: str = "cpu",
    ):
        self.config, self.rank, self.device = config, rank, device
        self._next = max(0, self._newest(first_step) - self.config.kept + 1)
        self._held: dict[str, Tensor] = {}
        endless = range(self._next * ranks + rank, 1 << 30, ranks)
        ahead = {"prefetch_factor": 4, "multiprocessing_context": "fork"} if workers else {}
        self._coming: Iterator = iter(
            DataLoader(chunks, batch_size=None, sampler=endless, num_workers=workers, **ahead)
        )

    def _newest(self, step: int) -> int:
        return self.config.filled - 1 + step // self.config.steps_a_chunk

    def _hold(self, chunk: dict[str, Tensor]) -> None:
        """Put chunk `_next` in its slot, over the one that is `kept` chunks older."""
        if not self._held:
            shape = (self.config.kept,)
            self._held = {name: torch.zeros(shape + part.shape, dtype=part.dtype) for name, part in chunk.items()}
            self._held = {name: part.to(self.device) for name, part in self._held.items()}
        for name, part in chunk.items():
            self._held[name][self._next % self.config.kept].copy_(part)
        self._next += 1

    def _draw(self, step: int, seed: int, count: int, width: int) -> tuple[np.random.Generator, list[Tensor], int]:
        """Bring the pool up to `step`; (generator, slots, scenes, first columns of `count` crops, their width)."""
        newest = self._newest(step)
        while self._next <= newest:
            self._hold(next(self._coming))
        rng = np.random.default_rng([seed, 3, step, self.rank])
        oldest = max(0, newest - self.config.kept + 1)
        slots = rng.integers(oldest, newest + 1, count) % self.config.kept
        scenes = rng.integers(self.config.chunk, size=count)
        columns = self._held["latents"].shape[-2]
        width = min(width, columns)
        firsts = rng.integers(columns - width + 1, size=count)
        return rng, [torch.from_numpy(part).to(self.device) for part in (slots, scenes, firsts)], width


class ScenePool(ChunkPool):
    """A pool of `Chunks` and batches of queries drawn from it."""

    def batch(self, step: int, seed: int, size: int, width: int) -> Batch:
        """The batch of a step: crops of `width` columns of scenes, each asked twice.

        For different things where there are such: what differs between the two is what the text must do.
        """
        rng, drawn, width = self._draw(step, seed, size // 2, width)
        places = [part.repeat_interleave(2) for part in drawn]
        order = torch.from_numpy(rng.permuted(np.tile(np.arange(self.config.queries), (size // 2, 1)), axis=1))
        queries = self._pairs(order.to(self.device), places[0][::2], places[1][::2])
        return gathered(self._held, places[0], places[1], queries, places[2], width)

    def _pairs(self, order: Tensor, slots: Tensor, scenes: Tensor) -> Tensor:
        """Two queries a scene, `(2 * scenes,)`: the first in `order`, and the next one that asks for something else."""
        sides = self._held["sides"][slots, scenes].gather(1, order)
        differs = (sides != sides[:, :1]).float()
        differs[:, -1] += 0.5  # where none differs the last one is taken
        other = order.gather(1, differs.argmax(1, keepdim=True))
        return torch.cat([order[:, :1], other], dim=1).flatten()


def gathered(
    held: dict[str, Tensor], slots: Tensor, scenes: Tensor, queries: Tensor, firsts: Tensor, width: int
) -> Batch:
    """The batch of B queries to scenes in slots, columns `firsts` to `firsts + width`; all index tensors `(B,)`."""
    rows = torch.arange(len(slots), device=slots.device)
    stride = held["mixture_mel"].shape[2] // held["latents"].shape[4]
    columns = firsts[:, None] + torch.arange(width, device=slots.device)
    frames = (firsts * stride)[:, None] + torch.arange(width * stride, device=slots.device)
    latents = held["latents"][slots, scenes][rows[:, None], :, :, columns].permute(0, 2, 3, 1, 4).float()
    side = held["sides"][slots, scenes, queries]
    target, residual = (torch.tensor(part, device=slots.device)[side] for part in ((1, 2, 3), (2, 1, 0)))
    wanted = held["true_mask"][slots[:, None], scenes[:, None], frames].float() / 255
    asked = side[:, None, None]
    wanted = torch.where(asked == REST, 1 - wanted, torch.where(asked == ABSENT, 0.0, wanted))
    return Batch(
        latents[:, 0], latents[rows, target], latents[rows, residual],
        held["states"][slots, scenes, queries].float(), held["mask"][slots, scenes, queries].float(),
        wanted, held["mixture_mel"][slots[:, None], scenes[:, None], frames].float(),
    )  # fmt: skip


def row(chunk: dict[str, Tensor], scene: int, query: int, first: int, width: int) -> tuple[Tensor, ...]:
    """One query to one scene of a chunk, columns `first` to `first + width`, in the order of `Batch`'s fields."""
    side = int(chunk["sides"][scene, query])
    stride = chunk["mixture_mel"].shape[1] // chunk["latents"].shape[3]
    latents = chunk["latents"][scene, :, :, first : first + width].float()
    frames = slice(first * stride, (first + width) * stride)
    mask = chunk["true_mask"][scene, frames].float() / 255
    target, residual = {WANTED: (1, 2), REST: (2, 1), ABSENT: (3, 0)}[side]
    wanted = {WANTED: mask, REST: 1 - mask, ABSENT: torch.zeros_like(mask)}[side]
    states, tokens = chunk["states"][scene, query].float(), chunk["mask"][scene, query].float()
    return (
        latents[0],
        latents[target],
        latents[residual],
        states,
        tokens,
        wanted,
        chunk["mixture_mel"][scene, frames].float(),
    )
