"""Training of the vocoder: log-mels to waveforms, with a loss on spectra of several resolutions, no adversary."""

from pathlib import Path

import torch
from flowsep_export.networks.vocos import Vocos, VocosConfig
from flowsep_training.config import TrainingConfig, VocoderLossConfig, build
from flowsep_training.data.datasets import WaveMixtures, batches
from flowsep_training.data.folds import validation_split
from flowsep_training.data.mixtures import TrainingMixer
from flowsep_training.data.sources import Library
from torch import Tensor, nn

from . import mel
from .run import TrainingRun, averaged_weights, checkpoint_config
from .vae import LEAST_SPREAD, VALID_SEED

RESOLUTIONS = ((512, 128), (1024, 256), (2048, 512), (4096, 1024))
"""Pairs of transform size and hop, frames."""

EDGE, EDGE_MELS = 2048, 4
"""Frames, and mel frames, at either end of a crop that depend on samples beyond it."""

LEAST_MAGNITUDE = 1e-3
"""Quieter bins count as equally silent in the logarithmic error."""

VALID_CROPS, STATISTICS_CROPS, STATISTICS_MELS = 24, 32, 100


def vocoder_loss(vocoder: nn.Module, samples: Tensor, weights: VocoderLossConfig) -> dict[str, Tensor]:
    """Return the errors of one batch of waveforms `(B, frames * hop)` and their weighted `total`, as scalars."""
    frames = samples.shape[1] // mel.SPEC.hop
    true_mel = mel.log_mel(samples, frames)
    generated = vocoder(true_mel.transpose(1, 2))[:, : samples.shape[1]]
    mel_error = (mel.log_mel(generated, frames) - true_mel)[:, EDGE_MELS:-EDGE_MELS].abs().mean()
    pair = generated[:, EDGE:-EDGE], samples[:, EDGE:-EDGE]
    spectrum = torch.stack([_spectral_error(*pair, *size) for size in RESOLUTIONS]).mean()
    return {"mel": mel_error, "spectrum": spectrum, "total": weights.mel * mel_error + weights.spectrum * spectrum}


def _spectral_error(generated: Tensor, true: Tensor, n_fft: int, hop: int) -> Tensor:
    """Return the relative error of the magnitudes of waveforms `(B, n)` plus the mean error of their logarithms."""
    window = torch.hann_window(n_fft, device=generated.device)
    both = torch.stft(torch.cat([generated, true]), n_fft, hop, window=window, return_complex=True)
    estimate, truth = (both.real.square() + both.imag.square() + 1e-9).sqrt().chunk(2)
    relative = (estimate - truth).square().sum((1, 2)).sqrt() / truth.square().sum((1, 2)).sqrt()
    logarithmic = (estimate.clamp_min(LEAST_MAGNITUDE).log() - truth.clamp_min(LEAST_MAGNITUDE).log()).abs()
    return relative.mean() + logarithmic.mean()


def train_vocoder(config: TrainingConfig, data: Path, folder: Path) -> TrainingRun:
    """Train the vocoder of `config` on the library `data`, or resume its run in `folder`."""
    torch.manual_seed(config.loop.seed)
    library = Library.open(data)
    mixer = TrainingMixer(library, "train", config.mixtures)
    vocoder = Vocos(build(VocosConfig, config.network))
    _set_statistics(vocoder, mixer)
    run = TrainingRun(vocoder, config, folder)
    loop = config.loop
    count = (loop.steps - run.step) * loop.batch
    first = run.step * loop.batch + run.rank * (1 << 24)  # every rank has its own mixtures
    waves = batches(WaveMixtures(mixer, loop.seed + 1, count, first), loop.batch, loop.workers)
    valid_mixer = TrainingMixer(library, validation_split(library), config.mixtures)
    valid = torch.stack(list(WaveMixtures(valid_mixer, VALID_SEED, VALID_CROPS))).to(run.device)
    for _, samples in zip(run.steps(), waves, strict=False):
        losses = vocoder_loss(run.module, samples.to(run.device), config.vocoder_loss)
        run.update(losses["total"])
        run.record("train", **losses)
        run.validate(lambda net: {k: v.item() for k, v in vocoder_loss(net, valid, config.vocoder_loss).items()})
    return run


def _set_statistics(vocoder: Vocos, mixer: TrainingMixer) -> None:
    waves = WaveMixtures(mixer, VALID_SEED + 3, STATISTICS_CROPS)
    frames = torch.cat([mel.log_mel(wave[None], STATISTICS_MELS) for wave in waves]).flatten(0, 1)
    vocoder.mel_mean.copy_(frames.mean(0)[:, None])
    vocoder.mel_std.copy_(frames.std(0).clamp_min(LEAST_SPREAD)[:, None])


def load_vocoder(path: Path) -> Vocos:
    """Return the vocoder of a checkpoint with its averaged weights, frozen."""
    vocoder = Vocos(build(VocosConfig, checkpoint_config(path)["network"]))
    vocoder.load_state_dict(averaged_weights(path))
    return vocoder.eval().requires_grad_(False)
