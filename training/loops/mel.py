"""The log-mel of `flowsep_plugin.audio.mel` in torch, in two steps, so that spectra can be added before the second."""

from functools import lru_cache

import torch
from torch import Tensor

from flowsep_plugin.audio.mel import MelSpec, hann, mel_basis

SPEC = MelSpec(rate=44_100, n_fft=2048, hop=441, bands=128, low_hz=0.0, high_hz=22_050.0)


@lru_cache(maxsize=4)
def _basis(spec: MelSpec, device: torch.device) -> Tensor:
    return torch.tensor(mel_basis(spec).T.copy(), device=device)


@lru_cache(maxsize=4)
def _window(length: int, device: torch.device) -> Tensor:
    return torch.tensor(hann(length).copy(), device=device)


def spectrum(samples: Tensor, frames: int, spec: MelSpec = SPEC) -> Tensor:
    """Return the complex spectra of the first `frames` centred frames, `(B, n) -> (B, frames, n_fft // 2 + 1)`."""
    window = _window(spec.n_fft, samples.device)
    spectra = torch.stft(
        samples, spec.n_fft, spec.hop, window=window, center=True, pad_mode="reflect", return_complex=True
    )
    return spectra[..., :frames].transpose(-1, -2)


def log_mel_of_magnitude(magnitude: Tensor, spec: MelSpec = SPEC) -> Tensor:
    """Return the natural log-mel `(…, frames, bands)` of magnitudes `(…, frames, n_fft // 2 + 1)`."""
    return (magnitude @ _basis(spec, magnitude.device)).clamp_min(spec.floor).log()


def log_mel(samples: Tensor, frames: int, spec: MelSpec = SPEC) -> Tensor:
    """Return what `flowsep_plugin.audio.mel.log_mel` returns, `(B, n) -> (B, frames, bands)`."""
    return log_mel_of_magnitude(spectrum(samples, frames, spec).abs(), spec)
