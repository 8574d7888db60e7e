"""Training of the text-conditioned separator: a velocity network over latents of target and residual."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from flowsep_export.networks.flow_config import FlowConfig, FlowUNetConfig
from flowsep_export.networks.flow_unet import FlowUNet
from flowsep_export.networks.flownet import FlowNet
from flowsep_export.networks.melvae import MelVAE
from flowsep_training.config import FlowLossConfig, TrainingConfig, build
from flowsep_training.data.datasets import MelMixtures
from flowsep_training.data.folds import validation_split
from flowsep_training.data.mixtures import MixtureConfig, TrainingMixer
from flowsep_training.data.sources import Library
from flowsep_training.queries.text import HashedText, TextEncoder, open_text
from torch import Tensor, nn
from torch.nn import functional

from .grouping import DETAIL_POWER, ENERGY_POWER
from .objectives import draw_times, latent_error, shortcut, solve
from .pool import FlowBatch, FlowChunks, FlowPool, row
from .run import TrainingRun, averaged_weights, checkpoint_config
from .vae import VALID_SEED, latent_scale, load_vae

VALID_CHUNKS, VALID_BATCH, VALID_NOISE_SEED = 3, 8, 5
SCALE_SECONDS, SCALE_MIXTURES = 2.56, 32
"""Mixtures on which the scale of the latents is measured."""

CLEARLY_PRESENT, CLEARLY_ABSENT = 0.05, 0.003
"""Shares of a column's energy above and below which the target is present or absent; others are not learned from."""

AUDIBLE = 1e-4
"""Columns with less than this share of the loudest column's energy are not learned from."""

LOG_WEIGHT, LOG_OFFSET = 0.15, 0.01
"""Weight of the logarithm in `linear_and_log`, and the share at which it levels off, -20 dB."""

BEST_MASK_DB_OFFSET = 0.005
"""Added to a mask's error before it is written in decibels, so that a perfect mask has 23 dB."""

WHITENING_TEXTS, WHITENING_FLOOR = 1500, 0.1
"""Texts whose covariance whitens the text layers, and the share of its mean variance that is added to all."""


def make_network(config: dict, architecture: str) -> nn.Module:
    """Return a `FlowNet` of the sizes in `config`, or a `FlowUNet` where `architecture` is "unet"."""
    if architecture == "unet":
        return FlowUNet(build(FlowUNetConfig, config))
    return FlowNet(build(FlowConfig, config))


def mask_error(mask_logits: Tensor, batch: FlowBatch) -> Tensor:
    """Return the share of the mixture's energy that a mask puts on the wrong side, `(B,)`.

    mask_logits : (B, frames, bands).
    """
    error = (torch.sigmoid(mask_logits) - batch.true_mask).square()
    return weighted_mean(error, _loudness(batch, ENERGY_POWER))


def linear_and_log(share: Tensor) -> Tensor:
    """Return the loss `(B,)` of a mask's error, a share of energy `(B,)`: linear, with a little of its logarithm.

    Decibels alone reward masks that are good already and hardly punish the wrong sound.
    """
    return share + LOG_WEIGHT * torch.log10(share + LOG_OFFSET)


def detail_error(mask_logits: Tensor, batch: FlowBatch) -> Tensor:
    """Return the cross-entropy of a mask, `(B,)`, in which soft sounds count nearly as much as loud ones.

    mask_logits : (B, frames, bands).
    """
    error = functional.binary_cross_entropy_with_logits(mask_logits, batch.true_mask, reduction="none")
    return weighted_mean(error, _loudness(batch, DETAIL_POWER))


def _loudness(batch: FlowBatch, power: float) -> Tensor:
    """Return weights `(B, frames, bands)`: mel values of the mixture re their maximum, to `power`."""
    return (power * (batch.mixture_mel - batch.mixture_mel.amax((1, 2), keepdim=True))).exp()


