"""The component separator's loop: masks that group, learned from scenes without their texts."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from flowsep_export.networks.components import ComponentConfig, ComponentNet, start_from_flow
from flowsep_export.networks.melvae import MelVAE
from flowsep_training.config import ComponentLoss, Config, Pool, build
from flowsep_training.data.folds import FIT, VALID
from flowsep_training.data.mixtures import Mixer, Scene
from flowsep_training.data.sources import Library
from torch import Tensor, nn
from torch.utils.data import Dataset

from . import mel
from .flow import measured_scale, shaped
from .grouping import DETAIL_POWER, ENERGY_POWER, best_match, detail_error, energy_weights, matched_error
from .pool import ChunkPool
from .run import Run, averaged_weights, checkpoint_config
from .vae import VALID_SEED, load_vae

MOST_SOURCES = 4
VALID_CHUNKS = 4


@dataclass(frozen=True)
class ComponentBatch:
    """What one step learns from.

    mixture : (B, C, T, F) latents.     mel : (B, 1, frames, bands) of the mixture.
    truths : (B, S, frames, bands), each source's share of the energy.     counts : (B,) number of sources.
    """

    mixture: Tensor
    mel: Tensor
    truths: Tensor
    counts: Tensor

    def to(self, device: torch.device) -> "ComponentBatch":
        """All of it on `device`."""
        return ComponentBatch(**{name: getattr(self, name).to(device) for name in self.__dataclass_fields__})


def source_shares(scene: Scene, frames: int) -> tuple[Tensor, Tensor]:
    """Log-mel of the mixture (frames, bands), and each source's share of the mel energies (S, frames, bands)."""
    spectra = mel.spectrum(torch.from_numpy(scene.sources), frames)
    mixture = mel.log_mel_of_magnitude(spectra.sum(0).abs())
    return mixture, torch.softmax(2 * mel.log_mel_of_magnitude(spectra.abs()), dim=0)


class ComponentChunks(Dataset):
    """Chunk `i`: `config.chunk` scenes, their mixtures encoded by `vae`."""

    def __init__(self, mixer: Mixer, vae: MelVAE, scale: float, config: Pool, seed: int):
        self.mixer, self.vae, self.scale, self.config, self.seed = mixer, vae, scale, config, seed
        self.frames = mixer.recipe.frames // mel.SPEC.hop

    @torch.no_grad()
    def __getitem__(self, number: int) -> dict[str, Tensor]:
        torch.set_num_threads(1)
        mels, truths, counts = [], [], []
        for i in range(self.config.chunk):
            scene = self.mixer.scene(self.seed, number * self.config.chunk + i)
            mixture, shares = source_shares(scene, self.frames)
            mels.append(mixture)
            counts.append(len(shares))
            truths.append(nn.functional.pad(shares, (0, 0, 0, 0, 0, MOST_SOURCES - len(shares))))
        mixtures = torch.stack(mels)[:, None]
        return {
            "latents": (self.vae.encode(mixtures)[0] * self.scale).half(),
            "mel": mixtures[:, 0].half(),
            "truths": (torch.stack(truths) * 255).round().byte(),
            "counts": torch.tensor(counts),
        }


class ComponentPool(ChunkPool):
    """A pool of `ComponentChunks` and batches drawn from it."""

    def batch(self, step: int, seed: int, size: int, width: int) -> ComponentBatch:
        """The batch of a step: `size` crops of `width` columns."""
        _, (slots, scenes, firsts), width = self._draw(step, seed, size, width)
        return component_batch(self._held, slots, scenes, firsts, width)


def component_batch(
    held: dict[str, Tensor], slots: Tensor, scenes: Tensor, firsts: Tensor, width: int
) -> ComponentBatch:
    """Crops of scenes in slots, columns `firsts` to `firsts + width`; all index tensors (B,)."""
    stride = held["mel"].shape[-2] // held["latents"].shape[-2]
    columns = firsts[:, None] + torch.arange(width, device=firsts.device)
    frames = (firsts * stride)[:, None] + torch.arange(width * stride, device=firsts.device)
    rows, these = slots[:, None], scenes[:, None]
    return ComponentBatch(
        held["latents"][rows, these, :, columns].permute(0, 2, 1, 3).float(),
        held["mel"][rows, these, frames][:, None].float(),
        held["truths"][rows, these, :, frames].permute(0, 2, 1, 3).float() / 255,
        held["counts"][slots, scenes],
    )


