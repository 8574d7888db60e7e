"""The separator's loop: a velocity network over latents of target and rest, given the mixture's latent and a text."""

from dataclasses import replace
from pathlib import Path

import torch
from flowsep_export.networks.flownet import FlowConfig, FlowNet, FlowUNet, FlowUNetConfig
from flowsep_export.networks.melvae import MelVAE
from torch import Tensor, nn

from .config import Config, FlowLoss, build
from .mixtures import Mixer, Recipe
from .objectives import answer, draw_times, shortcut, solve
from .pool import Batch, Chunks, ScenePool, row
from .run import Run, averaged_weights, checkpoint_config
from .scenes import MelScenes
from .sources import Library
from .text import open_text
from .vae import VALID_SEED, latent_scale, load_vae

VALID_CHUNKS = 3


def make_network(config: dict, architecture: str) -> nn.Module:
    """A `FlowNet`, or a `FlowUNet` where `architecture` says "unet"."""
    if architecture == "unet":
        return FlowUNet(build(FlowUNetConfig, config))
    return FlowNet(build(FlowConfig, config))


def mask_error(vae: MelVAE, scale: float, x1: Tensor, batch: Batch) -> Tensor:
    """How wrong the mask is that decoded target and rest make: log10 of the error's share of the energy, per sample."""
    target, rest = x1.chunk(2, dim=1)
    mel = vae.decode(torch.cat([target, rest]) / scale)[:, 0]
    made_target, made_rest = mel.chunk(2)
    made = torch.sigmoid(2 * (made_target - made_rest))
    loud = (1.6 * (batch.mixture_mel - batch.mixture_mel.amax((1, 2), keepdim=True))).exp()
    share = ((made - batch.true_mask).square() * loud).sum((1, 2)) / loud.sum((1, 2))
    return torch.log10(share + 0.005)


def flow_loss(run: Run, vae: MelVAE, scale: float, batch: Batch, config: FlowLoss) -> dict[str, Tensor]:
    """Losses of one step on the live weights."""
    generator = run.generator()
    size = len(batch.mixture)
    keep = (torch.rand(size, generator=generator, device=run.device) >= config.text_dropout).float()
    batch = replace(batch, text=batch.text * keep[:, None, None], text_mask=batch.text_mask * keep[:, None])
    noise = torch.randn(torch.cat([batch.target, batch.rest], 1).shape, generator=generator, device=run.device)
    times = draw_times(size, config, generator)
    errors, x1 = answer(run.module, batch, noise, times, config)
    losses = {"velocity": errors.mean()}
    total = losses["velocity"]
    masked = round(size * config.mask_share)
    if config.mask and masked:
        part = Batch(**{name: value[:masked] for name, value in vars(batch).items()})
        losses["mask"] = mask_error(vae, scale, x1[:masked], part).mean()
        total = total + config.mask * losses["mask"]
    count = round(size * config.shortcut)
    if count:
        part = Batch(**{name: value[-count:] for name, value in vars(batch).items()})
        losses["shortcut"] = shortcut(run.module, run.average, part, noise[-count:], generator).mean()
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
    if config.start and not (folder / "last.ckpt").exists():
        net.load_state_dict(averaged_weights(Path(config.start)))
    run = Run(net, config, folder)
    chunks = Chunks(mixer, vae, scale, text, config.pool, config.loop.seed)
    pool = ScenePool(chunks, config.loop.workers, run.step, run.rank, run.ranks)
    has_split = any(source.split == "valid" for source in library.sources)
    valid_mixer = Mixer(library, "valid" if has_split else "train", config.mixtures)
    valid = validation_batch(Chunks(valid_mixer, vae, scale, text, config.pool, VALID_SEED)).to(run.device)
    vae = vae.to(run.device)
    for step in run.steps():
        batch = pool.batch(step, config.loop.seed, config.loop.batch).to(run.device)
        with torch.autocast(run.device.type, torch.bfloat16, enabled=config.loop.autocast):
            losses = flow_loss(run, vae, scale, batch, config.flow_loss)
        run.learn(losses["total"])
        run.note("train", **losses)
        run.validate(lambda net: check(net, vae, scale, valid, config.flow_loss))
    return run


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


def check(net: nn.Module, vae: MelVAE, scale: float, batch: Batch, config: FlowLoss) -> dict[str, float]:
    """Error of one- and two-step answers on the validation batch: latents, and the mask as decibels of gain."""
    shape = (len(batch.mixture), 2 * batch.mixture.shape[1], *batch.mixture.shape[2:])
    noise = torch.randn(shape, generator=torch.Generator().manual_seed(5)).to(batch.mixture.device)
    found = {}
    for steps in (1, 2):
        parts = []
        for i in range(0, len(noise), 8):
            some = slice(i, i + 8)
            given = (batch.mixture[some], batch.text[some], batch.text_mask[some])
            parts.append(solve(net, noise[some], given, steps, config.objective))
        x1 = torch.cat(parts)
        found[f"square_{steps}"] = (x1 - torch.cat([batch.target, batch.rest], 1)).square().mean().item()
        found[f"mask_db_{steps}"] = -10 * mask_error(vae, scale, x1, batch).mean().item()
    return found


def load_flow(path: Path) -> tuple[nn.Module, dict]:
    """The network of a checkpoint with its averaged weights, frozen, and the run's configuration."""
    config = checkpoint_config(path)
    net = make_network(config["network"], config["architecture"])
    net.load_state_dict(averaged_weights(path))
    return net.eval().requires_grad_(False), config
