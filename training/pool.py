"""Scenes as the flow learns from them: encoded once, drawn several times with other texts, crops and noise.

A chunk is a pure function of its number; the pool at a step is a pure function of the step.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from flowsep_export.networks.melvae import MelVAE
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from .captions import Phrasebook
from .config import Pool
from .mixtures import Mixer, Scene
from .scenes import floored, mels
from .text import HashedText, TextEncoder

WANTED, REST, ABSENT = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Query:
    """A text and what it asks for: the wanted part of a scene, its rest, or nothing that is there."""

    text: str
    side: int


@dataclass(frozen=True)
class Batch:
    """What one step learns from. Latents (B, C, T, F); `true_mask`, `mixture_mel` (B, frames, bands)."""

    mixture: Tensor
    target: Tensor
    rest: Tensor
    text: Tensor
    text_mask: Tensor
    true_mask: Tensor
    mixture_mel: Tensor

    def to(self, device: torch.device) -> "Batch":
        """All of it on `device`."""
        return Batch(**{name: getattr(self, name).to(device) for name in self.__dataclass_fields__})


def draw_query(rng: np.random.Generator, scene: Scene, book: Phrasebook, config: Pool) -> Query:
    """One text for a scene."""
    if rng.random() < config.absent:
        return Query(book.absent(rng, scene.things), ABSENT)
    wanted, rest = scene.named(scene.wanted), scene.named(scene.rest)
    side = int(rng.integers(2))
    target, other = (wanted, rest) if side == WANTED else (rest, wanted)
    if len(target) > 2 or (len(other) < 3 and rng.random() < config.denied):
        return Query(book.deny(rng, other, target), side)
    return Query(book.describe(rng, target, other), side)


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


class ScenePool:
    """The last `kept` chunks at any step, and batches drawn from them."""

    def __init__(self, chunks: Chunks, workers: int, first_step: int, rank: int = 0, ranks: int = 1):
        self.chunks, self.config, self.rank = chunks, chunks.config, rank
        newest = self._newest(first_step)
        self.numbers = list(range(max(0, newest - self.config.kept + 1), newest + 1))
        self._held: dict[int, dict[str, Tensor]] = {}
        endless = range(self.numbers[0] * ranks + rank, 1 << 30, ranks)
        ahead = {"prefetch_factor": 4, "multiprocessing_context": "fork"} if workers else {}
        self._coming: Iterator = iter(
            DataLoader(chunks, batch_size=None, sampler=endless, num_workers=workers, **ahead)
        )
        self._next = self.numbers[0]

    def _newest(self, step: int) -> int:
        return self.config.filled - 1 + step // self.config.steps_a_chunk

    def batch(self, step: int, seed: int, size: int) -> Batch:
        """The batch of a step."""
        newest = self._newest(step)
        while self._next <= newest:
            self._held[self._next] = next(self._coming)
            self._next += 1
            self._held.pop(self._next - 1 - self.config.kept, None)
        rng = np.random.default_rng([seed, 3, step, self.rank])
        oldest = max(0, newest - self.config.kept + 1)
        rows = []
        for number in rng.integers(oldest, newest + 1, size // 2):
            rows += self._pair(rng, self._held[int(number)])
        return Batch(*[torch.stack(column) for column in zip(*rows, strict=True)])

    def _pair(self, rng: np.random.Generator, chunk: dict[str, Tensor]) -> list[tuple[Tensor, ...]]:
        """The same crop of the same scene asked twice, for different things: what differs is what the text must do."""
        scene = int(rng.integers(self.config.chunk))
        order = rng.permutation(self.config.queries)
        sides = chunk["sides"][scene]
        one = int(order[0])
        other = next((int(q) for q in order[1:] if sides[q] != sides[one]), int(order[-1]))
        columns = chunk["latents"].shape[3]
        width = min(self.config.crop_columns, columns)
        first = int(rng.integers(columns - width + 1))
        return [row(chunk, scene, query, first, width) for query in (one, other)]


def row(chunk: dict[str, Tensor], scene: int, query: int, first: int, width: int) -> tuple[Tensor, ...]:
    """One query to one scene of a chunk, columns `first` to `first + width`, in the order of `Batch`'s fields."""
    side = int(chunk["sides"][scene, query])
    stride = chunk["mixture_mel"].shape[1] // chunk["latents"].shape[3]
    latents = chunk["latents"][scene, :, :, first : first + width].float()
    frames = slice(first * stride, (first + width) * stride)
    mask = chunk["true_mask"][scene, frames].float() / 255
    target, rest = {WANTED: (1, 2), REST: (2, 1), ABSENT: (3, 0)}[side]
    wanted = {WANTED: mask, REST: 1 - mask, ABSENT: torch.zeros_like(mask)}[side]
    states, tokens = chunk["states"][scene, query].float(), chunk["mask"][scene, query].float()
    return (
        latents[0],
        latents[target],
        latents[rest],
        states,
        tokens,
        wanted,
        chunk["mixture_mel"][scene, frames].float(),
    )
