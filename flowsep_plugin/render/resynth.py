"""Generated audio, matched to the clip in rate, time, level and panorama.

A vocoder is mono at the model's rate. Its waveform is resampled to the clip's rate and distributed over the channels
like the masked clip, so image and level come from the clip and only the texture is generated.
"""

from collections.abc import Callable

import numpy as np

from flowsep_plugin.audio.resample import common_block, resample
from flowsep_plugin.audio.types import Floats, Samples, Spectrum
from flowsep_plugin.engine.base import Grid
from flowsep_plugin.engine.estimate import FrameStore

_REACH = 2048
_STARVED = 0.5
"""The mask is too weak where it yields less than this share of the generated magnitude."""


def waveform(
    features: FrameStore,
    *,
    first: int,
    grid: Grid,
    vocode: Callable[[Floats], Samples],
    start: int,
    stop: int,
    rate: int,
    log_gain: float = 0.0,
) -> Samples:
    """Return generated samples `[start, stop)` of the timeline at `rate` Hz, `(queries, stop - start)`.

    features : vocoder features (frames, queries, width) whose frame 0 is grid frame `first`.
    log_gain : natural logarithm of the factor by which the audio is scaled, added to the features, which are log-mels.
    """
    native_block, model_block = common_block(rate, grid.rate)
    reach = -(-_REACH * rate // min(rate, grid.rate))
    low, high = (start - reach) // native_block, -(-(stop + reach) // native_block)
    begin, end = low * model_block, high * model_block
    frames = (begin // grid.hop, -(-end // grid.hop) + 1)
    stack = features.read(frames[0] - first, frames[1] - first).swapaxes(0, 1) + np.float32(log_gain)
    waves = vocode(np.ascontiguousarray(stack))
    offset = begin - frames[0] * grid.hop
    native = resample(waves[:, offset : offset + end - begin], grid.rate, rate)
    skip = start - low * native_block
    return native[:, skip : skip + stop - start]


def spread(generated: Spectrum, masked: Spectrum, reach: int) -> Spectrum:
    """Give mono `(queries, frames, bins)` the channel balance of the masked `(queries, channels, frames, bins)`."""
    power = _smooth(np.square(np.abs(masked)), reach)
    balance = np.sqrt((power + 1e-12) / (power.mean(axis=1, keepdims=True) + 1e-12))
    return np.asarray(generated[:, None] * balance, np.complex64)


def fill(masked: Spectrum, generated: Spectrum, reach: int) -> Spectrum:
    """Add generated audio to the masked where the mask is too weak; both `(queries, channels, frames, bins)`."""
    present, required = (np.sqrt(_smooth(np.square(np.abs(part)), reach)) for part in (masked, generated))
    lack = np.clip(1 - present / np.maximum(_STARVED * required, 1e-9), 0, 1).astype(np.float32)
    return np.asarray(masked + lack * generated, np.complex64)


def _smooth(values: Floats, reach: int) -> Floats:
    """Return the mean over `reach` frames on either side, along axis -2 of `(..., frames, bins)`."""
    width = 2 * reach + 1
    padded = np.pad(values, [(0, 0)] * (values.ndim - 2) + [(reach + 1, reach), (0, 0)], mode="edge")
    sums = np.cumsum(padded, axis=-2, dtype=np.float64)
    return np.asarray((sums[..., width:, :] - sums[..., :-width, :]) / width, np.float32)
