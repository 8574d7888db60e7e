"""Training of the autoencoder: log-mels of mixtures, targets and residuals to latents and back."""

from pathlib import Path

import torch
from flowsep_export.networks.melvae import MelVAE, MelVAEConfig
from flowsep_training.config import TrainingConfig, VAELossConfig, build
from flowsep_training.data.datasets import MelMixtures, batches, ratio_mask
from flowsep_training.data.folds import validation_split
from flowsep_training.data.mixtures import TrainingMixer
from flowsep_training.data.sources import Library
from torch import Tensor, nn

from .run import TrainingRun, averaged_weights, checkpoint_config

VALID_SEED = 90_001
VALID_MIXTURES, STATISTICS_MIXTURES = 24, 48

LOUDNESS_POWER = 1.5
"""Exponent of a mel value e^x as weight of a mask's error: between magnitude (1) and energy (2)."""

LEAST_SPREAD = 0.5
"""Least standard deviation of a mel band, in nepers, so that silent bands are not blown up."""


def vae_loss(vae: MelVAE, log_mels: Tensor, noise: Tensor | None, weights: VAELossConfig) -> dict[str, Tensor]:
    """Return the errors of one batch of log-mels of mixture, target and residual `(B, 3, frames, bands)`, as scalars.

    mask : error of the mask of target and residual, where the mixture is loud, which is what rendering makes audible.
    total : the weighted sum of all.     noise : `(3 * B, C, T, F)`; None decodes the mean of the latents.
    """
    b, parts, frames, bands = log_mels.shape
    decoded, mean, logvar = vae(log_mels.reshape(b * parts, 1, frames, bands), noise)
    decoded = decoded.reshape(log_mels.shape)
    error = (decoded - log_mels) / vae.mel_std
    difference = ratio_mask(decoded[:, 1], decoded[:, 2]) - ratio_mask(log_mels[:, 1], log_mels[:, 2])
    loudness = (LOUDNESS_POWER * log_mels[:, 0]).exp()
    mask_error = (difference.square() * loudness).sum((1, 2)) / loudness.sum((1, 2))
    kl = 0.5 * (mean.square() + logvar.exp() - 1 - logvar).mean()
    losses = {"square": error.square().mean(), "absolute": error.abs().mean(), "mask": mask_error.mean(), "kl": kl}
    return {**losses, "total": sum(getattr(weights, name) * value for name, value in losses.items())}


def train_vae(config: TrainingConfig, data: Path, folder: Path) -> TrainingRun:
    """Train the autoencoder of `config` on the library `data`, or resume its run in `folder`."""
    torch.manual_seed(config.loop.seed)
    library = Library.open(data)
    vae = MelVAE(build(MelVAEConfig, config.network))
    mixer = TrainingMixer(library, "train", config.mixtures)
    _set_statistics(vae, mixer)
    run = TrainingRun(vae, config, folder)
    loop = config.loop
    count, first = (loop.steps - run.step) * loop.batch, run.step * loop.batch
    mixtures = batches(MelMixtures(mixer, loop.seed, count, first), loop.batch, loop.workers)
    valid = _validation(library, config)
    for _, log_mels in zip(run.steps(), mixtures, strict=False):
        log_mels = log_mels.to(run.device)
        losses = vae_loss(run.module, log_mels, _noise(run, log_mels), config.vae_loss)
        run.update(losses["total"])
        run.record("train", **losses)
        run.validate(lambda vae: {k: v.item() for k, v in vae_loss(vae, valid, None, config.vae_loss).items()})
    return run


def load_vae(path: Path) -> MelVAE:
    """Return the autoencoder of a checkpoint with its averaged weights, frozen."""
    vae = MelVAE(build(MelVAEConfig, checkpoint_config(path)["network"]))
    vae.load_state_dict(averaged_weights(path))
    return vae.eval().requires_grad_(False)


def latent_scale(vae: nn.Module, log_mels: Tensor) -> float:
    """Return the factor that brings latents of log-mels `(B, frames, bands)` to a standard deviation of 1."""
    mean, _ = vae.encode(log_mels[:, None])
    return 1.0 / mean.std().item()


def _noise(run: TrainingRun, log_mels: Tensor) -> Tensor:
    c = run.module.config
    shape = (log_mels.shape[0] * log_mels.shape[1], c.channels, log_mels.shape[2] // c.time_stride, c.rows)
    return torch.randn(shape, generator=run.generator(), device=run.device)


def _set_statistics(vae: MelVAE, mixer: TrainingMixer) -> None:
    frames = torch.stack(list(MelMixtures(mixer, VALID_SEED + 1, STATISTICS_MIXTURES))).flatten(0, 2)
    vae.mel_mean.copy_(frames.mean(0))
    vae.mel_std.copy_(frames.std(0).clamp_min(LEAST_SPREAD))


def _validation(library: Library, config: TrainingConfig) -> Tensor:
    mixer = TrainingMixer(library, validation_split(library), config.mixtures)
    return torch.stack(list(MelMixtures(mixer, VALID_SEED, VALID_MIXTURES))).to(config.loop.device)
