"""The separator's loop: a velocity network over latents of target and rest, given the mixture's latent and a text."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from flowsep_export.networks.flownet import FlowConfig, FlowNet, FlowUNet, FlowUNetConfig
from flowsep_export.networks.melvae import MelVAE
from flowsep_training.config import Config, FlowLoss, build
from flowsep_training.data.mixtures import Mixer, Recipe
from flowsep_training.data.scenes import MelScenes
from flowsep_training.data.sources import Library
from flowsep_training.queries.text import HashedText, TextEncoder, open_text
from torch import Tensor, nn
from torch.nn import functional

from .objectives import answer, draw_times, shortcut, solve
from .pool import Batch, Chunks, ScenePool, row
from .run import Run, averaged_weights, checkpoint_config
from .vae import VALID_SEED, latent_scale, load_vae

VALID_CHUNKS = 3
CLEARLY_THERE, CLEARLY_NOT = 0.05, 0.003  # of a column's energy
HEARD = 1e-4  # of the loudest column's energy


def make_network(config: dict, architecture: str) -> nn.Module:
    """A `FlowNet`, or a `FlowUNet` where `architecture` says "unet"."""
    if architecture == "unet":
        return FlowUNet(build(FlowUNetConfig, config))
    return FlowNet(build(FlowConfig, config))


def mask_error(mask_logits: Tensor, batch: Batch) -> Tensor:
    """Share of the mixture's energy that the mask of `odds` (B, frames, bands) puts on the wrong side, per sample."""
    error = (torch.sigmoid(mask_logits) - batch.true_mask).square()
    return weighted_mean(error, (1.6 * (batch.mixture_mel - batch.mixture_mel.amax((1, 2), keepdim=True))).exp())


def shaped(share: Tensor) -> Tensor:
    """The mask's error as it is learned from.

    Mostly linear: decibels alone reward what is separated already and hardly punish the wrong pick.
    """
    return share + 0.15 * torch.log10(share + 0.01)


def detail_error(mask_logits: Tensor, batch: Batch) -> Tensor:
    """Cross-entropy of the mask, soft sounds counting nearly as much as loud ones, per sample."""
    error = functional.binary_cross_entropy_with_logits(mask_logits, batch.true_mask, reduction="none")
    return weighted_mean(error, (0.5 * (batch.mixture_mel - batch.mixture_mel.amax((1, 2), keepdim=True))).exp())


def presence_error(presence: Tensor, batch: Batch) -> Tensor:
    """Cross-entropy of `presence` (B, columns) where it is plain whether the target sounds, per sample."""
    power = (2 * batch.mixture_mel).exp().unflatten(1, (presence.shape[1], -1))
    whole = power.sum((2, 3))
    share = (power * batch.true_mask.unflatten(1, (presence.shape[1], -1))).sum((2, 3)) / whole
    plain = (share > CLEARLY_THERE) | (share < CLEARLY_NOT)
    heard = whole > HEARD * whole.amax(1, keepdim=True)
    error = functional.binary_cross_entropy_with_logits(presence, (share > CLEARLY_THERE).float(), reduction="none")
    return weighted_mean(error[:, :, None], (plain & heard).float()[:, :, None])


def weighted_mean(values: Tensor, weights: Tensor) -> Tensor:
    """Mean of (B, n, m) over all but the batch."""
    return (values * weights).sum((1, 2)) / weights.sum((1, 2)).clamp_min(1e-9)


