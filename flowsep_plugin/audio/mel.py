"""Log-mel front end of every model: Slaney's mel scale and norm, natural log of amplitude, not power.

Training and run time compute the same values; `flowsep_training` tests its faster version against this one.
With `n_fft=1024, hop=160, bands=64, high_hz=8000, rate=16000` it equals FlowSep's `TacotronSTFT`.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from .types import Doubles, Floats, Mel, Samples

_LINEAR_HZ_PER_MEL = 200.0 / 3.0
_LOG_FROM_HZ = 1000.0
_LOG_FROM_MEL = _LOG_FROM_HZ / _LINEAR_HZ_PER_MEL
_LOG_STEP = np.log(6.4) / 27.0


@dataclass(frozen=True, slots=True)
class MelSpec:
    """Parameters of a log-mel: `n_fft` and `hop` in frames at `rate` Hz, `bands` between `low_hz` and `high_hz`.

    floor : smallest magnitude; the logarithm of anything smaller is that of `floor`.
    """

    rate: int
    n_fft: int
    hop: int
    bands: int
    low_hz: float
    high_hz: float
    floor: float = 1e-5

    @property
    def silence(self) -> float:
        """Value of a log-mel of digital silence: ln(floor)."""
        return float(np.log(np.float32(self.floor)))


def hz_to_mel(hz: Doubles | float) -> Doubles:
    """Convert Hz to mels on Slaney's scale, scalars or (n,): linear to 1 kHz, then log. Inverse: `mel_to_hz`."""
    hz = np.asarray(hz, np.float64)
    log = _LOG_FROM_MEL + np.log(np.maximum(hz, _LOG_FROM_HZ) / _LOG_FROM_HZ) / _LOG_STEP
    return np.where(hz >= _LOG_FROM_HZ, log, hz / _LINEAR_HZ_PER_MEL)


def mel_to_hz(mel: Doubles | float) -> Doubles:
    """Convert mels on Slaney's scale to Hz, scalars or (n,). Inverse of `hz_to_mel`."""
    mel = np.asarray(mel, np.float64)
    log = _LOG_FROM_HZ * np.exp(_LOG_STEP * (np.maximum(mel, _LOG_FROM_MEL) - _LOG_FROM_MEL))
    return np.where(mel >= _LOG_FROM_MEL, log, mel * _LINEAR_HZ_PER_MEL)


@lru_cache(maxsize=8)
def band_edges_hz(spec: MelSpec) -> Doubles:
    """Return corner frequencies `(bands + 2,)` in Hz: band b rises from edge b, peaks at b + 1, ends at b + 2."""
    low, high = hz_to_mel(spec.low_hz), hz_to_mel(spec.high_hz)
    return mel_to_hz(np.linspace(low, high, spec.bands + 2))


def band_centres_hz(spec: MelSpec) -> Doubles:
    """Return the peak frequency of every band, `(bands,)` in Hz."""
    return band_edges_hz(spec)[1:-1]


@lru_cache(maxsize=8)
def mel_basis(spec: MelSpec) -> Floats:
    """Return triangles of equal area `(bands, n_fft // 2 + 1)`, as librosa's `filters.mel` with `norm="slaney"`."""
    edges = band_edges_hz(spec)
    bins = np.linspace(0.0, spec.rate / 2, spec.n_fft // 2 + 1)
    ramps = edges[:, None] - bins[None, :]
    width = np.diff(edges)
    rising = -ramps[:-2] / width[:-1, None]
    falling = ramps[2:] / width[1:, None]
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    basis = (triangles * (2.0 / (edges[2:] - edges[:-2]))[:, None]).astype(np.float32)
    basis.flags.writeable = False
    return np.asarray(basis)


@lru_cache(maxsize=16)
def hann(length: int) -> Floats:
    """Return a periodic Hann window `(length,)` float32, read-only."""
    window = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)).astype(np.float32)
    window.flags.writeable = False
    return window


class Transform(Protocol):
    """The sizes of a short-time Fourier transform, in frames."""

    @property
    def n_fft(self) -> int:
        """Length of a transform and of its window, in frames."""
        ...

    @property
    def hop(self) -> int:
        """Frames from one transform to the next."""
        ...


def magnitudes(samples: Samples, spec: Transform, frames: int) -> Floats:
    """Return magnitude spectra `(..., frames, n_fft // 2 + 1)` of the first `frames` frames; m is centred at m * hop.

    samples : (..., n); reflected by n_fft // 2 at both ends (zeros where n is too short to reflect).
    """
    half = spec.n_fft // 2
    mode = "reflect" if samples.shape[-1] > half else "constant"
    padded = np.pad(samples, [(0, 0)] * (samples.ndim - 1) + [(half, half)], mode=mode)  # type: ignore[call-overload]
    missing = (frames - 1) * spec.hop + spec.n_fft - padded.shape[-1]
    if missing > 0:
        padded = np.pad(padded, [(0, 0)] * (samples.ndim - 1) + [(0, missing)])
    views = sliding_window_view(padded, spec.n_fft, axis=-1)[..., : frames * spec.hop : spec.hop, :]
    return np.abs(np.fft.rfft(views * hann(spec.n_fft), axis=-1)).astype(np.float32, copy=False)


def log_mel(samples: Samples, spec: MelSpec, frames: int) -> Mel:
    """Return the log-mel `(..., frames, bands)` of mono `samples` `(..., n)`; frame m is centred at sample m * hop."""
    mel = magnitudes(samples, spec, frames) @ mel_basis(spec).T
    return _log(mel, spec)


def log_mel_of_channels(samples: Samples, spec: MelSpec, frames: int) -> Mel:
    """Return the log-mel `(..., frames, bands)` of the RMS over channels of the spectra of `(..., channels, n)`.

    Equals `log_mel` for one channel or equal ones. Channels out of phase do not cancel, as they would in a down-mix.
    """
    if samples.ndim > 2:  # one window at a time: spectra take forty times the memory of the samples
        return np.stack([log_mel_of_channels(window, spec, frames) for window in samples])
    power = np.square(magnitudes(samples[0], spec, frames))
    for channel in samples[1:]:  # one by one: the spectra of 128 channels take more than a gigabyte
        power += np.square(magnitudes(channel, spec, frames))
    return _log(np.sqrt(power / np.float32(len(samples))) @ mel_basis(spec).T, spec)


def _log(mel: Floats, spec: MelSpec) -> Mel:
    return np.asarray(np.log(np.maximum(mel, np.float32(spec.floor))), np.float32)
