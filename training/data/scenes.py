"""Scenes as tensors, for a `DataLoader`: an index is a scene, so workers change nothing."""

import torch
from flowsep_training.loops import mel
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from .mixtures import Mixer, Scene


def floored(part: Tensor, mixture: Tensor, floor_db: float) -> Tensor:
    """A part's log-mel, no further than `floor_db` below the mixture's: what lies lower no mask can tell apart."""
    return torch.maximum(part, mixture - floor_db * 0.1151292546)


def spectra(scene: Scene, frames: int) -> tuple[Tensor, Tensor]:
    """Complex spectra of what is wanted and of the rest, each `(frames, bins)`."""
    wanted = torch.from_numpy(scene.sources[list(scene.wanted)].sum(0))
    residual = torch.from_numpy(scene.sources[list(scene.residual)].sum(0))
    both = mel.spectrum(torch.stack([wanted, residual]), frames)
    return both[0], both[1]


def mels(scene: Scene, frames: int) -> Tensor:
    """Log-mels of mixture, wanted and rest, `(3, frames, bands)`."""
    wanted, residual = spectra(scene, frames)
    return mel.log_mel_of_magnitude(torch.stack([(wanted + residual).abs(), wanted.abs(), residual.abs()]))


class MelScenes(Dataset):
    """Scene `i` as `mels`, half of the parts floored as the flow's are."""

    def __init__(self, mixer: Mixer, seed: int, count: int, first: int = 0, floor_db: float = 40.0):
        self.mixer, self.seed, self.count, self.first, self.floor_db = mixer, seed, count, first, floor_db
        self.frames = mixer.recipe.frames // mel.SPEC.hop

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> Tensor:
        if index >= self.count:
            raise IndexError(index)
        torch.set_num_threads(1)
        number = self.first + index
        found = mels(self.mixer.scene(self.seed, number), self.frames)
        if number % 4:
            found[1:] = floored(found[1:], found[:1], self.floor_db)
        return found


class WaveScenes(MelScenes):
    """Scene `i` as waveforms of mixture or one part, `(frames,)`."""

    def __getitem__(self, index: int) -> Tensor:
        if index >= self.count:
            raise IndexError(index)
        scene = self.mixer.scene(self.seed, self.first + index)
        part = scene.sources.sum(0) if index % 2 else scene.sources[0]
        return torch.from_numpy(part.copy())


def batches(scenes: Dataset, batch: int, workers: int) -> DataLoader:
    """The scenes in order, `batch` at a time."""
    ahead = {"prefetch_factor": 4, "multiprocessing_context": "fork"} if workers else {}
    return DataLoader(scenes, batch, num_workers=workers, drop_last=True, **ahead)
