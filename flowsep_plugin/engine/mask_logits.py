"""Mask logits, the log-odds that energy belongs to a sound, from a network's outputs.

A network's own logits are only calibrated by the card's slope and bias. Where target T and complement R are both
generated, logit = slope * (ln T - ln R) + bias; slope 2 is Wiener's power ratio. Where T alone is, a shrinkage table
measured on validation data maps ln(T / X) to the mask.
"""

import numpy as np

from flowsep_plugin.audio.types import Floats, Mel

from .card import MaskRule

LIMIT = 20.0
"""Logits are cut off at ±20, which is 87 dB."""


def logits_of_pair(target: Mel, residual: Mel, rule: MaskRule) -> Floats:
    """Return mask logits from log-mels of the target and of its complement, all (..., frames, bands)."""
    return np.asarray(
        np.clip(np.float32(rule.slope) * (target - residual) + np.float32(rule.bias), -LIMIT, LIMIT), np.float32
    )


def calibrate_logits(mask_logits: Floats, rule: MaskRule) -> Floats:
    """Apply the card's slope and bias to a network's mask logits (..., frames, bands); 2 and 0 change nothing."""
    return np.asarray(
        np.clip(np.float32(rule.slope / 2) * mask_logits + np.float32(rule.bias), -LIMIT, LIMIT), np.float32
    )


def logits_of_single(target: Mel, mixture: Mel, rule: MaskRule) -> Floats:
    """Return mask logits from log-mels of the target and the mixture, decoded by the same VAE, (..., frames, bands).

    Without a shrinkage table the mask is (T / X)^2, cut off at 1.
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
    """Return the energy of a sound (..., frames), and of the whole mixture, `mixture.shape[:-1]`, in each frame.

    mask_logits : (..., frames, bands).     mixture : log-mel (..., frames, bands) that broadcasts against them.
    widths : (bands,), weight of each band.
    """
    power = np.exp(2 * mixture) * widths
    mask = 1 / (1 + np.exp(-mask_logits))
    return (power * mask).sum(-1, dtype=np.float32), power.sum(-1, dtype=np.float32)