def component_loss(logits: Tensor, batch: ComponentBatch, config: ComponentLoss) -> dict[str, Tensor]:
    """The losses of mask logits (B, K, frames, bands) as means over the batch; `total` is what is learned from."""
    masks, truths = logits.softmax(1).flatten(2), batch.truths.flatten(2)
    weights = energy_weights(batch.mel[:, 0], ENERGY_POWER).flatten(1)
    soft = energy_weights(batch.mel[:, 0], DETAIL_POWER).flatten(1)
    losses = {}
    for name, one_to_one in (("grouped", False), ("assigned", True)):
        with torch.no_grad():
            members = best_match(masks, truths, batch.counts, weights, one_to_one=one_to_one).members
        losses[name] = matched_error(masks, truths, weights, members)
        losses[f"{name}_detail"] = detail_error(masks, truths, soft, members)
    shares = shaped(losses["grouped"].clamp_min(0)) + config.assigned * shaped(losses["assigned"].clamp_min(0))
    details = losses["grouped_detail"] + config.assigned * losses["assigned_detail"]
    return {"total": (shares + config.detail * details).mean()} | {name: loss.mean() for name, loss in losses.items()}


def train_components(config: Config, data: Path, folder: Path) -> Run:
    """Train or go on training; `config.start` may be a checkpoint of a text-conditioned separator or of components."""
    torch.manual_seed(config.loop.seed)
    library = Library.open(data)
    vae = load_vae(Path(config.vae))
    mixer = Mixer(library, "train", config.mixtures)
    scale = measured_scale(vae, mixer)
    net = ComponentNet(build(ComponentConfig, config.network))
    if config.start:
        start(net, Path(config.start))
    run = Run(net.to(memory_format=torch.channels_last), config, folder)
    chunks = ComponentChunks(mixer, vae, scale, config.pool, config.loop.seed)
    loop = config.loop
    pool = ComponentPool(chunks, config.pool, loop.workers, run.step, run.rank, run.ranks, loop.device)
    checks = {split: check_batch(library, split, vae, scale, config).to(run.device) for split in _splits(library)}
    for step in run.steps():
        columns = config.pool.columns(run.progress())
        size = max(1, loop.batch * config.pool.columns(0.0) // columns)
        batch = pool.batch(step, loop.seed, size, columns)
        losses = component_loss(run.model(batch.mixture, batch.mel), batch, config.component_loss)
        run.learn(losses["total"])
        run.note("train", **losses)
        run.validate(lambda net: {k: v for split, batch in checks.items() for k, v in check(net, batch, split).items()})
    return run


def start(net: ComponentNet, checkpoint: Path) -> None:
    """Take the weights of another component separator, or the trunk of a text-conditioned one."""
    from .flow import load_flow

    if "constant" in averaged_weights(checkpoint):
        net.load_state_dict(averaged_weights(checkpoint))
    else:
        start_from_flow(net, load_flow(checkpoint)[0])


def _splits(library: Library) -> list[str]:
    """What errors are told of: other recordings of known libraries, and libraries that are unknown."""
    there = {source.split for source in library.sources}
    return [split for split in (VALID, FIT) if split in there] or ["train"]


def check_batch(library: Library, split: str, vae: MelVAE, scale: float, config: Config) -> ComponentBatch:
    """Whole windows of a few chunks of a split."""
    chunks = ComponentChunks(Mixer(library, split, config.mixtures), vae, scale, config.pool, VALID_SEED)
    parts = [chunks[number] for number in range(VALID_CHUNKS)]
    held = {name: torch.stack([part[name] for part in parts]) for name in parts[0]}
    count = VALID_CHUNKS * config.pool.chunk
    slots, scenes = np.divmod(np.arange(count), config.pool.chunk)
    places = (torch.from_numpy(slots), torch.from_numpy(scenes), torch.zeros(count, dtype=torch.long))
    return component_batch(held, *places, held["latents"].shape[-2])


@torch.no_grad()
def check(net: nn.Module, batch: ComponentBatch, split: str) -> dict[str, float]:
    """Errors of a split's batch."""
    found = []
    for first in range(0, len(batch.mixture), 8):
        part = ComponentBatch(**{n: getattr(batch, n)[first : first + 8] for n in batch.__dataclass_fields__})
        losses = component_loss(net(part.mixture, part.mel), part, ComponentLoss())
        found.append({name: len(part.mixture) * loss.item() for name, loss in losses.items()})
    return {f"{split}_{name}": sum(row[name] for row in found) / len(batch.mixture) for name in ("grouped", "assigned")}


def load_components(path: Path) -> tuple[ComponentNet, dict]:
    """The network of a checkpoint with its averaged weights, frozen, and the run's configuration."""
    config = checkpoint_config(path)
    net = ComponentNet(build(ComponentConfig, config["network"]))
    net.load_state_dict(averaged_weights(path))
    return net.eval().requires_grad_(False), config
