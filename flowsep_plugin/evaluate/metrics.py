"""How near an estimate is to its source: SDR, SI-SDR and their improvements, log-spectral distance.

SDR and SI-SDR equal AudioSep's evaluation (Liu et al. 2023; its `calculate_sdr`, `calculate_sisdr`), clamps and
epsilons included, so that numbers can be set beside published ones. All arrays are mono, `(frames,)`.
"""

from dataclasses import dataclass

import numpy as np

from flowsep_plugin.audio.stft import Stft
from flowsep_plugin.audio.types import Doubles, Samples

_LEAST_POWER = 1e-10
_EPSILON = float(np.finfo(np.float32).eps)
_SILENT_DB = -100.0


@dataclass(frozen=True, slots=True)
class Score:
    """One estimate, in dB; `*_improvement` is what separation gained over the mixture itself.

    leak_db : energy of the estimate re the mixture: what is left of it where the sound is absent.
    """

    sdr: float
    sdr_improvement: float
    si_sdr: float
    si_sdr_improvement: float
    log_spectral_distance: float
    leak_db: float


def score(source: Samples, estimate: Samples, mixture: Samples, rate: int) -> Score:
    """Measure `estimate` of `source` in `mixture`. Raises ValueError where lengths differ."""
    gained, si_gained = sdr(source, estimate), si_sdr(source, estimate)
    return Score(
        sdr=gained,
        sdr_improvement=gained - sdr(source, mixture),
        si_sdr=si_gained,
        si_sdr_improvement=si_gained - si_sdr(source, mixture),
        log_spectral_distance=log_spectral_distance(source, estimate, rate),
        leak_db=10 * float(np.log10(max(_power(estimate), _LEAST_POWER) / max(_power(mixture), _LEAST_POWER))),
    )


def sdr(source: Samples, estimate: Samples) -> float:
    """10 log10 of mean(source²) over mean((estimate - source)²), each at least 1e-10: AudioSep's SDR, a plain SNR."""
    _check(source, estimate)
    wanted, given = source.astype(np.float64), estimate.astype(np.float64)
    return 10 * float(np.log10(max(_power(wanted), _LEAST_POWER) / max(_power(given - wanted), _LEAST_POWER)))


def si_sdr(source: Samples, estimate: Samples) -> float:
    """Scale-invariant SDR, no mean removed; float32's epsilon is added to every energy, as AudioSep does.

    A silent estimate scores 0 dB, not minus infinity.
    """
    _check(source, estimate)
    wanted, given = source.astype(np.float64), estimate.astype(np.float64)
    scale = (_EPSILON + float(wanted @ given)) / (float(wanted @ wanted) + _EPSILON)
    signal, noise = scale * wanted, given - scale * wanted
    return 10 * float(np.log10((_EPSILON + float(signal @ signal)) / (_EPSILON + float(noise @ noise))))


def log_spectral_distance(source: Samples, estimate: Samples, rate: int) -> float:
    """Root mean square over bins of the difference of levels in dB, mean over frames; levels end 100 dB down."""
    _check(source, estimate)
    a, b = _levels(source, rate), _levels(estimate, rate)
    return float(np.sqrt(np.square(a - b).mean(axis=-1)).mean())


def _levels(samples: Samples, rate: int) -> Doubles:
    stft = Stft.for_rate(rate)
    room = stft.size // 2 + -samples.shape[-1] % stft.hop
    spectrum = stft.forward(np.pad(samples.astype(np.float32), (stft.size // 2, room)))
    amplitude = np.abs(spectrum) * (2.0 / stft.size)
    return 20 * np.log10(np.maximum(amplitude, 10 ** (_SILENT_DB / 20)).astype(np.float64))


def _power(samples: Samples | Doubles) -> float:
    return float(np.mean(np.square(samples, dtype=np.float64)))


def _check(source: Samples, estimate: Samples) -> None:
    if source.shape != estimate.shape or source.ndim != 1:
        raise ValueError(f"source and estimate are both (frames,), got {source.shape} and {estimate.shape}")
    if not len(source):
        raise ValueError("nothing to measure: source and estimate have no frames")