def flow_loss(run: Run, batch: Batch, config: FlowLoss) -> dict[str, Tensor]:
    """Losses of one step on the live weights."""
    generator = run.generator()
    size = len(batch.mixture)
    keep = (torch.rand(size, generator=generator, device=run.device) >= config.text_dropout).float()
    batch = replace(batch, text=batch.text * keep[:, None, None], text_mask=batch.text_mask * keep[:, None])
    shape = ((size + 1) // 2, 2 * batch.target.shape[1], *batch.target.shape[2:])
    noise = torch.randn(shape, generator=generator, device=run.device).repeat_interleave(2, dim=0)[:size]
    times = draw_times(size, config, generator)
    errors, said = answer(run.model, batch, noise, times, config)
    losses = {
        "velocity": errors.mean(),
        "mask": shaped(mask_error(said.mask_logits, batch)).mean(),
        "detail": detail_error(said.mask_logits, batch).mean(),
        "presence": presence_error(said.presence, batch).mean(),
    }
    total = sum(getattr(config, name) * value for name, value in losses.items())
    count = round(size * config.shortcut)
    if count:
        part = Batch(**{name: value[-count:] for name, value in vars(batch).items()})
        losses["shortcut"] = shortcut(run.model, run.average, part, noise[-count:], generator).mean()
        total = total + losses["shortcut"]
    return {**losses, "total": total}


def train_flow(config: Config, data: Path, folder: Path) -> Run:
    """Train, or go on training, the separator of `config`."""
    torch.manual_seed(config.loop.seed)
    library = Library.open(data)
    mixer = Mixer(library, "train", config.mixtures)
    vae = load_vae(Path(config.vae))
    scale = measured_scale(vae, mixer)
    text = open_text(config.text, config.pool.tokens)
    net = make_network(config.network, config.architecture)
    if config.start:
        net.load_state_dict(averaged_weights(Path(config.start)))
    if config.whiten_text:
        whiten_text(net, text, mixer)
    net = net.to(memory_format=torch.channels_last)
    run = Run(net, config, folder)
    chunks = Chunks(mixer, vae, scale, text, config.pool, config.loop.seed)
    pool = ScenePool(chunks, config.pool, config.loop.workers, run.step, run.rank, run.ranks, config.loop.device)
    has_split = any(source.split == "valid" for source in library.sources)
    valid_mixer = Mixer(library, "valid" if has_split else "train", config.mixtures)
    valid = validation_batch(Chunks(valid_mixer, vae, scale, text, config.pool, VALID_SEED)).to(run.device)
    for step in run.steps():
        columns = config.pool.columns(run.progress())
        size = 2 * max(1, config.loop.batch * config.pool.columns(0.0) // columns // 2)
        losses = flow_loss(run, pool.batch(step, config.loop.seed, size, columns), config.flow_loss)
        run.learn(losses["total"])
        run.note("train", **losses)
        run.validate(lambda net: check(net, valid, config.flow_loss))
    return run


@torch.no_grad()
def whiten_text(net: nn.Module, text: TextEncoder | HashedText, mixer: Mixer, count: int = 1500) -> None:
    """Set the layers that read the text so that what they give is centred, of unit spread and uncorrelated at first.

    Sentence states share most of their direction; without this the difference between two labels starts out faint.
    """
    rng = np.random.default_rng(VALID_SEED)
    things = [mixer.phrasebook.any_thing(rng) for _ in range(count)]
    states, mask = text([mixer.phrasebook.describe(rng, [thing], []) for thing in things])
    pooled = (states * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)
    for layer, points in ((net.condition.pooled[0], pooled), (net.condition.tokens[0], states[mask > 0])):
        mean = points.mean(0)
        values, axes = torch.linalg.eigh(torch.cov((points - mean).T))
        scale = (values.clamp_min(0) + 0.1 * values.mean()).rsqrt()
        kept = min(len(axes), layer.out_features)
        whiten = (axes * scale)[:, -kept:].T
        turn = torch.linalg.qr(torch.randn(layer.out_features, kept, generator=torch.Generator().manual_seed(1)))[0]
        layer.weight.copy_(turn @ whiten)
        layer.bias.copy_(-layer.weight @ mean)


def measured_scale(vae: MelVAE, mixer: Mixer) -> float:
    """`latent.scale` of this autoencoder on this data."""
    short = Mixer(mixer.library, "train", Recipe(seconds=2.56))
    return latent_scale(vae, torch.stack([scene for scene in MelScenes(short, VALID_SEED + 2, 32)]).flatten(0, 1))


def validation_batch(chunks: Chunks) -> Batch:
    """Every scene of a few chunks with its first text, whole windows."""
    rows = []
    for number in range(VALID_CHUNKS):
        chunk = chunks[number]
        rows += [row(chunk, scene, 0, 0, chunk["latents"].shape[3]) for scene in range(chunks.config.chunk)]
    return Batch(*[torch.stack(column) for column in zip(*rows, strict=True)])


def check(net: nn.Module, batch: Batch, config: FlowLoss) -> dict[str, float]:
    """Error of one- and two-step answers on the validation batch: latents, the mask as decibels of gain, presence."""
    shape = (len(batch.mixture), 2 * batch.mixture.shape[1], *batch.mixture.shape[2:])
    noise = torch.randn(shape, generator=torch.Generator().manual_seed(5)).to(batch.mixture.device)
    found = {}
    for steps in (1, 2):
        latents, mask_logits, presence = [], [], []
        for i in range(0, len(noise), 8):
            some = slice(i, i + 8)
            given = (batch.mixture[some], batch.text[some], batch.text_mask[some])
            x1, said = solve(net, noise[some], given, steps, config.objective)
            latents.append(x1), mask_logits.append(said.mask_logits), presence.append(said.presence)
        target = torch.cat([batch.target, batch.residual], 1)
        found[f"square_{steps}"] = (torch.cat(latents) - target).square().mean().item()
        found[f"mask_db_{steps}"] = -10 * torch.log10(mask_error(torch.cat(mask_logits), batch) + 0.005).mean().item()
        found[f"presence_{steps}"] = presence_error(torch.cat(presence), batch).mean().item()
    return found


def load_flow(path: Path) -> tuple[nn.Module, dict]:
    """The network of a checkpoint with its averaged weights, frozen, and the run's configuration."""
    config = checkpoint_config(path)
    net = make_network(config["network"], config["architecture"])
    net.load_state_dict(averaged_weights(path))
    return net.eval().requires_grad_(False), config
