"""Stereo separation: the multichannel Wiener filter in closed form.

With power v_j = mask_j |X|^2 and spatial covariance R_j of each source, source j is v_j R_j (sum_i v_i R_i)^-1 X
(Duong et al. 2010). R_j is estimated from the masked clip around each frame, so sources at different places in the
panorama are separated even where their spectra overlap: 2 to 3 dB on panned sources. Where all sources are at the same
place it equals the plain masks.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeAlias

import numpy as np
from scipy.ndimage import uniform_filter1d

from flowsep_plugin.audio.types import Floats, Spectrum

REACH_SECONDS = 1.0
"""Covariances are averaged over this much on either side of a frame."""

_REACH_BINS = 4
"""… and over this many bins on either side: neighbouring frequencies are panned alike (+0.9 dB)."""

_FLOOR = 0.02
"""Share of a diffuse field in every covariance, which keeps the inverse well conditioned."""

_TINY = np.float32(1e-12)

_Entry: TypeAlias = Floats | Spectrum
"""An entry of a hermitian 2 x 2 matrix at every (frames, bins)."""


def wiener(spectrum: Spectrum, masks: Floats, reach: int, *, threads: int = 1) -> Spectrum:
    """Filter a stereo spectrum into one spectrum per mask, (queries, 2, frames, bins).

    spectrum : (2, frames, bins).     masks : (frames, queries, bins), sum at most 1; the residual is one more source.
    reach : frames on either side for the covariances.     threads : at work at once; the result does not depend on it.
    """
    residual = np.maximum(1 - masks.sum(axis=1), 0)
    sources = [*masks.swapaxes(0, 1), residual]
    stems = np.empty((masks.shape[1], *spectrum.shape), np.complex64)
    with ThreadPoolExecutor(max(1, threads)) as pool:
        moments = _moments(spectrum)
        filters = list(pool.map(lambda mask: _filter(moments, mask, reach), sources))
        sigma: list[_Entry] = [
            np.full(residual.shape, _TINY),
            np.full(residual.shape, _TINY),
            np.zeros(residual.shape, np.complex64),
        ]
        for covariance in filters:
            for total, part in zip(sigma, covariance, strict=True):
                total += part

        def apply(frames: slice) -> None:
            parts = [[entry[frames] for entry in covariance] for covariance in filters]
            stems[:, :, frames] = _apply(spectrum[:, frames], masks[frames], parts, [entry[frames] for entry in sigma])

        list(pool.map(apply, _slices(len(masks), threads)))
    return stems


def _moments(spectrum: Spectrum) -> tuple[Floats, Floats, Spectrum]:
    """Return mean power, power of left minus right, and left times conjugate right of (2, frames, bins)."""
    left, right = spectrum
    power_left, power_right = np.square(np.abs(left)), np.square(np.abs(right))
    return (power_left + power_right) / 2, power_left - power_right, left * right.conj()


def _filter(moments: tuple[Floats, Floats, Spectrum], mask: Floats, reach: int) -> tuple[Floats, Floats, Spectrum]:
    """Return v R of one source, as the entries of a hermitian 2 x 2 matrix, each (frames, bins); `mask` likewise."""
    power, difference, product = moments
    volume = mask * power
    weight = _around(volume, reach)
    weight += _TINY
    cross = _around_complex(mask * product, reach)
    tilt = _around(np.asarray(mask * difference / 2, np.float32), reach)
    cross *= 1 - _FLOOR
    cross /= weight
    tilt *= 1 - _FLOOR
    tilt /= weight
    cross *= volume
    return volume * (1 + tilt), volume * (1 - tilt), cross


def _apply(spectrum: Spectrum, masks: Floats, filters: Sequence[Sequence[_Entry]], sigma: Sequence[_Entry]) -> Spectrum:
    """Return the stems (queries, 2, frames, bins): v_j R_j of `filters`, the residual's last, times sigma^-1 X."""
    left, right = spectrum
    determinant = np.maximum(sigma[0] * sigma[1] - np.square(np.abs(sigma[2])), _TINY * _TINY)
    whitened_left = (sigma[1] * left - sigma[2] * right) / determinant
    whitened_right = (sigma[0] * right - sigma[2].conj() * left) / determinant
    stems = np.empty((len(filters), *spectrum.shape), np.complex64)
    for stem, (a, b, c) in zip(stems, filters, strict=True):
        stem[0] = a * whitened_left + c * whitened_right
        stem[1] = c.conj() * whitened_left + b * whitened_right
    missing = spectrum - stems.sum(axis=0)  # rounding of the inverse, added back in proportion to the masks
    return np.asarray(stems[:-1] + masks.swapaxes(0, 1)[:, None] * missing, np.complex64)


def _slices(frames: int, count: int) -> list[slice]:
    """Return at most `count` slices that cover `frames` frames."""
    length = max(1, -(-frames // max(1, count)))
    return [slice(start, start + length) for start in range(0, frames, length)]


def _around(values: Floats, reach: int) -> Floats:
    """Return the mean of `(frames, bins)` over `reach` frames and `_REACH_BINS` bins on either side; zeros outside."""
    means = uniform_filter1d(values, 2 * reach + 1, axis=0, mode="constant")
    return np.asarray(uniform_filter1d(means, 2 * _REACH_BINS + 1, axis=1, mode="constant", output=means), np.float32)


def _around_complex(values: Spectrum, reach: int) -> Spectrum:
    """Return `_around` of the real and the imaginary parts of `(frames, bins)`."""
    means: Spectrum = np.empty(values.shape, np.complex64)
    means.real, means.imag = _around(values.real, reach), _around(values.imag, reach)
    return means
