"""From what a network says to the odds that energy belongs to a sound.

Where it says them itself they are taken as they are, but for the card's slope and bias. Where target T and complement
R are both generated, ln odds = slope * (ln T - ln R) + bias; slope 2 is Wiener's power ratio. Where only T is, a
shrinkage table measured on validation data maps ln(T / X) to the mask.
"""

import numpy as np

from flowsep_plugin.audio.types import Floats, Mel

from .card import MaskRule

LIMIT = 20.0
"""Odds are cut off at e^±20: 87 dB."""


def logits_of_pair(target: Mel, residual: Mel, rule: MaskRule) -> Floats:
    """Log-odds of `(..., frames, bands)` log-mels of the target against its complement."""
    return np.asarray(
        np.clip(np.float32(rule.slope) * (target - residual) + np.float32(rule.bias), -LIMIT, LIMIT), np.float32
    )


def calibrate_logits(mask_logits: Floats, rule: MaskRule) -> Floats:
    """Log-odds `(..., frames, bands)` that a network gave, under the card's rule: slope 2, bias 0 leave them alone."""
    return np.asarray(
        np.clip(np.float32(rule.slope / 2) * mask_logits + np.float32(rule.bias), -LIMIT, LIMIT), np.float32
    )


def logits_of_single(target: Mel, mixture: Mel, rule: MaskRule) -> Floats:
    """Log-odds of the target against the whole mixture, both through the same VAE.

    Without a table the mask is (T / X)^2, cut off at 1.
    """
    ratio = target - mixture
    if rule.shrinkage:
        points = np.asarray(rule.shrinkage, np.float32)
        mask = np.interp(ratio, points[:, 0], points[:, 1])
    else:
        mask = np.exp(2 * np.minimum(ratio, 0))
    mask = np.clip(mask, 1e-8, 1 - 1e-4)
    return np.asarray(np.clip(np.log(mask) - np.log1p(-mask), -LIMIT, LIMIT), np.float32)


def energies(mask_logits: Floats, mixture: Mel, widths: Floats) -> tuple[Floats, Floats]:
    """Energy of the sound and of everything in each frame, `(..., frames)` and `mixture.shape[:-1]`.

    mixture : log-mel `(..., frames, bands)` that broadcasts against `log_odds`.     widths : `(bands,)` weight of each.
    """
    power = np.exp(2 * mixture) * widths
    mask = 1 / (1 + np.exp(-mask_logits))
    return (power * mask).sum(-1, dtype=np.float32), power.sum(-1, dtype=np.float32)
