"""Sizes and settings at which every network trains in seconds."""

from flowsep_training.config import LoopConfig, OptimiserConfig
from flowsep_training.data.mixtures import MixtureConfig

VAE_SIZES = {"encoder_width": 8, "encoder_blocks": 1, "decoder_width": 8, "decoder_blocks": 1}
TRUNK_SIZES = {
    "stem": 8, "grid": 8, "grid_blocks": 1, "reduced": 2, "width": 32, "blocks": 1, "head_width": 16, "hidden": 48,
}  # fmt: skip
LOOP = LoopConfig(steps=40, batch=4, workers=0, log_every=1, valid_every=10_000)
FAST = OptimiserConfig(rate=3e-3, warmup=5, ema=0.9)
SHORT = MixtureConfig(seconds=0.64)
