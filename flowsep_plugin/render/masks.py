"""Soft masks at full STFT resolution, from mask logits on a model's grid.

Queries compete: with odds o_j, query j gets o_j / (1 + sum o) of every bin and the residual gets 1 / (1 + sum o), so
masks sum to one. Strength, gate and reduction act on the masks; whatever they remove from a stem goes to the residual.
"""

import numpy as np

from flowsep_plugin.audio.types import Doubles, Floats
from flowsep_plugin.engine.base import Grid
from flowsep_plugin.render_settings import RenderSettings

_TOP_BANDS = 4
"""The mean of this many top bands is used above the model's highest band: +1 to +4 dB over muting or passing."""


def band_matrix(grid: Grid, rate: int, bins: int) -> Floats:
    """Return weights `(bands, bins)` that interpolate values per band linearly over frequency; columns sum to 1.

    The lowest band is used below its centre, the mean of the top bands above the highest centre.
    """
    centres = np.asarray(grid.centres_hz)
    hertz = np.linspace(0.0, rate / 2, bins)
    upper = np.clip(np.searchsorted(centres, hertz), 1, len(centres) - 1)
    lower = upper - 1
    share = np.clip((hertz - centres[lower]) / (centres[upper] - centres[lower]), 0.0, 1.0)
    matrix = np.zeros((len(centres), bins))
    columns = np.arange(bins)
    matrix[lower, columns] = 1.0 - share
    matrix[upper, columns] += share
    above = hertz > centres[-1]
    matrix[:, above] = 0.0
    matrix[-_TOP_BANDS:, above] = 1.0 / min(_TOP_BANDS, len(centres))
    return matrix.astype(np.float32)


def interpolate(frames: Floats, positions: Doubles) -> Floats:
    """Interpolate `(n, ...)` linearly at fractional `positions` (m,) in 0..n-1; returns `(m, ...)`."""
    lower = np.clip(np.floor(positions).astype(int), 0, len(frames) - 1)
    upper = np.minimum(lower + 1, len(frames) - 1)
    part = (positions - lower).astype(np.float32).reshape(-1, *[1] * (frames.ndim - 1))
    return np.asarray(frames[lower] * (1 - part) + frames[upper] * part, np.float32)


def compete(mask_logits: Floats) -> Floats:
    """Return masks `(..., queries, bins)` of mask logits of the same shape; with the residual's they sum to 1."""
    top = np.maximum(mask_logits.max(axis=-2, keepdims=True), 0)
    weights = np.exp(mask_logits - top)
    return np.asarray(weights / (np.exp(-top) + weights.sum(axis=-2, keepdims=True)), np.float32)


def shape(masks: Floats, gates: Floats, settings: RenderSettings) -> Floats:
    """Apply strength and gate to masks `(frames, queries, bins)`; `gates` (frames, queries) are 1 where open.

    The masks' sum stays at most 1. Reduction is not applied here: it scales the finished stem (`stem_gain`).
    """
    if settings.strength != 1.0:
        masks = masks ** np.float32(settings.strength)
        masks = masks / np.maximum(masks.sum(axis=-2, keepdims=True), 1.0)
    if settings.gate > 0:
        masks = masks * (1 - settings.gate * (1 - gates))[..., None].astype(np.float32)
    return masks


def stem_gain(settings: RenderSettings) -> np.float32:
    """Return the gain of the stems, 0..1: 1, or what attenuating the sound by `reduce_db` removes from the clip."""
    return np.float32(1.0 if settings.reduce_db is None else 1.0 - 10 ** (-settings.reduce_db / 20))
