"""Front end of YAMNet: log-mel patches of 0.96 s at 16 kHz (M. Plakal and D. Ellis, TensorFlow Models).

25 ms windows every 10 ms, magnitudes, 64 bands between 125 and 7500 Hz on HTK's mel scale, ln(mel + 0.001). Frame m is
centred at sample m * `HOP`, so a frame here is a frame of any 10 ms grid that starts at the same time.

The triangles rise and fall linearly in mel, as TensorFlow's do; torchaudio's are linear in hertz. Measured on 40 clips
of different classes: the probability of the top class differs by 0.0008 (median) and 0.010 (maximum).
"""

from functools import lru_cache

import numpy as np
import scipy.fft
from numpy.lib.stride_tricks import sliding_window_view

from .mel import hann
from .types import Doubles, Floats, Mel, Samples

RATE = 16_000
"""Sample rate in Hz."""

HOP = 160
"""Samples between frames: 10 ms."""

BANDS = 64
PATCH_FRAMES = 96

_WINDOW, _FFT_SIZE = 400, 512
_LOW_HZ, _HIGH_HZ = 125.0, 7500.0
_OFFSET = np.float32(0.001)

BINS = _FFT_SIZE // 2 + 1


def bin_centres_hz() -> Doubles:
    """Return the frequencies of the bins of `magnitudes`, `(BINS,)` in Hz."""
    return np.arange(BINS, dtype=np.float64) * (RATE / _FFT_SIZE)


@lru_cache(maxsize=1)
def mel_basis() -> Floats:
    """Return triangles of height 1 `(BINS, BANDS)`, linear on HTK's mel scale; magnitudes @ basis = mel."""
    edges = np.linspace(_hz_to_mel(_LOW_HZ), _hz_to_mel(_HIGH_HZ), BANDS + 2)
    bins = _hz_to_mel(bin_centres_hz())[:, None]
    width = np.diff(edges)
    triangles = np.minimum((bins - edges[:-2]) / width[:-1], (edges[2:] - bins) / width[1:])
    basis = np.maximum(0.0, triangles).astype(np.float32)
    basis.flags.writeable = False
    return basis


def magnitudes(samples: Samples, frames: int) -> Floats:
    """Return magnitude spectra `(..., frames, BINS)` of `samples` `(..., n)` at 16 kHz, reflected at both ends.

    samples : n > 200, and n >= (frames - 1) * HOP, so that every frame is centred inside.
    """
    half = _WINDOW // 2
    padded = np.pad(samples, [(0, 0)] * (samples.ndim - 1) + [(half, half)], mode="reflect")
    views = sliding_window_view(padded, _WINDOW, axis=-1)[..., : frames * HOP : HOP, :]
    return np.asarray(np.abs(scipy.fft.rfft(views * hann(_WINDOW), n=_FFT_SIZE, axis=-1)), np.float32)


def log_mel(mel: Floats) -> Mel:
    """Return ln(mel + 0.001) of mel magnitudes `(..., frames, BANDS)`, as YAMNet was trained."""
    return np.asarray(np.log(mel + _OFFSET), np.float32)


def patches(log_mels: Mel, count: int) -> Mel:
    """Cut `(..., frames, BANDS)` into `(..., count, PATCH_FRAMES, BANDS)`.

    Patch i is centred at frame (i + 1/2) * frames / count; frames beyond the ends are mirrored.
    """
    frames = log_mels.shape[-2]
    starts = np.round((np.arange(count) + 0.5) * frames / count - PATCH_FRAMES / 2).astype(int)
    places = (starts[:, None] + np.arange(PATCH_FRAMES)) % (2 * frames)
    return np.asarray(log_mels[..., np.minimum(places, 2 * frames - 1 - places), :], np.float32)


def _hz_to_mel(hz: Doubles | float) -> Doubles:
    return 1127.0 * np.log1p(np.asarray(hz, np.float64) / 700.0)
