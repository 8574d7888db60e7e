"""Weights and inputs by rule instead of from a file: a pure function of (salt, key, shape).

The published tensors may not be shipped, so correctness is proven with outputs of the official classes under these
weights. `flowsep_tensor` and `audiosep_tensor` are the two rules; None keeps what the module computes itself.
"""

import hashlib
from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from flowsep_plugin.audio.types import Floats

Rule = Callable[[str, str, tuple[int, ...]], Floats | None]
"""Called with salt, key and shape."""

_SHARED = "cond_stage_models.0.model.shared.weight"
_FLOWSEP_GAINS = ((".SelfAttention.q.weight", 0.125), (".shared.weight", 32.0), ("vocoder.conv_post.weight", 0.05))
_AUDIOSEP_KEPT = (".num_batches_tracked", ".position_ids", ".token_type_ids", ".ola_window")


def generator(text: str) -> np.random.Generator:
    """Return the generator that `text` seeds: PCG64 of the first 8 bytes of its SHA-256, little-endian."""
    return np.random.Generator(np.random.PCG64(int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little")))


def normal(text: str, shape: tuple[int, ...]) -> Floats:
    """Return standard normal numbers, float32 of `shape` (n, …), that `text` seeds, in C order."""
    return generator(text).standard_normal(shape, dtype=np.float32)


def flowsep_tensor(salt: str, key: str, shape: tuple[int, ...]) -> Floats | None:
    """Return FlowSep's tensor, of `shape` (out, in, …), for one key of its state dict; None for fixed filters."""
    if key.endswith(".filter"):
        return None
    if key == "cond_stage_models.0.model.encoder.embed_tokens.weight":
        key = _SHARED
    values = normal(salt + key, shape)
    if len(shape) >= 2:
        gain = 1.0 / np.sqrt(np.prod(shape[1:], dtype=np.float64))
        for suffix, extra in _FLOWSEP_GAINS:
            gain *= extra if key.endswith(suffix) else 1.0
        return values * np.float32(gain)
    if key.endswith("bias"):
        return values * np.float32(0.1)
    if key.endswith(("alpha", "beta")):
        return values * np.float32(0.3)
    return np.float32(1.0) + values * np.float32(0.1)


def audiosep_tensor(salt: str, key: str, shape: tuple[int, ...]) -> Floats | None:
    """Return AudioSep's tensor, of `shape` (out, in, …), for one key of its state dict; None for constants."""
    if key.endswith(_AUDIOSEP_KEPT):
        return None
    values = normal(salt + key, shape)
    if key.endswith("running_mean") or key.endswith(".bias"):
        return np.float32(0.02) * values
    if key.endswith("running_var"):
        return np.float32(1) + np.float32(0.02) * np.abs(values)
    if len(shape) >= 2:
        return values * np.float32(1.0 / np.sqrt(float(np.prod(shape[1:]))))
    return np.float32(1) + np.float32(0.02) * values


def fill(module: nn.Module, rule: Rule, salt: str, name: Callable[[str], str]) -> nn.Module:
    """Give every tensor of `module` the rule's value and return it; `name` turns a key of it into the published one."""
    with torch.no_grad():
        for key, tensor in module.state_dict(keep_vars=True).items():
            values = rule(salt, name(key), tuple(tensor.shape))
            if values is not None:
                tensor.copy_(torch.from_numpy(np.asarray(values)))
    return module.eval()
