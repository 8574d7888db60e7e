"""The autoencoder's loop: log-mels of mixtures and their parts to 8 latent channels and back."""

from pathlib import Path

import torch
from flowsep_export.networks.melvae import MelVAE, MelVAEConfig
from flowsep_training.config import Config, VAELoss, build
from flowsep_training.data.mixtures import Mixer
from flowsep_training.data.scenes import MelScenes, batches
from flowsep_training.data.sources import Library
from torch import Tensor, nn

from .run import Run, averaged_weights, checkpoint_config

VALID_SEED = 90_001


def vae_loss(vae: MelVAE, found: Tensor, noise: Tensor, weights: VAELoss) -> dict[str, Tensor]:
    """Errors of one batch `(B, 3, frames, bands)` of mixture, wanted and rest.

    `mask` is the error of the mask that wanted and rest make, where the mixture is loud: what the render will hear.
    """
    b, parts, frames, bands = found.shape
    made, mean, logvar = vae(found.reshape(b * parts, 1, frames, bands), noise)
    made = made.reshape(found.shape)
    error = (made - found) / vae.mel_std
    true = torch.sigmoid(2 * (found[:, 1] - found[:, 2]))
    mask = torch.sigmoid(2 * (made[:, 1] - made[:, 2]))
    loud = (1.5 * found[:, 0]).exp()
    mask_error = ((mask - true).square() * loud).sum((1, 2)) / loud.sum((1, 2))
    kl = 0.5 * (mean.square() + logvar.exp() - 1 - logvar).mean()
    losses = {"square": error.square().mean(), "absolute": error.abs().mean(), "mask": mask_error.mean(), "kl": kl}
    return {**losses, "total": sum(getattr(weights, name) * value for name, value in losses.items())}


def train_vae(config: Config, data: Path, folder: Path) -> Run:
    """Train, or go on training, the autoencoder of `config`."""
    torch.manual_seed(config.loop.seed)
    library = Library.open(data)
    vae = MelVAE(build(MelVAEConfig, config.network))
    mixer = Mixer(library, "train", config.mixtures)
    _set_statistics(vae, mixer)
    run = Run(vae, config, folder)
    loop = config.loop
    left = (loop.steps - run.step) * loop.batch
    scenes = batches(MelScenes(mixer, loop.seed, left, run.step * loop.batch), loop.batch, loop.workers)
    valid = _validation(library, config)
    for _, found in zip(run.steps(), scenes, strict=False):
        found = found.to(run.device)
        losses = vae_loss(run.module, found, _noise(run, found), config.vae_loss)
        run.learn(losses["total"])
        run.note("train", **losses)
        run.validate(lambda vae: {k: v.item() for k, v in vae_loss(vae, valid, None, config.vae_loss).items()})
    return run


def load_vae(path: Path) -> MelVAE:
    """The autoencoder of a checkpoint, averaged weights, frozen."""
    vae = MelVAE(build(MelVAEConfig, checkpoint_config(path)["network"]))
    vae.load_state_dict(averaged_weights(path))
    return vae.eval().requires_grad_(False)


def latent_scale(vae: nn.Module, found: Tensor) -> float:
    """What brings latents of log-mels `(B, frames, bands)` to unit spread."""
    mean, _ = vae.encode(found[:, None])
    return 1.0 / mean.std().item()


def _noise(run: Run, found: Tensor) -> Tensor:
    c = run.module.config
    shape = (found.shape[0] * found.shape[1], c.channels, found.shape[2] // c.time_stride, c.rows)
    return torch.randn(shape, generator=run.generator(), device=run.device)


def _set_statistics(vae: MelVAE, mixer: Mixer) -> None:
    found = torch.stack([scene for scene in MelScenes(mixer, VALID_SEED + 1, 48)]).flatten(0, 2)
    vae.mel_mean.copy_(found.mean(0))
    vae.mel_std.copy_(found.std(0).clamp_min(0.5))


def _validation(library: Library, config: Config) -> Tensor:
    has_split = any(source.split == "valid" for source in library.sources)
    mixer = Mixer(library, "valid" if has_split else "train", config.mixtures)
    return torch.stack([scene for scene in MelScenes(mixer, VALID_SEED, 24)]).to(config.loop.device)
