"""The vocoder's loop: log-mels to waveforms, by spectra of several resolutions; no adversary."""

from pathlib import Path

import torch
from flowsep_export.networks.vocos import Vocos, VocosConfig
from flowsep_training.config import Config, VocoderLoss, build
from flowsep_training.data.mixtures import Mixer
from flowsep_training.data.scenes import WaveScenes, batches
from flowsep_training.data.sources import Library
from torch import Tensor, nn

from . import mel
from .run import Run, averaged_weights, checkpoint_config
from .vae import VALID_SEED

RESOLUTIONS = ((512, 128), (1024, 256), (2048, 512), (4096, 1024))
EDGE = 2048  # samples at either end whose mel saw beyond the crop


def vocoder_loss(vocoder: nn.Module, samples: Tensor, weights: VocoderLoss) -> dict[str, Tensor]:
    """Errors of one batch of waveforms `(B, frames * hop)`."""
    frames = samples.shape[1] // mel.SPEC.hop
    wanted_mel = mel.log_mel(samples, frames)
    made = vocoder(wanted_mel.transpose(1, 2))[:, : samples.shape[1]]
    mel_error = (mel.log_mel(made, frames) - wanted_mel)[:, 4:-4].abs().mean()
    inside = slice(EDGE, -EDGE)
    spectrum = torch.stack([_spectral_error(made[:, inside], samples[:, inside], *size) for size in RESOLUTIONS]).mean()
    return {"mel": mel_error, "spectrum": spectrum, "total": weights.mel * mel_error + weights.spectrum * spectrum}


def _spectral_error(made: Tensor, wanted: Tensor, n_fft: int, hop: int) -> Tensor:
    """Relative error of the magnitudes plus the mean error of their logarithms."""
    window = torch.hann_window(n_fft, device=made.device)
    both = torch.stft(torch.cat([made, wanted]), n_fft, hop, window=window, return_complex=True)
    got, true = (both.real.square() + both.imag.square() + 1e-9).sqrt().chunk(2)
    relative = (got - true).square().sum((1, 2)).sqrt() / true.square().sum((1, 2)).sqrt()
    return relative.mean() + (got.clamp_min(1e-3).log() - true.clamp_min(1e-3).log()).abs().mean()


def train_vocoder(config: Config, data: Path, folder: Path) -> Run:
    """Train, or go on training, the vocoder of `config`."""
    torch.manual_seed(config.loop.seed)
    library = Library.open(data)
    mixer = Mixer(library, "train", config.mixtures)
    vocoder = Vocos(build(VocosConfig, config.network))
    found = torch.cat([mel.log_mel(wave[None], 100) for wave in WaveScenes(mixer, VALID_SEED + 3, 32)]).flatten(0, 1)
    vocoder.mel_mean.copy_(found.mean(0)[:, None])
    vocoder.mel_std.copy_(found.std(0).clamp_min(0.5)[:, None])
    run = Run(vocoder, config, folder)
    loop = config.loop
    left = (loop.steps - run.step) * loop.batch
    first = run.step * loop.batch + run.rank * (1 << 24)
    scenes = batches(WaveScenes(mixer, loop.seed + 1, left, first), loop.batch, loop.workers)
    has_split = any(source.split == "valid" for source in library.sources)
    valid_mixer = Mixer(library, "valid" if has_split else "train", config.mixtures)
    valid = torch.stack([wave for wave in WaveScenes(valid_mixer, VALID_SEED, 24)]).to(run.device)
    for _, samples in zip(run.steps(), scenes, strict=False):
        losses = vocoder_loss(run.module, samples.to(run.device), config.vocoder_loss)
        run.learn(losses["total"])
        run.note("train", **losses)
        run.validate(lambda net: {k: v.item() for k, v in vocoder_loss(net, valid, config.vocoder_loss).items()})
    return run


def load_vocoder(path: Path) -> Vocos:
    """The vocoder of a checkpoint with its averaged weights, frozen."""
    vocoder = Vocos(build(VocosConfig, checkpoint_config(path)["network"]))
    vocoder.load_state_dict(averaged_weights(path))
    return vocoder.eval().requires_grad_(False)
