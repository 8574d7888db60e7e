"""Soft masks at full STFT resolution, from mask logits on a model's grid.

Queries compete: with odds o_j, query j gets o_j / (1 + sum o) of every bin and the residual gets 1 / (1 + sum o), so
masks sum to one. Strength, gate and reduction act on the masks; whatever they remove from a stem goes to the residual.
"""

from collections.abc import Sequence

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


def shape(masks: Floats, gates: Floats, settings: Sequence[RenderSettings]) -> Floats:
    """Apply strength and gate of each query to masks `(frames, queries, bins)`; `gates` (frames, queries), 1 is open.

    The masks' sum stays at most 1. Reduction is not applied here: it scales the finished stem (`stem_gains`).
    """
    if any(own.strength != 1.0 for own in settings):
        masks = _strengthened(masks, [own.strength for own in settings])
        masks = masks / np.maximum(masks.sum(axis=-2, keepdims=True), 1.0)
    gate = np.array([own.gate for own in settings], np.float32)
    if gate.any():
        masks = masks * (1 - gate * (1 - gates))[..., None].astype(np.float32)
    return masks


def stem_gains(settings: Sequence[RenderSettings]) -> Floats:
    """Return the gain of each stem, (stems, 1, 1) 0..1: 1, or what `reduce_db` removes of the clip."""
    gains = [1.0 if own.reduce_db is None else 1.0 - 10 ** (-own.reduce_db / 20) for own in settings]
    return np.array(gains, np.float32)[:, None, None]


def _strengthened(masks: Floats, strengths: Sequence[float]) -> Floats:
    """Return masks `(frames, queries, bins)`, each to the power of its query's strength."""
    if len(set(strengths)) == 1:
        return np.asarray(masks ** np.float32(strengths[0]))
    result = masks.copy()
    for index, strength in enumerate(strengths):
        if strength != 1.0:
            result[:, index] **= np.float32(strength)
    return result
