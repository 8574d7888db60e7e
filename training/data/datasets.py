"""Mixtures as tensors for a `DataLoader`: an index is a mixture, so the number of workers changes nothing."""

import math

import torch
from flowsep_training.loops import mel
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from .mixtures import TrainingMixer, TrainingMixture

NEPERS_PER_DB = math.log(10) / 20
"""Natural logarithm of a magnitude ratio of 1 dB."""


def floored(part: Tensor, mixture: Tensor, floor_db: float) -> Tensor:
    """Return log-mels `part` (..., frames, bands) raised to at least `floor_db` below those of `mixture`, same shape.

    No mask can tell apart what is quieter.
    """
    return torch.maximum(part, mixture - floor_db * NEPERS_PER_DB)


def ratio_mask(target: Tensor, residual: Tensor) -> Tensor:
    """Return the target's share of the energy, 0..1, from log-mels of target and residual, each (..., frames, bands).

    Energy is the square of a mel magnitude, and its share is the sigmoid of the difference of log energies.
    """
    return torch.sigmoid(2 * (target - residual))


def spectra(mixture: TrainingMixture, frames: int) -> tuple[Tensor, Tensor]:
    """Return complex spectra of target and residual, each `(frames, bins)`."""
    target = torch.from_numpy(mixture.sources[list(mixture.target)].sum(0))
    residual = torch.from_numpy(mixture.sources[list(mixture.residual)].sum(0))
    both = mel.spectrum(torch.stack([target, residual]), frames)
    return both[0], both[1]


def mels(mixture: TrainingMixture, frames: int) -> Tensor:
    """Return log-mels of mixture, target and residual, `(3, frames, bands)`."""
    target, residual = spectra(mixture, frames)
    return mel.log_mel_of_magnitude(torch.stack([(target + residual).abs(), target.abs(), residual.abs()]))


class MelMixtures(Dataset):
    """Mixture `i` as `mels`; in three of four, target and residual are floored as in the pool of the separator."""

    def __init__(self, mixer: TrainingMixer, seed: int, count: int, first: int = 0, floor_db: float = 40.0):
        self.mixer, self.seed, self.count, self.first, self.floor_db = mixer, seed, count, first, floor_db
        self.frames = mixer.config.frames // mel.SPEC.hop

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> Tensor:
        if index >= self.count:
            raise IndexError(index)
        torch.set_num_threads(1)
        number = self.first + index
        log_mels = mels(self.mixer.mixture(self.seed, number), self.frames)
        if number % 4:
            log_mels[1:] = floored(log_mels[1:], log_mels[:1], self.floor_db)
        return log_mels


class WaveMixtures(MelMixtures):
    """Waveform `i` `(frames,)`: of the whole mixture where `i` is odd, else of its first source."""

    def __getitem__(self, index: int) -> Tensor:
        if index >= self.count:
            raise IndexError(index)
        mixture = self.mixer.mixture(self.seed, self.first + index)
        return torch.from_numpy(mixture.samples if index % 2 else mixture.sources[0].copy())


def batches(mixtures: Dataset, batch: int, workers: int) -> DataLoader:
    """Return a loader of `mixtures` in order, `batch` at a time; an incomplete last batch is dropped."""
    prefetch = {"prefetch_factor": 4, "multiprocessing_context": "fork"} if workers else {}
    return DataLoader(mixtures, batch, num_workers=workers, drop_last=True, **prefetch)