def presence_error(presence: Tensor, batch: FlowBatch) -> Tensor:
    """Return the cross-entropy `(B,)` of presence logits (B, columns) where the target is clearly present or absent."""
    power = (2 * batch.mixture_mel).exp().unflatten(1, (presence.shape[1], -1))
    total = power.sum((2, 3))
    share = (power * batch.true_mask.unflatten(1, (presence.shape[1], -1))).sum((2, 3)) / total
    is_present = share > CLEARLY_PRESENT
    is_clear = is_present | (share < CLEARLY_ABSENT)
    is_audible = total > AUDIBLE * total.amax(1, keepdim=True)
    error = functional.binary_cross_entropy_with_logits(presence, is_present.float(), reduction="none")
    return weighted_mean(error[:, :, None], (is_clear & is_audible).float()[:, :, None])


def weighted_mean(values: Tensor, weights: Tensor) -> Tensor:
    """Return the weighted mean of `values` (B, n, m) per sample, `(B,)`; `weights` have the same shape."""
    return (values * weights).sum((1, 2)) / weights.sum((1, 2)).clamp_min(1e-9)


def flow_loss(run: TrainingRun, batch: FlowBatch, config: FlowLossConfig) -> dict[str, Tensor]:
    """Return the losses of one step as scalars, and their weighted `total`, which is learned from."""
    generator = run.generator()
    size = len(batch.mixture)
    keep = (torch.rand(size, generator=generator, device=run.device) >= config.text_dropout).float()
    batch = replace(batch, text=batch.text * keep[:, None, None], text_mask=batch.text_mask * keep[:, None])
    shape = ((size + 1) // 2, 2 * batch.target.shape[1], *batch.target.shape[2:])
    noise = torch.randn(shape, generator=generator, device=run.device).repeat_interleave(2, dim=0)[:size]
    times = draw_times(size, config, generator)
    errors, answer = latent_error(run.model, batch, noise, times, config)
    losses = {
        "velocity": errors.mean(),
        "mask": linear_and_log(mask_error(answer.mask_logits, batch)).mean(),
        "detail": detail_error(answer.mask_logits, batch).mean(),
        "presence": presence_error(answer.presence, batch).mean(),
    }
    total = sum(getattr(config, name) * value for name, value in losses.items())
    count = round(size * config.shortcut)
    if count:
        part = FlowBatch(**{name: value[-count:] for name, value in vars(batch).items()})
        losses["shortcut"] = shortcut(run.model, run.average, part, noise[-count:], generator).mean()
        total = total + losses["shortcut"]
    return {**losses, "total": total}


def train_flow(config: TrainingConfig, data: Path, folder: Path) -> TrainingRun:
    """Train the separator of `config` on the library `data`, or resume its run in `folder`."""
    torch.manual_seed(config.loop.seed)
    library = Library.open(data)
    mixer = TrainingMixer(library, "train", config.mixtures)
    vae = load_vae(Path(config.vae))
    scale = latent_scale_on(vae, mixer)
    text = open_text(config.text, config.pool.tokens)
    net = make_network(config.network, config.architecture)
    if config.start:
        net.load_state_dict(averaged_weights(Path(config.start)))
    if config.whiten_text:
        whiten_text(net, text, mixer)
    net = net.to(memory_format=torch.channels_last)
    run = TrainingRun(net, config, folder)
    chunks = FlowChunks(mixer, vae, scale, text, config.pool, config.loop.seed)
    pool = FlowPool(chunks, config.pool, config.loop.workers, run.step, run.rank, run.ranks, config.loop.device)
    valid_mixer = TrainingMixer(library, validation_split(library), config.mixtures)
    valid = validation_batch(FlowChunks(valid_mixer, vae, scale, text, config.pool, VALID_SEED)).to(run.device)
    for step in run.steps():
        columns = config.pool.columns(run.progress())
        size = 2 * max(1, config.loop.batch * config.pool.columns(0.0) // columns // 2)
        losses = flow_loss(run, pool.batch(step, config.loop.seed, size, columns), config.flow_loss)
        run.update(losses["total"])
        run.record("train", **losses)
        run.validate(lambda net: check(net, valid, config.flow_loss))
    return run


@torch.no_grad()
def whiten_text(net: nn.Module, text: TextEncoder | HashedText, mixer: TrainingMixer) -> None:
    """Set the layers that read the text so that their outputs are centred, uncorrelated and of unit variance.

    Sentence states share most of their direction; without this, two labels differ little at the start of training.
    """
    rng = np.random.default_rng(VALID_SEED)
    sounds = [mixer.phrasebook.any_sound(rng) for _ in range(WHITENING_TEXTS)]
    states, mask = text([mixer.phrasebook.describe(rng, [sound], []) for sound in sounds])
    pooled = (states * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)
    for layer, points in ((net.condition.pooled[0], pooled), (net.condition.tokens[0], states[mask > 0])):
        mean = points.mean(0)
        values, axes = torch.linalg.eigh(torch.cov((points - mean).T))
        scale = (values.clamp_min(0) + WHITENING_FLOOR * values.mean()).rsqrt()
        width = min(len(axes), layer.out_features)
        whiten = (axes * scale)[:, -width:].T
        rotation = torch.linalg.qr(torch.randn(layer.out_features, width, generator=torch.Generator().manual_seed(1)))[
            0
        ]
        layer.weight.copy_(rotation @ whiten)
        layer.bias.copy_(-layer.weight @ mean)


def latent_scale_on(vae: MelVAE, mixer: TrainingMixer) -> float:
    """Return `latent_scale` of `vae` on mixtures of this library's training split: `latent.scale` of a card."""
    short = TrainingMixer(mixer.library, "train", MixtureConfig(seconds=SCALE_SECONDS))
    return latent_scale(vae, torch.stack(list(MelMixtures(short, VALID_SEED + 2, SCALE_MIXTURES))).flatten(0, 1))


def validation_batch(chunks: FlowChunks) -> FlowBatch:
    """Return every mixture of `VALID_CHUNKS` chunks, whole windows, with its first text."""
    rows = []
    for number in range(VALID_CHUNKS):
        chunk = chunks[number]
        rows += [row(chunk, mixture, 0, 0, chunk["latents"].shape[3]) for mixture in range(chunks.config.chunk)]
    return FlowBatch(*[torch.stack(column) for column in zip(*rows, strict=True)])


def check(net: nn.Module, batch: FlowBatch, config: FlowLossConfig) -> dict[str, float]:
    """Return the errors of one and two steps on the validation batch: latents, the mask in decibels, presence."""
    shape = (len(batch.mixture), 2 * batch.mixture.shape[1], *batch.mixture.shape[2:])
    noise = torch.randn(shape, generator=torch.Generator().manual_seed(VALID_NOISE_SEED)).to(batch.mixture.device)
    errors = {}
    for steps in (1, 2):
        latents, mask_logits, presence = [], [], []
        for first in range(0, len(noise), VALID_BATCH):
            part = slice(first, first + VALID_BATCH)
            conditions = (batch.mixture[part], batch.text[part], batch.text_mask[part])
            x1, answer = solve(net, noise[part], conditions, steps, config.objective)
            latents.append(x1)
            mask_logits.append(answer.mask_logits)
            presence.append(answer.presence)
        target = torch.cat([batch.target, batch.residual], 1)
        errors[f"square_{steps}"] = (torch.cat(latents) - target).square().mean().item()
        share = mask_error(torch.cat(mask_logits), batch)
        errors[f"mask_db_{steps}"] = -10 * torch.log10(share + BEST_MASK_DB_OFFSET).mean().item()
        errors[f"presence_{steps}"] = presence_error(torch.cat(presence), batch).mean().item()
    return errors


def load_flow(path: Path) -> tuple[nn.Module, dict]:
    """Return the network of a checkpoint with its averaged weights, frozen, and the configuration of its run."""
    config = checkpoint_config(path)
    net = make_network(config["network"], config["architecture"])
    net.load_state_dict(averaged_weights(path))
    return net.eval().requires_grad_(False), config
