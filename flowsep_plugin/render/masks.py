"""Soft masks at full STFT resolution out of log-odds on a model's grid.

Texts compete: with odds o_j, text j gets o_j / (1 + sum o) of every bin and *Rest* gets 1 / (1 + sum o), so masks sum
to one. Strength, gate and reduction act on the masks, and whatever they take from a stem goes to the rest.
"""

import numpy as np

from flowsep_plugin.audio.types import Doubles, Floats
from flowsep_plugin.engine.base import Grid
from flowsep_plugin.render_settings import RenderSettings

_TOP_BANDS = 4
"""Above the model's highest band its top bands' mean holds: an octave more of the same sound (feasibility: +1 to +4 dB
over muting or passing)."""


def band_matrix(grid: Grid, rate: int, bins: int) -> Floats:
    """Weights `(bands, bins)` that interpolate a value per band linearly over frequency; columns sum to 1.

    Below the lowest centre the lowest band holds; above the highest, the mean of the top bands.
    """
    centres = np.asarray(grid.centres_hz)
    hertz = np.linspace(0.0, rate / 2, bins)
    upper = np.clip(np.searchsorted(centres, hertz), 1, len(centres) - 1)
    lower = upper - 1
    part = np.clip((hertz - centres[lower]) / (centres[upper] - centres[lower]), 0.0, 1.0)
    matrix = np.zeros((len(centres), bins))
    columns = np.arange(bins)
    matrix[lower, columns] = 1.0 - part
    matrix[upper, columns] += part
    above = hertz > centres[-1]
    matrix[:, above] = 0.0
    matrix[-_TOP_BANDS:, above] = 1.0 / min(_TOP_BANDS, len(centres))
    return matrix.astype(np.float32)


def interpolate(frames: Floats, positions: Doubles) -> Floats:
    """Linear interpolation of `(n, ...)` at fractional `positions` (m,) in 0..n-1."""
    lower = np.clip(np.floor(positions).astype(int), 0, len(frames) - 1)
    upper = np.minimum(lower + 1, len(frames) - 1)
    part = (positions - lower).astype(np.float32).reshape(-1, *[1] * (frames.ndim - 1))
    return np.asarray(frames[lower] * (1 - part) + frames[upper] * part, np.float32)


def compete(mask_logits: Floats) -> Floats:
    """Masks `(..., texts, bins)` of log-odds of the same shape; with the rest's share they sum to 1."""
    top = np.maximum(mask_logits.max(axis=-2, keepdims=True), 0)
    odds = np.exp(mask_logits - top)
    return np.asarray(odds / (np.exp(-top) + odds.sum(axis=-2, keepdims=True)), np.float32)


def shape(masks: Floats, gates: Floats, settings: RenderSettings) -> Floats:
    """Apply strength and gate to masks `(frames, texts, bins)`; `gates` (frames, texts) are 1 where open.

    The masks' sum stays at most 1. Reduction is not applied here: it scales the finished stem (`taken`).
    """
    if settings.strength != 1.0:
        masks = masks ** np.float32(settings.strength)
        masks = masks / np.maximum(masks.sum(axis=-2, keepdims=True), 1.0)
    if settings.gate > 0:
        masks = masks * (1 - settings.gate * (1 - gates))[..., None].astype(np.float32)
    return masks


def taken(settings: RenderSettings) -> np.float32:
    """How much of the sound a stem takes: all of it, or what turning it down by `reduce_db` removes."""
    return np.float32(1.0 if settings.reduce_db is None else 1.0 - 10 ** (-settings.reduce_db / 20))
