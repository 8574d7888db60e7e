"""Training of the component separator: class-agnostic masks, learned from mixtures without their texts."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from flowsep_export.networks.components import ComponentConfig, ComponentNet, start_from_flow
from flowsep_export.networks.melvae import MelVAE
from flowsep_training.config import ComponentLossConfig, PoolConfig, TrainingConfig, build
from flowsep_training.data.folds import FIT, TRAIN, VALID
from flowsep_training.data.mixtures import TrainingMixer, TrainingMixture
from flowsep_training.data.sources import Library
from torch import Tensor, nn
from torch.utils.data import Dataset

from . import mel
from .flow import latent_scale_on, linear_and_log
from .grouping import DETAIL_POWER, ENERGY_POWER, best_match, detail_error, energy_weights, matched_error
from .pool import ChunkPool
from .run import TrainingRun, averaged_weights, checkpoint_config
from .vae import VALID_SEED, load_vae

MOST_SOURCES = 4
VALID_CHUNKS, VALID_BATCH = 16, 8


@dataclass(frozen=True)
class ComponentBatch:
    """Everything that one step learns from.

    mixture : (B, C, T, F) latents.     mel : (B, 1, frames, bands) of the mixture.
    truths : (B, S, frames, bands), each source's share of the energy.     counts : (B,) number of sources.
    """

    mixture: Tensor
    mel: Tensor
    truths: Tensor
    counts: Tensor

    def to(self, device: torch.device) -> "ComponentBatch":
        """Return the batch on `device`."""
        return ComponentBatch(**{name: getattr(self, name).to(device) for name in self.__dataclass_fields__})


def source_shares(mixture: TrainingMixture, frames: int) -> tuple[Tensor, Tensor]:
    """Return the mixture's log-mel (frames, bands), and each source's share of the mel energies (S, frames, bands)."""
    spectra = mel.spectrum(torch.from_numpy(mixture.sources), frames)
    return mel.log_mel_of_magnitude(spectra.sum(0).abs()), torch.softmax(
        2 * mel.log_mel_of_magnitude(spectra.abs()), dim=0
    )


class ComponentChunks(Dataset):
    """Chunk `i`: `config.chunk` mixtures encoded by `vae`, and the shares of their sources."""

    def __init__(self, mixer: TrainingMixer, vae: MelVAE, scale: float, config: PoolConfig, seed: int):
        self.mixer, self.vae, self.scale, self.config, self.seed = mixer, vae, scale, config, seed
        self.frames = mixer.config.frames // mel.SPEC.hop

    @torch.no_grad()
    def __getitem__(self, number: int) -> dict[str, Tensor]:
        torch.set_num_threads(1)
        mels, truths, counts = [], [], []
        for i in range(self.config.chunk):
            mixture = self.mixer.mixture(self.seed, number * self.config.chunk + i)
            log_mel, shares = source_shares(mixture, self.frames)
            mels.append(log_mel)
            counts.append(len(shares))
            truths.append(nn.functional.pad(shares, (0, 0, 0, 0, 0, MOST_SOURCES - len(shares))))
        log_mels = torch.stack(mels)[:, None]
        return {
            "latents": (self.vae.encode(log_mels)[0] * self.scale).half(),
            "mel": log_mels[:, 0].half(),
            "truths": (torch.stack(truths) * 255).round().byte(),
            "counts": torch.tensor(counts),
        }


class ComponentPool(ChunkPool):
    """A pool of `ComponentChunks` that gives batches of crops."""

    def batch(self, step: int, seed: int, size: int, width: int) -> ComponentBatch:
        """Return the batch of a step: `size` crops of `width` columns."""
        _, (slots, mixtures, firsts), width = self._draw(step, seed, size, width)
        return component_batch(self._ring, slots, mixtures, firsts, width)


def component_batch(
    ring: dict[str, Tensor], slots: Tensor, mixtures: Tensor, firsts: Tensor, width: int
) -> ComponentBatch:
    """Return B crops of mixtures in slots, columns `firsts` to `firsts + width`; indices are (B,)."""
    stride = ring["mel"].shape[-2] // ring["latents"].shape[-2]
    columns = firsts[:, None] + torch.arange(width, device=firsts.device)
    frames = (firsts * stride)[:, None] + torch.arange(width * stride, device=firsts.device)
    slot, mixture = slots[:, None], mixtures[:, None]
    return ComponentBatch(
        mixture=ring["latents"][slot, mixture, :, columns].permute(0, 2, 1, 3).float(),
        mel=ring["mel"][slot, mixture, frames][:, None].float(),
        truths=ring["truths"][slot, mixture, :, frames].permute(0, 2, 1, 3).float() / 255,
        counts=ring["counts"][slots, mixtures],
    )


def component_loss(logits: Tensor, batch: ComponentBatch, config: ComponentLossConfig) -> dict[str, Tensor]:
    """Return the losses of mask logits (B, K, frames, bands) as means over the batch; `total` is learned from."""
    masks, truths = logits.softmax(1).flatten(2), batch.truths.flatten(2)
    weights = energy_weights(batch.mel[:, 0], ENERGY_POWER).flatten(1)
    soft = energy_weights(batch.mel[:, 0], DETAIL_POWER).flatten(1)
    losses = {}
    for name, one_to_one in (("grouped", False), ("assigned", True)):
        with torch.no_grad():
            members = best_match(masks, truths, batch.counts, weights, one_to_one=one_to_one).members
        losses[name] = matched_error(masks, truths, weights, members)
        losses[f"{name}_detail"] = detail_error(masks, truths, soft, members)
    shares = linear_and_log(losses["grouped"].clamp_min(0)) + config.assigned * linear_and_log(
        losses["assigned"].clamp_min(0)
    )
    details = losses["grouped_detail"] + config.assigned * losses["assigned_detail"]
    return {"total": (shares + config.detail * details).mean()} | {name: loss.mean() for name, loss in losses.items()}


def train_components(config: TrainingConfig, data: Path, folder: Path) -> TrainingRun:
    """Train the component separator of `config` on the library `data`, or resume its run in `folder`.

    `config.start` may be a checkpoint of a text-conditioned separator or of a component separator.
    """
    torch.manual_seed(config.loop.seed)
    library = Library.open(data)
    vae = load_vae(Path(config.vae))
    mixer = TrainingMixer(library, TRAIN, config.mixtures)
    scale = latent_scale_on(vae, mixer)
    net = ComponentNet(build(ComponentConfig, config.network))
    if config.start:
        start(net, Path(config.start))
    run = TrainingRun(net.to(memory_format=torch.channels_last), config, folder)
    chunks = ComponentChunks(mixer, vae, scale, config.pool, config.loop.seed)
    loop = config.loop
    pool = ComponentPool(chunks, config.pool, loop.workers, run.step, run.rank, run.ranks, loop.device)
    checks = {split: check_batch(library, split, vae, scale, config).to(run.device) for split in _splits(library)}
    for step in run.steps():
        columns = config.pool.columns(run.progress())
        size = max(1, loop.batch * config.pool.columns(0.0) // columns)
        batch = pool.batch(step, loop.seed, size, columns)
        losses = component_loss(run.model(batch.mixture, batch.mel), batch, config.component_loss)
        run.update(losses["total"])
        run.record("train", **losses)
        run.validate(lambda net: {k: v for split, batch in checks.items() for k, v in check(net, batch, split).items()})
    return run


def start(net: ComponentNet, checkpoint: Path) -> None:
    """Load the weights of another component separator, or the trunk of a text-conditioned one, into `net`."""
    from .flow import load_flow

    if "constant" in averaged_weights(checkpoint):
        net.load_state_dict(averaged_weights(checkpoint))
    else:
        start_from_flow(net, load_flow(checkpoint)[0])


def _splits(library: Library) -> list[str]:
    """Return the splits to check: other recordings of known libraries, and unknown libraries, as far as they exist."""
    existing = {source.split for source in library.sources}
    return [split for split in (VALID, FIT) if split in existing] or [TRAIN]


def check_batch(library: Library, split: str, vae: MelVAE, scale: float, config: TrainingConfig) -> ComponentBatch:
    """Return `VALID_CHUNKS` chunks of a split as one batch of whole windows."""
    chunks = ComponentChunks(TrainingMixer(library, split, config.mixtures), vae, scale, config.pool, VALID_SEED)
    parts = [chunks[number] for number in range(VALID_CHUNKS)]
    ring = {name: torch.stack([part[name] for part in parts]) for name in parts[0]}
    count = VALID_CHUNKS * config.pool.chunk
    slots, mixtures = np.divmod(np.arange(count), config.pool.chunk)
    places = (torch.from_numpy(slots), torch.from_numpy(mixtures), torch.zeros(count, dtype=torch.long))
    return component_batch(ring, *places, ring["latents"].shape[-2])


@torch.no_grad()
def check(net: nn.Module, batch: ComponentBatch, split: str) -> dict[str, float]:
    """Return the errors of the batch of a split by "split_grouped" and "split_assigned"."""
    rows = []
    for first in range(0, len(batch.mixture), VALID_BATCH):
        part = ComponentBatch(**{n: getattr(batch, n)[first : first + VALID_BATCH] for n in batch.__dataclass_fields__})
        losses = component_loss(net(part.mixture, part.mel), part, ComponentLossConfig())
        rows.append({name: len(part.mixture) * loss.item() for name, loss in losses.items()})
    return {f"{split}_{name}": sum(row[name] for row in rows) / len(batch.mixture) for name in ("grouped", "assigned")}


def load_components(path: Path) -> tuple[ComponentNet, dict]:
    """Return the network of a checkpoint with its averaged weights, frozen, and the configuration of its run."""
    config = checkpoint_config(path)
    net = ComponentNet(build(ComponentConfig, config["network"]))
    net.load_state_dict(averaged_weights(path))
    return net.eval().requires_grad_(False), config
