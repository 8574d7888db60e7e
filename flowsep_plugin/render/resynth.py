"""The generated sound itself, brought onto the clip: level, place in the panorama, and time.

A vocoder speaks mono at the model's rate. Its waveform is resampled to the clip's rate and spread over the channels as
the masked clip is spread there, so image and level come from the clip and only the texture is generated.
"""

from collections.abc import Callable

import numpy as np

from flowsep_plugin.audio.resample import common_block, resample
from flowsep_plugin.audio.types import Floats, Mel, Samples, Spectrum
from flowsep_plugin.engine.base import Grid
from flowsep_plugin.engine.estimate import FrameStore

_REACH = 2048
_STARVED = 0.5
"""The mask starves where it yields less than this share of the generated magnitude."""


def waveform(
    target: FrameStore, first: int, grid: Grid, vocode: Callable[[Mel], Samples], start: int, stop: int, rate: int
) -> Samples:
    """Generated samples `[start, stop)` of the timeline at `rate`, `(texts, stop - start)`.

    target : log-mels (frames, texts, bands) whose frame 0 is grid frame `first`.
    """
    native_block, model_block = common_block(rate, grid.rate)
    reach = -(-_REACH * rate // min(rate, grid.rate))
    low, high = (start - reach) // native_block, -(-(stop + reach) // native_block)
    begin, end = low * model_block, high * model_block
    frames = (begin // grid.hop, -(-end // grid.hop) + 1)
    mels = target.read(frames[0] - first, frames[1] - first).swapaxes(0, 1)
    made = vocode(np.ascontiguousarray(mels))
    offset = begin - frames[0] * grid.hop
    native = resample(made[:, offset : offset + end - begin], grid.rate, rate)
    skip = start - low * native_block
    return native[:, skip : skip + stop - start]


def spread(generated: Spectrum, masked: Spectrum, reach: int) -> Spectrum:
    """Give mono `(texts, frames, bins)` the channel balance of the masked clip `(texts, channels, frames, bins)`."""
    power = _smooth(np.square(np.abs(masked)), reach)
    balance = np.sqrt((power + 1e-12) / (power.mean(axis=1, keepdims=True) + 1e-12))
    return np.asarray(generated[:, None] * balance, np.complex64)


def fill(masked: Spectrum, generated: Spectrum, reach: int) -> Spectrum:
    """The masked clip, with generated content where the mask starves; both `(texts, channels, frames, bins)`."""
    have, want = (np.sqrt(_smooth(np.square(np.abs(part)), reach)) for part in (masked, generated))
    starving = np.clip(1 - have / np.maximum(_STARVED * want, 1e-9), 0, 1).astype(np.float32)
    return np.asarray(masked + starving * generated, np.complex64)


def _smooth(values: Floats, reach: int) -> Floats:
    """Mean over `reach` frames on either side, along axis -2."""
    width = 2 * reach + 1
    padded = np.pad(values, [(0, 0)] * (values.ndim - 2) + [(reach + 1, reach), (0, 0)], mode="edge")
    sums = np.cumsum(padded, axis=-2, dtype=np.float64)
    return np.asarray((sums[..., width:, :] - sums[..., :-width, :]) / width, np.float32)
