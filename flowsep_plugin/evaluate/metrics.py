"""Metrics of an estimate against its source: SDR, SI-SDR, their improvements, SIR, SAR, log-spectral distance.

SDR and SI-SDR equal AudioSep's evaluation (Liu et al. 2023; its `calculate_sdr`, `calculate_sisdr`), clamps and
epsilons included, so that numbers can be compared with published ones. All arrays are mono, `(frames,)`.
"""

from dataclasses import dataclass

import numpy as np

from flowsep_plugin.audio.stft import Stft
from flowsep_plugin.audio.types import Doubles, Samples

_LEAST_POWER = 1e-10
_EPSILON = float(np.finfo(np.float32).eps)
_SILENT_DB = -100.0
_MOST_DB = 100.0


@dataclass(frozen=True, slots=True)
class Score:
    """Metrics of one estimate, in dB; `*_improvement` is the gain over the unprocessed mixture.

    leak_db : energy of the estimate relative to the mixture; for an absent target, what leaked into its stem.
    si_sir, si_sar : how little of the rest is in the estimate, and how little that is in neither source nor rest.
    """

    sdr: float
    sdr_improvement: float
    si_sdr: float
    si_sdr_improvement: float
    log_spectral_distance: float
    leak_db: float
    si_sir: float
    si_sar: float


def score(source: Samples, estimate: Samples, mixture: Samples, rate: int) -> Score:
    """Return all metrics of `estimate`; source, estimate and mixture are `(frames,)` at `rate`.

    Raises ValueError where shapes differ or are empty.
    """
    gained, si_gained = sdr(source, estimate), si_sdr(source, estimate)
    sir, sar = si_sir_sar(source, mixture - source, estimate)
    return Score(
        sdr=gained,
        sdr_improvement=gained - sdr(source, mixture),
        si_sdr=si_gained,
        si_sdr_improvement=si_gained - si_sdr(source, mixture),
        log_spectral_distance=log_spectral_distance(source, estimate, rate),
        leak_db=10 * float(np.log10(max(_power(estimate), _LEAST_POWER) / max(_power(mixture), _LEAST_POWER))),
        si_sir=sir,
        si_sar=sar,
    )


def sdr(source: Samples, estimate: Samples) -> float:
    """Return the SDR of `(frames,)` arrays in dB, as AudioSep defines it, a plain SNR.

    10 log10 of mean(source²) over mean((estimate - source)²), each at least 1e-10.
    Raises ValueError where shapes differ.
    """
    _check(source, estimate)
    target, output = source.astype(np.float64), estimate.astype(np.float64)
    return 10 * float(np.log10(max(_power(target), _LEAST_POWER) / max(_power(output - target), _LEAST_POWER)))


def si_sdr(source: Samples, estimate: Samples) -> float:
    """Return the scale-invariant SDR of `(frames,)` arrays in dB, without removal of the mean.

    As in AudioSep, float32's epsilon is added to every energy, so a silent estimate scores 0 dB, not minus infinity.
    Raises ValueError where shapes differ.
    """
    _check(source, estimate)
    target, output = source.astype(np.float64), estimate.astype(np.float64)
    scale = (_EPSILON + float(target @ output)) / (float(target @ target) + _EPSILON)
    signal, noise = scale * target, output - scale * target
    return 10 * float(np.log10((_EPSILON + float(signal @ signal)) / (_EPSILON + float(noise @ noise))))


def si_sir_sar(source: Samples, residual: Samples, estimate: Samples) -> tuple[float, float]:
    """Return SIR and SAR of `(frames,)` arrays in dB, scale-invariant as SI-SDR is, within ±100 dB.

    The estimate is split into its projection on `source`, the rest of its projection on source and `residual`
    together (interference), and what is in neither (artefacts): BSS Eval with filters of one tap.
    Raises ValueError where shapes differ.
    """
    _check(source, estimate)
    _check(residual, estimate)
    output = estimate.astype(np.float64)
    both = np.stack([source.astype(np.float64), residual.astype(np.float64)])
    weights = np.linalg.lstsq(both @ both.T, both @ output, rcond=None)[0]
    explained = weights @ both
    target = both[0] * (both[0] @ output) / max(float(both[0] @ both[0]), _EPSILON * _EPSILON)
    sir = _ratio_db(_power(target), _power(explained - target))
    return sir, _ratio_db(_power(explained), _power(output - explained))


def log_spectral_distance(source: Samples, estimate: Samples, rate: int) -> float:
    """Return the log-spectral distance of `(frames,)` arrays at `rate`, in dB.

    Mean over STFT frames of the RMS over bins of the difference of levels, which are at least -100 dB.
    Raises ValueError where shapes differ.
    """
    _check(source, estimate)
    a, b = _levels(source, rate), _levels(estimate, rate)
    return float(np.sqrt(np.square(a - b).mean(axis=-1)).mean())


def _levels(samples: Samples, rate: int) -> Doubles:
    stft = Stft.for_rate(rate)
    room = stft.size // 2 + -samples.shape[-1] % stft.hop
    spectrum = stft.forward(np.pad(samples.astype(np.float32), (stft.size // 2, room)))
    amplitude = np.abs(spectrum) * (2.0 / stft.size)
    return 20 * np.log10(np.maximum(amplitude, 10 ** (_SILENT_DB / 20)).astype(np.float64))


def _ratio_db(signal: float, noise: float) -> float:
    """Return a ratio of powers in dB, at most `_MOST_DB` either way; 0 where both are nothing."""
    least = max(signal, noise, _EPSILON * _EPSILON) * 10 ** (-_MOST_DB / 10)
    return 10 * float(np.log10(max(signal, least) / max(noise, least)))


def _power(samples: Samples | Doubles) -> float:
    return float(np.mean(np.square(samples, dtype=np.float64)))


def _check(source: Samples, estimate: Samples) -> None:
    if source.shape != estimate.shape or source.ndim != 1:
        raise ValueError(f"source and estimate must both be (frames,); got {source.shape} and {estimate.shape}")
    if not len(source):
        raise ValueError("nothing to measure: source and estimate have no frames")
